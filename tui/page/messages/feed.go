package messages

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/ui"
)

const (
	firstRetry = time.Second
	lastRetry  = 8 * time.Second
	// startTimeout bounds reading what is shown first.
	startTimeout = 20 * time.Second
)

// feed follows a topic and keeps the newest messages. Whatever arrives, it keeps at most 2·n rows: what nobody could have read anyway is
// counted and let go.
type feed struct {
	reader reader
	n      int
	news   *ui.Mailbox[uint64] // changes so far

	mu       sync.Mutex
	version  uint64
	filter   string // in lower case
	ring     []kept // newest last
	matching []kept // those that pass the filter, while there is one
	next     kafkaops.Offsets
	skipped  int64
	started  bool // the first messages are here
	err      error
	unread   []int32
}

// kept is a row, and whether it has been in a picture.
type kept struct {
	*row
	shown bool
}

// picture is the feed at a moment.
type picture struct {
	rows    []*row // newest first
	next    kafkaops.Offsets
	skipped int64 // arrived and never shown
	started bool
	err     error
	unread  []int32
}

func newFeed(r reader, n int, filter string, skipped int64) *feed {
	return &feed{reader: r, n: n, filter: filter, skipped: skipped, news: ui.NewMailbox[uint64](nil)}
}

// run follows until ctx ends. After a failure it goes on where it was, waiting longer each time.
func (f *feed) run(ctx context.Context) {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		began := time.Now()
		err := f.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		f.change(func() { f.err = err })
		if time.Since(began) > lastRetry {
			wait = firstRetry
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

func (f *feed) follow(ctx context.Context) error {
	if f.next == nil {
		if err := f.start(ctx); err != nil {
			return err
		}
	}
	f.mu.Lock()
	from := f.next.Clone()
	f.mu.Unlock()
	return f.reader.client.Follow(ctx, []string{f.reader.topic}, from, func(records []kafkaops.Record) error {
		f.add(records)
		return nil
	})
}

// start reads the newest messages there are.
func (f *feed) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	w, err := f.reader.at(ctx, place{kind: atEnd, partition: f.reader.partition}, f.n)
	if err != nil {
		return err
	}
	f.change(func() {
		f.next, f.started, f.err, f.unread = w.hi, true, nil, w.unread
		f.ring = f.push(f.ring, w.rows, true)
		f.refilter()
	})
	return nil
}

// add takes what arrived: the newest n of it, and of what passes the filter the newest n too, however rare that is.
func (f *feed) add(records []kafkaops.Record) {
	f.change(func() {
		f.err = nil
		for i := range records {
			tp := records[i].TopicPartition()
			f.next[tp] = max(f.next[tp], records[i].Offset+1)
		}
		all, of := f.newest(records, func(*kafkaops.Record) bool { return true })
		f.ring = f.push(f.ring, all, f.filter == "")
		if f.filter == "" {
			f.skipped += int64(of - len(all))
			return
		}
		passing, of := f.newest(records, func(r *kafkaops.Record) bool { return recordMatches(r, f.filter) })
		f.matching = f.push(f.matching, passing, true)
		f.skipped += int64(of - len(passing))
	})
}

// newest makes rows of the newest n records that are wanted, oldest first; of is how many were.
func (f *feed) newest(records []kafkaops.Record, wanted func(*kafkaops.Record) bool) (rows []*row, of int) {
	parts := map[kafkaops.TopicPartition][]*row{}
	for i := len(records) - 1; i >= 0; i-- {
		r := &records[i]
		if f.reader.partition != kafkaops.AnyPartition && r.Partition != f.reader.partition || !wanted(r) {
			continue
		}
		of++
		if tp := r.TopicPartition(); len(parts[tp]) < f.n {
			parts[tp] = append(parts[tp], rowOf(r))
		}
	}
	for _, p := range parts {
		slices.Reverse(p)
	}
	rows = merge(parts, f.n, true)
	slices.Reverse(rows)
	return rows, of
}

// push adds rows, and lets go of the oldest when there are twice as many as can be shown. Those that were never seen are counted.
func (f *feed) push(to []kept, rows []*row, count bool) []kept {
	for _, r := range rows {
		to = append(to, kept{row: r})
	}
	if len(to) < 2*f.n {
		return to
	}
	gone := to[:len(to)-f.n]
	for _, k := range gone {
		if count && !k.shown {
			f.skipped++
		}
	}
	return slices.Clone(to[len(gone):])
}

// change does something to the feed and tells of it.
func (f *feed) change(do func()) {
	f.mu.Lock()
	do()
	f.version++
	v := f.version
	f.mu.Unlock()
	f.news.Put(v)
}

// setFilter keeps, from now on, the messages that pass: rare ones are not washed away by the others.
func (f *feed) setFilter(lower string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.filter = lower
	f.refilter()
}

// refilter finds what passes among what is here.
func (f *feed) refilter() {
	f.matching = nil
	if f.filter == "" {
		return
	}
	for _, k := range f.ring {
		if k.matches(f.filter) {
			f.matching = append(f.matching, k)
		}
	}
}

// look takes a picture: quick, whatever arrives meanwhile.
func (f *feed) look() picture {
	f.mu.Lock()
	defer f.mu.Unlock()
	from := f.ring
	if f.filter != "" {
		from = f.matching
	}
	from = from[max(0, len(from)-f.n):]
	p := picture{rows: make([]*row, len(from)), skipped: f.skipped, started: f.started, err: f.err, unread: f.unread, next: f.next.Clone()}
	for i := range from {
		from[i].shown = true
		p.rows[len(from)-1-i] = from[i].row
	}
	return p
}
