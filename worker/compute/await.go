package compute

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// The pauses between questions for topics that aren't there yet.
const (
	awaitLeast = 200 * time.Millisecond
	awaitMost  = 5 * time.Second
)

// awaited waits for a job's topics: readers make those of chunks and results, and whoever writes a stream makes that.
type awaited struct {
	mu  sync.Mutex
	why string
}

func (a *awaited) reason() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.why
}

func (a *awaited) set(why string) (changed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	changed = a.why != why
	a.why = why
	return changed
}

// await returns nil when all topics are there or ctx ended, and an error only for what waiting can't cure. A stream has no readers, so its
// results' topic is made here. idle is called as soon as the brokers say that a topic isn't there: there is nothing to do, which is no failure.
func (a *awaited) await(ctx context.Context, o Options, idle func()) error {
	for pause := awaitLeast; ctx.Err() == nil; pause = min(2*pause, awaitMost) {
		why, err := a.look(ctx, o)
		switch kafkaops.ClassOf(err) {
		case kafkaops.Unauthorised, kafkaops.Unauthenticated:
			return err
		}
		if err != nil {
			why = err.Error()
		} else if why != "" {
			idle()
		}
		if changed := a.set(why); why == "" {
			return nil
		} else if changed {
			o.Log.Info("waiting", "reason", why)
		}
		sleep(ctx, pause)
	}
	return nil
}

// look says which topic isn't there, or "".
func (a *awaited) look(ctx context.Context, o Options) (why string, err error) {
	names := o.inputs()
	if o.WriteTo == Kafka {
		names = append(names[:len(names):len(names)], o.Job.ResultsTopic())
	}
	described, err := o.Client.DescribeTopics(ctx, names...)
	if err != nil {
		return "", err
	}
	for _, t := range described {
		switch {
		case t.Err == nil:
		case kafkaops.ClassOf(t.Err) != kafkaops.NotFound:
			return "", t.Err
		case o.Job.Stream != nil && t.Name == o.Job.ResultsTopic():
			if err := o.Client.CreateTopics(ctx, resultsTopic(o)); err != nil && kafkaops.ClassOf(err) != kafkaops.AlreadyExists {
				return "", err
			}
		default:
			why = "topic " + t.Name + " is not there yet"
			if o.Job.Stream == nil {
				why += ": readers make it (krapp-worker read --job " + o.Job.Name + ")"
			}
			return why, nil
		}
	}
	return "", nil
}

// resultsTopic is the topic of partial results as readers make it: of one partition, and kept for a week, since snapshots hold the sum.
func resultsTopic(o Options) kafkaops.NewTopic {
	replicas := o.Job.Topics.ReplicationFactor
	if replicas <= 0 {
		replicas = -1
	}
	return kafkaops.NewTopic{Name: o.Job.ResultsTopic(), Partitions: 1, ReplicationFactor: replicas, Configs: map[string]string{
		"retention.ms": strconv.FormatInt((7 * 24 * time.Hour).Milliseconds(), 10),
	}}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
