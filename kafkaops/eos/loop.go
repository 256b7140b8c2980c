package eos

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
)

// cluster is what the loop needs of Kafka; fakes of it fail on purpose.
type cluster interface {
	// join makes a member; its callbacks run while it is served or closed.
	join(ctx context.Context, assigned, revoked, lost func([]kafkaops.TopicPartition)) (member, error)
	producer(ctx context.Context, m member) (producer, error) // initialised: what a predecessor left open has ended
	source(ctx context.Context) (source, func(), error)
	// start returns what is committed of the partitions once no open transaction holds them, and the partition's start where there is
	// nothing.
	start(ctx context.Context, tps []kafkaops.TopicPartition) (kafkaops.Commits, error)
}

// member is the membership of the group.
type member interface {
	serve(ctx context.Context) error // until ctx ends or the membership can't go on
	close(ctx context.Context) error
}

// Loop consumes, processes and produces until its context ends. Run may be called once.
type Loop struct {
	o       Options
	cluster cluster
	handler Handler
	board   board

	in            *intake
	backlog       *backlog         // nil without Options.Due
	last          kafkaops.Commits // what is committed of the partitions that are read, as far as this member knows
	member        member
	producer      producer // nil: to be made
	fenced, stuck int      // without a commit since
	ready         func()
}

// State says how the loop is doing; it may be called at any time.
func (l *Loop) State() State { return l.board.snapshot() }

// Run joins the group and works until ctx ends; then it finishes the transaction in hand, leaves the group and returns nil, in at most
// StopTimeout and what closing takes (a few seconds, bounded). ready is called once, when it could process. Trouble with brokers is waited
// out with growing pauses, which State shows; errors are what waiting can't cure: not authorised, a slot that two processes share, calls
// that hang.
func (l *Loop) Run(ctx context.Context, ready func()) error {
	l.ready = sync.OnceFunc(ready)
	work, release := outlive(ctx, l.o.StopTimeout)
	defer release()
	l.board.update(func(s *State) { s.Phase, s.Group, s.Slot = Joining, l.o.Group, l.o.Slot })
	defer l.board.update(func(s *State) { s.Phase = Stopped })
	defer context.AfterFunc(ctx, l.board.stopping)()

	var pause backoff
	for {
		began := time.Now()
		err := l.belong(ctx, work)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		var end *endError
		if errors.As(err, &end) {
			return end.error
		}
		if end := l.failed(err); end != nil {
			return end
		}
		if time.Since(began) > time.Minute {
			pause.reset()
		}
		l.pause(ctx, pause.next())
	}
}

// leaveLimit bounds what a stop takes after the last transaction.
const leaveLimit = 5 * time.Second

// endError is an error that ends Run.
type endError struct{ error }

// outlive returns a context that lives on for the limit after ctx has ended: what is in hand may finish in it.
func outlive(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(limit, cancel)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel() }
}

// belong is one membership, from joining to leaving. It returns nil after a stop, and an error when the membership can't go on.
func (l *Loop) belong(ctx, work context.Context) error {
	src, closeSource, err := l.cluster.source(ctx)
	if err != nil {
		return err
	}
	defer closeSource()
	l.in, l.last = newIntake(src, l.o), make(kafkaops.Commits)
	if l.o.Due != nil {
		l.backlog = newBacklog(l.o)
	}
	l.member, err = l.cluster.join(ctx, l.assigned, func(tps []kafkaops.TopicPartition) { l.revoked(work, tps) }, l.lost)
	if err != nil {
		return err
	}
	defer l.leave()

	background, end := context.WithCancel(work) // reading and membership go on until the last transaction has ended
	defer end()
	g, background := errgroup.WithContext(background)
	g.Go(func() error { return l.in.fill(background) })
	g.Go(func() error { return l.member.serve(background) })
	g.Go(func() error {
		defer end()
		stopping, stop := context.WithCancel(background)
		defer stop()
		defer context.AfterFunc(ctx, stop)()
		return l.process(stopping, work)
	})
	return g.Wait()
}

