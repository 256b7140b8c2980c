package read

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/worker/job"
)

// A source that ends early fails where it does, and goes on there once it is mended.
func TestASourceThatIsMendedGoesOn(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	text := fixedRows(1, 3000)
	whole := zip(t, text)
	store(t, dir, "a.dat", whole[:len(whole)/2])
	names, want := several(t, dir, 500)
	want["a"] = packed(text)
	j := parse(t, dir, fixedFormat, 10, append(names, "a")...)
	err := start(t, options(t, c, j, "a")).wait(t)
	if kafkaops.ClassOf(err) != kafkaops.Invalid || !strings.Contains(err.Error(), "1 of 2") || !strings.Contains(err.Error(), "truncated") ||
		!strings.Contains(err.Error(), dir+"/a.dat") || kafkaops.HintOf(err) == "" {
		t.Fatalf("Run = %v", err)
	}
	list := states(t, c, j)["a"]
	failed := list[len(list)-1]
	if failed.Phase != job.Failed || failed.Chunks == 0 || failed.Resume.Index != failed.Chunks || failed.Error.Position == 0 {
		t.Fatalf("state %+v", failed)
	}
	if got, wrong := stored(t, c, j); len(wrong) > 0 || int64(len(got["a"])) != failed.Rows || len(got["s0"]) != 500 {
		t.Errorf("%d rows of a, %d of the good one, %v", len(got["a"]), len(got["s0"]), wrong)
	}
	store(t, dir, "a.dat", whole)
	if err := start(t, options(t, c, j, "a")).wait(t); err != nil {
		t.Fatal(err)
	}
	if wrong := differences(t, c, j, want); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
	if list := states(t, c, j)["a"]; list[len(list)-1].Attempt != 1 || list[len(list)-1].Phase != job.Done {
		t.Errorf("state %+v", list[len(list)-1])
	}
}

func TestASourceThatChangedIsNotMixed(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	text := fixedRows(1, 3000)
	store(t, dir, "a.dat", []byte(text))
	j := parse(t, dir, fixedFormat, 10, "a")
	o := options(t, c, j, "a")
	o.Delay = 5 * time.Millisecond
	r := start(t, o)
	await(t, "some chunks", func() bool { return r.role.counts.chunks.Load() > 20 })
	r.finish(t)
	before, _ := stored(t, c, j)
	store(t, dir, "a.dat", []byte("9"+text[1:])) // outside of the columns that are carried
	err := start(t, options(t, c, j, "a")).wait(t)
	if kafkaops.ClassOf(err) != kafkaops.Conflict || !strings.Contains(err.Error(), "the source has changed since its first") {
		t.Errorf("Run = %v", err)
	}
	if after, _ := stored(t, c, j); len(after["a"]) != len(before["a"]) {
		t.Errorf("%d rows are stored, before the change it were %d", len(after["a"]), len(before["a"]))
	}
}

func TestOthersAreReadBesideSourcesThatFail(t *testing.T) {
	c := kafkatest.Client(t)
	text := fixedRows(1, 1000)
	body := zip(t, text)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/html.dat":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<!DOCTYPE html><html><body>Please wait</body></html>")
		case "/good.dat":
			_, _ = w.Write(body)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	j := parse(t, server.URL, fixedFormat, 10, "missing", "good", "html")
	err := start(t, options(t, c, j, "a").allow(t, server)).wait(t)
	if err == nil || !strings.Contains(err.Error(), "2 of 3 failed") || !strings.Contains(err.Error(), "404") || !strings.Contains(err.Error(), "HTML") ||
		!strings.Contains(err.Error(), server.URL+"/missing.dat") {
		t.Errorf("Run = %v", err)
	}
	if wrong := differences(t, c, j, map[string][]string{"good": packed(text)}); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
}

