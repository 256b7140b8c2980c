package wire

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// Verdict is a final judgement as kept in RUN/verdict, and how far krapp.reports (and the output topic) had been read for it: a report beyond
// that re-opens the run.
type Verdict struct {
	Judgement roundtrip.Judgement // without Run, which has its own record
	Read      kafkaops.Offsets
}

const verdictVersion = 1

type verdictJSON struct {
	Version          int                          `json:"v"`
	At               time.Time                    `json:"at"`
	Verdict          roundtrip.Verdict            `json:"verdict"`
	Said             string                       `json:"said"`
	Cause            string                       `json:"cause,omitempty"`
	Hint             string                       `json:"hint,omitempty"`
	Outcome          roundtrip.Outcome            `json:"outcome"`
	Latency          roundtrip.Latency            `json:"latency"`
	Partitions       []roundtrip.PartitionOutcome `json:"partitions,omitempty"`
	Workers          []roundtrip.WorkerOutcome    `json:"workers,omitempty"`
	MissingRanges    []roundtrip.Range            `json:"missing_ranges,omitempty"`
	DuplicatedRanges []roundtrip.Range            `json:"duplicated_ranges,omitempty"`
	RejectedRanges   []roundtrip.Range            `json:"rejected_ranges,omitempty"`
	FailedRanges     []roundtrip.Range            `json:"failed_ranges,omitempty"`
	MissingAt        []roundtrip.Place            `json:"missing_at,omitempty"`
	StuckAt          *roundtrip.Place             `json:"stuck_at,omitempty"`
	FirstSent        time.Time                    `json:"first_sent,omitzero"`
	LastSent         time.Time                    `json:"last_sent,omitzero"`
	LastProgress     time.Time                    `json:"last_progress,omitzero"`
	Verified         bool                         `json:"verified,omitempty"`
	Notes            []string                     `json:"notes,omitempty"`
	Read             []positionJSON               `json:"read,omitempty"`
}

type positionJSON struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// EncodeVerdict gives the value of a RUN/verdict record.
func EncodeVerdict(v Verdict) ([]byte, error) {
	j := v.Judgement
	out := verdictJSON{
		Version: verdictVersion, At: j.At, Verdict: j.Verdict, Said: j.Said, Cause: j.Cause, Hint: j.Hint, Outcome: j.Outcome,
		Latency: j.Latency, Partitions: j.Partitions, Workers: j.Workers,
		MissingRanges: j.MissingRanges, DuplicatedRanges: j.DuplicatedRanges, RejectedRanges: j.RejectedRanges, FailedRanges: j.FailedRanges,
		MissingAt: j.MissingAt, StuckAt: j.StuckAt, FirstSent: j.FirstSent, LastSent: j.LastSent, LastProgress: j.LastProgress,
		Verified: j.Verified, Notes: j.Notes,
	}
	for _, tp := range v.Read.Partitions() {
		out.Read = append(out.Read, positionJSON{tp.Topic, tp.Partition, v.Read[tp]})
	}
	return json.Marshal(out)
}

// DecodeVerdict reads the value of a RUN/verdict record; the judgement is of run and final.
func DecodeVerdict(run roundtrip.Run, value []byte) (Verdict, error) {
	var in verdictJSON
	if err := json.Unmarshal(value, &in); err != nil {
		return Verdict{}, fmt.Errorf("reading a verdict: %w", err)
	}
	if in.Version != verdictVersion {
		return Verdict{}, fmt.Errorf("reading a verdict: version %d is not known here", in.Version)
	}
	if in.Verdict == "" {
		return Verdict{}, fmt.Errorf("reading a verdict: it has none")
	}
	v := Verdict{Read: kafkaops.Offsets{}, Judgement: roundtrip.Judgement{
		Run: run, At: in.At, Verdict: in.Verdict, Final: true, Said: in.Said, Cause: in.Cause, Hint: in.Hint, Outcome: in.Outcome,
		Latency: in.Latency, Partitions: in.Partitions, Workers: in.Workers,
		MissingRanges: in.MissingRanges, DuplicatedRanges: in.DuplicatedRanges, RejectedRanges: in.RejectedRanges, FailedRanges: in.FailedRanges,
		MissingAt: in.MissingAt, StuckAt: in.StuckAt, FirstSent: in.FirstSent, LastSent: in.LastSent, LastProgress: in.LastProgress,
		Verified: in.Verified, Notes: in.Notes,
	}}
	for _, p := range in.Read {
		v.Read[kafkaops.TopicPartition{Topic: p.Topic, Partition: p.Partition}] = p.Offset
	}
	return v, nil
}
