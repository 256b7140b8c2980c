package read

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
)

func TestWithoutKafkaTheRowsAreWrittenOrCounted(t *testing.T) {
	dir := t.TempDir()
	text := fixedRows(1, 250)
	store(t, dir, "a.dat", zip(t, text))
	j := parse(t, dir, fixedFormat, 100, "a", "missing")
	for _, to := range []WriteTo{Stdout, Null} {
		t.Run(string(to), func(t *testing.T) {
			var out bytes.Buffer
			var last Progress
			registry := prometheus.NewRegistry()
			o := options(t, nil, j, "w")
			o.WriteTo, o.Out, o.Registry, o.Progress = to, &out, registry, func(p Progress) { last = p }
			err := start(t, o).wait(t)
			if kafkaops.ClassOf(err) != kafkaops.NotFound || !strings.Contains(err.Error(), dir+"/missing.dat") {
				t.Errorf("Run = %v", err)
			}
			if want := strings.Join(packed(text), "\n") + "\n"; to == Stdout && out.String() != want {
				t.Errorf("%d bytes, want %d", out.Len(), len(want))
			}
			if a, b := last.Sources[0], last.Sources[1]; last.Rows != 250 || a.Phase != job.Done || a.Rows != 250 || b.Phase != job.Failed || b.Error == "" {
				t.Errorf("progress %+v", last)
			}
			values := gathered(t, registry)
			for name, want := range map[string]float64{
				"kafka_scale_downloaded_gzips": 1, "kafka_scale_chunks_written": 3, "krapp_read_rows_total": 250, "krapp_read_bytes_total": float64(len(text)),
				"krapp_read_sources/done": 1, "krapp_read_sources/failed": 1, "krapp_read_sources/pending": 0,
			} {
				if got, ok := values[name]; !ok || got != want {
					t.Errorf("%s = %g, %v; want %g", name, got, ok, want)
				}
			}
		})
	}
}

// gathered is the metrics by name, and by phase where they have one.
func gathered(t *testing.T, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	must(t, err)
	values := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				if l.GetName() == "phase" {
					name += "/" + l.GetValue()
				}
			}
			values[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return values
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("the pipe is closed") }

func TestAnOutputThatFailsEndsIt(t *testing.T) {
	dir := t.TempDir()
	store(t, dir, "a.dat", []byte(fixedRows(1, 250)))
	o := options(t, nil, parse(t, dir, fixedFormat, 100, "a"), "w")
	o.WriteTo, o.Out = Stdout, broken{}
	if err := start(t, o).wait(t); err == nil || !strings.Contains(err.Error(), "the pipe is closed") {
		t.Errorf("Run = %v", err)
	}
}

func TestWhatCantBeMeantIsRefused(t *testing.T) {
	j := parse(t, t.TempDir(), fixedFormat, 100, "a")
	for name, change := range map[string]func(*Options){
		"no job":          func(o *Options) { o.Job = nil },
		"no sources":      func(o *Options) { o.Sources = nil },
		"no client":       func(o *Options) { o.WriteTo = Kafka },
		"no output":       func(o *Options) { o.WriteTo = Stdout },
		"nowhere":         func(o *Options) { o.WriteTo = "disk" },
		"negative chunks": func(o *Options) { o.Chunks = -1 },
		"a job by hand":   func(o *Options) { o.Job = &job.Job{Name: "x", Files: &job.Files{}} },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, nil, j, "w")
			o.WriteTo = Null
			change(&o)
			if _, err := New(o); kafkaops.ClassOf(err) != kafkaops.Invalid {
				t.Errorf("New = %v", err)
			}
		})
	}
}
