package produce

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/measure"
	"github.com/krapp-io/krapp/worker/trace"
)

const (
	transactionMessages = 10_000                  // messages a transaction, about 50 ms of sending
	slicesAhead         = 1000                    // read and waiting for their time
	between             = 5 * time.Millisecond    // the starts of two transactions, at least
	beat                = time.Second             // between heartbeats
	idleAfter           = 2500 * time.Millisecond // without a slice of a run this worker has nothing more to say of it, for now
)

// runs sends the slices of krapp.work: a slice's messages, the report of them and the position behind the slice go into one transaction, so
// that a slice is stored exactly once whoever dies.
type runs struct {
	o       Options
	loop    *eos.Loop
	sender  *sliceSender
	mu      sync.Mutex
	cancels *send.Cancels
	tallies map[string]*tally

	stored, failed atomic.Int64 // messages, since the start
}

// tally is what this worker has sent of a run.
type tally struct {
	wire.Heartbeat
	seen  time.Time // its last slice
	said  time.Time // its last heartbeat
	fresh bool      // there is something new to say
}

func newRuns(o Options, topics worker.Topics) (*runs, error) {
	r := &runs{o: o, cancels: send.NewCancels(o.Client, nil), tallies: make(map[string]*tally)}
	r.sender = &sliceSender{worker: o.Worker, topics: topics, admin: o.Client, cancelled: r.cancelled, log: o.Log, refused: make(map[place]error)}
	var err error
	r.loop, err = eos.New(o.Client, eos.Options{
		Group: DefaultGroup, Topics: []string{roundtrip.WorkTopic}, Slot: o.Slot, SessionTimeout: o.SessionTimeout, StopTimeout: o.StopTimeout,
		BatchTime: between, BatchRecords: slicesAhead, Due: r.due, MaxCost: transactionMessages,
		OnCommit: func(eos.Committed) { r.committed() }, Observe: trace.Transaction,
		Log: o.Log.With("role", "produce"),
	}, r.sender)
	if err != nil || o.Registry == nil {
		return r, err
	}
	for _, c := range []prometheus.Collector{
		measure.Loop("produce", DefaultGroup, r.loop.State), sentCounter("stored", &r.stored), sentCounter("failed", &r.failed),
	} {
		if err := o.Registry.Register(c); err != nil {
			return nil, kafkaops.NewError(kafkaops.Conflict, "registering metrics of", "produce", "", err)
		}
	}
	return r, nil
}

// sentCounter shows how many messages of runs had that outcome.
func sentCounter(outcome string, n *atomic.Int64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "krapp_produced_run_messages_total", Help: "Messages of runs sent by this worker, in committed transactions; failed: the brokers refused them.",
		ConstLabels: prometheus.Labels{"outcome": outcome},
	}, func() float64 { return float64(n.Load()) })
}

// run works until ctx ends. The last heartbeats come after the last slice.
func (r *runs) run(ctx context.Context, ready func()) error {
	talking, quiet := context.WithCancel(context.WithoutCancel(ctx))
	var g errgroup.Group
	g.Go(func() error {
		r.talk(talking)
		return nil
	})
	err := r.loop.Run(ctx, ready)
	quiet()
	_ = g.Wait() // talk returns nothing
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	r.say(last, time.Now(), true)
	return err
}

// due says when a slice may be sent, and how many messages it has. It is called outside of transactions, so it is here that a run that is
// new to this worker is looked up among the cancelled.
func (r *runs) due(rec *kafkaops.Record) (time.Time, int) {
	s, err := wire.DecodeSlice(rec.Value)
	if err != nil {
		return time.Time{}, 0 // it is skipped when its turn comes
	}
	r.mu.Lock()
	t, known := r.tallies[s.Run.ID]
	if !known {
		t = &tally{Heartbeat: wire.Heartbeat{Sender: r.o.Worker, State: wire.SenderSending}, fresh: true}
		r.tallies[s.Run.ID] = t
	}
	t.seen = time.Now()
	r.mu.Unlock()
	if !known {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		r.refresh(ctx)
	}
	return s.NotBefore, s.Len()
}

// cancelled says whether a run was cancelled, as far as is known.
func (r *runs) cancelled(run string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cancels.Cancelled(run)
}

// refresh learns of new cancellations. While it reads, sending waits: that is at most its bound, and a cancellation should hold soon.
func (r *runs) refresh(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.cancels.Refresh(ctx); err != nil && ctx.Err() == nil {
		r.o.Log.Warn("looking for cancelled runs", "error", err.Error())
	}
}

// committed counts what the transaction has stored.
func (r *runs) committed() {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.sender.take() {
		t := r.tallies[c.run]
		if t == nil {
			t = &tally{Heartbeat: wire.Heartbeat{Sender: r.o.Worker}}
			r.tallies[c.run] = t
		}
		r.stored.Add(c.acked)
		r.failed.Add(c.failed)
		t.State, t.fresh, t.seen = wire.SenderSending, true, now
		t.Sent += c.acked + c.failed
		t.Acked += c.acked
		t.Failed += c.failed
		t.LastSent = now.UTC()
		if t.FirstSent.IsZero() {
			t.FirstSent = t.LastSent
		}
	}
}

// talk writes heartbeats and looks for cancellations, each second, while there are runs.
func (r *runs) talk(ctx context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			r.mu.Lock()
			busy := len(r.tallies) > 0
			r.mu.Unlock()
			if !busy {
				continue
			}
			limit, cancel := context.WithTimeout(ctx, 5*time.Second)
			r.refresh(limit)
			r.say(limit, now, false)
			cancel()
		}
	}
}

// say writes the heartbeats that are due. A run without slices for a while gets the last word and is forgotten; if more come, it begins
// anew with the same counts.
func (r *runs) say(ctx context.Context, now time.Time, last bool) {
	for _, rec := range r.heartbeats(now, last) {
		out, err := r.o.Client.ProduceSync(ctx, []kafkaops.Record{rec})
		if err == nil {
			err = out[0].Err
		}
		if err != nil {
			r.o.Log.Warn("writing a heartbeat", "error", err.Error())
			return
		}
	}
}

func (r *runs) heartbeats(now time.Time, last bool) []kafkaops.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []kafkaops.Record
	for run, t := range r.tallies {
		idle := last || now.Sub(t.seen) > idleAfter
		if t.Sent == 0 && idle && t.said.IsZero() { // nothing was sent, nothing was said: others have the run
			delete(r.tallies, run)
			continue
		}
		switch {
		case !idle:
			t.State = wire.SenderSending
		case t.State == wire.SenderDone && !t.fresh:
			if now.Sub(t.seen) > time.Hour {
				delete(r.tallies, run)
			}
			continue
		default:
			t.State = wire.SenderDone
		}
		t.At, t.said, t.fresh = now.UTC(), now, false
		value, err := wire.EncodeHeartbeat(t.Heartbeat)
		if err != nil {
			continue
		}
		out = append(out, kafkaops.Record{
			Topic: roundtrip.RunsTopic, Partition: 0, Key: roundtrip.RunKey(run, roundtrip.SenderRecord, r.o.Worker), Value: value,
		})
	}
	return out
}

// runsState is what /_health says of the slices.
type runsState struct {
	State      eos.Phase `json:"state"`
	Partitions int       `json:"partitions"`
	Slices     int64     `json:"n_slices"`
	LastError  string    `json:"last_error,omitempty"`
}

func (r *runs) state() any {
	s := r.loop.State()
	return runsState{State: s.Phase, Partitions: len(s.Partitions), Slices: s.Records, LastError: s.LastError}
}
