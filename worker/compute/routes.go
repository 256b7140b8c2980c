package compute

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/deadletter"
	"github.com/krapp-io/krapp/worker/job"
)

const (
	mostTargets   = 10_000 // different topics that one process routes to, and as many that it remembers not to be there
	missingMemory = 30 * time.Second
	askAtOnce     = 500
	createAtOnce  = 50
	mostRouted    = 1<<20 - 16<<10 // bytes of a record that is routed: what a topic takes by default
)

// target is a topic that records are to go to, or why they can't.
type target struct {
	name       string
	partitions int
	reason     string // "": it is there
	asked      bool   // reason is known
}

// tooLargeTarget is where a record goes that no topic takes by default: a refusal would stop its partition for good.
func tooLargeTarget() *target {
	return &target{reason: fmt.Sprintf("it has more than the %d bytes that a topic takes by default", mostRouted)}
}

// routes finds the topics that records go to. Values of hostile records are part of the names: each is checked, and asked for, before a
// transaction writes to it, and there is a limit to how many.
type routes struct {
	admin    deadletter.Admin
	allowed  worker.Topics
	own      map[string]string // what can't be routed to, and why
	create   bool
	replicas int // of topics that are made
	most     int
	now      func() time.Time
	log      *slog.Logger

	targets map[string]*target
	missing int // of them, which are asked for again
	since   time.Time
	fresh   []*target // to be asked for
}

// newRoutes returns nil where the job routes nothing.
func newRoutes(o Options) (*routes, error) {
	allowed, err := worker.NewTopics(o.Allow)
	if err != nil {
		return nil, err
	}
	if len(o.Job.Routes) == 0 || o.WriteTo != Kafka {
		return nil, nil
	}
	r := &routes{
		admin: o.Client, allowed: allowed, own: ownTopics(o.Job), create: o.CreateTopics, replicas: o.Job.Topics.ReplicationFactor,
		most: mostTargets, now: time.Now, log: o.Log, targets: make(map[string]*target),
	}
	if r.replicas <= 0 {
		r.replicas = -1
	}
	return r, nil
}

// ownTopics are those that a job's routes must not write to.
func ownTopics(j *job.Job) map[string]string {
	own := make(map[string]string)
	for _, name := range []string{j.SourcesTopic(), j.ChunksTopic(), j.ResultsTopic(), j.SnapshotsTopic()} {
		own[name] = "it is one of the job's own topics"
	}
	if j.Stream != nil {
		for _, name := range j.Stream.Topics {
			own[name] = "the job reads it: records would go round"
		}
	}
	return own
}

// begin is called for each batch: what was missing long ago may be there now.
func (r *routes) begin() {
	if r.missing == 0 || r.now().Sub(r.since) < missingMemory {
		return
	}
	for name, t := range r.targets {
		if t.asked && t.reason != "" {
			delete(r.targets, name)
		}
	}
	r.missing = 0
}

// doubt has all topics asked for again: one may have been deleted.
func (r *routes) doubt() {
	r.fresh = r.fresh[:0]
	for _, t := range r.targets {
		if t.asked && t.reason != "" {
			continue // remembered for a while only
		}
		t.asked = false
		r.fresh = append(r.fresh, t)
	}
}

// find returns the topic of a name. Whether it is there is known after resolve.
func (r *routes) find(name []byte, partitions int) *target {
	if t := r.targets[string(name)]; t != nil {
		return t
	}
	t := &target{name: string(name), partitions: max(1, partitions)}
	if t.reason = r.refusal(t.name); t.reason != "" {
		return t
	}
	r.targets[t.name] = t
	r.fresh = append(r.fresh, t)
	return t
}

