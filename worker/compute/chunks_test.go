package compute

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/deadletter"
	"github.com/krapp-io/krapp/worker/job"
)

func TestEveryRowIsCountedOnce(t *testing.T) {
	c := kafkatest.Client(t)
	j := census(t, c, 3)
	var want truth
	reg := prometheus.NewRegistry()
	role := start(t, Options{Client: c, Job: j, Worker: "w1", Registry: reg})
	kafkatest.Send(t, c, censusChunks(t, j, "2019-jan", "2019", 7, 1000, 3, &want)...)
	kafkatest.Send(t, c, censusChunks(t, j, "2020-feb", "2020", 1, 333, 3, &want)...)
	got := want.check(t, c, j)
	if !got.workers["w1"] || len(got.workers) != 1 {
		t.Errorf("workers %v", got.workers)
	}
	checkLetters(t, all(t, c, "census.chunks.dlq"))
	await(t, "the commits are known", func() bool { return role.role.processor.totals().rows == want.rows })
	checkMetrics(t, reg, map[string]float64{
		"kafka_scale_compute_messages_read": 8, "kafka_scale_result_messages_written": float64(got.records),
		"krapp_compute_rows_total": float64(want.rows), "krapp_compute_dead_rows_total": float64(want.short),
		"krapp_compute_unlabelled_total": float64(want.groups["2019/13"] + want.groups["2019/14"] + want.groups["2020/13"] + want.groups["2020/14"]),
		"krapp_compute_late_total":       0, "krapp_compute_lag_records": 0,
	})
}

// checkLetters looks at what the letters of short rows say.
func checkLetters(t *testing.T, letters []kafkaops.Record) {
	t.Helper()
	for _, l := range letters {
		header := func(key string) string {
			v, _ := l.Header(key)
			return string(v)
		}
		var row int64
		if _, err := fmt.Sscan(header(deadletter.RowHeader), &row); err != nil || row%97 != 11 {
			t.Errorf("row %q: %v", header(deadletter.RowHeader), err)
		}
		if string(l.Value) != fmt.Sprintf("%030d", row) || string(l.Key) != header(deadletter.SourceHeader) || len(l.Key) == 0 {
			t.Errorf("row %d of %s (%s): %q", row, l.Key, header(deadletter.SourceHeader), l.Value)
		}
		if header(deadletter.ErrorHeader) != "the row has 30 bytes, column HEHOUSUT needs 32" || header(deadletter.TopicHeader) != "census.chunks" {
			t.Errorf("headers %v", l.Headers)
		}
		if header(deadletter.OffsetHeader) == "" || header(deadletter.PartitionHeader) == "" || header(job.ChunkHeader) != "" {
			t.Errorf("headers %v", l.Headers)
		}
	}
}

func checkMetrics(t *testing.T, reg *prometheus.Registry, want map[string]float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		m := f.GetMetric()[0]
		got[f.GetName()] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	for name, n := range want {
		if v, ok := got[name]; !ok || v != n {
			t.Errorf("%s is %v (%v), want %v", name, v, ok, n)
		}
	}
	if _, ok := got["krapp_compute_transaction_seconds"]; !ok {
		t.Error("no histogram of transactions")
	}
}

func TestWorkersShareTheWorkWhileTheyComeAndGoAndPartitionsAreAdded(t *testing.T) {
	c := kafkatest.Client(t)
	j := census(t, c, 4)
	var want truth
	more := func(source string, partitions int) {
		kafkatest.Send(t, c, censusChunks(t, j, source, "2019", 60, 500, partitions, &want)...)
	}
	worker := func(name string) *running {
		return start(t, Options{Client: c, Job: j, Worker: name, SessionTimeout: 6e9})
	}
	more("a", 4)
	first := worker("w1")
	worker("w2")
	more("b", 4)
	third := worker("w3")
	worker("w4")
	more("c", 4)
	first.stop()
	if err := c.CreatePartitions(t.Context(), j.ChunksTopic(), 6); err != nil {
		t.Fatal(err)
	}
	more("d", 6)
	third.stop()
	worker("w1")
	more("e", 6)
	if got := want.check(t, c, j); len(got.workers) < 2 {
		t.Errorf("only %v did something", got.workers)
	}
}

// flaky fails every second batch after all was produced, as a crash before the commit does.
func flaky(h eos.Handler) eos.Handler {
	var n atomic.Int64
	return eos.HandlerFunc(func(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
		if err := h.Handle(ctx, b, tx); err != nil {
			return err
		}
		if n.Add(1)%2 == 1 {
			return errors.New("this batch fails on purpose")
		}
		return nil
	})
}

