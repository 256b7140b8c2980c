package learn

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
)

// maxDocs is how many documents make a job full.
const maxDocs = 2000

// job is what is to be done to the index, in this order.
type job struct {
	gone    func(*index.Doc) bool // documents that go first; nil: none
	docs    []index.Doc
	place   map[uint64]int // of a document in docs: the last one with an ID counts
	remove  []uint64
	trails  map[numbered]int // passages from this number on that a shorter text in their place left behind
	reached kafkaops.Offsets // what can be found when it is done
	retain  bool             // what is too old is to go
	cut     *cut             // a snapshot to be written then
}

// add puts a document in. What was to be removed under its ID is not.
func (j *job) add(d index.Doc) {
	if j.place == nil {
		j.place = map[uint64]int{}
	}
	if i, twice := j.place[d.ID]; twice {
		j.docs[i] = d
		return
	}
	j.place[d.ID] = len(j.docs)
	j.docs = append(j.docs, d)
}

// drop takes the passages of a record out.
func (j *job) drop(p seer.Place) { j.trail(ofRecord(p), 1) }

// trail takes out passages from a number on, those that are only in this job too.
func (j *job) trail(ids numbered, from int) {
	for n := from; ; n++ {
		id := ids.id(n)
		i, here := j.place[id]
		if !here {
			break
		}
		delete(j.place, id)
		j.docs[i].Text = ""
	}
	if j.trails == nil {
		j.trails = map[numbered]int{}
	}
	j.trails[ids] = from
}

// send hands a job on, and waits for room: also for a while after the context has ended, as what was mined must reach the index too. The caller
// holds step.
func (l *Learner) send(ctx context.Context, j job) error {
	if j.gone == nil && len(j.docs) == 0 && len(j.remove) == 0 && len(j.trails) == 0 && len(j.reached) == 0 && j.cut == nil && !j.retain {
		return nil
	}
	select {
	case l.jobs <- j:
		return nil
	case <-ctx.Done():
	}
	limit := time.NewTimer(stopLimit / 2)
	defer limit.Stop()
	select {
	case l.jobs <- j:
		return nil
	case <-limit.C:
		l.torn = true
		return ctx.Err()
	}
}

// feed does the jobs until there are no more, or the context ends.
func (l *Learner) feed(ctx context.Context) {
	for j := range l.jobs {
		if !l.do(ctx, &j) {
			for range l.jobs { // whoever sends must not wait for ever
				continue
			}
			return
		}
	}
}

// do does one job; false: the context ended before it was done.
func (l *Learner) do(ctx context.Context, j *job) bool {
	x := l.x.Load()
	if j.gone != nil {
		x.RemoveWhere(j.gone)
	}
	x.Remove(j.remove...)
	docs := j.docs[:0]
	for _, d := range j.docs {
		if d.Text != "" {
			docs = append(docs, d)
		}
	}
	for len(docs) > 0 || j.retain {
		j.retain = false
		n := min(len(docs), maxDocs/4)
		if !l.put(ctx, x, docs[:n]) {
			return false
		}
		docs = docs[n:]
	}
	for ids, from := range j.trails {
		clearFrom(x, ids, from)
	}
	l.reach(j.reached)
	if j.cut != nil {
		l.write(x, j.cut)
	}
	return true
}

// clearFrom removes a text's passages from a number on, up to the first that is not there.
func clearFrom(x *index.Index, all numbered, from int) {
	var ids []uint64
	for n := from; n <= maxPassages; n++ {
		id := all.id(n)
		if _, there := x.Doc(id); !there {
			break
		}
		ids = append(ids, id)
	}
	if len(ids) > 0 {
		x.Remove(ids...)
	}
}

const (
	firstRetry = 500 * time.Millisecond
	lastRetry  = 15 * time.Second
)

// put adds documents, again and again while the embedder is away.
func (l *Learner) put(ctx context.Context, x *index.Index, docs []index.Doc) bool {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		err := x.Add(ctx, docs)
		l.fault(embedding, err)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		l.o.Log.Warn("the seer cannot embed", "error", err, "retry_in", wait)
		if !sleep(ctx, wait) {
			return false
		}
	}
}

// reach makes known how far the index has come.
func (l *Learner) reach(to kafkaops.Offsets) {
	if len(to) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for tp, next := range to {
		if p := l.parts[tp]; p != nil && next <= p.next {
			p.learned = max(p.learned, next)
		}
	}
	close(l.progress)
	l.progress = make(chan struct{})
	l.judge()
}
