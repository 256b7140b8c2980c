package send

import (
	"context"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// journal writes what a sender says of itself: heartbeats to krapp.runs, reports to krapp.reports.
type journal struct {
	client   Client
	run      roundtrip.Run
	id       string
	progress func(Progress)
	flushed  chan struct{} // closed when everything handed over has its outcome, or is given up

	mu      sync.Mutex
	now     Progress
	before  Progress // at the last write
	wrote   time.Time
	state   wire.SenderState
	reason  string
	first   time.Time
	last    time.Time
	waiting []kafkaops.Record // reports that could not be written yet
}

func newJournal(client Client, run roundtrip.Run, id string, state wire.SenderState, progress func(Progress)) *journal {
	if progress == nil {
		progress = func(Progress) {}
	}
	now := time.Now()
	return &journal{
		client: client, run: run, id: id, state: state, progress: progress, flushed: make(chan struct{}),
		now: Progress{Started: now}, wrote: now,
	}
}

// sent notes that messages are about to be handed over.
func (j *journal) sent([]kafkaops.Record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last = time.Now()
	if j.first.IsZero() {
		j.first = j.last
	}
}

// reached notes how many messages have been handed over.
func (j *journal) reached(n int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.now.Sent = n
}

func (j *journal) counts(p Progress) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.now.Acked, j.now.Failed, j.now.Possibly = p.Acked, p.Failed, p.Possibly
}

// end sets the sender's last state.
func (j *journal) end(state wire.SenderState, reason error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.state, j.now.Ended = state, true
	if reason != nil {
		j.reason = reason.Error()
	}
}

// write writes the report, if any, and after it a heartbeat. A report that can't be written is kept for the next time.
func (j *journal) write(ctx context.Context, report *wire.Sent) error {
	progress, heartbeat, err := j.snapshot(report)
	if err != nil {
		return err
	}
	j.progress(progress)
	for len(j.waiting) > 0 {
		if err := store(ctx, j.client, j.waiting[0]); err != nil {
			return err
		}
		j.waiting = j.waiting[1:]
	}
	value, err := wire.EncodeHeartbeat(heartbeat)
	if err != nil {
		return kafkaops.NewError(kafkaops.Internal, "writing a heartbeat of run", j.run.ID, "", err)
	}
	return store(ctx, j.client, kafkaops.Record{
		Topic: roundtrip.RunsTopic, Partition: 0, Key: roundtrip.RunKey(j.run.ID, roundtrip.SenderRecord, j.id), Value: value,
	})
}

func (j *journal) snapshot(report *wire.Sent) (Progress, wire.Heartbeat, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if report != nil {
		report.FirstSent, report.LastSent = j.first, j.last
		record, err := reportRecord(report)
		if err != nil {
			return Progress{}, wire.Heartbeat{}, err
		}
		j.waiting = append(j.waiting, record)
	}
	now := time.Now()
	if passed := now.Sub(j.wrote).Seconds(); passed > 0 {
		j.now.PerSecond = float64(j.now.Sent-j.before.Sent) / passed
	}
	j.before, j.wrote = j.now, now
	return j.now, wire.Heartbeat{
		State: j.state, Sent: j.now.Sent, Acked: j.now.Acked, Failed: j.now.Failed, Possibly: j.now.Possibly,
		Reason: j.reason, At: now.UTC(), FirstSent: j.first.UTC(), LastSent: j.last.UTC(),
	}, nil
}

func store(ctx context.Context, client Client, record kafkaops.Record) error {
	ctx, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	deliveries, err := client.ProduceSync(ctx, []kafkaops.Record{record})
	if err == nil && len(deliveries) == 1 {
		err = deliveries[0].Err
	}
	if err != nil {
		return kafkaops.NewError(kafkaops.ClassOf(err), "writing to", record.Topic, kafkaops.HintOf(err), err)
	}
	return nil
}
