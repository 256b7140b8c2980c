package serve

import (
	"context"
	"fmt"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/worker/deadletter"
	"github.com/krapp-io/krapp/worker/trace"
)

const (
	maxKey = 4 << 10 // bytes of a question's key
	// grace is how long a transaction, of which the brokers know nothing yet, waits for answers that are nearly there.
	grace = 100 * time.Millisecond
	// held bounds the questions that the loop has read and not yet answered.
	held = 32
)

// questions is the handler of seer.QuestionTopic. A model may take minutes for an answer and a transaction ends after seconds, so the two are kept
// apart: the desk answers, and a question whose answer isn't there yet is left unfinished. That commits its own offset once more, which holds its
// partition and nothing else, and it comes again a moment later. When the answer is there, it is written in the transaction that commits the
// question: a read-committed reader sees exactly one answer, whoever dies when. What dies with a process is the work, not the question.
//
// Of each partition one question a transaction is answered, in order; the desk works ahead.
type questions struct {
	desk    *desk
	topics  *deadletter.Book
	metrics *metrics
	to      string // seer.AnswerTopic
	tries   int    // of the batch in hand
	dead    int    // in the batch in hand
}

func newQuestions(o Options, answers *answerer) *questions {
	return &questions{desk: newDesk(answers, o.MaxAsks, time.Now), topics: deadletter.NewBook(o.Client), metrics: answers.metrics, to: o.answers}
}

func (q *questions) loopOptions(o Options) eos.Options {
	return eos.Options{
		Group: o.Group, Topics: []string{o.questions}, Slot: o.Slot, SessionTimeout: o.SessionTimeout, StopTimeout: o.StopTimeout,
		BatchRecords: held, BatchBytes: 1 << 20, ReadAhead: 1 << 20, MaxCost: held, OneByOne: true, Due: q.due,
		OnCommit: q.committed, Observe: trace.Transaction,
		OnAssigned: func(tps []kafkaops.TopicPartition) {
			q.topics.Forget()
			q.desk.owned(tps)
		},
		Log: o.Log.With("role", "seer"),
	}
}

// due has a new question answered, and says when to come for the answer: at once, and then ever more seldom the longer it takes.
func (q *questions) due(r *kafkaops.Record) (time.Time, int) {
	now, t := q.desk.now(), q.desk.take(r)
	if !t.asked || t.isSettled() {
		t.asked = true
		return now, 1
	}
	return now.Add(pauseOf(now.Sub(t.since))), 1
}

// pauseOf is how long to wait until the next look: a quarter of what it took so far, so that an answer is late by as much at most.
func pauseOf(age time.Duration) time.Duration {
	return min(max(age/4, 50*time.Millisecond), time.Second)
}

// Handle writes the answers that are there, and leaves the other questions unfinished.
func (q *questions) Handle(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
	q.tries++
	q.dead = 0
	tickets := make([]*ticket, len(b.Records))
	for i := range b.Records {
		tickets[i] = q.desk.take(&b.Records[i])
	}
	if err := awaitSettled(ctx, tickets); err != nil {
		return err
	}
	var out []kafkaops.Record
	var of []*ticket
	for i, t := range tickets {
		r := &b.Records[i]
		switch {
		case !t.isSettled():
			b.Unfinished(r.TopicPartition())
		case t.reason != "":
			if err := q.topics.Ensure(ctx, r.Topic); err != nil {
				q.topics.Forget() // a dead-letter topic may have been deleted
				return err
			}
			q.dead++
			out, of = append(out, deadletter.Letter(r, t.reason, q.tries)), append(of, t)
		default:
			out, of = append(out, q.answerRecord(r, t)), append(of, t)
		}
	}
	return q.write(ctx, tx, out, of)
}

// write produces, and sees to it that an answer which the topic won't take doesn't stop its partition: it becomes a dead letter the next time.
func (q *questions) write(ctx context.Context, tx eos.Tx, out []kafkaops.Record, of []*ticket) error {
	if len(out) == 0 {
		return nil
	}
	if err := tx.Produce(ctx, out); err != nil {
		q.topics.Forget()
		return err
	}
	reports, err := tx.Deliver(ctx)
	if err != nil {
		return err
	}
	for _, d := range reports {
		if d.Err == nil {
			continue
		}
		q.topics.Forget()
		if i := int(d.Index); i < len(of) && rdkafka.TooLarge(d.Err) && of[i].reason == "" {
			of[i].reason, of[i].answer = fmt.Sprintf("the answer, %d bytes, is too large for topic %s", len(of[i].answer), q.to), nil
		}
		return d.Err
	}
	return nil
}

// awaitSettled waits for the answers that come within the grace.
func awaitSettled(ctx context.Context, tickets []*ticket) error {
	over := time.NewTimer(grace)
	defer over.Stop()
	for _, t := range tickets {
		select {
		case <-t.settled:
		case <-over.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// answerRecord is the answer to a question: keyed by its key, else by its ID, else by its place.
func (q *questions) answerRecord(r *kafkaops.Record, t *ticket) kafkaops.Record {
	place := fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)
	key := r.Key
	if len(key) == 0 {
		if key = []byte(t.id); t.id == "" {
			key = []byte(place)
		}
	}
	return kafkaops.Record{
		Topic: q.to, Partition: kafkaops.AnyPartition, Key: key, Value: t.answer,
		Headers: []kafkaops.Header{{Key: seer.QuestionHeader, Value: []byte(place)}},
	}
}

// committed is told that the batch in hand is stored.
func (q *questions) committed(c eos.Committed) {
	q.tries = 0
	q.metrics.died(q.dead)
	q.dead = 0
	q.desk.committed(c.Offsets)
}
