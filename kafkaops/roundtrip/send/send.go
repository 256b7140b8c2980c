package send

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

const (
	beat      = time.Second      // between two reports
	chunk     = 1000             // messages handed over at once
	lastWords = 10 * time.Second // for what is under way when the sender has to stop
)

// errCancelled is the cause of a stop that the operator asked for.
var errCancelled = errors.New("the run was cancelled")

// sender is one Send.
type sender struct {
	client   Client
	producer Producer
	run      roundtrip.Run
	id       string
	tally    *tally
	journal  *journal
	pulses   pulses
	sent     int64 // handed to the producer; owned by the sending goroutine until it ends
}

// Send sends the run's messages from this process, at its rate or as fast as acknowledgements come, and returns when the outcome of each is
// known and reported. It stops early, and says so in its last heartbeat, when ctx ends, the run is cancelled (that is no error), every further
// message would fail, or the topic was deleted or re-created: it never re-creates it. The producer must be used by nobody else meanwhile;
// the caller closes it. progress is called about each second and at the end, from one goroutine at a time; it may be nil.
func Send(ctx context.Context, client Client, producer Producer, run roundtrip.Run, progress func(Progress)) error {
	if run.File != "" {
		return kafkaops.Errorf(kafkaops.Unsupported, "sending run", run.ID, "let the workers send it", "messages of a file can't be sent from here")
	}
	render, err := newRenderer(run)
	if err != nil {
		return err
	}
	s := &sender{client: client, producer: producer, run: run, id: ulid.Make().String(), tally: newTally(), pulses: newPulses()}
	s.journal = newJournal(client, run, s.id, wire.SenderSending, progress)
	if err := s.journal.write(ctx, nil); err != nil { // the heartbeat goes before the first message
		return err
	}
	sending, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	delivered := make(chan struct{})
	go s.collect(sending, delivered, stop)
	watched := make(chan struct{})
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(watched)
		s.watch(watching, stop)
	}()
	failure := s.sendAll(sending, render)
	s.flush(ctx, sending)
	unwatch()
	<-watched
	stop(nil)
	<-delivered
	return s.finish(ctx, sending, failure)
}

// sendAll hands all messages over, and returns why it could not.
func (s *sender) sendAll(ctx context.Context, render *renderer) error {
	pace := newPace(s.run.Rate)
	for seq, more := int64(0), false; seq < s.run.Count; {
		if s.run.Rate > 0 && !more {
			if s.pulses.await(ctx, s.known) != nil {
				return context.Cause(ctx)
			}
		}
		limit := min(s.run.Count, seq+chunk)
		due, err := pace.due(ctx, seq, limit)
		if err != nil {
			return context.Cause(ctx)
		}
		if err := s.hand(ctx, render, pace, seq, due); err != nil {
			return err
		}
		if more = due == limit; !more {
			s.pulses.sent(due)
		}
		if seq == 0 && s.run.Rate > 0 {
			s.awaitFirst(ctx)
			pace.restart(due)
		}
		seq = due
	}
	return nil
}

// known is how many messages have their outcome.
func (s *sender) known() int64 {
	counts, _ := s.tally.progress()
	return counts.Acked + counts.Failed + counts.Possibly
}

// hand renders the messages from seq up to due and gives them to the producer.
func (s *sender) hand(ctx context.Context, render *renderer, pace *pace, seq, due int64) error {
	render.reset()
	for n := seq; n < due; n++ {
		render.add(n, pace.time(n), nil)
	}
	s.journal.sent(render.records)
	err := s.producer.Send(ctx, render.records, seq)
	s.sent = due // each has its delivery, whatever Send returned
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	s.journal.reached(due)
	return nil
}

// awaitFirst waits until the producer is ready, which it is with its first outcome: connections and the producer's id may take a new one half
// a second, in which a paced run would only heap up messages that look slow.
func (s *sender) awaitFirst(ctx context.Context) {
	const most, look = 3 * time.Second, 2 * time.Millisecond
	for began := time.Now(); s.known() == 0 && time.Since(began) < most && ctx.Err() == nil; {
		time.Sleep(look)
	}
}

