package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/stack"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/tui/page/pipeline"
)

const sample = "../../examples/census-sample.yaml"

// lines counts the lines of the sample's files, by other means.
func lines(t *testing.T) (n int64) {
	t.Helper()
	files, err := filepath.Glob("../../examples/census/*/basic/*.gz")
	if err != nil || len(files) == 0 {
		t.Fatal("no sample files", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		n += int64(bytes.Count(text, []byte("\n")))
	}
	return n
}

func TestAJobIsReadAndComputedHereAndCountedOnce(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, home)
	}
	s := open(t.Context(), stack.Options{Embedded: embedded.Options{Ephemeral: true}, Console: true, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	look := func() pipeline.Facts {
		t.Helper()
		f, err := s.jobs.Look(ctx, sample)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	await(t, "the job to be missing", func() bool { return look().Missing })
	want := lines(t)
	for again := range 2 { // the second start finds nothing left to read
		if err := s.jobs.Start(ctx, pipeline.Spec{Job: sample, Workers: 2}); err != nil {
			t.Fatal(err)
		}
		if here := look().Here; here.Computing != 2 {
			t.Errorf("start %d: it says that here runs %+v", again, here)
		}
		await(t, "a complete answer", func() bool { f := look(); return f.Verdict == pipeline.Complete && !f.Here.Reading })
		f := look()
		if f.Counted.Rows != want || f.Read.Rows != want {
			t.Errorf("start %d: %d rows read and %d counted of %d", again, f.Read.Rows, f.Counted.Rows, want)
		}
		sum := f.Dead + f.Left
		for _, r := range f.Results {
			n, err := strconv.ParseInt(r.Values[0].Text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
		if sum != want {
			t.Errorf("start %d: results, dead letters and rows without a label are %d of %d", again, sum, want)
		}
	}
	if err := s.jobs.Stop(ctx, sample); err != nil {
		t.Fatal(err)
	}
	if here := look().Here; here.Any() {
		t.Errorf("after the stop here runs %+v", here)
	}
	if names := s.jobs.Names(); names[0] != sample || !slices.Contains(names, "census") {
		t.Errorf("it proposes %v", names)
	}
}

func TestCommandsThatDoTheSame(t *testing.T) {
	p := &pipelines{}
	for name, c := range map[string]struct {
		spec  pipeline.Spec
		count int
		want  string
	}{
		"all of it": {pipeline.Spec{Job: "census"}, 72, "krapp-worker read --job census"},
		"chosen, with workers": {pipeline.Spec{Job: "census", Workers: 2, Choose: map[string][]string{"year": {"2019", "2020"}, "mon": {"*"}}, Base: "http://127.0.0.1:8000", Chunks: 3}, 24,
			"krapp-worker compute --job census & krapp-worker read --job census --years 2019,2020 --months '*' --base-url http://127.0.0.1:8000 --chunks 3"},
		"a file": {pipeline.Spec{Job: "census", File: "my file.gz", Choose: map[string][]string{"year": {"2019"}}}, 1, "krapp-worker read --job census --years 2019 --from-file 'my file.gz'"},
		"another list": {pipeline.Spec{Job: "../../examples/requests.yaml", Choose: map[string][]string{"day": {"2024-05-01"}}}, 1,
			"krapp-worker read --job ../../examples/requests.yaml --list day=2024-05-01"},
		"a stream": {pipeline.Spec{Job: "../../examples/learning.yaml", Workers: 1}, 0, "krapp-worker compute --job ../../examples/learning.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.Prepare(t.Context(), c.spec)
			if err != nil {
				t.Fatal(err)
			}
			if got.Plan.Command != c.want || got.Count != c.count {
				t.Errorf("%d sources, %s\nwant %d, %s", got.Count, got.Plan.Command, c.count, c.want)
			}
		})
	}
}

func TestAPlanSaysWhoComputes(t *testing.T) {
	p := &pipelines{}
	for workers, want := range map[int]string{0: "computes nothing here", 1: "computes with 1 worker in this console"} {
		got, err := p.Prepare(t.Context(), pipeline.Spec{Job: "census", Workers: workers, Choose: map[string][]string{"year": {"2019"}, "mon": {"jan"}}})
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(got.Plan.Effects, "\n"); !strings.Contains(text, want) || !strings.Contains(text, "reads 1 source in this console") {
			t.Errorf("%d workers: %s", workers, text)
		}
	}
}

func TestABaseTakesThePlaceOfSchemeAndHost(t *testing.T) {
	spec := pipeline.Spec{Job: "census", Base: "http://127.0.0.1:8000", Choose: map[string][]string{"year": {"2019"}, "mon": {"jan"}}}
	got, err := (&pipelines{}).Prepare(t.Context(), spec)
	if err != nil || got.Sources[0] != "http://127.0.0.1:8000/programs-surveys/cps/datasets/2019/basic/jan19pub.dat.gz" {
		t.Errorf("%v, %v", got.Sources, err)
	}
	if hosts := sourceOptions(spec).AllowHosts; !slices.Equal(hosts, []string{"127.0.0.1:8000"}) {
		t.Errorf("allowed over http: %v", hosts)
	}
	if hosts := sourceOptions(pipeline.Spec{Base: "/data"}).AllowHosts; hosts != nil {
		t.Errorf("a directory allows %v", hosts)
	}
}

func TestAFileAndABaseAreOneTooMany(t *testing.T) {
	spec := pipeline.Spec{Job: "census", File: "a.gz", Base: "/data", Choose: map[string][]string{"year": {"2019"}, "mon": {"jan"}}}
	if _, err := (&pipelines{}).Prepare(t.Context(), spec); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("it says %v", err)
	}
}

func TestAReadOnlySessionStartsNothing(t *testing.T) {
	err := (&pipelines{readOnly: true}).Start(t.Context(), pipeline.Spec{Job: "census"})
	if kafkaops.ClassOf(err) != kafkaops.Unauthorised {
		t.Errorf("it says %v", err)
	}
}

func TestJobFilesAreProposed(t *testing.T) {
	p := &pipelines{}
	if got := p.Propose(t.Context(), "../../examples/c"); !slices.Equal(got, []string{"../../examples/census/", sample}) {
		t.Errorf("proposed %v", got)
	}
	if got := p.Propose(t.Context(), "cen"); !slices.Equal(got, []string{"census"}) {
		t.Errorf("proposed %v", got)
	}
	if got := p.Propose(t.Context(), "/nowhere/"); len(got) > 0 {
		t.Errorf("proposed %v", got)
	}
}