// outside produces at once, outside of the transaction.
type outside struct {
	eos.Tx
	c *rdkafka.Client
}

func (o outside) Produce(ctx context.Context, recs []kafkaops.Record) error {
	if len(recs) == 0 {
		return nil
	}
	_, err := o.c.ProduceSync(ctx, recs)
	return err
}

func TestBatchesThatFailAreNotInTheAnswer(t *testing.T) {
	c := kafkatest.Client(t)
	j := census(t, c, 2)
	var want truth
	kafkatest.Send(t, c, censusChunks(t, j, "a", "2019", 20, 300, 2, &want)...)
	role := start(t, Options{Client: c, Job: j, Worker: "w1", wrap: flaky})
	want.check(t, c, j)
	if role.role.State().Aborts == 0 {
		t.Error("no batch failed: this has shown nothing")
	}
}

func TestWithoutTheTransactionTheAnswerIsWrong(t *testing.T) {
	c := kafkatest.Client(t)
	j := census(t, c, 2)
	var want truth
	kafkatest.Send(t, c, censusChunks(t, j, "a", "2019", 20, 300, 2, &want)...)
	role := start(t, Options{Client: c, Job: j, Worker: "w1", wrap: func(h eos.Handler) eos.Handler {
		return flaky(eos.HandlerFunc(func(ctx context.Context, b *eos.Batch, tx eos.Tx) error { return h.Handle(ctx, b, outside{tx, c}) }))
	}})
	await(t, "all is committed", func() bool { return role.role.processor.totals().rows == want.rows })
	if fault := want.fault(summed(t, c, j)); fault == "" {
		t.Error("results outside of the transaction made no difference: the tests prove nothing")
	}
}

func TestDamagedAndForeignChunksSpoilNothingElse(t *testing.T) {
	c := kafkatest.Client(t)
	j := census(t, c, 1)
	var want truth
	recs := censusChunks(t, j, "a", "2019", 12, 100, 1, &want)
	meta := func(index int64) job.ChunkMeta {
		return job.ChunkMeta{Job: j.Name, Print: j.Print(), Source: "bad", Index: index, Vars: map[string]string{"year": "2019"}}
	}
	packer := job.NewPacker(j)
	line := []byte(strings.Repeat("0", 30) + " 1\n")
	cut := meta(0)
	value := packer.Pack(nil, append(bytes.Repeat(line, 4), "short\n"+string(line)...), &cut)
	cutRec := chunk(t, j, &cut, value[:len(value)-2], 0)
	lies := meta(1)
	value = packer.Pack(nil, bytes.Repeat(line, 5), &lies)
	lies.Rows = 6
	foreign := meta(2)
	value2 := packer.Pack(nil, line, &foreign)
	foreign.Print = "0123456789abcdef"
	bad := []kafkaops.Record{
		cutRec, chunk(t, j, &lies, value, 0), chunk(t, j, &foreign, value2, 0),
		{Topic: j.ChunksTopic(), Partition: 0, Value: []byte("no chunk")},
		{Topic: j.ChunksTopic(), Partition: 0, Headers: []kafkaops.Header{{Key: job.ChunkHeader, Value: []byte("{")}}},
	}
	for i, r := range bad {
		recs = append(recs[:2*i+1], append([]kafkaops.Record{r}, recs[2*i+1:]...)...)
	}
	kafkatest.Send(t, c, recs...)
	var log bytes.Buffer
	role := start(t, Options{Client: c, Job: j, Worker: "w1", Log: slog.New(slog.NewTextHandler(&log, nil))})
	want.short += int64(len(bad)) // letters of the chunks
	await(t, "all is committed", func() bool { return role.role.processor.totals().messages == int64(len(recs)) })
	role.stop()
	want.short -= int64(len(bad))
	if fault := want.fault(summed(t, c, j)); fault != "" {
		t.Error(fault)
	}
	reasons := map[string]int{}
	for _, l := range all(t, c, "census.chunks.dlq") {
		if _, row := l.Header(deadletter.RowHeader); !row {
			why, _ := l.Header(deadletter.ErrorHeader)
			reasons[string(why)]++
			if !slices.ContainsFunc(bad, func(r kafkaops.Record) bool { return bytes.Equal(r.Value, l.Value) }) {
				t.Errorf("the letter has not the chunk's value: %q", l.Value)
			}
		}
	}
	if len(reasons) != len(bad) {
		t.Errorf("reasons %v", reasons)
	}
	if n := role.role.processor.totals(); n.foreign != 1 || n.deadMessages != int64(len(bad)) || n.dead != want.short {
		t.Errorf("totals %+v", n)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors are logged, want 1:\n%s", n, log.String())
	}
}