// While a download waits no transaction is open for long, and the sources of other partitions go on. Those behind it in its own wait.
func TestAStalledSourceDoesNotHoldOthersUp(t *testing.T) {
	c := kafkatest.Client(t)
	text := fixedRows(1, 1000)
	var release atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow.dat" {
			for !release.Load() && r.Context().Err() == nil {
				time.Sleep(10 * time.Millisecond) // a real server that is slow
			}
		}
		fmt.Fprint(w, text)
	}))
	defer server.Close()
	names, want := []string{"slow"}, map[string][]string{"slow": packed(text)}
	for i := range 9 {
		if name := fmt.Sprint("s", i); partitionFor(name, 3) != partitionFor("slow", 3) {
			names, want[name] = append(names, name), packed(text)
		}
	}
	j := parse(t, server.URL, fixedFormat, 10, names...)
	r := start(t, options(t, c, j, "a").allow(t, server))
	await(t, "the others are done", func() bool { return r.role.counts.sources.Load() == int64(len(names)-1) })
	release.Store(true)
	if err := r.wait(t); err != nil {
		t.Fatal(err)
	}
	if wrong := differences(t, c, j, want); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
}

// Whoever may write to the sources topic can't have readers open files of their choice.
func TestOnlyWhatTheJobNamesIsRead(t *testing.T) {
	j := parse(t, "http://data.example", fixedFormat, 10, "a", "b")
	own, err := j.Sources(map[string][]string{"name": {"a"}})
	must(t, err)
	for name, c := range map[string]struct {
		base, url string
		vars      map[string]string
		allowed   bool
	}{
		"its own":                         {"", "http://data.example/a.dat", nil, true},
		"another of the job's":            {"", "http://data.example/b.dat", map[string]string{"name": "b"}, true},
		"the job's under another name":    {"", "http://data.example/b.dat", map[string]string{"name": "a"}, false},
		"a file":                          {"", "/etc/passwd", map[string]string{"name": "b"}, false},
		"another host":                    {"", "http://169.254.169.254/b.dat", map[string]string{"name": "b"}, false},
		"the job's on the base":           {"http://127.0.0.1:1", "http://127.0.0.1:1/b.dat", map[string]string{"name": "b"}, true},
		"something else on the base":      {"http://127.0.0.1:1", "http://127.0.0.1:1/c.dat", map[string]string{"name": "b"}, false},
		"a value that the job hasn't got": {"", "http://data.example/../x.dat", map[string]string{"name": "../x"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Job: j, Sources: own, Base: c.base}
			err := o.may(&job.State{URL: c.url, Vars: c.vars})
			if (err == nil) != c.allowed || err != nil && kafkaops.ClassOf(err) != kafkaops.Unauthorised {
				t.Errorf("%v, want allowed %v", err, c.allowed)
			}
		})
	}
}

// A chunk that the brokers never take fails its source; to try it for ever would hold everything behind it up.
func TestAChunkThatIsRefusedFailsItsSource(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	store(t, dir, "a.dat", []byte(strings.Repeat("{\"CODE\":1}\n", 5)+"{\"CODE\":\""+incompressible(30_000)+"\"}\n"))
	names, _ := several(t, dir, 50)
	j := parse(t, dir, jsonFormat, 5, append(names, "a")...)
	for _, topic := range topicsOf(j) {
		if topic.Name == j.ChunksTopic() {
			topic.Configs["max.message.bytes"] = "10000"
		}
		must(t, c.CreateTopics(t.Context(), topic))
	}
	err := start(t, options(t, c, j, "a")).wait(t)
	if err == nil || !strings.Contains(err.Error(), "1 of 2 failed") {
		t.Errorf("Run = %v", err)
	}
	list := states(t, c, j)["a"]
	if rows, wrong := stored(t, c, j); len(wrong) > 0 || int64(len(rows["a"])) != list[len(list)-1].Rows || len(rows["s0"]) != 50 {
		t.Errorf("%d rows of a, %d of the other, %v; state %+v", len(rows["a"]), len(rows["s0"]), wrong, list)
	}
}

func incompressible(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + r.IntN(26))
	}
	return string(b)
}
