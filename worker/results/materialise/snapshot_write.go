package materialise

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// writeLimit bounds the writing of one snapshot: nothing is read meanwhile.
const writeLimit = 10 * time.Second

// snapshotWriter writes the table when enough has come in.
type snapshotWriter struct {
	f       *follower
	at      time.Time // of the last one, good or bad
	changes int64     // records of results since the last good one
	slot    int       // the next
	exists  bool      // the topic
}

// begin starts from what was found: the next one doesn't overwrite it.
func (w *snapshotWriter) begin(from found) {
	w.at, w.changes, w.slot = time.Now(), 0, (from.slot+1)%slots
}

// writeIfDue writes a snapshot when enough results have come in, or some and some time has passed; after one that failed, only the latter.
func (w *snapshotWriter) writeIfDue(ctx context.Context) {
	age := time.Since(w.at)
	if age >= w.f.m.o.SnapshotTime || w.changes >= w.f.m.o.SnapshotRecords && w.f.view.Snapshots.Err == nil {
		if w.writeIfChanged(ctx) {
			w.f.show()
		}
	}
}

// writeIfChanged says whether it has tried.
func (w *snapshotWriter) writeIfChanged(ctx context.Context) bool {
	f := w.f
	if !f.m.o.WriteSnapshots || w.changes == 0 || f.table == nil {
		return false
	}
	changes := w.changes
	w.at = time.Now()
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	err := w.write(ctx)
	f.view.Snapshots.Err = err
	if err != nil { // the results are all there without it: reading them again takes longer, that is all
		f.view.Snapshots.Failed++
		f.log.Warn("writing a snapshot", "error", err.Error(), "hint", kafkaops.HintOf(err))
		return true
	}
	f.view.Snapshots.Written++
	w.changes = 0
	w.slot = (w.slot + 1) % slots
	f.log.Debug("wrote a snapshot", "results", changes, "up_to", f.positions)
	return true
}

func (w *snapshotWriter) write(ctx context.Context) error {
	f := w.f
	if err := w.ensureTopic(ctx); err != nil {
		return err
	}
	offsets := map[int32]int64{}
	for tp, at := range f.positions {
		if tp.Topic == f.job.ResultsTopic() {
			offsets[tp.Partition] = at
		}
	}
	raw, err := f.table.Snapshot(offsets)
	if err != nil {
		return err
	}
	records, err := w.cut(raw)
	if err != nil {
		return err
	}
	deliveries, err := f.m.client.ProduceSync(ctx, records)
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if d.Err != nil {
			w.exists = false // who knows: look again
			return d.Err
		}
	}
	return nil
}

// cut makes records of a snapshot. It needs no transaction: parts of different snapshots have different IDs, and the whole has a checksum.
func (w *snapshotWriter) cut(raw []byte) ([]kafkaops.Record, error) {
	f := w.f
	digest := sha256.Sum256(raw)
	parts := (len(raw) + partBytes - 1) / partBytes
	if parts > maxParts {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "writing snapshot", f.job.Name, "Group by fields with fewer values.",
			"it has %d bytes, at most %d are written", len(raw), maxParts*partBytes)
	}
	records := make([]kafkaops.Record, parts)
	for i := range records {
		h := partHeader{
			Print: f.job.Print(), TopicID: f.ids[f.job.ResultsTopic()], ID: hex.EncodeToString(digest[:8]), Slot: w.slot, Part: i, Parts: parts,
		}
		header, err := h.encode()
		if err != nil {
			return nil, kafkaops.NewError(kafkaops.Internal, "writing snapshot", f.job.Name, "", err)
		}
		records[i] = kafkaops.Record{
			Topic: f.job.SnapshotsTopic(), Key: []byte(partKey(h.Print, h.Slot, i)), Value: raw[i*partBytes : min(len(raw), (i+1)*partBytes)],
			Headers: []kafkaops.Header{{Key: SnapshotHeader, Value: header}},
		}
	}
	return records, nil
}

// ensureTopic creates the snapshots topic if the job's reader has not: with small segments, since only those that are full are compacted.
func (w *snapshotWriter) ensureTopic(ctx context.Context) error {
	if w.exists {
		return nil
	}
	f := w.f
	name := f.job.SnapshotsTopic()
	topics, err := f.m.client.DescribeTopics(ctx, name)
	if err != nil {
		return err
	}
	if kafkaops.ClassOf(topics[0].Err) == kafkaops.NotFound {
		replicas := f.job.Topics.ReplicationFactor
		if replicas == 0 {
			replicas = -1
		}
		err = f.m.client.CreateTopics(ctx, kafkaops.NewTopic{Name: name, Partitions: 1, ReplicationFactor: replicas, Configs: map[string]string{
			"cleanup.policy": "compact", "segment.ms": "600000", "segment.bytes": "33554432", "min.cleanable.dirty.ratio": "0.1",
		}})
		if kafkaops.ClassOf(err) == kafkaops.AlreadyExists { // another instance was quicker
			err = nil
		}
	} else if topics[0].Err != nil {
		err = topics[0].Err
	}
	w.exists = err == nil
	return err
}
