package tui

import (
	"reflect"
	"sync"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

const (
	// frameTime is how soon after a message its frame is painted, at the latest.
	frameTime = time.Second / 120
	// keyTime is how soon after a key its frame is painted.
	keyTime = time.Millisecond
	// restAfter is how long after the last message the renderer comes to rest.
	restAfter = 250 * time.Millisecond
	// rest is the renderer's tick while nothing happens.
	rest = time.Hour
)

// paced is a model that lets Bubble Tea's renderer rest while no message
// comes. The renderer otherwise looks 60 to 120 times a second whether there
// is something to paint: one to two per cent of a core for an idle console.
type paced struct {
	tea.Model
	pace *pacer
}

func (p paced) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	p.pace.wake()
	if _, key := msg.(tea.KeyPressMsg); key {
		p.pace.keyed = true
	}
	var cmd tea.Cmd
	p.Model, cmd = p.Model.Update(msg)
	return p, cmd
}

func (p paced) View() tea.View {
	v := p.Model.View()
	p.pace.wake()
	if p.pace.keyed { // a hand waits for this frame
		p.pace.keyed = false
		p.pace.hurry()
	}
	return v
}

// pacer speeds a ticker up when something happened, and slows it down after.
type pacer struct {
	ticker func() *time.Ticker // nil as long as there is none
	keyed  bool                // the frame to come follows a key; Bubble Tea's loop owns it

	mu      sync.Mutex
	last    time.Time
	fast    *time.Ticker // the ticker that was made fast, nil while it rests
	hurried time.Time
}

// wake makes the ticker tick at frameTime until nothing has happened for a while.
func (p *pacer) wake() {
	t := p.ticker()
	if t == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	if p.fast != nil {
		return // a Reset would put the next tick off
	}
	p.fast = t
	t.Reset(frameTime)
	time.AfterFunc(restAfter, p.settle)
}

// hurry has the next frame painted at once. Keys that come faster than frames, as pasted text does, don't put it off.
func (p *pacer) hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fast == nil || time.Since(p.hurried) < frameTime {
		return
	}
	p.hurried = time.Now()
	p.fast.Reset(keyTime)
	time.AfterFunc(3*keyTime/2, p.calm)
}

// calm makes the ticker tick at frameTime again.
func (p *pacer) calm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fast != nil {
		p.fast.Reset(frameTime)
	}
}

func (p *pacer) settle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left := restAfter - time.Since(p.last); left > 0 {
		time.AfterFunc(left, p.settle)
		return
	}
	p.fast.Reset(rest)
	p.fast = nil
}

// rendererTicker is the ticker of a program's renderer, which Bubble Tea keeps
// private. nil when a version has no such field: then the renderer just ticks
// on. It is set before the first message is handled.
func rendererTicker(p *tea.Program) *time.Ticker {
	f := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !f.IsValid() || f.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	return *(**time.Ticker)(unsafe.Pointer(f.UnsafeAddr())) //nolint:gosec // read only, of the type just checked
}
