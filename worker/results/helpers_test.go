package results

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

// parse makes a job of a name: lines of CSV whose field kind is counted, and whose codes have labels.
func parse(t testing.TB, name, labels string) *job.Job {
	t.Helper()
	j, err := job.Parse(name, []byte(`name: `+name+`
source: {url: "https://example.com/{year}.csv", lists: {year: ["2019", "2020"]}}
format: {csv: {names: [kind]}}
group_by: [year, kind]
aggregates: {Count: count}
labels: {kind: {`+labels+`}}
`))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func createTopics(t testing.TB, c *rdkafka.Client, j *job.Job) {
	t.Helper()
	for _, name := range []string{j.SourcesTopic(), j.ResultsTopic()} {
		if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: name, Partitions: 1, ReplicationFactor: -1}); err != nil {
			t.Fatal(err)
		}
	}
}

// compute writes what a source's readers and workers would have: one chunk of the rows, and that the source is done.
func compute(t testing.TB, c *rdkafka.Client, j *job.Job, year string, rows ...string) {
	t.Helper()
	p, err := job.Compile(j)
	if err != nil {
		t.Fatal(err)
	}
	into := job.NewPartial(p)
	meta := job.ChunkMeta{Job: j.Name, Print: j.Print(), Source: year, Rows: len(rows), Vars: map[string]string{"year": year, "yy": year[2:]}}
	if err := p.Chunk(meta, []byte(strings.Join(rows, "\n")+"\n"), into, func(int64, []byte, string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	encoded, err := into.Encode("test")
	if err != nil {
		t.Fatal(err)
	}
	done, err := job.EncodeState(job.State{
		Job: j.Name, ID: year, URL: "https://example.com/" + year, Phase: job.Done, Chunks: 1, Rows: int64(len(rows)),
	})
	if err != nil {
		t.Fatal(err)
	}
	kafkatest.Send(t, c, kafkaops.Record{Topic: j.SourcesTopic(), Key: []byte(year), Value: done}, kafkaops.Record{Topic: j.ResultsTopic(), Value: encoded[0]})
}

// startRole runs the role on a free port until the test ends. ready is closed when the role says so.
func startRole(t testing.TB, o Options) (role *Role, url string, ready <-chan struct{}) {
	t.Helper()
	address := make(chan string, 1)
	o.HTTP.Addr = "127.0.0.1:0"
	o.OnListen = func(a string) { address <- a }
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended, says := make(chan error, 1), make(chan struct{})
	go func() { ended <- r.Run(ctx, func() { close(says) }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	return r, "http://" + <-address, says
}

// settle waits until the role has all that is there.
func settle(t testing.TB, r *Role) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for name := range r.jobs {
		if err := r.Materialiser(name).CaughtUp(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func get(t testing.TB, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(raw)
}

// events opens a stream; next returns the data of the next event.
func events(t testing.TB, url string) (next func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 16<<20)
	return func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		t.Fatal(fmt.Errorf("the stream ended: %w", lines.Err()))
		return ""
	}
}
