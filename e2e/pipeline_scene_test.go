package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// censusPath is where a month's file is, here as on the real server.
func censusPath(year, mon string) string {
	return "/programs-surveys/cps/datasets/" + year + "/basic/" + mon + year[2:] + "pub.dat.gz"
}

// survey is census files behind an HTTP server of the test's own, and what is in them by an independent count.
type survey struct {
	url   string
	files map[string][]byte // by path
	count map[string]map[string]int64
	rows  int64
	short int64 // rows that end before their code
	codes int64 // rows whose code has no label
}

// newSurvey makes a file for each year and month. No number of rows is a multiple of what a chunk holds.
func newSurvey(t *testing.T, rows int, years, months []string) *survey {
	t.Helper()
	s := &survey{files: map[string][]byte{}, count: map[string]map[string]int64{}}
	dir := t.TempDir()
	for y, year := range years {
		for m, mon := range months {
			file := filepath.Join(dir, mon+year+".dat.gz")
			made := exec.Command(filepath.Join(binaries, "censusdata"), "--rows", strconv.Itoa(rows+37*m+y), "--seed", fmt.Sprint(100*y+m+1),
				"--invalid", "0.02", "--short", "0.003", "--year", year, "--out", file)
			if out, err := made.CombinedOutput(); err != nil {
				t.Fatalf("making a census file: %v\n%s", err, out)
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s.files[censusPath(year, mon)] = content
			s.take(t, year, file)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *survey) serve(w http.ResponseWriter, r *http.Request) {
	content, ok := s.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "", fileTime, bytes.NewReader(content))
}

// labelled are the codes that the census job has names for.
const labelled = 13

// take counts a file as awk does, which knows nothing of krapp.
func (s *survey) take(t *testing.T, year, file string) {
	t.Helper()
	out, err := exec.Command("sh", "-c", `gzip -dc "$1" | awk '
		length($0) < 32 { short++; next }
		{ code = substr($0, 31, 2); gsub(/ /, "", code); n[code == "" ? "blank" : code]++ }
		END { print "rows", NR; print "short", short + 0; for (code in n) print code, n[code] }'`, "count", file).Output()
	if err != nil {
		t.Fatalf("counting with awk: %v", err)
	}
	if s.count[year] == nil {
		s.count[year] = map[string]int64{}
	}
	for line := range strings.Lines(string(out)) {
		name, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatalf("awk said %q", line)
		}
		code, err := strconv.Atoi(name)
		switch {
		case name == "rows":
			s.rows += n
		case name == "short":
			s.short += n
		case err != nil || code < 0 || code >= labelled:
			s.codes += n
		default:
			s.count[year][name] += n
		}
	}
}

// pipelineJob is the built-in census job under a name of the test's own, as clusters may be shared. It returns the name and the file.
func (b backend) pipelineJob(t *testing.T, change ...string) (name, file string) {
	t.Helper()
	text, err := os.ReadFile("../worker/job/jobs/census.yaml")
	if err != nil {
		t.Fatal(err)
	}
	name = unique(t, "job")
	changed := strings.NewReplacer(append([]string{"name: census\n", "name: " + name + "\n"}, change...)...).Replace(string(text))
	file = filepath.Join(b.home.dir, name+".yaml")
	if err := os.WriteFile(file, []byte(changed+"chunk: {rows: 500}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name, file
}

// reader starts a read worker over years and months of the survey.
func (b backend) reader(t *testing.T, s *survey, job, slot, years, months string, args ...string) *process {
	t.Helper()
	return b.home.start(t, "krapp-worker", append([]string{"read", "--job", job, "--years", years, "--months", months, "--base-url", s.url,
		"--slot", slot, "--worker", slot, "--monitor-listen", "none"}, args...)...)
}

// wantEnd waits until a process has ended, with this exit code.
func (p *process) wantEnd(t *testing.T, code int) {
	t.Helper()
	eventually(t, p.name+" ends", p.ended)
	if got := p.ProcessState.ExitCode(); got != code {
		t.Fatalf("%s ended with exit code %d, want %d\n%s", p.name, got, code, p.log)
	}
}

// computer starts a compute worker with sessions short enough for tests that kill.
func (b backend) computer(t *testing.T, job, slot string, args ...string) *process {
	t.Helper()
	return b.home.start(t, "krapp-worker", append([]string{"compute", "--job", job, "--slot", slot, "--worker", slot, "--session-timeout", "6s",
		"--monitor-listen", "none"}, args...)...)
}

// answer is what GET /results says: by year and code.
type answer map[string]map[string]struct {
	Description string
	Count       int64
}

// counts are the numbers of an answer alone.
func (a answer) counts() map[string]map[string]int64 {
	out := map[string]map[string]int64{}
	for year, codes := range a {
		out[year] = map[string]int64{}
		for code, v := range codes {
			out[year][code] = v.Count
		}
	}
	return out
}

// ask is a GET that is decoded; it returns the status.
func ask(t *testing.T, url string, into any) int {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		return r.StatusCode
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s says %q: %v", url, body, err)
	}
	return r.StatusCode
}

// wantEqual waits until the results are complete and fails the test unless they equal the independent count, to the row.
func (s *survey) wantEqual(t *testing.T, results workerProcess) {
	t.Helper()
	var got answer
	complete := func() bool {
		r, err := http.Get(results.url + "/results")
		if err != nil {
			return false
		}
		defer r.Body.Close()
		got = nil
		return r.StatusCode == http.StatusOK && r.Header.Get("Krapp-Complete") == "true" && json.NewDecoder(r.Body).Decode(&got) == nil
	}
	t.Cleanup(func() {
		if t.Failed() {
			var how any
			t.Logf("%d, completeness: %v", ask(t, results.url+"/completeness", &how), how)
		}
	})
	eventually(t, "the results are complete", complete)
	counts := got.counts()
	if len(counts) != len(s.count) {
		t.Fatalf("years %v, want %v", counts, s.count)
	}
	for year, want := range s.count {
		if !maps.Equal(counts[year], want) {
			t.Errorf("%s: %v, want %v", year, counts[year], want)
		}
	}
}