// collect reads deliveries until all is delivered. It must read all the time: a full channel holds the producer up.
func (s *sender) collect(ctx context.Context, done chan<- struct{}, stop context.CancelCauseFunc) {
	defer close(done)
	take := func(batch []kafkaops.Delivery) {
		s.tally.add(batch, func(i int) uint32 { return uint32(batch[i].Index) })
		if _, err := s.tally.progress(); err != nil {
			stop(err)
		}
		s.pulses.outcomes()
	}
	for {
		select {
		case batch, open := <-s.producer.Deliveries():
			if !open {
				return
			}
			take(batch)
			continue
		case <-ctx.Done():
		}
		break
	}
	s.drain(take)
}

// drain reads what is delivered after sending has ended, until flush has seen it all.
func (s *sender) drain(take func([]kafkaops.Delivery)) {
	for {
		select {
		case batch, open := <-s.producer.Deliveries():
			if !open {
				return
			}
			take(batch)
		case <-s.journal.flushed:
			for {
				select {
				case batch, open := <-s.producer.Deliveries():
					if !open {
						return
					}
					take(batch)
				default:
					return
				}
			}
		}
	}
}

// flush waits until all that was handed over has its outcome: as long as that takes in the ordinary case, a while after a stop.
func (s *sender) flush(ctx, sending context.Context) {
	defer close(s.journal.flushed)
	if sending.Err() == nil {
		if s.producer.Flush(sending) == nil {
			return
		}
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	_ = s.producer.Flush(bounded) // what has no outcome then is counted as possibly stored
}

// watch reports each second, and stops the sending when the run was cancelled or its topic is another.
func (s *sender) watch(ctx context.Context, stop context.CancelCauseFunc) {
	cancels := NewCancels(s.client, s.run.Ends)
	ticks := time.NewTicker(beat)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		counts, _ := s.tally.progress()
		s.journal.counts(counts)
		_ = s.journal.write(ctx, s.tally.take(s.run, s.id)) // kept and written with the next
		if err := cancels.Refresh(ctx); err == nil && cancels.Cancelled(s.run.ID) {
			stop(errCancelled)
		}
		if err := SameTopic(ctx, s.client, s.run); err != nil {
			stop(err)
		}
	}
}

// SameTopic gives an error if the run's topic is no longer the one it was registered with. When the cluster doesn't answer it says nothing.
func SameTopic(ctx context.Context, cluster roundtrip.Cluster, run roundtrip.Run) error {
	topics, _ := cluster.DescribeTopics(ctx, run.Topic) // with an error there are none
	if len(topics) != 1 {
		return nil
	}
	switch t := topics[0]; {
	case kafkaops.ClassOf(t.Err) == kafkaops.NotFound:
		return kafkaops.Errorf(kafkaops.NotFound, "sending to", run.Topic, "", "the topic was deleted")
	case t.Err == nil && run.TopicID != "" && t.ID != "" && t.ID != run.TopicID:
		return kafkaops.Errorf(kafkaops.Conflict, "sending to", run.Topic, "", "the topic was deleted and created again")
	}
	return nil
}

// finish writes the last report and the last heartbeat. A sender that has to stop still says its last words.
func (s *sender) finish(ctx, sending context.Context, failure error) error {
	if failure == nil && s.sent < s.run.Count {
		failure = context.Cause(sending)
	}
	if _, err := s.tally.progress(); failure == nil && err != nil {
		failure = err
	}
	report := s.tally.take(s.run, s.id)
	if left := s.tally.abandon(s.sent); !left.IsEmpty() {
		if report == nil {
			report = &wire.Sent{Run: s.run.ID, Sender: s.id, TopicID: s.run.TopicID, At: time.Now(), Possibly: left}
		} else {
			report.Possibly.Or(left)
		}
	}
	counts, _ := s.tally.progress()
	s.journal.counts(counts)
	s.journal.reached(s.sent)
	state, err := outcome(failure)
	s.journal.end(state, err)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	return errors.Join(err, s.journal.write(last, report))
}

// outcome turns the reason for an early end into the sender's last state and what Send returns.
func outcome(failure error) (wire.SenderState, error) {
	switch {
	case failure == nil:
		return wire.SenderDone, nil
	case errors.Is(failure, errCancelled):
		return wire.SenderCancelled, nil
	case errors.Is(failure, context.Canceled), errors.Is(failure, context.DeadlineExceeded):
		return wire.SenderStopped, fmt.Errorf("sending was stopped: %w", failure)
	default:
		return wire.SenderFailed, failure
	}
}
