package tui

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

var update = flag.Bool("update", false, "write the golden frames anew")

func TestGoldenFrames(t *testing.T) {
	for _, size := range []struct{ w, h int }{{80, 24}, {120, 40}, {200, 60}} {
		for name, do := range map[string]func(*drive){
			"home":    func(*drive) {},
			"page":    func(d *drive) { d.press("enter") },
			"help":    func(d *drive) { d.press("?") },
			"plan":    func(d *drive) { d.press("x") },
			"error":   func(d *drive) { d.press("e") },
			"command": func(d *drive) { d.press(":"); d.typeText("fo") },
		} {
			t.Run(fmt.Sprintf("%s %dx%d", name, size.w, size.h), func(t *testing.T) {
				d := start(t, toyOptions(), size.w, size.h)
				do(d)
				golden(t, fmt.Sprintf("%s_%dx%d.golden", name, size.w, size.h), d.screen())
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got+"\n" {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// TestEveryFrameIsExact presses keys at random on hostile data, in terminals
// of every size, and looks at each frame before the last guard.
func TestEveryFrameIsExact(t *testing.T) {
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 7))
		o := toyOptions()
		o.Theme = theme.Options{Colours: theme.Colours(r.IntN(3)), Light: r.IntN(2) == 0}
		d := start(t, o, 1+r.IntN(200), 1+r.IntN(60))
		names := hostile()
		keys := []string{"j", "k", "G", "g", "enter", "esc", "x", "e", "n", "?", ":", "/", "[", "]", "t", "s", "tab", "日", "up", "backspace"}
		for range 40 {
			switch r.IntN(6) {
			case 0:
				d.app.Update(tea.WindowSizeMsg{Width: 1 + r.IntN(220), Height: 1 + r.IntN(70)})
				d.run(d.app.show())
			case 1:
				s := connected()
				s.State, s.Context, s.Why, s.Address = ui.ConnState(r.IntN(3)), ui.T(names[r.IntN(len(names))]), ui.T(names[r.IntN(len(names))]), ui.T(names[r.IntN(len(names))])
				s.Lag, s.ReadOnly, s.InPerSecond = r.Int64()>>r.IntN(63), r.IntN(2) == 0, r.Float64()*1e12
				d.app.Update(ui.Snapshot[ui.Status]{Value: s})
			case 2:
				d.send(ui.FailMsg{Err: kafkaops.Errorf(kafkaops.Internal, "reading", names[r.IntN(len(names))], names[r.IntN(len(names))], "%s", names[r.IntN(len(names))])})
			case 3:
				n := names[r.IntN(len(names))]
				d.send(ui.PlanMsg{Plan: kafkaops.Plan{Title: n, Effects: names, Lost: names, Undo: n, Command: n, Table: [][]string{names, names[:2]}, Typed: n}})
			default:
				k := keys[r.IntN(len(keys))]
				d.app.Update(key(k)) // commands that page streams wait for are not needed here
				if k == "enter" || k == "esc" || k == "n" {
					d.send(key(k))
				}
			}
			d.screen()
		}
	}
}

// TestTheLastGuardCatchesAPageOfTheWrongSize is the control of the above.
func TestTheLastGuardCatchesAPageOfTheWrongSize(t *testing.T) {
	o := toyOptions()
	o.Pages[0].New = func(ui.Env, ui.Route) ui.Page { return wrongSize{} }
	d := start(t, o, 80, 24)
	if n := len(d.app.frame()); n == 80*24 {
		t.Error("the page has the right size; it tests nothing")
	}
	uitest.Exact(t, d.app.View().Content, 80, 24)
}

type wrongSize struct{}

func (wrongSize) Title() safetext.Text                { return safetext.Const("wrong") }
func (wrongSize) Init() tea.Cmd                       { return nil }
func (wrongSize) Bindings() []ui.Binding              { return nil }
func (w wrongSize) Update(tea.Msg) (ui.Page, tea.Cmd) { return w, nil }
func (wrongSize) View(ui.Frame) string                { return "日本語\nx\x1b[31m" }

// TestIdle: after the first messages nothing comes of itself, for an hour.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := toyOptions()
		o.Status.Put(connected())
		m := New(t.Context(), o)
		msgs := make(chan tea.Msg, 100)
		var run func(tea.Cmd)
		run = func(c tea.Cmd) {
			if c == nil {
				return
			}
			go func() {
				switch msg := c().(type) {
				case nil:
				case tea.BatchMsg:
					for _, c := range msg {
						run(c)
					}
				default:
					msgs <- msg
				}
			}()
		}
		pump := func() (n int) {
			for {
				synctest.Wait()
				select {
				case msg := <-msgs:
					n++
					_, cmd := m.Update(msg)
					run(cmd)
				default:
					return n
				}
			}
		}
		run(m.Init())
		msgs <- tea.WindowSizeMsg{Width: 80, Height: 24}
		pump()
		time.Sleep(time.Hour)
		if n := pump(); n != 0 {
			t.Errorf("%d messages in an hour of nothing", n)
		}
		o.Status.Put(connected()) // the same again
		time.Sleep(time.Second)
		if n := pump(); n != 0 {
			t.Errorf("%d messages for a status that shows the same", n)
		}
		s := connected()
		s.Lag++
		o.Status.Put(s)
		time.Sleep(time.Second)
		if n := pump(); n != 1 {
			t.Errorf("%d messages for a change", n)
		}
	})
}

