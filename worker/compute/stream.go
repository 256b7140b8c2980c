package compute

import (
	"context"
	"log/slog"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker/deadletter"
	"github.com/krapp-io/krapp/worker/job"
)

// What one transaction of a stream takes in.
const (
	streamBytes   = 8 << 20
	streamRecords = 32_000
	streamMakes   = 200_000 // records and groups that it makes, at most about
)

// streamWork computes the records of topics, in the order of their partitions, and routes them.
type streamWork struct {
	job     *job.Job
	worker  string
	log     *slog.Logger
	program *job.Program
	partial *job.Partial
	routes  *routes // nil: nothing is routed
	marks   map[kafkaops.TopicPartition]time.Time
}

func newStreamWork(o Options, program *job.Program, routes *routes) *streamWork {
	return &streamWork{
		job: o.Job, worker: o.Worker, log: o.Log, program: program, partial: job.NewPartial(program), routes: routes,
		marks: make(map[kafkaops.TopicPartition]time.Time),
	}
}

// streamBatch is how many records a transaction takes of a stream: fewer, if each makes many.
func streamBatch(j *job.Job) int {
	makes := 1
	for _, r := range j.Routes {
		makes += len(r.To)
	}
	if w := j.Window; w != nil && w.Every > 0 {
		makes = max(makes, int(w.Size/w.Every))
	}
	return max(1, min(streamRecords, streamMakes/makes))
}

func (w *streamWork) do(ctx context.Context, b *eos.Batch, out *output) error {
	w.partial.Reset()
	clear(w.marks)
	if w.routes != nil {
		w.routes.begin()
	}
	for _, run := range b.Runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		mark := w.mark(b, run.TopicPartition)
		for i := run.First; i <= run.Last; i++ {
			w.event(b, i, &mark, out)
		}
		w.marks[run.TopicPartition] = mark
	}
	for tp, at := range w.marks {
		b.Notes[tp] = encodeWatermark(at)
	}
	if w.routes != nil {
		if err := w.routes.resolve(ctx); err != nil {
			return err
		}
		w.turnBack(out)
	}
	results, err := encode(w.partial, w.worker, out)
	if err != nil {
		return err
	}
	if large(results) {
		w.partial = job.NewPartial(w.program)
	}
	out.messages = int64(len(b.Records))
	return nil
}

// mark is a partition's watermark so far. A note that nobody here wrote is told of, and taken as none.
func (w *streamWork) mark(b *eos.Batch, tp kafkaops.TopicPartition) time.Time {
	if at, ok := w.marks[tp]; ok {
		return at
	}
	at, err := decodeWatermark(b.Notes[tp])
	if err != nil {
		w.log.Error("the watermark is lost: events may be counted that were late", "topic", tp.Topic, "partition", tp.Partition, "error", err.Error())
	}
	return at
}

// event computes record i and notes where it goes.
func (w *streamWork) event(b *eos.Batch, i int, mark *time.Time, out *output) {
	r := &b.Records[i]
	_, reason := w.program.Event(r.Value, r.Timestamp, mark, w.partial)
	if reason != "" {
		out.letters = append(out.letters, letter{record: i, row: wholeRecord, reason: reason})
		out.deadMessages++
		return
	}
	if w.routes == nil {
		return
	}
	var large *target
	if deadletter.Bytes(r) > mostRouted {
		large = tooLargeTarget()
	}
	err := w.program.Route(func(topic []byte, partitions int) error {
		to := large
		if to == nil {
			to = w.routes.find(topic, partitions)
		}
		out.copies = append(out.copies, routed{record: i, to: to})
		return nil
	})
	if err != nil {
		out.copies = append(out.copies, routed{record: i, to: &target{reason: err.Error()}})
	}
}

// turnBack makes dead letters of records that can't go to one of their topics: one of each, with all reasons. They go to the others all the
// same.
func (w *streamWork) turnBack(out *output) {
	kept := out.copies[:0]
	last := -1
	for _, c := range out.copies {
		switch {
		case c.to.reason == "":
			kept = append(kept, c)
			out.routed++
		case c.record == last:
			l := &out.letters[len(out.letters)-1]
			l.reason += "; " + c.to.reason
		default:
			last = c.record
			out.unroutable++
			out.letters = append(out.letters, letter{record: c.record, row: wholeRecord, reason: c.to.reason})
		}
	}
	out.copies = kept
}
