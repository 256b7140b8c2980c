package job

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/zstd"

	"github.com/krapp-io/krapp/kafkaops"
)

// Of a snapshot: a line "krapp-snapshot 1 SHA-256", then the body, JSON compressed by zstd. The checksum is of the compressed body, so that
// nothing damaged is even decompressed.
const (
	snapshotVersion = 1
	snapshotHead    = "krapp-snapshot"
	maxSnapshot     = 256 << 20 // decompressed
)

type snapshotWire struct {
	Job        string            `json:"job"`
	Print      string            `json:"print"`
	Offsets    map[string]int64  `json:"offsets"` // of the results topic: the next record of each partition
	Counts     CountsRecord      `json:"counts"`
	Duplicated int64             `json:"duplicated"`
	Refused    int64             `json:"refused"`
	Dropped    int64             `json:"dropped"`
	Expired    int64             `json:"expired"`
	Damaged    int64             `json:"damaged"`
	Watermark  time.Time         `json:"watermark,omitzero"`
	Horizon    time.Time         `json:"horizon,omitzero"`
	States     []State           `json:"states"`
	Progress   []State           `json:"progress"`
	Chunks     map[string][]byte `json:"chunks"` // roaring's portable format
	Groups     jsontext.Value    `json:"groups"` // []GroupRecord
}

// Snapshot writes the table with the offsets of the results topic that it holds: of each partition, the next record to merge.
func (t *Table) Snapshot(offsets map[int32]int64) ([]byte, error) {
	const op = "writing snapshot"
	w := snapshotWire{
		Job: t.job.Name, Print: t.jobPrint, Offsets: make(map[string]int64, len(offsets)), Counts: CountsRecord(t.counts),
		Duplicated: t.duplicated, Refused: t.refused, Dropped: t.dropped, Watermark: t.watermark, Horizon: t.horizon,
		Expired: t.expired, Damaged: t.damaged, States: []State{}, Progress: []State{}, Chunks: map[string][]byte{},
	}
	for p, o := range offsets {
		w.Offsets[strconv.Itoa(int(p))] = o
	}
	for _, id := range slices.Sorted(maps.Keys(t.sources)) {
		s := t.sources[id]
		if s.known {
			w.States = append(w.States, s.state)
		}
		if s.progress.Phase != "" {
			w.Progress = append(w.Progress, s.progress)
		}
		s.chunks.RunOptimize()
		raw, err := s.chunks.ToBytes()
		if err != nil {
			return nil, kafkaops.NewError(kafkaops.Internal, op, t.job.Name, "", err)
		}
		w.Chunks[id] = raw
	}
	var err error
	if w.Groups, err = t.appendGroups(nil); err != nil {
		return nil, kafkaops.NewError(kafkaops.Internal, op, t.job.Name, "", err)
	}
	body, err := json.Marshal(w, json.Deterministic(true))
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Internal, op, t.job.Name, "", err)
	}
	if len(body) > maxSnapshot {
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, t.job.Name, "Group by fields with fewer values.", "it takes %d bytes, at most %d", len(body), maxSnapshot)
	}
	return sealSnapshot(body)
}