func TestAFloodOfDeadRowsIsTakenInSmallBatches(t *testing.T) {
	c := kafkatest.Client(t)
	j := census(t, c, 1)
	var want truth
	packer := job.NewPacker(j)
	var recs []kafkaops.Record
	for i := range 8 {
		m := job.ChunkMeta{Job: j.Name, Print: j.Print(), Source: "a", Index: int64(i), First: int64(i) * 1000, Vars: map[string]string{"year": "2019"}}
		recs = append(recs, chunk(t, j, &m, packer.Pack(nil, bytes.Repeat([]byte("x\n"), 1000), &m), 0))
	}
	want.rows, want.short, want.chunks = 8000, 8000, 8
	kafkatest.Send(t, c, recs...)
	role, err := New(Options{Client: c, Job: j, Worker: "w1", batch: 80_000})
	if err != nil {
		t.Fatal(err)
	}
	role.processor.pace.deadShare = 0 // it has seen good ones only
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- role.Run(ctx, func() {}) }()
	await(t, "all is committed", func() bool { return role.processor.totals().rows == want.rows })
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	want.check(t, c, j)
	if role.State().Aborts != 1 {
		t.Errorf("%d aborts, want the one that showed the flood", role.State().Aborts)
	}
}

func TestTrialsTakeNothingFromTheAnswer(t *testing.T) {
	c := kafkatest.Client(t)
	j := census(t, c, 2)
	var want truth
	kafkatest.Send(t, c, censusChunks(t, j, "a", "2019", 6, 300, 2, &want)...)
	var out bytes.Buffer
	printed := start(t, Options{Client: c, Job: j, Worker: "out", WriteTo: Stdout, Out: &out, wrap: flaky})
	counted := start(t, Options{Client: c, Job: j, Worker: "null", WriteTo: Null})
	for _, r := range []*running{printed, counted} {
		await(t, "the trial has computed all", func() bool { return r.role.processor.totals().rows == want.rows })
		r.stop()
	}
	s := sum{groups: map[string]int64{}, chunks: map[string]int{}, workers: map[string]bool{}}
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		p, err := job.DecodePartial([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		s.add(p)
	}
	if fault := want.fault(s); fault != "" {
		t.Errorf("what was printed: %s", fault)
	}
	if n := len(all(t, c, j.ResultsTopic())) + len(all(t, c, j.ChunksTopic()+".dlq")); n != 0 {
		t.Errorf("trials wrote %d records", n)
	}
	start(t, Options{Client: c, Job: j, Worker: "w1"})
	want.check(t, c, j)
}

func TestItWaitsForItsTopics(t *testing.T) {
	c := kafkatest.Client(t)
	j, err := job.Load("census")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	r := begin(t, Options{Client: c, Job: j, Worker: "w1", Log: slog.New(slog.NewTextHandler(&log, nil))})
	await(t, "it says what it waits for", func() bool { return strings.Contains(r.role.Reason(), "census.chunks is not there yet") })
	<-r.ready // to do nothing: a worker without work is no failure
	census(t, c, 2)
	await(t, "it waits no longer", func() bool { return r.role.Reason() == "" })
	var want truth
	kafkatest.Send(t, c, censusChunks(t, j, "a", "2019", 2, 100, 2, &want)...)
	want.check(t, c, j)
	r.stop()
	if !strings.Contains(log.String(), "census.chunks is not there yet") {
		t.Errorf("the log doesn't say it: %s", log.String())
	}
}

func TestADelayIsWorkOutsideOfTransactions(t *testing.T) {
	c := kafkatest.Client(t)
	j := census(t, c, 2)
	var want truth
	kafkatest.Send(t, c, censusChunks(t, j, "a", "2019", 12, 100, 2, &want)...)
	var longest atomic.Int64
	began := time.Now()
	const delay = 60 * time.Millisecond
	role := start(t, Options{Client: c, Job: j, Worker: "w1", Delay: delay, wrap: func(h eos.Handler) eos.Handler {
		return eos.HandlerFunc(func(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
			entered := time.Now()
			defer func() { longest.Store(max(longest.Load(), int64(time.Since(entered)))) }()
			return h.Handle(ctx, b, tx)
		})
	}})
	want.check(t, c, j)
	if took := time.Since(began); took < 12*delay {
		t.Errorf("12 chunks took %s, each should take %s", took, delay)
	}
	if n := role.role.State().Commits; n < 2 {
		t.Errorf("%d transactions: the work was done in one go", n)
	}
	if took := time.Duration(longest.Load()); took >= 12*delay {
		t.Errorf("a transaction was open for %s", took)
	}
}
