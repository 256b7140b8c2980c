package compute

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/deadletter"
	"github.com/krapp-io/krapp/worker/job"
)

func create(t testing.TB, c *rdkafka.Client, partitions int, topics ...string) {
	t.Helper()
	for _, name := range topics {
		if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: name, Partitions: partitions, ReplicationFactor: -1}); err != nil {
			t.Fatal(err)
		}
	}
}

// running is a role at work.
type running struct {
	role *Role
	stop func() // orders the stop and waits for the end
}

// start runs a role until the test ends, and returns once it is ready.
func start(t testing.TB, o Options) *running {
	t.Helper()
	r := begin(t, o)
	select {
	case <-r.ready:
	case <-time.After(30 * time.Second):
		t.Fatal("not ready within 30 s: " + r.role.Reason())
	}
	return &r.running
}

type begun struct {
	running
	ready chan struct{}
}

// begin runs a role until the test ends.
func begin(t testing.TB, o Options) *begun {
	t.Helper()
	if o.Slot == "" {
		o.Slot = o.Worker
	}
	role, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- role.Run(ctx, func() { close(ready) }) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	t.Cleanup(stop)
	return &begun{running: running{role: role, stop: stop}, ready: ready}
}

// all reads a topic as a read-committed reader does; one that isn't there has nothing.
func all(t testing.TB, c *rdkafka.Client, topic string) []kafkaops.Record {
	t.Helper()
	if _, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic); kafkaops.ClassOf(err) == kafkaops.NotFound {
		return nil
	}
	return kafkatest.All(t, c, topic)
}

// await waits until a condition holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	over := time.After(90 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("not in time: %s", what)
		}
	}
}

// sum is partial results added up.
type sum struct {
	groups  map[string]int64 // rows, by the group-by values joined with '/'
	counts  job.CountsRecord
	chunks  map[string]int // how often each chunk was computed
	records int
	workers map[string]bool
}

// summed reads a job's results.
func summed(t testing.TB, c *rdkafka.Client, j *job.Job) sum {
	t.Helper()
	s := sum{groups: map[string]int64{}, chunks: map[string]int{}, workers: map[string]bool{}}
	for _, r := range all(t, c, j.ResultsTopic()) {
		p, _, err := job.DecodeResult(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		s.add(p)
	}
	return s
}

func (s *sum) add(p *job.PartialRecord) {
	s.records++
	s.workers[p.Worker] = true
	for _, g := range p.Groups {
		s.groups[strings.Join(g.Key, "/")] += g.Rows
	}
	s.counts.Rows += p.Counts.Rows
	s.counts.Dead += p.Counts.Dead
	s.counts.Late += p.Counts.Late
	s.counts.LeftOut += p.Counts.LeftOut
	for source, ranges := range p.Chunks {
		for _, r := range ranges {
			for i := r[0]; i <= r[1]; i++ {
				s.chunks[fmt.Sprintf("%s/%d", source, i)]++
			}
		}
	}
}

// census is the built-in job, with its topics made.
func census(t testing.TB, c *rdkafka.Client, partitions int) *job.Job {
	t.Helper()
	j, err := job.Load("census")
	if err != nil {
		t.Fatal(err)
	}
	create(t, c, partitions, j.ChunksTopic())
	create(t, c, 1, j.ResultsTopic())
	return j
}

// truth is what a test knows of the rows that it made, counted as they were made.
type truth struct {
	groups      map[string]int64
	rows, short int64
	chunks      int
}

// censusChunks makes the chunks of one source, of so many rows each, into whose rows 50 columns wide it puts codes; some rows are short.
func censusChunks(t testing.TB, j *job.Job, source, year string, chunks, rows, partitions int, seen *truth) []kafkaops.Record {
	t.Helper()
	if seen.groups == nil {
		seen.groups = map[string]int64{}
	}
	packer := job.NewPacker(j)
	var recs []kafkaops.Record
	n := int64(0)
	for i := range chunks {
		var lines bytes.Buffer
		first := n
		for range rows {
			code := (n*7 + n/13) % 15 // 13 and 14 have no label
			if n%97 == 11 {
				fmt.Fprintf(&lines, "%030d", n)
				seen.short++
			} else {
				fmt.Fprintf(&lines, "%030d%2d%018d", n, code, n)
				seen.groups[fmt.Sprintf("%s/%d", year, code)]++
			}
			lines.WriteByte('\n')
			n++
		}
		m := job.ChunkMeta{Job: j.Name, Print: j.Print(), Source: source, Index: int64(i), First: first, Vars: map[string]string{"year": year}}
		recs = append(recs, chunk(t, j, &m, packer.Pack(nil, lines.Bytes(), &m), int32(i%partitions)))
	}
	seen.rows += n
	seen.chunks += chunks
	return recs
}

func chunk(t testing.TB, j *job.Job, m *job.ChunkMeta, value []byte, partition int32) kafkaops.Record {
	t.Helper()
	header, err := job.EncodeChunk(*m)
	if err != nil {
		t.Fatal(err)
	}
	return kafkaops.Record{
		Topic: j.ChunksTopic(), Partition: partition, Key: []byte(m.Source), Value: value,
		Headers: []kafkaops.Header{{Key: job.ChunkHeader, Value: header}},
	}
}

// check compares the answer with the truth: every group to the row, every chunk once, every short row a dead letter.
func (want *truth) check(t testing.TB, c *rdkafka.Client, j *job.Job) sum {
	t.Helper()
	await(t, "all rows are computed", func() bool { return summed(t, c, j).counts.Rows >= want.rows })
	got := summed(t, c, j)
	if fault := want.fault(got); fault != "" {
		t.Fatal(fault)
	}
	if letters := int64(len(all(t, c, j.ChunksTopic()+deadletter.Suffix))); letters != want.short {
		t.Errorf("%d dead letters, want %d", letters, want.short)
	}
	return got
}

// fault says how the answer differs from the truth, or "".
func (want *truth) fault(got sum) string {
	if got.counts.Rows != want.rows || got.counts.Dead != want.short {
		return fmt.Sprintf("%d rows, %d dead, want %d, %d", got.counts.Rows, got.counts.Dead, want.rows, want.short)
	}
	if !maps.Equal(got.groups, want.groups) {
		return fmt.Sprintf("groups %v, want %v", got.groups, want.groups)
	}
	if len(got.chunks) != want.chunks {
		return fmt.Sprintf("%d chunks, want %d", len(got.chunks), want.chunks)
	}
	for name, n := range got.chunks {
		if n != 1 {
			return fmt.Sprintf("chunk %s was computed %d times", name, n)
		}
	}
	return ""
}