// refusal says why nothing may be routed to a topic of that name, whether it is there or not.
func (r *routes) refusal(name string) string {
	shown := fmt.Sprintf("%q", name[:min(len(name), 60)])
	switch {
	case !worker.ValidTopic(name):
		return shown + " can't be the name of a topic"
	case r.own[name] != "":
		return "nothing is routed to " + shown + ": " + r.own[name]
	case strings.HasSuffix(name, deadletter.Suffix):
		return "nothing is routed to " + shown + ": it is a dead-letter topic"
	case !r.allowed.Allows(name):
		return "topic " + shown + " is not on this worker's allowlist"
	case len(r.targets)-r.missing >= r.most:
		return fmt.Sprintf("topic %s would be one more than the %d that a worker routes to", shown, r.most)
	case r.missing >= r.most:
		return fmt.Sprintf("topic %s was not looked for: %d others are not there", shown, r.most)
	}
	return ""
}

// resolve asks for the topics that find saw for the first time, and makes those that are missing, where that is allowed. An error is passing
// trouble: the batch comes again.
func (r *routes) resolve(ctx context.Context) error {
	for len(r.fresh) > 0 {
		n := min(askAtOnce, len(r.fresh))
		if err := r.ask(ctx, r.fresh[:n]); err != nil {
			return err
		}
		r.fresh = append(r.fresh[:0], r.fresh[n:]...)
	}
	return nil
}

func (r *routes) ask(ctx context.Context, targets []*target) error {
	absent, err := r.absent(ctx, targets)
	if err != nil {
		return err
	}
	for len(absent) > 0 {
		n := min(createAtOnce, len(absent))
		if r.create {
			err = r.make(ctx, absent[:n])
		} else {
			r.lacks(absent[:n], "it is not there, and this worker doesn't make topics")
		}
		if err != nil {
			return err
		}
		absent = absent[n:]
	}
	return nil
}

// absent returns those that are not there; the others are settled.
func (r *routes) absent(ctx context.Context, targets []*target) ([]*target, error) {
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = t.name
	}
	described, err := r.admin.DescribeTopics(ctx, names...)
	if err != nil {
		return nil, err
	}
	var absent []*target
	for i, d := range described {
		switch kafkaops.ClassOf(d.Err) {
		case "":
			targets[i].asked, targets[i].reason = true, ""
		case kafkaops.NotFound:
			absent = append(absent, targets[i])
		case kafkaops.Unreachable, kafkaops.Unavailable, kafkaops.TimedOut:
			return nil, d.Err
		default:
			r.lacks(targets[i:i+1], d.Err.Error())
		}
	}
	return absent, nil
}

// make makes topics. Those that can't be made are settled as missing, with the reason.
func (r *routes) make(ctx context.Context, targets []*target) error {
	specs := make([]kafkaops.NewTopic, len(targets))
	for i, t := range targets {
		specs[i] = kafkaops.NewTopic{Name: t.name, Partitions: t.partitions, ReplicationFactor: r.replicas}
	}
	failure := r.admin.CreateTopics(ctx, specs...)
	absent, err := r.absent(ctx, targets) // others may have made them meanwhile
	if err != nil {
		return err
	}
	if made := len(targets) - len(absent); made > 0 {
		r.log.Info("topics made", "topics", made, "first", targets[0].name)
	}
	if len(absent) == 0 {
		return nil
	}
	switch kafkaops.ClassOf(failure) {
	case "", kafkaops.AlreadyExists:
		return kafkaops.Errorf(kafkaops.Unavailable, "creating topic", absent[0].name, "", "it isn't there yet")
	case kafkaops.Unreachable, kafkaops.Unavailable, kafkaops.TimedOut:
		return failure
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.lacks(absent, "it could not be made: "+failure.Error())
	return nil
}

// lacks settles targets as missing.
func (r *routes) lacks(targets []*target, why string) {
	for _, t := range targets {
		if r.missing == 0 {
			r.since = r.now()
		}
		r.missing++
		t.asked, t.reason = true, fmt.Sprintf("topic %q: %s", t.name, why)
	}
}