// appendGroups writes all groups, in order: the same table gives the same snapshot.
func (t *Table) appendGroups(dst []byte) ([]byte, error) {
	t.sort()
	dst = append(dst, '[')
	for i, g := range t.order {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"k":[`...)
		for k, v := range g.values {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(dst, v)
		}
		var err error
		if dst, err = appendCells(dst, &g.group, t.aggregators); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func sealSnapshot(body []byte) ([]byte, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Internal, "writing snapshot", "", "", err)
	}
	compressed := encoder.EncodeAll(body, nil)
	sum := sha256.Sum256(compressed)
	return append(fmt.Appendf(nil, "%s %d %s\n", snapshotHead, snapshotVersion, hex.EncodeToString(sum[:])), compressed...), nil
}

// Restore reads a snapshot of a job's results and the offsets that it holds. The error is Conflict for one of another computation and Invalid
// for a damaged one: either way the results are to be rebuilt from the topic.
func Restore(j *Job, b []byte) (*Table, map[int32]int64, error) {
	const op, hint = "reading snapshot", "The results are rebuilt from their topic."
	body, err := openSnapshot(b)
	if err != nil {
		return nil, nil, kafkaops.NewError(kafkaops.Invalid, op, j.Name, hint, err)
	}
	var w snapshotWire
	if err := decodeStrict(op, maxSnapshot, body, &w); err != nil {
		return nil, nil, err
	}
	t := NewTable(j)
	if w.Job != j.Name || w.Print != t.jobPrint {
		return nil, nil, kafkaops.Errorf(kafkaops.Conflict, op, j.Name, hint, "it is of job %s (%s), this is %s (%s)", w.Job, w.Print, j.Name, t.jobPrint)
	}
	offsets, err := t.restore(&w)
	if err != nil {
		return nil, nil, kafkaops.NewError(kafkaops.Invalid, op, j.Name, hint, err)
	}
	return t, offsets, nil
}

func openSnapshot(b []byte) ([]byte, error) {
	head, compressed, ok := bytes.Cut(b, []byte{'\n'})
	if len(head) > 100 {
		ok, head = false, nil
	}
	fields := strings.Split(string(head), " ")
	if !ok || len(fields) != 3 || fields[0] != snapshotHead || fields[1] != strconv.Itoa(snapshotVersion) {
		return nil, errors.New("it is not a snapshot of this version of krapp")
	}
	if sum := sha256.Sum256(compressed); fields[2] != hex.EncodeToString(sum[:]) {
		return nil, errors.New("its checksum is wrong")
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxSnapshot))
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	return decoder.DecodeAll(compressed, nil)
}

// restore fills an empty table.
func (t *Table) restore(w *snapshotWire) (map[int32]int64, error) {
	offsets := make(map[int32]int64, len(w.Offsets))
	for p, o := range w.Offsets {
		n, err := strconv.ParseInt(p, 10, 32)
		if err != nil || n < 0 || o < 0 {
			return nil, errors.New("its offsets are out of range")
		}
		offsets[int32(n)] = o
	}
	r := PartialRecord{Version: partialVersion, Job: w.Job, Print: w.Print, Counts: w.Counts, Watermark: w.Watermark}
	if err := r.wrong(); err != nil {
		return nil, err
	}
	if min(w.Duplicated, w.Refused, w.Dropped, w.Expired, w.Damaged) < 0 || len(w.Chunks) > maxTableSources {
		return nil, errors.New("its counts are out of range")
	}
	if err := json.Unmarshal(w.Groups, &r.Groups, json.RejectUnknownMembers(true)); err != nil {
		return nil, err
	}
	if err := t.Add(&r); err != nil {
		return nil, err
	}
	if err := restoreStates(w.States, t.Source); err != nil {
		return nil, err
	}
	if err := restoreStates(w.Progress, t.Progress); err != nil {
		return nil, err
	}
	for id, raw := range w.Chunks {
		bitmap, err := readBitmap(raw)
		if err != nil {
			return nil, err
		}
		t.source(id).chunks = bitmap
	}
	t.duplicated, t.refused, t.dropped, t.horizon = w.Duplicated, w.Refused, w.Dropped, w.Horizon
	t.expired, t.damaged = w.Expired, w.Damaged
	return offsets, nil
}

func restoreStates(states []State, take func(State) error) error {
	for _, s := range states {
		if why := s.wrong(); why != "" {
			return errors.New(why)
		}
		if err := take(s); err != nil {
			return err
		}
	}
	return nil
}

// readBitmap reads roaring's portable format. Its reader checks lengths and Validate the rest; a panic that it may still meet becomes an error.
func readBitmap(raw []byte) (bitmap *roaring.Bitmap, err error) {
	defer func() {
		if p := recover(); p != nil {
			bitmap, err = nil, fmt.Errorf("reading a bitmap: %v", p)
		}
	}()
	bitmap = roaring.New()
	if err := bitmap.UnmarshalBinary(raw); err != nil {
		return nil, fmt.Errorf("reading a bitmap: %w", err)
	}
	if bitmap.IsEmpty() {
		return roaring.New(), nil // Validate refuses an empty one
	}
	if err := bitmap.Validate(); err != nil {
		return nil, fmt.Errorf("reading a bitmap: %w", err)
	}
	return bitmap, nil
}
