package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/read"
)

const (
	barWidth  = 24
	lineWidth = 78
	sayEvery  = 10 * time.Second // in a log
)

// report shows how far the sources are: one line that is rewritten on a terminal, log lines elsewhere.
type report struct {
	w        io.Writer
	terminal bool
	log      *slog.Logger

	mu    sync.Mutex
	text  string // of the line that stands there
	last  read.Progress
	began time.Time
	first float64 // the share that was read already then
	said  time.Time
	ended map[string]job.SourcePhase
}

func newReport(w io.Writer) *report {
	f, ok := w.(*os.File)
	return &report{w: w, terminal: ok && term.IsTerminal(int(f.Fd())), ended: make(map[string]job.SourcePhase)}
}

// Write writes log lines above the bar.
func (r *report) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wipe()
	return r.w.Write(p)
}

// tell is told how far it is.
func (r *report) tell(p read.Progress) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.began.IsZero() {
		r.began, r.first, r.said = now, share(p), now
	}
	r.last = p
	if !r.terminal {
		r.say(now, p)
		return
	}
	text := safetext.Of(line(p, eta(now.Sub(r.began), r.first, share(p)))).Truncate(lineWidth).String()
	if text != r.text {
		r.text = text
		fmt.Fprintf(r.w, "\r\x1b[K%s", text)
	}
}

// say logs each source's end, and where all are now and then.
func (r *report) say(now time.Time, p read.Progress) {
	for _, s := range p.Sources {
		if s.Phase != job.Done && s.Phase != job.Failed || r.ended[s.ID] == s.Phase {
			continue
		}
		r.ended[s.ID] = s.Phase
		if s.Phase == job.Failed {
			r.log.Error("source failed", "source", s.ID, "url", s.URL, "rows", s.Rows, "chunks", s.Chunks, "error", s.Error)
		} else {
			r.log.Info("source done", "source", s.ID, "rows", s.Rows, "chunks", s.Chunks)
		}
	}
	if now.Sub(r.said) < sayEvery {
		return
	}
	r.said = now
	done, _ := finished(p)
	r.log.Info("reading", "sources", len(p.Sources), "done", done, "rows", p.Rows, "rows_per_second", int64(p.RowsPerSecond),
		"percent", int(100*share(p)), "eta", eta(now.Sub(r.began), r.first, share(p)).String())
}

// end puts what was done in the place of the bar.
func (r *report) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wipe(); r.terminal && len(r.last.Sources) > 0 {
		fmt.Fprintln(r.w, summary(r.last))
	}
}

// summary is what became of the sources.
func summary(p read.Progress) string {
	var rows, chunks int64
	for _, s := range p.Sources {
		rows, chunks = rows+s.Rows, chunks+s.Chunks
	}
	done, failed := finished(p)
	text := fmt.Sprintf("%d of %d sources read, %d rows in %d chunks", done, len(p.Sources), rows, chunks)
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	return text
}

func (r *report) wipe() {
	if r.text != "" {
		fmt.Fprint(r.w, "\r\x1b[K")
		r.text = ""
	}
}

// share is how much of all sources is read, from 0 to 1, each counting the same.
func share(p read.Progress) float64 {
	sum := 0.0
	for _, s := range p.Sources {
		switch {
		case s.Phase == job.Done || s.Phase == job.Failed:
			sum++
		case s.Size > 0:
			sum += min(1, float64(s.Read)/float64(s.Size))
		}
	}
	return sum / float64(max(1, len(p.Sources)))
}

func finished(p read.Progress) (done, failed int) {
	for _, s := range p.Sources {
		switch s.Phase {
		case job.Done:
			done++
		case job.Failed:
			failed++
		}
	}
	return done, failed
}

// eta is how long the rest takes at the speed so far; 0: not known.
func eta(took time.Duration, first, now float64) time.Duration {
	if now <= first {
		return 0
	}
	return time.Duration(float64(took) * (1 - now) / (now - first)).Round(time.Second)
}

// line is the progress in one line.
func line(p read.Progress, left time.Duration) string {
	at := share(p)
	full := int(at * barWidth)
	bar := strings.Repeat("█", full) + strings.Repeat("░", barWidth-full)
	done, failed := finished(p)
	name := fmt.Sprintf("%d of %d sources", done, len(p.Sources))
	if failed > 0 {
		name += fmt.Sprintf(", %d failed", failed)
	}
	if len(p.Sources) == 1 {
		name = p.Sources[0].ID
	}
	text := fmt.Sprintf("%s %s %3.0f%% %s rows/s", name, bar, 100*at, short(p.RowsPerSecond))
	if left > 0 {
		text += " ETA " + left.String()
	}
	return text
}

// short is a number in three or four characters.
func short(n float64) string {
	switch {
	case n >= 999_500:
		return fmt.Sprintf("%.1fM", n/1e6)
	case n >= 1000:
		return fmt.Sprintf("%.0fk", n/1e3)
	}
	return fmt.Sprintf("%.0f", n)
}
