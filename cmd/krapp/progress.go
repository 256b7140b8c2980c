package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/krapp-io/krapp/tui/safetext"
)

// progressLine is one line on a terminal's stderr that is rewritten, at most five times a second. On anything else it shows nothing.
type progressLine struct {
	w     io.Writer // nil: nothing is shown
	mu    sync.Mutex
	text  string
	drawn time.Time
}

func (a *app) progress() *progressLine {
	if !isTerminal(a.err) {
		return &progressLine{}
	}
	return &progressLine{w: a.err}
}

func (p *progressLine) set(format string, args ...any) {
	if p.w == nil {
		return
	}
	text := safetext.Of(fmt.Sprintf(format, args...)).Truncate(78).String()
	p.mu.Lock()
	defer p.mu.Unlock()
	if text == p.text || time.Since(p.drawn) < 200*time.Millisecond {
		return
	}
	p.text, p.drawn = text, time.Now()
	fmt.Fprintf(p.w, "\r\x1b[K%s", text)
}

// clear leaves no trace.
func (p *progressLine) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil && p.text != "" {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.text = ""
	}
}