// leave closes producer and membership. Whatever became of that, no partition is this member's any more.
func (l *Loop) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveLimit)
	defer cancel()
	l.dropProducer(ctx)
	if err := l.member.close(ctx); err != nil {
		l.o.Log.Warn("leaving the group", "error", err.Error())
	}
	if left := l.in.owns(); len(left) > 0 {
		l.lost(left)
	}
}

func (l *Loop) dropProducer(ctx context.Context) {
	if l.producer != nil {
		l.producer.close(ctx)
		l.producer = nil
	}
}

// pause waits before the next try, visibly.
func (l *Loop) pause(ctx context.Context, d time.Duration) {
	l.board.update(func(s *State) { s.Phase, s.RetryAt = BackOff, time.Now().Add(d) })
	if sleep(ctx, d) {
		l.board.update(func(s *State) { s.Phase, s.RetryAt = Running, time.Time{} })
	}
}

// process runs transactions until stopping ends. work is for what is in hand then.
func (l *Loop) process(stopping, work context.Context) error {
	var pause backoff
	var last time.Time // the start of the last transaction
	for stopping.Err() == nil {
		err := l.prepare(stopping)
		if err == nil {
			if !sleep(stopping, time.Until(last.Add(l.o.BatchTime))) {
				return nil
			}
			last = time.Now()
			err = l.next(stopping, work)
		}
		switch {
		case err == nil:
			pause.reset()
		case stopping.Err() == nil:
			if end := l.failed(err); end != nil {
				return &endError{end}
			}
			if !errors.Is(err, errRevoked) {
				l.pause(stopping, pause.next())
			}
		}
	}
	return nil
}

// prepare makes what a transaction needs: a producer, and all partitions read from their committed offsets.
func (l *Loop) prepare(ctx context.Context) error {
	if l.producer == nil {
		p, err := l.cluster.producer(ctx, l.member)
		if err != nil {
			return err
		}
		l.producer = p
	}
	l.ready()
	tps := l.in.unplaced()
	if len(tps) == 0 {
		return nil
	}
	commits, err := l.cluster.start(ctx, tps)
	if err != nil {
		return err
	}
	maps.Copy(l.last, commits)
	from := commits.Offsets()
	l.board.positions(from)
	return l.in.place(from)
}

// next takes what there is to process, if anything, and brings it to an end.
func (l *Loop) next(stopping, work context.Context) error {
	if l.backlog != nil {
		return l.nextDue(stopping, work)
	}
	b := l.in.take(stopping, time.Minute)
	if b == nil {
		return l.trouble()
	}
	defer l.in.give(b)
	return l.settle(work, b)
}

// trouble returns what went wrong with reading, if anything; then all is read again from what is committed.
func (l *Loop) trouble() error {
	err := l.in.takeFault()
	if err != nil {
		l.again()
	}
	return err
}

// settle brings a batch to an end, one way or the other.
func (l *Loop) settle(ctx context.Context, b *Batch) error {
	handling, abort := context.WithCancel(ctx)
	defer abort()
	if !l.in.begin(b, abort) {
		l.again()
		return errRevoked
	}
	defer l.in.done()
	if l.o.Observe == nil {
		return l.conclude(ctx, handling, b)
	}
	observed, ended := l.o.Observe(handling, l.o.Group, len(b.Records), b.topics())
	err := l.conclude(ctx, observed, b)
	if ended != nil {
		ended(outcomeOf(err))
	}
	return err
}

// outcomeOf is how a transaction with that error ended.
func outcomeOf(err error) (Outcome, kafkaops.Class) {
	switch {
	case err == nil:
		return Stored, ""
	case errors.Is(err, errRevoked):
		return Revoked, ""
	default:
		return Aborted, kafkaops.ClassOf(err)
	}
}

// conclude runs the batch's transaction; handling is the handler's context.
func (l *Loop) conclude(ctx, handling context.Context, b *Batch) error {
	unknown, err := l.transact(ctx, handling, b)
	if err == nil {
		l.fenced, l.stuck = 0, 0
		return nil
	}
	if !unknown && !l.in.current(b) && !needsNewProducer(err) {
		err = errRevoked // whatever the handler or the broker made of it
	}
	return l.undo(ctx, b, unknown, err)
}