func TestPacer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ticker := time.NewTicker(rest)
		defer ticker.Stop()
		p := &pacer{ticker: func() *time.Ticker { return ticker }}
		var count atomic.Int64
		ticks := func() int64 {
			synctest.Wait()
			return count.Load()
		}
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-ticker.C:
					count.Add(1)
				case <-stop:
					return
				}
			}
		}()
		for range 1000 { // messages faster than frames don't put the frame off
			p.wake()
			time.Sleep(time.Millisecond)
		}
		if n := ticks(); n < 100 || n > 121 {
			t.Errorf("%d frames in a second of messages", n)
		}
		time.Sleep(time.Second)
		before := ticks()
		time.Sleep(30 * time.Minute)
		if n := ticks(); n != before {
			t.Errorf("%d ticks in half an hour of nothing", n-before)
		}
		p.wake()
		time.Sleep(2 * frameTime)
		if ticks() == before {
			t.Error("it did not wake up")
		}
		before = ticks()
		p.hurry()
		time.Sleep(keyTime)
		if n := ticks(); n != before+1 {
			t.Errorf("%d frames right after a key", n-before)
		}
		time.Sleep(restAfter / 2)
		before = ticks()
		for range 1000 { // pasted text
			p.wake()
			p.hurry()
			time.Sleep(100 * time.Microsecond)
		}
		if n := ticks() - before; n < 10 || n > 30 {
			t.Errorf("%d frames in 100 ms of keys", n)
		}
		time.Sleep(time.Second)
		close(stop)
	})
}

// TestThePacerFindsTheRenderersTicker fails when Bubble Tea moves it; the
// console then works on, but ticks while idle.
func TestThePacerFindsTheRenderersTicker(t *testing.T) {
	o := toyOptions()
	var p *tea.Program
	found := make(chan bool, 1)
	m := probe{Model: New(t.Context(), o), look: func() { found <- rendererTicker(p) != nil }}
	p = tea.NewProgram(m, tea.WithInput(nil), tea.WithOutput(&discard{}), tea.WithWindowSize(80, 24), tea.WithoutSignalHandler())
	if _, err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if !<-found {
		t.Error("there is no renderer's ticker")
	}
}

type probe struct {
	tea.Model
	look func()
}

func (p probe) Update(tea.Msg) (tea.Model, tea.Cmd) {
	if p.look != nil {
		p.look()
	}
	p.look = nil
	return p, tea.Quit
}

type discard struct{}

func (*discard) Write(b []byte) (int, error) { return len(b), nil }

func TestRunRefusesWhatIsNoTerminal(t *testing.T) {
	o := toyOptions()
	o.Output = &discard{}
	for _, env := range [][]string{{"TERM=dumb"}, nil} {
		o.Environ = env
		err := Run(t.Context(), o)
		if kafkaops.ClassOf(err) != kafkaops.Unsupported || kafkaops.HintOf(err) == "" {
			t.Errorf("with %v: %v", env, err)
		}
	}
	o.Output = nil // go test has no terminal
	if err := Run(t.Context(), o); kafkaops.ClassOf(err) != kafkaops.Unsupported {
		t.Errorf("without a terminal: %v", err)
	}
}

// However long the way here, the figures keep their distance: "messageslag 0" is no word.
func TestALongWayHereKeepsApartFromTheFigures(t *testing.T) {
	for w := 60; w < 140; w++ {
		d := start(t, toyOptions(), w, 24)
		for range 3 {
			d.run(ui.OpenPage("form", "a page with a title of its own"))
		}
		if row, _, _ := strings.Cut(ansi.Strip(d.screen()), "\n"); strings.Contains(row, "lag") && !strings.Contains(row, "  lag") {
			t.Fatalf("at %d columns: %q", w, row)
		}
	}
}
