package job

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestTheCensusIsBuiltIn(t *testing.T) {
	if got := Builtin(); !slices.Equal(got, []string{"census"}) {
		t.Errorf("built in: %v", got)
	}
	j, err := Load("census")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := j.Sources(map[string][]string{"year": {"2019", "1999"}, "mon": {"dec"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sources[0].URL, "https://www2.census.gov/programs-surveys/cps/datasets/2019/basic/dec19pub.dat.gz"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := sources[1].URL, "https://www2.census.gov/programs-surveys/cps/datasets/1999/basic/dec99pub.dat.gz"; got != want {
		t.Errorf("a year that the file does not list: got %s, want %s", got, want)
	}
	if got, want := j.Format.Columns, []Column{{"HEHOUSUT", 30, 31}}; !slices.Equal(got, want) {
		t.Errorf("columns %v, want %v", got, want)
	}
	labels := j.Labels[0].Labels
	if len(labels) != 13 || labels[2] != (Label{"2", "HU IN NONTRANSIENT HOTEL, MOTEL, ETC."}) || labels[12] != (Label{"12", "OTHER UNIT NOT SPECIFIED ABOVE"}) {
		t.Errorf("%d labels: %v", len(labels), labels)
	}
}

func TestExamplesAreJobs(t *testing.T) {
	files, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(files) != 4 {
		t.Fatalf("examples %v (%v)", files, err)
	}
	for _, file := range files {
		j, err := Load(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := Compile(j); err != nil {
			t.Error(err)
		}
		if want := strings.TrimSuffix(filepath.Base(file), ".yaml"); j.Name != want {
			t.Errorf("%s holds the job %s", file, j.Name)
		}
		if j.Files == nil {
			continue
		}
		sources, err := j.Sources(nil)
		if err != nil {
			t.Error(err)
		}
		for _, s := range sources {
			if _, err := os.Stat(s.URL); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

func TestTheExampleComputesWhatTheBuiltInCensusDoes(t *testing.T) {
	a, errA := Load("census")
	b, errB := Load("../../examples/census-sample.yaml")
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if a.Print() != b.Print() {
		t.Error("the two have drifted apart")
	}
}

func TestLoadSaysWhereItLooked(t *testing.T) {
	for _, c := range []struct{ name, file, want, hint string }{
		{"a near miss", "cenus", "finding job cenus: no job of that name is built in", "did you mean census?"},
		{"a path that is not there", "./nowhere.yaml", "reading job ./nowhere.yaml: no such file or directory", "census"},
		{"a directory", "jobs/", "is a directory", "name a job file"},
		{"a way out of the built-in ones", "..", "no job of that name is built in", "the built-in jobs are census"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(c.file)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(kafkaops.HintOf(err), c.hint) {
				t.Errorf("got %v (%s)", err, kafkaops.HintOf(err))
			}
		})
	}
}

func TestPathsBeginWhereTheFileIs(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, url, want string }{
		{"a relative path", "data/{region}.csv", filepath.Join(dir, "data/{region}.csv")},
		{"an absolute one", "/data/{region}.csv", "/data/{region}.csv"},
		{"a URL", "https://example.com/{region}.csv", "https://example.com/{region}.csv"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, "job.yml")
			text := "name: a\nsource: {url: '" + c.url + "', lists: {region: [n]}}\nformat: {jsonl: {}}\ngroup_by: [x]\naggregates: {Count: count}\n"
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			j, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if j.Files.URL != c.want {
				t.Errorf("got %s, want %s", j.Files.URL, c.want)
			}
		})
	}
}
