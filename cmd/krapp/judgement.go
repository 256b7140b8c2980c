package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// judgementJSON is what became of a run.
type judgementJSON struct {
	Run      string       `json:"run"`
	Topic    string       `json:"topic"`
	Verdict  string       `json:"verdict"`
	Final    bool         `json:"final"`
	Said     string       `json:"said"`
	Cause    string       `json:"cause,omitempty"`
	Hint     string       `json:"hint,omitempty"`
	At       string       `json:"at"`
	Created  string       `json:"created"`
	Evidence evidenceJSON `json:"evidence"`

	Count          int64 `json:"count"`
	Sent           int64 `json:"sent"`
	Stored         int64 `json:"stored"`
	PossiblyStored int64 `json:"possibly_stored"`
	Failed         int64 `json:"failed"`
	Processed      int64 `json:"processed"`
	Once           int64 `json:"once"`
	Duplicated     int64 `json:"duplicated"`
	Rejected       int64 `json:"rejected"`
	Missing        int64 `json:"missing"`
	Waiting        int64 `json:"waiting"`
	Discarded      int64 `json:"discarded"`

	MissingRanges    []rangeJSON `json:"missing_ranges"`
	DuplicatedRanges []rangeJSON `json:"duplicated_ranges"`
	RejectedRanges   []rangeJSON `json:"rejected_ranges"`
	FailedRanges     []rangeJSON `json:"failed_ranges"`
	MissingAt        []placeJSON `json:"missing_at"`
	StuckAt          *placeJSON  `json:"stuck_at"`

	Latency    *latencyJSON           `json:"latency"` // null: none was measured
	Partitions []partitionOutcomeJSON `json:"partitions"`
	Workers    []workerJSON           `json:"workers"`

	FirstSent    string   `json:"first_sent,omitempty"`
	LastSent     string   `json:"last_sent,omitempty"`
	LastProgress string   `json:"last_progress,omitempty"`
	Verified     bool     `json:"verified"`
	Notes        []string `json:"notes"`
}

type evidenceJSON struct {
	Kind  string `json:"kind"` // reported, arrived, committed
	Group string `json:"group,omitempty"`
	Topic string `json:"topic,omitempty"`
	ID    string `json:"id,omitempty"`
}

type rangeJSON struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

type placeJSON struct {
	Seq       int64 `json:"seq"`
	Partition int32 `json:"partition"`
	Offset    int64 `json:"offset"`
}

type latencyJSON struct {
	Count             int64   `json:"count"`
	P50               float64 `json:"p50_ms"`
	P90               float64 `json:"p90_ms"`
	P99               float64 `json:"p99_ms"`
	Max               float64 `json:"max_ms"`
	ClockDifferenceMS float64 `json:"clock_difference_ms"`
}

type partitionOutcomeJSON struct {
	Partition   int32   `json:"partition"`
	Stored      int64   `json:"stored"`
	Processed   int64   `json:"processed"`
	FirstOffset *int64  `json:"first_offset"` // null: none
	LastOffset  *int64  `json:"last_offset"`
	P99         float64 `json:"p99_ms"`
	Worker      string  `json:"worker,omitempty"`
}

type workerJSON struct {
	Worker    string `json:"worker"`
	Processed int64  `json:"processed"`
	Last      string `json:"last,omitempty"`
	Left      bool   `json:"left"`
}

func judgementOf(j roundtrip.Judgement) judgementJSON {
	out := judgementJSON{
		Run: j.Run.ID, Topic: j.Run.Topic, Verdict: string(j.Verdict), Final: j.Final, Said: j.Said, Cause: j.Cause, Hint: j.Hint,
		At: stamp(j.At), Created: stamp(j.Run.Created),
		Evidence: evidenceJSON{string(j.Run.Evidence.Kind), j.Run.Evidence.Group, j.Run.Evidence.Topic, j.Run.Evidence.ID},
		Count:    j.Run.Count, Sent: j.Sent, Stored: j.Stored, PossiblyStored: j.PossiblyStored, Failed: j.Failed, Processed: j.Processed(),
		Once: j.Once, Duplicated: j.Duplicated, Rejected: j.Rejected, Missing: j.Missing, Waiting: j.Waiting, Discarded: j.Discarded,
		MissingRanges: rangesOf(j.MissingRanges), DuplicatedRanges: rangesOf(j.DuplicatedRanges),
		RejectedRanges: rangesOf(j.RejectedRanges), FailedRanges: rangesOf(j.FailedRanges), MissingAt: []placeJSON{},
		Partitions: []partitionOutcomeJSON{}, Workers: []workerJSON{},
		FirstSent: stamp(j.FirstSent), LastSent: stamp(j.LastSent), LastProgress: stamp(j.LastProgress), Verified: j.Verified, Notes: orEmpty(j.Notes),
	}
	for _, p := range j.MissingAt {
		out.MissingAt = append(out.MissingAt, placeJSON(p))
	}
	if j.StuckAt != nil {
		at := placeJSON(*j.StuckAt)
		out.StuckAt = &at
	}
	if l := j.Latency; l.Count > 0 {
		out.Latency = &latencyJSON{l.Count, ms(l.P50), ms(l.P90), ms(l.P99), ms(l.Max), ms(l.ClockDifference)}
	}
	for _, p := range j.Partitions {
		out.Partitions = append(out.Partitions, partitionOutcomeOf(p))
	}
	for _, w := range j.Workers {
		out.Workers = append(out.Workers, workerJSON{w.Name, w.Processed, stamp(w.Last), w.Left})
	}
	return out
}

