package materialise

import (
	"context"
	"log/slog"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

// The pace of following, and the pauses after trouble.
const (
	firstPause   = 200 * time.Millisecond
	lastPause    = 5 * time.Second
	lookEvery    = 2 * time.Second        // at topics and where they end
	showEvery    = 100 * time.Millisecond // while there is news
	showCatching = time.Second            // the same while catching up: nobody takes those results for an answer
	showShare    = 10                     // making pictures takes at most this part of the time
	showAtLeast  = 5 * time.Second        // but one comes so often
)

// follower is what Run's goroutine works with; nobody else touches it.
type follower struct {
	m   *Materialiser
	job *job.Job
	log *slog.Logger

	table     *job.Table        // nil: to be restored
	ids       map[string]string // of the topics
	positions kafkaops.Offsets  // the next record to merge of each partition
	ends      kafkaops.Offsets  // where they ended when we last looked
	target    kafkaops.Offsets  // where they ended at the start
	caughtUp  bool
	complaint map[string]bool // said once each

	view   View // what is shown next
	stale  bool // the table has changed since the view was made
	cost   time.Duration
	shown  time.Time
	looked time.Time

	snapshots snapshotWriter
}

func newFollower(m *Materialiser) *follower {
	f := &follower{m: m, job: m.job, log: m.log, view: m.View(), ids: map[string]string{}, complaint: map[string]bool{}}
	f.snapshots = snapshotWriter{f: f, at: time.Now()}
	return f
}

// run follows until ctx ends.
func (f *follower) run(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		worked, err := f.session(ctx)
		if worked {
			pause = firstPause
		}
		if err == nil || ctx.Err() != nil { // without an error it begins again at once: another topic stands under the same name
			continue
		}
		f.trouble(err, pause)
		sleep(ctx, pause)
		pause = min(2*pause, lastPause)
	}
}

// session follows until something fails. worked says that it came as far as reading; without an error, the topics were made again.
func (f *follower) session(ctx context.Context) (worked bool, err error) {
	reader, err := f.m.client.Reader(ctx, rdkafka.ReaderOptions{
		Isolation: kafkaops.ReadCommitted, NoHeaders: true, ReadAhead: 4 << 20, MaxBatch: 2000,
	})
	if err != nil {
		return false, err
	}
	defer reader.Close()
	if again, err := f.look(ctx, reader); err != nil || again {
		return false, err
	}
	if err := reader.Add(f.positions); err != nil {
		return false, err
	}
	f.view.Err, f.view.RetryAt = nil, time.Time{}
	f.show()
	for {
		f.tell()
		f.snapshots.writeIfDue(ctx)
		b, err := reader.Poll(ctx, f.wait())
		f.merge(b)
		f.positions = reader.Positions()
		if err != nil {
			return true, err
		}
		if time.Since(f.looked) >= lookEvery {
			if again, err := f.look(ctx, reader); err != nil || again {
				return true, err
			}
		}
	}
}

// wait is how long there is nothing to do if no record comes.
func (f *follower) wait() time.Duration {
	wait := lookEvery - time.Since(f.looked)
	if f.stale || f.moved() {
		wait = min(wait, f.pace()-time.Since(f.shown))
	}
	return max(0, wait)
}

// pace is the time between two pictures.
func (f *follower) pace() time.Duration {
	if !f.caughtUp {
		return showCatching
	}
	return min(max(showEvery, showShare*f.cost), showAtLeast)
}

