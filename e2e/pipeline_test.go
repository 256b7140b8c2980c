package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// fileTime is when the server says that its files changed last.
var fileTime = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

// completeness is what the results worker says of how whole its answer is.
type completeness struct {
	Complete   bool  `json:"complete"`
	Rows       int64 `json:"rows"`
	Dead       int64 `json:"dead"`
	Unlabelled int64 `json:"unlabelled"`
	Duplicated int64 `json:"duplicated"`
}

// The reference: what is served equals what awk counts, to the row, with two readers and two computing workers.
func TestThePipelineCountsEveryRowOnce(t *testing.T) {
	b := startBackend(t)
	s := newSurvey(t, 10_000, []string{"2019", "2020"}, []string{"jan", "feb"})
	name, job := b.pipelineJob(t)
	for i := range 2 {
		b.computer(t, job, fmt.Sprintf("compute-%d", i))
	}
	readers := []*process{b.reader(t, s, job, "read-0", "2019,2020", "jan,feb"), b.reader(t, s, job, "read-1", "2019,2020", "jan,feb")}
	for _, r := range readers {
		r.wantEnd(t, 0)
	}
	results := b.worker(t, "results", "--job", job)
	s.wantEqual(t, results)
	if dead := b.recordsIn(t, name+".chunks.dlq"); dead != s.short {
		t.Errorf("%d dead letters, want one for each of the %d short lines", dead, s.short)
	}
	var whole completeness
	if code := ask(t, results.url+"/completeness", &whole); code != 200 || !whole.Complete || whole.Rows != s.rows || whole.Dead != s.short ||
		whole.Unlabelled != s.codes || whole.Duplicated != 0 {
		t.Errorf("%d %+v, want %d rows, %d dead, %d unlabelled", code, whole, s.rows, s.short, s.codes)
	}
	out := b.home.must(t, "results", "--job", job)
	if !strings.Contains(out, "HOUSE, APARTMENT, FLAT") || !strings.Contains(out, "complete") {
		t.Errorf("krapp results says\n%s", out)
	}
	// A second time there is nothing to do, and nothing is counted twice.
	b.reader(t, s, job, "read-0", "2019,2020", "jan,feb").wantEnd(t, 0)
	s.wantEqual(t, results)
	s.wantEqual(t, b.worker(t, "results", "--job", job))
}

// recordsIn counts a topic's records by reading them.
func (b backend) recordsIn(t *testing.T, topic string) (n int64) {
	t.Helper()
	c := b.client(t)
	ends, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ScanRecords(t.Context(), ends.Starts(), ends.Ends(), kafkaops.ReadCommitted, func(records []kafkaops.Record) error {
		n += int64(len(records))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Computing workers come and go, and partitions are added, while the rows flow.
func TestThePipelineIsScaledWhileItRuns(t *testing.T) {
	b := startBackend(t)
	s := newSurvey(t, 20_000, []string{"2019"}, []string{"jan", "feb"})
	name, job := b.pipelineJob(t)
	workers := []*process{b.computer(t, job, "compute-0")} // it waits for the chunks' topic
	reader := b.reader(t, s, job, "read-0", "2019", "jan,feb", "--delay", "50ms")
	results := b.worker(t, "results", "--job", job)
	client := b.client(t)
	eventually(t, "some chunks are written", func() bool { return endOf(t, client, name+".chunks") > 5 })
	for i := 1; i < 4; i++ {
		workers = append(workers, b.computer(t, job, fmt.Sprintf("compute-%d", i)))
	}
	if err := client.CreatePartitions(t.Context(), name+".chunks", 9); err != nil {
		t.Fatal(err)
	}
	eventually(t, "more chunks are written", func() bool { return endOf(t, client, name+".chunks") > 30 })
	for _, w := range workers[:2] {
		if code := w.stop(t); code != 0 {
			t.Errorf("a compute worker stopped with exit code %d", code)
		}
	}
	reader.wantEnd(t, 0)
	s.wantEqual(t, results)
}

// endOf is how many offsets a topic has; 0 while there is no such topic.
func endOf(t *testing.T, c *rdkafka.Client, topic string) (n int64) {
	t.Helper()
	extents, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	if err != nil {
		return 0
	}
	for _, end := range extents.Ends() {
		n += end
	}
	return n
}

// The dry run touches nothing: it says what it would do without a broker.
func TestADryRunNeedsNoBroker(t *testing.T) {
	h := newHome(t)
	out, err := h.command("krapp-worker", "read", "--job", "census", "--years", "2019", "--months", "jan,feb", "--dry-run").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"https://www2.census.gov" + censusPath("2019", "jan"), censusPath("2019", "feb"), "HEHOUSUT", "MOBILE HOME OR TRAILER W/NO PERM. ROOM ADDED"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if left, err := os.ReadDir(h.dir); err != nil || len(left) != 0 {
		t.Errorf("it left %v (%v)", left, err)
	}
}
