package roundtrip

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// RecordKind says which of a run's records in krapp.runs a key names.
type RecordKind uint8

// The kinds of record in krapp.runs. Each writer has its own key, so that nobody overwrites anybody.
const (
	RunRecord     RecordKind = iota // RUN: what was asked
	SenderRecord                    // RUN/sender/ID: a sender's heartbeat
	CancelRecord                    // RUN/cancel
	VerdictRecord                   // RUN/verdict
)

// RunKey is the key of a run's record in krapp.runs; sender is for SenderRecord only.
func RunKey(runID string, kind RecordKind, sender string) []byte {
	switch kind {
	case SenderRecord:
		return []byte(runID + "/sender/" + sender)
	case CancelRecord:
		return []byte(runID + "/cancel")
	case VerdictRecord:
		return []byte(runID + "/verdict")
	default:
		return []byte(runID)
	}
}

// ParseRunKey takes a key of krapp.runs apart.
func ParseRunKey(key []byte) (runID string, kind RecordKind, sender string, ok bool) {
	runID, rest, more := strings.Cut(string(key), "/")
	if !validID(runID) {
		return "", 0, "", false
	}
	switch {
	case !more:
		return runID, RunRecord, "", true
	case rest == "cancel":
		return runID, CancelRecord, "", true
	case rest == "verdict":
		return runID, VerdictRecord, "", true
	case strings.HasPrefix(rest, "sender/") && len(rest) > len("sender/"):
		return runID, SenderRecord, rest[len("sender/"):], true
	}
	return "", 0, "", false
}

// runVersion is the version of the RUN record's format.
const runVersion = 1

type runJSON struct {
	Version    int          `json:"v"`
	ID         string       `json:"id"`
	Topic      string       `json:"topic"`
	TopicID    string       `json:"topic_id,omitempty"`
	Count      int64        `json:"count"`
	Rate       float64      `json:"rate,omitempty"`
	Key        string       `json:"key,omitempty"`
	Value      string       `json:"value,omitempty"`
	Headers    []headerJSON `json:"headers,omitempty"`
	Evidence   evidenceJSON `json:"evidence"`
	Sender     SenderKind   `json:"sender"`
	File       string       `json:"file,omitempty"`
	Create     bool         `json:"create_topic,omitempty"`
	Partitions int          `json:"partitions,omitempty"`
	Ends       []endJSON    `json:"ends,omitempty"`
	Created    time.Time    `json:"created"`
}

type headerJSON struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type evidenceJSON struct {
	Kind     EvidenceKind `json:"kind"`
	Group    string       `json:"group,omitempty"`
	Topic    string       `json:"topic,omitempty"`
	ID       string       `json:"id,omitempty"`
	GraceMS  int64        `json:"grace_ms,omitempty"`
	WithinMS int64        `json:"within_ms,omitempty"`
}

type endJSON struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// EncodeRun gives the value of a run's RUN record.
func EncodeRun(r Run) ([]byte, error) {
	out := runJSON{
		Version: runVersion, ID: r.ID, Topic: r.Topic, TopicID: r.TopicID, Count: r.Count, Rate: r.Rate, Key: r.Key, Value: r.Value,
		Evidence: evidenceJSON{
			Kind: r.Evidence.Kind, Group: r.Evidence.Group, Topic: r.Evidence.Topic, ID: r.Evidence.ID,
			GraceMS: r.Evidence.Grace.Milliseconds(), WithinMS: r.Evidence.Within.Milliseconds(),
		},
		Sender: r.Sender, File: r.File, Create: r.CreateTopic, Partitions: r.Partitions, Created: r.Created,
	}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, headerJSON(h))
	}
	for _, tp := range r.Ends.Partitions() {
		out.Ends = append(out.Ends, endJSON{tp.Topic, tp.Partition, r.Ends[tp]})
	}
	return json.Marshal(out)
}

// DecodeRun reads the value of a RUN record. It refuses what Register would never have written.
func DecodeRun(value []byte) (Run, error) {
	var in runJSON
	if err := json.Unmarshal(value, &in); err != nil {
		return Run{}, fmt.Errorf("reading a run's record: %w", err)
	}
	switch {
	case in.Version != runVersion:
		return Run{}, fmt.Errorf("reading a run's record: version %d is not known here", in.Version)
	case !validID(in.ID):
		return Run{}, fmt.Errorf("reading a run's record: %.40q is not a run's id", in.ID)
	case in.Topic == "" || in.Count < 1 || in.Count > MaxCount || !(in.Rate >= 0):
		return Run{}, fmt.Errorf("reading run %s: topic %.80q, count %d, rate %g", in.ID, in.Topic, in.Count, in.Rate)
	}
	const longest = int64(365 * 24 * time.Hour / time.Millisecond)
	r := Run{
		ID: in.ID, TopicID: in.TopicID, Created: in.Created,
		Spec: Spec{
			Topic: in.Topic, Count: in.Count, Rate: in.Rate, Key: in.Key, Value: in.Value, Sender: in.Sender, File: in.File,
			CreateTopic: in.Create, Partitions: in.Partitions,
			Evidence: Evidence{
				Kind: in.Evidence.Kind, Group: in.Evidence.Group, Topic: in.Evidence.Topic, ID: in.Evidence.ID,
				Grace:  time.Duration(min(max(in.Evidence.GraceMS, 0), longest)) * time.Millisecond,
				Within: time.Duration(min(max(in.Evidence.WithinMS, 0), longest)) * time.Millisecond,
			},
		},
	}
	for _, h := range in.Headers {
		r.Headers = append(r.Headers, HeaderTemplate(h))
	}
	if len(in.Ends) > 0 {
		r.Ends = make(kafkaops.Offsets, len(in.Ends))
	}
	for _, e := range in.Ends {
		if e.Partition < 0 || e.Offset < 0 {
			return Run{}, fmt.Errorf("reading run %s: partition %d ends at %d", in.ID, e.Partition, e.Offset)
		}
		r.Ends[kafkaops.TopicPartition{Topic: e.Topic, Partition: e.Partition}] = e.Offset
	}
	return r, nil
}
