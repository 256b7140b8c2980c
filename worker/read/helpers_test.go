package read

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/read/source"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const (
	fixedFormat = "fixed: {CODE: 30-31, KIND: 40-40}"
	csvFormat   = "csv: {header: true}"
	jsonFormat  = "jsonl: {}"
)

// parse makes a job over the sources DIR/{name}.dat.
func parse(t testing.TB, dir, format string, chunkRows int, names ...string) *job.Job {
	t.Helper()
	more := ""
	if format == fixedFormat {
		more = ", KIND"
	}
	text := fmt.Sprintf(`name: rows
source:
  url: %s/{name}.dat
  lists:
    name: [%s]
format:
  %s
group_by: [name, CODE%s]
aggregates:
  Count: count
chunk: {rows: %d, bytes: 64KiB}
topics: {partitions: 3}
`, dir, strings.Join(names, ", "), format, more, chunkRows)
	j, err := job.Parse("job.yaml", []byte(text))
	must(t, err)
	return j
}

// options are of a reader of all the job's sources.
func options(t testing.TB, c *rdkafka.Client, j *job.Job, slot string) Options {
	t.Helper()
	sources, err := j.Sources(nil)
	must(t, err)
	return Options{
		Client: c, Job: j, Sources: sources, Slot: slot, Worker: slot, SessionTimeout: 6 * time.Second, StopTimeout: 5 * time.Second,
		Source: source.Options{Backoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, Retries: 2},
	}
}

// allow lets the sources of a test server be read.
func (o Options) allow(t testing.TB, server *httptest.Server) Options {
	t.Helper()
	u, err := url.Parse(server.URL)
	must(t, err)
	o.Source.AllowHosts = []string{u.Host}
	return o
}

// fixedRows are rows of 60 columns, some too short, some empty, the last one without a line end.
func fixedRows(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for i := range n {
		row := fmt.Sprintf("%030d%2d%028d", i, r.IntN(20), r.IntN(1000))
		switch die := r.IntN(100); {
		case die == 0:
			row = ""
		case die < 3:
			row = row[:r.IntN(32)]
		}
		if b.WriteString(row); i < n-1 {
			b.WriteByte('\n')
		}
	}
	if strings.HasSuffix(b.String(), "\n") { // an empty last row is no row
		b.WriteString("x")
	}
	return b.String()
}

func zip(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func store(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
}

// packed is what the chunks of fixed rows carry.
func packed(text string) []string {
	rows := strings.Split(text, "\n")
	for i, row := range rows {
		if len(row) > 40 {
			rows[i] = row[30:32] + row[40:41]
		}
	}
	return rows
}

// stored is the rows in the chunks topic by source, and what is wrong with the chunks.
func stored(t testing.TB, c *rdkafka.Client, j *job.Job) (rows map[string][]string, wrong []string) {
	t.Helper()
	type piece struct {
		job.ChunkMeta
		rows []string
	}
	pieces := make(map[string][]piece)
	each(t, c, j.ChunksTopic(), func(r kafkaops.Record) {
		header, _ := r.Header(job.ChunkHeader)
		m, err := job.DecodeChunk(header)
		must(t, err)
		lines := strings.Split(strings.TrimSuffix(string(r.Value), "\n"), "\n")
		if len(lines) != m.Rows || string(r.Key) != m.Source {
			wrong = append(wrong, fmt.Sprintf("chunk %s/%d has %d rows, it says %d; key %s", m.Source, m.Index, len(lines), m.Rows, r.Key))
		}
		if j.Format.Kind == job.Fixed && m.Columns == nil { // too many of its rows are short
			lines = packed(strings.Join(lines, "\n"))
		}
		pieces[m.Source] = append(pieces[m.Source], piece{m, lines})
	})
	rows = make(map[string][]string)
	for id, list := range pieces {
		slices.SortFunc(list, func(a, b piece) int { return int(a.Index - b.Index) })
		for i, p := range list {
			if p.Index != int64(i) || p.First != int64(len(rows[id])) {
				wrong = append(wrong, fmt.Sprintf("%s: chunk %d of row %d in the place of %d of row %d", id, p.Index, p.First, i, len(rows[id])))
			}
			rows[id] = append(rows[id], p.rows...)
		}
	}
	return rows, wrong
}

// each reads a topic as a read-committed reader does, up to all that is there.
func each(t testing.TB, c *rdkafka.Client, topic string, f func(kafkaops.Record)) {
	t.Helper()
	extents, err := c.TopicExtents(t.Context(), kafkaops.ReadUncommitted, topic)
	must(t, err)
	_, err = c.Scan(t.Context(), rdkafka.ScanSpec{From: extents.Starts(), To: extents.Ends()}, func(b *rdkafka.Batch) error {
		for _, r := range b.Records() {
			f(r)
		}
		return nil
	})
	must(t, err)
}

// differences says how the chunks differ from the texts of the sources.
func differences(t testing.TB, c *rdkafka.Client, j *job.Job, want map[string][]string) []string {
	t.Helper()
	got, wrong := stored(t, c, j)
	for id, rows := range want {
		if !slices.Equal(got[id], rows) {
			at := 0
			for at < min(len(rows), len(got[id])) && rows[at] == got[id][at] {
				at++
			}
			wrong = append(wrong, fmt.Sprintf("%s: %d rows, want %d, they differ from row %d on", id, len(got[id]), len(rows), at))
		}
	}
	if len(got) > len(want) {
		wrong = append(wrong, "there are more sources than wanted")
	}
	return wrong
}

// states returns the records of the sources topic, by source, in order.
func states(t testing.TB, c *rdkafka.Client, j *job.Job) map[string][]job.State {
	t.Helper()
	all := make(map[string][]job.State)
	each(t, c, j.SourcesTopic(), func(r kafkaops.Record) {
		s, err := job.DecodeState(r.Value)
		if string(r.Value) == "{}" {
			return // a test's filler
		}
		must(t, err)
		all[s.ID] = append(all[s.ID], s)
	})
	return all
}

// running is a role at work.
type running struct {
	role  *Role
	stop  context.CancelFunc
	ended chan struct{}
	err   error
	once  sync.Once
}

// start runs a reader until it ends or the test does.
func start(t testing.TB, o Options, change ...func(*Role)) *running {
	t.Helper()
	role, err := New(o)
	must(t, err)
	for _, f := range change {
		f(role)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{role: role, stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(r.ended)
		r.err = role.Run(ctx, func() {})
	}()
	t.Cleanup(func() { r.finish(t) })
	return r
}

// finish stops it and waits.
func (r *running) finish(t testing.TB) {
	t.Helper()
	r.once.Do(func() {
		r.stop()
		select {
		case <-r.ended:
		case <-time.After(time.Minute):
			t.Error("it doesn't stop")
		}
	})
}

// wait waits until it has ended of itself.
func (r *running) wait(t testing.TB) error {
	t.Helper()
	select {
	case <-r.ended:
		return r.err
	case <-time.After(2 * time.Minute):
		t.Fatalf("not at the end: %+v", r.role.progress())
		return nil
	}
}

// await waits until a condition holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	over := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
