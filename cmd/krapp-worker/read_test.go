package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/read"
)

// censusRows are rows with a code in columns 30 and 31.
func censusRows(n int) string {
	return strings.Repeat(strings.Repeat("0", 30)+" 1"+strings.Repeat("0", 20)+"\n", n)
}

func TestReadSaysWhatItWouldDo(t *testing.T) {
	out, err := command(t, nil, "read", "--job", "census", "--years", "2019,2020", "--months", "jan", "--base-url", "http://127.0.0.1:1", "--dry-run").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: census", "http://127.0.0.1:1/programs-surveys/cps/datasets/2019/basic/jan19pub.dat.gz", "/2020/basic/jan20pub.dat.gz"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s does not say %s", out, want)
		}
	}
}

func TestReadWithoutKafka(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.dat")
	if err := os.WriteFile(file, []byte(censusRows(25)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := command(t, nil, "read", "--from-file", file, "--years", "2019", "--write-to", "stdout").Output()
	if err != nil || string(out) != strings.Repeat(" 1\n", 25) {
		t.Errorf("%q, %v", out, err)
	}
	if out, err := command(t, nil, "read", "--from-file", file, "--years", "2019", "--write-to", "null").CombinedOutput(); err != nil || !strings.Contains(string(out), "rows=25") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestReadStoresWhatIsThereAndNamesWhatIsNot(t *testing.T) {
	b, err := embedded.Start(t.Context(), embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() // a test's broker
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/programs-surveys/cps/datasets/2019/basic/jan19pub.dat.gz" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, censusRows(12345))
	}))
	defer server.Close()
	args := []string{"read", "--years", "2019", "--months", "jan,feb", "--base-url", server.URL, "--monitor-listen", "none", "--partitions", "2"}
	cmd := command(t, []string{"KRAPP_BROKERS=" + b.Addr()}, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("exit code %d (%v)", cmd.ProcessState.ExitCode(), err)
	}
	for _, want := range []string{"1 of 2 failed", server.URL + "/programs-surveys/cps/datasets/2019/basic/feb19pub.dat.gz", "404", "rows=12345"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s does not say %s", out, want)
		}
	}
	client, err := rdkafka.Connect(t.Context(), kafkaops.Context{Brokers: b.Addrs()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	topics, err := client.DescribeTopics(t.Context(), "census.chunks", "census.results")
	if err != nil || len(topics[0].Partitions) != 2 || len(topics[1].Partitions) != 1 {
		t.Errorf("topics %+v, %v", topics, err)
	}
}

func TestReadRefusesWhatCantBeMeant(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a job that there isn't":  {[]string{"--job", "censsus"}, 1, "census"},
		"a month that isn't one":  {[]string{"--months", "jam"}, 1, "jan"},
		"a list without values":   {[]string{"--list", "mon"}, 2, "region=north,south"},
		"a list twice":            {[]string{"--list", "year=2019", "--years", "2020"}, 2, "twice"},
		"a place to write to":     {[]string{"--write-to", "disk"}, 2, "stdout"},
		"a file without its year": {[]string{"--from-file", "x.dat"}, 1, "year"},
		"two places to read from": {[]string{"--from-file", "x.dat", "--years", "2019", "--base-url", "http://h"}, 2, "both"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, nil, append([]string{"read"}, c.args...)...)
			out, _ := cmd.CombinedOutput() // the exit code says it
			if cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(out), c.says) {
				t.Errorf("exit code %d, want %d: %s", cmd.ProcessState.ExitCode(), c.code, out)
			}
		})
	}
}

func TestTheBarIsOneLine(t *testing.T) {
	one := read.Progress{RowsPerSecond: 412_345, Sources: []read.SourceProgress{{ID: "2019-jan", Phase: job.Reading, Read: 50, Size: 100}}}
	if got, want := line(one, 12*time.Second), "2019-jan ████████████░░░░░░░░░░░░  50% 412k rows/s ETA 12s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	three := read.Progress{RowsPerSecond: 1_234_567, Sources: []read.SourceProgress{{Phase: job.Done}, {Phase: job.Failed}, {Phase: job.Pending, Size: -1}}}
	if got, want := line(three, 0), "1 of 3 sources, 1 failed ████████████████░░░░░░░░  67% 1.2M rows/s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := summary(three), "1 of 3 sources read, 0 rows in 0 chunks, 1 failed"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := eta(10*time.Second, 0.5, 0.75); got != 10*time.Second {
		t.Errorf("half of the rest took 10 s, the other half takes %s", got)
	}
}
