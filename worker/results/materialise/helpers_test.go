package materialise

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

func census(t testing.TB) *job.Job {
	t.Helper()
	j, err := job.Load("census")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func createTopics(t testing.TB, c *rdkafka.Client, j *job.Job) {
	t.Helper()
	compact := map[string]string{"cleanup.policy": "compact"}
	err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: j.SourcesTopic(), Partitions: 3, ReplicationFactor: -1, Configs: compact},
		kafkaops.NewTopic{Name: j.ResultsTopic(), Partitions: 1, ReplicationFactor: -1})
	if err != nil {
		t.Fatal(err)
	}
}

// run follows until the test ends, or until stop is called, which waits.
func run(t testing.TB, m *Materialiser) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := m.Run(ctx); err != nil {
			t.Errorf("Run = %v", err)
		}
	}()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// caughtUp waits until all that is there is in, and returns the picture.
func caughtUp(t testing.TB, m *Materialiser) View {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := m.CaughtUp(ctx); err != nil {
		t.Fatal(err)
	}
	return m.View()
}

// await waits for a picture.
func await(t testing.TB, m *Materialiser, what string, good func(v *View) bool) View {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	v := m.View()
	for !good(&v) {
		var err error
		if v, err = m.Next(ctx, v.Version); err != nil {
			t.Fatalf("%s: %v; it is %s, %s", what, err, v.Phase, v.Completeness.Sentence)
		}
	}
	return v
}

// commit sends records in one transaction, which ends with a marker that takes an offset, as those of the workers do.
func commit(t testing.TB, c *rdkafka.Client, records ...kafkaops.Record) {
	t.Helper()
	p, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{TransactionalID: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context()) // a test's producer
	go func() {
		for range p.Deliveries() { // Commit says whether all went well
		}
	}()
	for _, step := range []func(context.Context) error{
		p.InitTransactions, p.Begin, func(ctx context.Context) error { return p.Send(ctx, records, 0) }, p.Commit,
	} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// state is a record of the sources topic; of phase reading, one of the results topic.
func state(t testing.TB, j *job.Job, s job.State) kafkaops.Record {
	t.Helper()
	s.Job, s.URL = j.Name, "https://example.com/"+s.ID
	value, err := job.EncodeState(s)
	if err != nil {
		t.Fatal(err)
	}
	r := kafkaops.Record{Topic: j.SourcesTopic(), Partition: kafkaops.AnyPartition, Key: []byte(s.ID), Value: value}
	if s.Phase == job.Reading {
		r.Topic, r.Partition = j.ResultsTopic(), 0
	}
	return r
}

// chunk is the partial result of one chunk whose rows all have the code.
func chunk(t testing.TB, j *job.Job, source string, index int64, rows int, code string) kafkaops.Record {
	t.Helper()
	p, err := job.Compile(j)
	if err != nil {
		t.Fatal(err)
	}
	var value []byte
	for range rows {
		value = fmt.Appendf(value, "%30s%2s\n", "", code)
	}
	meta := job.ChunkMeta{Job: j.Name, Print: j.Print(), Source: source, Index: index, Rows: rows, Vars: map[string]string{"year": source[:4], "mon": "jan", "yy": "19"}}
	into := job.NewPartial(p)
	if err := p.Chunk(meta, value, into, func(int64, []byte, string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	encoded, err := into.Encode("test")
	if err != nil || len(encoded) != 1 {
		t.Fatalf("%d records, %v", len(encoded), err)
	}
	return kafkaops.Record{Topic: j.ResultsTopic(), Value: encoded[0]}
}

// source is the records of a source that was read and computed: chunks chunks of rows rows each.
func source(t testing.TB, j *job.Job, id string, chunks, rows int) []kafkaops.Record {
	t.Helper()
	records := []kafkaops.Record{state(t, j, job.State{ID: id, Phase: job.Pending})}
	for i := range chunks {
		records = append(records, chunk(t, j, id, int64(i), rows, strconv.Itoa(i%12)))
	}
	return append(records, state(t, j, job.State{ID: id, Phase: job.Done, Chunks: int64(chunks), Rows: int64(chunks * rows)}))
}
