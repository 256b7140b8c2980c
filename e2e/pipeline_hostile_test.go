package e2e

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// hostile answers for a month as no honest server would; for the others it serves the survey.
func (s *survey) hostile(t *testing.T, mon string, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == censusPath("2019", mon) {
			answer(w, r)
			return
		}
		s.serve(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Whatever a source is, it has its own named failure and its own bounded cost; the others are read, and the exit code is not 0.
func TestHostileSourcesHarmOnlyThemselves(t *testing.T) {
	b := startBackend(t)
	whole := newSurvey(t, 2_000, []string{"2019"}, []string{"jan"}).files[censusPath("2019", "jan")]
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"a gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			z := gzip.NewWriter(w)
			defer z.Close()
			line := append([]byte(strings.Repeat("0", 950)), '\n')
			block := []byte(strings.Repeat(string(line), 1000))
			for range 2000 { // 1.9 GB of a few MB
				if _, err := z.Write(block); err != nil {
					return
				}
			}
		}, "times its compressed size"},
		"a truncated gzip": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(whole[:len(whole)/2])
		}, "ends"},
		"a line of 1 GiB": {func(w http.ResponseWriter, _ *http.Request) {
			block := make([]byte, 1<<20)
			for i := range block {
				block[i] = byte('0' + i*7%10)
			}
			for range 1 << 10 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, "longer than 1048576 bytes"},
		"HTML with status 200": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<!DOCTYPE html><title>Access denied</title>")
		}, "HTML"},
		"a redirect to another host": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.2:1/elsewhere", http.StatusFound)
		}, "127.0.0.2"},
		"a server that stalls": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte{0x1f, 0x8b})
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, "stall"},
		"404": {http.NotFound, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSurvey(t, 2_000, []string{"2019"}, []string{"feb"})
			_, job := b.pipelineJob(t)
			s.url = s.hostile(t, "mar", c.answer)
			b.computer(t, job, "compute-0")
			p := b.reader(t, s, job, "read-0", "2019", "feb,mar", "--stall-timeout", "1s", "--retries", "2")
			peak := watchMemory(t, p)
			p.wantEnd(t, 1)
			if mb := <-peak >> 20; mb >= 256 {
				t.Errorf("the reader held %d MiB", mb)
			}
			said := p.log.String()
			if !strings.Contains(said, c.says) || !strings.Contains(said, censusPath("2019", "mar")) {
				t.Errorf("it does not name %q and the URL:\n%s", c.says, said)
			}
			var half completeness
			results := b.worker(t, "results", "--job", job)
			eventually(t, "the good source is computed", func() bool {
				return ask(t, results.url+"/completeness", &half) == 200 && half.Rows >= s.rows
			})
			if half.Complete {
				t.Error("half an answer is called complete")
			}
			if r := b.home.krapp(t, "results", "--job", job); r.code != 4 {
				t.Errorf("krapp results ends with %d, want 4\n%s", r.code, r.out)
			}
		})
	}
}

// watchMemory delivers the most memory that a process held, in bytes, when it has ended.
func watchMemory(t *testing.T, p *process) <-chan int64 {
	t.Helper()
	peak := make(chan int64, 1)
	go func() {
		var most int64
		for !p.ended() {
			status, err := os.Open(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
			if err != nil {
				continue
			}
			text, _ := io.ReadAll(status) // of a process that may end meanwhile
			_ = status.Close()
			for line := range strings.Lines(string(text)) {
				if kb, is := strings.CutPrefix(line, "VmHWM:"); is { // the kernel's own high-water mark
					n, _ := strconv.ParseInt(strings.Fields(kb)[0], 10, 64)
					most = max(most, n<<10)
				}
			}
			time.Sleep(20 * time.Millisecond) // between looks
		}
		peak <- most
	}()
	return peak
}