func partitionOutcomeOf(p roundtrip.PartitionOutcome) partitionOutcomeJSON {
	out := partitionOutcomeJSON{Partition: p.Partition, Stored: p.Stored, Processed: p.Processed, P99: ms(p.P99), Worker: p.Worker}
	if p.FirstOffset >= 0 {
		out.FirstOffset, out.LastOffset = &p.FirstOffset, &p.LastOffset
	}
	return out
}

func rangesOf(ranges []roundtrip.Range) []rangeJSON {
	out := make([]rangeJSON, len(ranges))
	for i, r := range ranges {
		out[i] = rangeJSON(r)
	}
	return out
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(cli.TimeFormat)
}

// verdictCode is the exit code that a verdict means.
func verdictCode(v roundtrip.Verdict) int {
	switch v {
	case roundtrip.Done:
		return cli.Success
	case roundtrip.Sending, roundtrip.InFlight, roundtrip.Stalled:
		return cli.NotDone
	}
	return cli.Worse
}

// writeJudgement says it for people: the verdict's sentence first, then what stands behind it.
func writeJudgement(w io.Writer, j judgementJSON) error {
	if err := cli.Fields(w, cli.Field{Name: strings.ToUpper(j.Verdict), Text: j.Said}); err != nil {
		return err
	}
	fields := []cli.Field{{Name: "run", Text: j.Run + " on " + j.Topic + ", judged by " + evidenceText(j.Evidence)}}
	add := func(name, text string) {
		if text != "" {
			fields = append(fields, cli.Field{Name: name, Text: text})
		}
	}
	add("cause", j.Cause)
	add("try", cli.Sentence(j.Hint))
	if l := j.Latency; l != nil {
		add("latency", fmt.Sprintf("p50 %s  p90 %s  p99 %s  max %s", msText(l.P50), msText(l.P90), msText(l.P99), msText(l.Max)))
	}
	add("missing", rangesText(j.MissingRanges))
	add("duplicated", rangesText(j.DuplicatedRanges))
	add("rejected", rangesText(j.RejectedRanges))
	add("failed", rangesText(j.FailedRanges))
	if j.StuckAt != nil {
		add("stands before", fmt.Sprintf("message %d, partition %d, offset %d", j.StuckAt.Seq, j.StuckAt.Partition, j.StuckAt.Offset))
	}
	for _, n := range j.Notes {
		add("note", n)
	}
	return cli.Fields(w, fields...)
}

func evidenceText(e evidenceJSON) string {
	switch roundtrip.EvidenceKind(e.Kind) {
	case roundtrip.Arrived:
		if e.ID != "" {
			return "arrival in " + e.Topic + ", matched by " + e.ID
		}
		return "arrival in " + e.Topic + ", matched by headers"
	case roundtrip.Committed:
		return "what group " + e.Group + " committed"
	}
	return "what group " + e.Group + " reported"
}

func msText(v float64) string {
	return time.Duration(v * float64(time.Millisecond)).Round(100 * time.Microsecond).String()
}

// rangesText lists sequence numbers, a few of them; -o json has up to 1,000 ranges.
func rangesText(ranges []rangeJSON) string {
	const most = 12
	var parts []string
	for _, r := range ranges[:min(most, len(ranges))] {
		if r.First == r.Last {
			parts = append(parts, strconv.FormatInt(r.First, 10))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", r.First, r.Last))
		}
	}
	if len(ranges) > most {
		parts = append(parts, fmt.Sprintf("… (%d ranges; -o json lists them)", len(ranges)))
	}
	return strings.Join(parts, ", ")
}
