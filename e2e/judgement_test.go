package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// judgement is what krapp doit and isdone print with -o json, as far as the tests look at it.
type judgement struct {
	Run     string `json:"run"`
	Verdict string `json:"verdict"`
	Final   bool   `json:"final"`
	Said    string `json:"said"`
	Cause   string `json:"cause"`

	Count, Sent, Stored, Failed, Processed, Once, Duplicated, Rejected, Missing, Waiting, Discarded int64

	PossiblyStored int64 `json:"possibly_stored"`

	MissingRanges    []seqs `json:"missing_ranges"`
	DuplicatedRanges []seqs `json:"duplicated_ranges"`
	RejectedRanges   []seqs `json:"rejected_ranges"`

	MissingAt []at `json:"missing_at"`
	StuckAt   *at  `json:"stuck_at"`
	Workers   []struct {
		Worker    string
		Processed int64
	}
	Notes []string
}

// at is where a message is stored.
type at struct {
	Seq       int64
	Partition int32
	Offset    int64
}

// seqs is a range of sequence numbers, both ends included.
type seqs struct{ First, Last int64 }

// decode reads the last judgement on stdout.
func decode(t *testing.T, r result) judgement {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	var j judgement
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &j); err != nil {
		t.Fatalf("no judgement in %q (exit code %d, stderr %q): %v", r.out, r.code, r.errors, err)
	}
	return j
}

// doit registers and sends a run and waits for its verdict.
func (b backend) doit(t *testing.T, topic string, args ...string) judgement {
	t.Helper()
	return decode(t, b.home.krapp(t, append([]string{"doit", topic, "--wait", "--timeout", patience.String(), "-o", "json"}, args...)...))
}

// isdone asks a new process.
func (b backend) isdone(t *testing.T, run string, args ...string) judgement {
	t.Helper()
	return decode(t, b.home.krapp(t, append([]string{"isdone", run, "-o", "json"}, args...)...))
}

// flatten lists the numbers of ranges.
func flatten(ranges []seqs) []int64 {
	var all []int64
	for _, r := range ranges {
		for n := r.First; n <= r.Last; n++ {
			all = append(all, n)
		}
	}
	return all
}
