package serve

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

const (
	tries    = 3                // of a question whose answer fails or takes too long
	patience = 10 * time.Minute // with brokers or a model that can't be reached
	keepLost = 30 * time.Second // what was begun for a partition that went elsewhere: a rebalance often brings it back
	maxLost  = 64               // of those, at most
)

// desk answers the questions of the topic, outside of any transaction. Each gets a ticket, by its place: the loop comes back for the answer, and
// finds it again after an abort or a rebalance, so that no question is asked twice for that.
//
// Bounds: as many answers in the making as slots, the others wait; tickets for the records that the loop holds (its BatchRecords, twice at most)
// and maxLost; an answer of at most maxAnswer bytes each.
type desk struct {
	answers *answerer
	slots   chan struct{}
	now     func() time.Time

	mu      sync.Mutex
	base    context.Context // of the work; set by open
	tickets map[spot]*ticket
}

// spot is the place of a question.
type spot struct {
	kafkaops.TopicPartition
	offset int64
}

func spotOf(r *kafkaops.Record) spot { return spot{r.TopicPartition(), r.Offset} }

// ticket is one question and what came of it.
type ticket struct {
	mark    [sha256.Size]byte // of the record: a topic that was made anew has other questions at the same places
	since   time.Time
	cancel  context.CancelFunc
	settled chan struct{}
	asked   bool      // the loop has asked for it before
	lost    time.Time // since when the partition is not this member's; zero: it is

	// Of what follows exactly one is set, before settled is closed. Only the loop changes it then.
	answer []byte // seer.Answer as JSON
	id     string // the question's
	reason string // why there is no answer: for the dead letters
}

func newDesk(answers *answerer, slots int, now func() time.Time) *desk {
	return &desk{answers: answers, slots: make(chan struct{}, slots), now: now, tickets: make(map[spot]*ticket)}
}

// open sets the context that all work ends with. Call it before take.
func (d *desk) open(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.base = ctx
}

// take returns the question's ticket; the work on a new one begins.
func (d *desk) take(r *kafkaops.Record) *ticket {
	at, mark := spotOf(r), markOf(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.tickets[at]; t != nil {
		if t.mark == mark {
			t.lost = time.Time{}
			return t
		}
		t.cancel()
	}
	t := &ticket{mark: mark, since: d.now(), settled: make(chan struct{}), cancel: func() {}}
	d.tickets[at] = t
	q, reason := questionOfRecord(r)
	if reason != "" {
		t.settle(nil, "", reason)
		return t
	}
	var ctx context.Context
	ctx, t.cancel = context.WithCancel(d.base)
	go d.work(ctx, t, q)
	return t
}

// questionOfRecord reads a question of the topic.
func questionOfRecord(r *kafkaops.Record) (seer.Question, string) {
	switch {
	case r.Value == nil:
		return seer.Question{}, "the record has no value, so no question"
	case len(r.Key) > maxKey:
		return seer.Question{}, fmt.Sprintf("the key has %d bytes, more than %d: an answer could not have it", len(r.Key), maxKey)
	}
	return readQuestion(r.Value, looksJSON(r.Value))
}

// markOf tells a record from another one at the same place.
func markOf(r *kafkaops.Record) (mark [sha256.Size]byte) {
	h := sha256.New()
	var head [16]byte
	binary.BigEndian.PutUint64(head[:8], uint64(r.Timestamp.UnixMilli()))
	binary.BigEndian.PutUint64(head[8:], uint64(len(r.Key)))
	h.Write(head[:])
	h.Write(r.Key)
	h.Write(r.Value)
	h.Sum(mark[:0])
	return mark
}

// work answers one question and settles its ticket, unless ctx ends before: then nobody wants the answer.
func (d *desk) work(ctx context.Context, t *ticket, q seer.Question) {
	began := d.now()
	for try := 1; ; try++ {
		a, err := d.once(ctx, q)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			if raw, err := json.Marshal(fit(a)); err == nil {
				t.settle(raw, q.ID, "")
			} else {
				t.settle(nil, q.ID, clip("the answer can't be encoded: "+err.Error()))
			}
			return
		case d.isFinal(err, try, began):
			t.settle(nil, q.ID, clip(err.Error()))
			return
		}
		d.answers.log.Info("answering again", "try", try, "error", err.Error())
		if !sleep(ctx, min(time.Second<<min(try-1, 5), 30*time.Second)) {
			return
		}
	}
}

// isFinal says whether a question that failed is given up: at once where it is itself the cause, after some tries where it may be, and only after
// long where something is out of reach, which is no question's fault.
func (d *desk) isFinal(err error, try int, began time.Time) bool {
	switch kafkaops.ClassOf(err) {
	case kafkaops.Invalid:
		return true
	case kafkaops.Unreachable, kafkaops.Unavailable:
		return d.now().Sub(began) >= patience
	}
	return try >= tries
}

// once answers when there is a slot.
func (d *desk) once(ctx context.Context, q seer.Question) (seer.Answer, error) {
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-ctx.Done():
		return seer.Answer{}, ctx.Err()
	}
	return d.answers.answer(ctx, viaTopic, q, nil)
}

func (t *ticket) settle(answer []byte, id, reason string) {
	t.answer, t.id, t.reason = answer, id, reason
	close(t.settled)
}

func (t *ticket) isSettled() bool {
	select {
	case <-t.settled:
		return true
	default:
		return false
	}
}

// committed lets go of the questions below the group's new positions.
func (d *desk) committed(to kafkaops.Offsets) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for at, t := range d.tickets {
		if next, ok := to[at.TopicPartition]; ok && at.offset < next {
			t.cancel()
			delete(d.tickets, at)
		}
	}
	d.sweep()
}

// owned notes which partitions are this member's now.
func (d *desk) owned(tps []kafkaops.TopicPartition) {
	has := make(map[kafkaops.TopicPartition]bool, len(tps))
	for _, tp := range tps {
		has[tp] = true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for at, t := range d.tickets {
		switch {
		case has[at.TopicPartition]:
			t.lost = time.Time{}
		case t.lost.IsZero():
			t.lost = d.now()
		}
	}
	d.sweep()
}

// sweep drops what was lost for too long, or is too much.
func (d *desk) sweep() {
	lost := 0
	for at, t := range d.tickets {
		if t.lost.IsZero() {
			continue
		}
		if lost++; lost > maxLost || d.now().Sub(t.lost) > keepLost {
			t.cancel()
			delete(d.tickets, at)
		}
	}
}

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
