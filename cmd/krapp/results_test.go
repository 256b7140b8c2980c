package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

const salesJob = `name: sales
source: {url: "https://example.com/{year}.csv", lists: {year: ["2019", "2020"]}}
format: {csv: {names: [kind, amount]}}
group_by: [year, kind]
aggregates: {Count: count, Mean: mean amount}
labels: {kind: {a: Alpha, b: "Be\u001b[31mta"}}
`

// pipeline is a job's topics as its workers would have left them.
type pipeline struct {
	t      *testing.T
	client *rdkafka.Client
	job    *job.Job
}

func newPipeline(t *testing.T, addr, file string) *pipeline {
	t.Helper()
	if err := os.WriteFile(file, []byte(salesJob), 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := job.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	client, err := rdkafka.Connect(t.Context(), kafkaops.Context{Brokers: []string{addr}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for _, name := range []string{j.SourcesTopic(), j.ResultsTopic()} {
		if err := client.CreateTopics(t.Context(), kafkaops.NewTopic{Name: name, Partitions: 1, ReplicationFactor: 1}); err != nil {
			t.Fatal(err)
		}
	}
	return &pipeline{t, client, j}
}

func (p *pipeline) send(r kafkaops.Record) {
	p.t.Helper()
	d, err := p.client.ProduceSync(p.t.Context(), []kafkaops.Record{r})
	if err != nil || d[0].Err != nil {
		p.t.Fatal(err, d)
	}
}

// source registers a source as it is in the end, or at the moment.
func (p *pipeline) source(s job.State) {
	p.t.Helper()
	s.Job, s.URL = p.job.Name, "https://example.com/"+s.ID+".csv"
	value, err := job.EncodeState(s)
	if err != nil {
		p.t.Fatal(err)
	}
	p.send(kafkaops.Record{Topic: p.job.SourcesTopic(), Key: []byte(s.ID), Value: value})
}

// chunk is the first chunk of a source, computed.
func (p *pipeline) chunk(year string, rows ...string) {
	p.t.Helper()
	program, err := job.Compile(p.job)
	if err != nil {
		p.t.Fatal(err)
	}
	into := job.NewPartial(program)
	meta := job.ChunkMeta{Job: p.job.Name, Print: p.job.Print(), Source: year, Rows: len(rows), Vars: map[string]string{"year": year, "yy": year[2:]}}
	err = program.Chunk(meta, []byte(strings.Join(rows, "\n")+"\n"), into, func(int64, []byte, string) error { return nil })
	if err != nil {
		p.t.Fatal(err)
	}
	encoded, err := into.Encode("test")
	if err != nil {
		p.t.Fatal(err)
	}
	p.send(kafkaops.Record{Topic: p.job.ResultsTopic(), Value: encoded[0]})
}

func TestGoldenResults(t *testing.T) {
	dir := machine(t)
	addr := broker(t)
	t.Setenv("KRAPP_BROKERS", addr)
	file := filepath.Join(dir, "sales.yaml")
	p := newPipeline(t, addr, file)

	p.source(job.State{ID: "2019", Phase: job.Done, Chunks: 1, Rows: 5})
	p.source(job.State{ID: "2020", Phase: job.Pending})
	p.chunk("2019", "a,1", "b,2.5", "a,2", "x,9", "broken")
	expect(t, 3, "results_half.txt", "results", file)
	expect(t, 3, "results_half.json", "results", "--job", file, "-o", "json")

	p.source(job.State{ID: "2020", Phase: job.Done, Chunks: 1, Rows: 1})
	p.chunk("2020", "b,")
	expect(t, 0, "results.json", "results", file, "-o", "json")
	expect(t, 0, "results.yaml", "results", file, "-o", "yaml")
	expect(t, 0, "results.txt", "results", file)
	expect(t, 0, "results.txt", "results", file, "--watch")
	expect(t, 0, "results_watch.json", "results", file, "--watch", "-o", "json", "--timeout", "30s")

	p.source(job.State{ID: "2020", Phase: job.Failed, Attempt: 1, Chunks: 1, Rows: 1, Error: &job.Failure{Class: kafkaops.NotFound, Text: "404 Not Found", URL: "u", Position: 3}})
	expect(t, 4, "results_failed.txt", "results", file)
	expect(t, 4, "results_failed.json", "results", file, "--watch", "-o", "json")
}

func expect(t *testing.T, code int, name string, args ...string) {
	t.Helper()
	r := krapp(t, "", args...)
	if r.code != code || r.errors != "" {
		t.Errorf("krapp %s: exit code %d, want %d: %s", strings.Join(args, " "), r.code, code, r.errors)
	}
	golden(t, name, r.out)
}

func TestResultsSayWhatIsWrong(t *testing.T) {
	machine(t)
	t.Setenv("KRAPP_BROKERS", broker(t))
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no topics yet":         {[]string{"results"}, 1, "krapp-worker read"},
		"no topics in time":     {[]string{"results", "--watch", "--timeout", "300ms"}, 1, "does not exist yet"},
		"an unknown job":        {[]string{"results", "sensus"}, 1, "census"},
		"two jobs":              {[]string{"results", "census", "--job", "census"}, 2, "Leave one"},
		"a timeout that's none": {[]string{"results", "--timeout", "-1s"}, 2, "30s"},
	} {
		t.Run(name, func(t *testing.T) {
			r := krapp(t, "", c.args...)
			if r.code != c.code || !strings.Contains(r.errors, c.says) {
				t.Errorf("exit code %d: %s", r.code, r.errors)
			}
		})
	}
}

func TestBars(t *testing.T) {
	for name, c := range map[string]struct {
		n, largest float64
		want       string
	}{
		"the largest":       {8, 8, strings.Repeat("█", barWidth)},
		"a half":            {4, 8, strings.Repeat("█", barWidth/2)},
		"almost nothing":    {1, 1e9, "▏"},
		"nothing":           {0, 8, ""},
		"less than nothing": {-3, 8, ""},
		"all are nothing":   {0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := barText(c.n, c.largest); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