// look asks where the topics end, and for new partitions. Topics that were made again since begin everything anew: again is true.
func (f *follower) look(ctx context.Context, reader *rdkafka.Reader) (again bool, err error) {
	topics, err := f.m.describe(ctx)
	if err != nil {
		return false, err
	}
	if f.madeAgain(topics) {
		f.reset()
		return true, nil
	}
	var all []kafkaops.TopicPartition
	for i := range topics {
		all = append(all, topics[i].TopicPartitions()...)
	}
	extents, err := f.m.client.Extents(ctx, kafkaops.ReadCommitted, all)
	if err != nil {
		return false, err
	}
	for _, x := range extents {
		if x.Err != nil {
			return false, x.Err
		}
	}
	if f.table == nil {
		if err := f.restore(ctx, extents); err != nil {
			return false, err
		}
	}
	f.looked, f.ends, f.view.LookedAt = time.Now(), extents.Ends(), time.Now()
	jump := f.skipExpired(extents)
	if !f.stale && f.lag() == 0 {
		f.m.confirm(f.looked)
	}
	if len(reader.Positions()) == 0 {
		return false, nil // session adds them all
	}
	return false, reader.Add(jump)
}

// madeAgain says whether a topic was deleted and created again since the last look, and notes the topics' IDs.
func (f *follower) madeAgain(topics []kafkaops.Topic) bool {
	again := false
	for _, t := range topics {
		if was := f.ids[t.Name]; was != "" && was != t.ID {
			f.log.Warn("a topic was made again: the results begin anew", "topic", t.Name)
			again = true
		}
		f.ids[t.Name] = t.ID
	}
	return again
}

// reset forgets all results.
func (f *follower) reset() {
	f.table, f.positions, f.ends, f.target, f.caughtUp, f.stale = nil, nil, nil, nil, false, false
	f.view.Results, f.view.Groups, f.view.Sources, f.view.Completeness = []byte("{}"), nil, nil, job.NewTable(f.job).Completeness()
	f.view.Newest = time.Time{}
	f.view.epoch++
	f.show()
}

// restore begins with the newest good snapshot, or with nothing.
func (f *follower) restore(ctx context.Context, extents kafkaops.Extents) error {
	found, err := f.loadSnapshot(ctx, extents)
	if err != nil {
		return err
	}
	f.table, f.positions, f.target = found.table, kafkaops.Offsets{}, extents.Ends()
	f.view.Snapshots.Restored, f.view.Snapshots.SetAside = found.restored, f.view.Snapshots.SetAside+found.setAside
	for p, offset := range found.offsets {
		f.positions[kafkaops.TopicPartition{Topic: f.job.ResultsTopic(), Partition: p}] = offset
	}
	f.snapshots.begin(found)
	f.stale = true
	if found.restored {
		f.log.Info("restored a snapshot", "results_from", found.offsets)
	}
	return nil
}

// skipExpired takes new partitions in and jumps to the start of those whose next record has expired: the sources topic is compacted, but of the
// results topic that is a loss. It returns the partitions to be read from another place.
func (f *follower) skipExpired(extents kafkaops.Extents) kafkaops.Offsets {
	jump := kafkaops.Offsets{}
	for tp, x := range extents {
		at, known := f.positions[tp]
		if known && at >= x.Start {
			continue
		}
		jump[tp], f.positions[tp] = x.Start, x.Start
		if lost := x.Start - at; lost > 0 && tp.Topic == f.job.ResultsTopic() {
			f.table.Lose(lost, 0)
			f.stale = true
			f.log.Error("results had expired before they were read", "partition", tp.Partition, "from", at, "to", x.Start)
		}
	}
	return jump
}

// trouble shows why nothing can be read at the moment.
func (f *follower) trouble(err error, pause time.Duration) {
	f.view.Phase, f.view.Err, f.view.RetryAt = BackOff, err, time.Now().Add(pause)
	if kafkaops.ClassOf(err) == kafkaops.NotFound {
		f.view.Phase = Waiting
	}
	f.log.Warn("following results", "error", err.Error(), "retry_in", pause)
	f.picture()
	f.m.show(f.view)
}

// stop writes what is known and shows that nobody follows any more.
func (f *follower) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.m.o.StopTimeout)
	defer cancel()
	f.snapshots.writeIfChanged(ctx)
	f.picture()
	f.view.Phase = Stopped
	f.m.show(f.view)
}
