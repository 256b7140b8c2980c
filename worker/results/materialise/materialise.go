// Package materialise keeps a job's answer: it merges the partial results in Kafka, from the newest good snapshot on, and says how complete the
// answer is. It belongs to whoever shows results: the results worker, krapp results, the console.
//
// Everything is in Kafka. Any number of materialisers can follow the same job, and those that have read the same records give the same answer
// to the byte.
package materialise

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

// The defaults of Options.
const (
	DefaultSnapshotTime    = 30 * time.Second
	DefaultSnapshotRecords = 10_000
)

// Options say what a materialiser does beside following. The zero value only reads.
type Options struct {
	WriteSnapshots  bool          // to the job's snapshots topic, which is created if it is missing
	SnapshotTime    time.Duration // between snapshots at least, while results change; 0 means DefaultSnapshotTime
	SnapshotRecords int64         // records of results after which one is written at once; 0 means DefaultSnapshotRecords
	StopTimeout     time.Duration // for the last snapshot after the order to stop; 0 means 5 s
	Log             *slog.Logger  // nil: silent
}

func (o Options) withDefaults() Options {
	if o.SnapshotTime <= 0 {
		o.SnapshotTime = DefaultSnapshotTime
	}
	if o.SnapshotRecords <= 0 {
		o.SnapshotRecords = DefaultSnapshotRecords
	}
	if o.StopTimeout <= 0 {
		o.StopTimeout = 5 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Materialiser follows the results of one job. New makes it, Run makes it work; everything else may be called at any time by anyone.
type Materialiser struct {
	client *rdkafka.Client
	job    *job.Job
	o      Options
	log    *slog.Logger

	mu      sync.Mutex
	view    View
	changed chan struct{} // closed when view is replaced
}

// New returns a materialiser of a job's results. The caller closes the client after Run has returned.
func New(client *rdkafka.Client, j *job.Job, o Options) *Materialiser {
	o = o.withDefaults()
	m := &Materialiser{client: client, job: j, o: o, log: o.Log.With("job", j.Name), changed: make(chan struct{})}
	m.view = View{Job: j, Phase: Starting, Results: []byte("{}"), Lag: -1, Completeness: job.NewTable(j).Completeness()}
	return m
}

// Job is the job whose results these are.
func (m *Materialiser) Job() *job.Job { return m.job }

// Run follows until ctx ends, and then writes a last snapshot if it is to write any. Trouble with the brokers is shown in View and waited out;
// nil is all that it returns. It may be called once.
func (m *Materialiser) Run(ctx context.Context) error {
	f := newFollower(m)
	f.run(ctx)
	f.stop(ctx)
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// View returns the newest picture.
func (m *Materialiser) View() View {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.view
}

// show makes v the newest picture and wakes who waits for one.
func (m *Materialiser) show(v View) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v.Version = m.view.Version + 1
	m.view = v
	close(m.changed)
	m.changed = make(chan struct{})
}

// confirm notes that the newest picture still held at a later time. That is no news, so nobody is woken.
func (m *Materialiser) confirm(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.view.LookedAt = at
}

// Next waits for a picture that is newer than the version seen (0: any that has been published) and returns it. There are at most 10 a second,
// fewer where the results are so many that making one takes long; who is slow misses those between. The error is TimedOut when ctx ends and
// Unavailable when Run has ended; the newest picture comes with it.
func (m *Materialiser) Next(ctx context.Context, seen int64) (View, error) {
	const op = "waiting for results of"
	for {
		m.mu.Lock()
		v, changed := m.view, m.changed
		m.mu.Unlock()
		switch {
		case v.Version > seen:
			return v, nil
		case v.Phase == Stopped:
			return v, kafkaops.Errorf(kafkaops.Unavailable, op, m.job.Name, "", "nobody follows them any more")
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return v, kafkaops.NewError(kafkaops.TimedOut, op, m.job.Name, kafkaops.HintOf(v.Err), ctx.Err())
		}
	}
}

// CaughtUp waits until View holds every record that could be read (read-committed) when it was called. The error is NotFound when the job's
// topics don't exist, and as Next's; one of the brokers is waited out.
func (m *Materialiser) CaughtUp(ctx context.Context) error {
	for {
		v := m.View()
		epoch := v.epoch
		ends, err := m.ends(ctx)
		if err != nil && !passing(err) {
			return err
		}
		for err == nil && v.epoch == epoch && !v.holds(ends) {
			if v, err = m.Next(ctx, v.Version); err != nil {
				return err
			}
		}
		if err == nil && v.epoch == epoch {
			return nil
		}
		if sleep(ctx, firstPause); ctx.Err() != nil {
			return kafkaops.NewError(kafkaops.TimedOut, "waiting for results of", m.job.Name, kafkaops.HintOf(err), ctx.Err())
		}
	}
}

// ends is where the job's topics end now.
func (m *Materialiser) ends(ctx context.Context) (kafkaops.Offsets, error) {
	var all []kafkaops.TopicPartition
	topics, err := m.describe(ctx)
	if err != nil {
		return nil, err
	}
	for i := range topics {
		all = append(all, topics[i].TopicPartitions()...)
	}
	return m.client.Ends(ctx, kafkaops.ReadCommitted, all)
}

// describe describes the topics that are followed. One that is missing is NotFound.
func (m *Materialiser) describe(ctx context.Context) ([]kafkaops.Topic, error) {
	topics, err := m.client.DescribeTopics(ctx, m.topics()...)
	if err != nil {
		return nil, err
	}
	for _, t := range topics {
		if kafkaops.ClassOf(t.Err) == kafkaops.NotFound {
			return nil, kafkaops.Errorf(kafkaops.NotFound, "reading results of", m.job.Name, m.howToStart(), "the topic %s does not exist yet", t.Name)
		}
		if t.Err != nil {
			return nil, t.Err
		}
	}
	return topics, nil
}

// topics are those that are followed: a stream has no sources.
func (m *Materialiser) topics() []string {
	if m.job.Stream != nil {
		return []string{m.job.ResultsTopic()}
	}
	return []string{m.job.ResultsTopic(), m.job.SourcesTopic()}
}

func (m *Materialiser) howToStart() string {
	if m.job.Stream != nil {
		return "Start krapp-worker compute with the job."
	}
	return "Start krapp-worker read with the job."
}

// passing says whether an error goes away by itself.
func passing(err error) bool {
	switch kafkaops.ClassOf(err) {
	case kafkaops.Unreachable, kafkaops.Unavailable, kafkaops.TimedOut:
		return true
	}
	return false
}
