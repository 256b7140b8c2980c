package run_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/page/run"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// actions remembers what was asked of it.
type actions struct {
	cancelled []string
	verdict   roundtrip.Judgement
	err       error
}

func (a *actions) Cancel(_ context.Context, id string) error {
	a.cancelled = append(a.cancelled, id)
	return a.err
}

func (a *actions) Verify(context.Context, string) (roundtrip.Judgement, error) {
	return a.verdict, a.err
}

func page(t *testing.T, route ui.Route, a *actions) ui.Page {
	t.Helper()
	return run.New(uitest.Env(t), run.Deps{Runs: live.NewRuns(livetest.Nothing{}), Actions: a}, route)
}

// of is the page of a run in a picture with several.
func of(t *testing.T, j roundtrip.Judgement) ui.Page {
	t.Helper()
	p := page(t, ui.To("run", j.Run.ID), &actions{})
	show(p, j)
	return p
}

func show(p ui.Page, j roundtrip.Judgement) {
	var h live.History
	for i := range 60 {
		n := j.Processed() * int64(i) / 59
		if i > 30 && i < 40 { // it pauses, and catches up
			n = j.Processed() * 30 / 59
		}
		h = append(h, live.Sample{At: livetest.Now().Add(time.Duration(i-60) * 300 * time.Millisecond), Stored: n, Processed: n})
	}
	p.Update(ui.Snapshot[live.RunsPicture]{Value: live.RunsPicture{
		At: livetest.Now(), Runs: []roundtrip.Judgement{j}, History: map[string]live.History{j.Run.ID: h},
	}})
}

func states() map[string]func(*testing.T) ui.Page {
	some := func(j roundtrip.Judgement) func(*testing.T) ui.Page {
		return func(t *testing.T) ui.Page { t.Helper(); return of(t, j) }
	}
	return map[string]func(*testing.T) ui.Page{
		"done": some(livetest.Done()), "in flight": some(livetest.InFlight()), "lost": some(livetest.Lost()),
		"stalled": some(livetest.Stalled()), "sending": some(livetest.Sending()), "hostile": some(livetest.Evil()),
		"looking": func(t *testing.T) ui.Page { t.Helper(); return page(t, ui.To("run", "7QK3M"), nil) },
		"just registered": func(t *testing.T) ui.Page {
			t.Helper()
			r := livetest.Sending().Run
			return page(t, ui.Route{Page: "run", Args: []string{r.ID}, Value: r}, nil)
		},
		"unknown": func(t *testing.T) ui.Page {
			t.Helper()
			p := page(t, ui.To("run", "N0NE5"), nil)
			show(p, livetest.Done())
			return p
		},
		"disconnected": func(t *testing.T) ui.Page {
			t.Helper()
			p := of(t, livetest.InFlight())
			p.Update(ui.Snapshot[live.RunsPicture]{Value: live.RunsPicture{At: livetest.Now(), Runs: []roundtrip.Judgement{livetest.InFlight()}, Err: livetest.ErrDown()}})
			return p
		},
	}
}

func TestFrames(t *testing.T) {
	for name, make := range states() {
		for size, wh := range map[string][2]int{"80x24": {80, 22}, "120x40": {120, 38}, "200x60": {200, 58}} {
			t.Run(name+"/"+size, func(t *testing.T) {
				golden.RequireEqual(t, uitest.Frame(t, make(t), wh[0], wh[1]))
			})
		}
	}
}

func TestEverySizeIsExact(t *testing.T) {
	for name, make := range states() {
		t.Run(name, func(t *testing.T) {
			p := make(t)
			for w := 1; w <= 210; w += 1 + w/5 {
				for h := 1; h <= 70; h += 1 + h/2 {
					uitest.Frame(t, p, w, h)
					p.(ui.Navigator).Bottom()
					uitest.Frame(t, p, w, h)
					p.(ui.Navigator).Top()
				}
			}
		})
	}
}

func TestScrollsToTheEndAndNoFurther(t *testing.T) {
	p := of(t, livetest.Lost())
	first := uitest.Frame(t, p, 80, 22)
	if !strings.Contains(first, "more lines") {
		t.Fatal("higher than the screen, and it does not say so")
	}
	uitest.Press(t, p, "G")
	uitest.Press(t, p, "pgdown")
	last := strings.Split(uitest.Frame(t, p, 80, 22), "\n")
	if !strings.Contains(last[21], "Clocks differ") {
		t.Errorf("the last line is %q", last[21])
	}
	uitest.Press(t, p, "g")
	if uitest.Frame(t, p, 80, 22) != first {
		t.Error("g does not go back to the verdict")
	}
}

func TestEnterOpensTheRecordInQuestion(t *testing.T) {
	for name, c := range map[string]struct {
		j    roundtrip.Judgement
		want []string
	}{
		"the first missing":         {livetest.Lost(), []string{"orders", "2", "88140"}},
		"where a member stands":     {livetest.Stalled(), []string{"audit", "0", "120"}},
		"nothing when all is right": {livetest.Done(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := of(t, c.j)
			b := binding(t, p, "enter")
			if c.want == nil {
				if b.On() {
					t.Error("there is nothing to open")
				}
				return
			}
			m := b.Run()().(ui.OpenMsg)
			if got := strings.Join(m.Route.Args, " "); m.Route.Page != "record" || got != strings.Join(c.want, " ") {
				t.Errorf("opens %s %s", m.Route.Page, got)
			}
		})
	}
}

func binding(t *testing.T, p ui.Page, key string) ui.Binding {
	t.Helper()
	for _, b := range p.Bindings() {
		if len(b.Keys) > 0 && b.Keys[0] == key {
			return b
		}
	}
	t.Fatalf("no binding %q", key)
	return ui.Binding{}
}

func TestCancelIsAskedOnce(t *testing.T) {
	a := &actions{}
	j := livetest.Sending()
	p := page(t, ui.To("run", j.Run.ID), a)
	show(p, j)
	ask, ok := uitest.Press(t, p, "x")().(ui.AskMsg)
	if !ok || len(a.cancelled) > 0 {
		t.Fatal("x does not ask")
	}
	uitest.Run(t, p, ask.Confirm.Run(), func(forApp []tea.Msg) bool { return len(forApp) > 0 })
	if len(a.cancelled) != 1 || a.cancelled[0] != j.Run.ID {
		t.Errorf("cancelled %v", a.cancelled)
	}
	for _, j := range []roundtrip.Judgement{livetest.Done(), livetest.InFlight()} {
		if binding(t, of(t, j), "x").On() {
			t.Errorf("a run that is %s and sent can be cancelled", j.Verdict)
		}
	}
}

func TestVerifyShowsWhatTheScanFoundUntilTheRunGoesOn(t *testing.T) {
	j := livetest.Done()
	scanned := j
	scanned.Verified = true
	a := &actions{verdict: scanned}
	p := page(t, ui.To("run", j.Run.ID), a)
	show(p, j)
	cmd := uitest.Press(t, p, "v")
	if !strings.Contains(uitest.Frame(t, p, 120, 38), "scanning the topic") {
		t.Error("it does not say that it is at it")
	}
	p.Update(cmd())
	if !strings.Contains(uitest.Frame(t, p, 120, 38), "verified") {
		t.Error("what the scan found is not shown")
	}
	j.Verdict, j.Duplicated = roundtrip.Duplicated, 1
	show(p, j)
	if frame := uitest.Frame(t, p, 120, 38); strings.Contains(frame, "verified") || !strings.Contains(frame, "✘ duplicated") {
		t.Error("the scan hides what came later")
	}
	a.err = errors.New("no leader")
	_, cmd = p.Update(uitest.Press(t, p, "v")())
	if _, ok := cmd().(ui.FailMsg); !ok {
		t.Error("a scan that failed is not shown")
	}
}

func TestCopies(t *testing.T) {
	p := of(t, livetest.Lost())
	text := uitest.Press(t, p, "c")().(ui.CopyMsg).Data
	for _, want := range []string{"lost", "7 missing", "#4,211–4,216, #4,220", "p99 120 ms", "krapp isdone " + livetest.ID("7QH1C")} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if got := uitest.Press(t, p, "y")().(ui.CopyMsg).Data; got != "krapp isdone "+livetest.ID("7QH1C") {
		t.Errorf("command %q", got)
	}
}

func TestWithoutAnIDItStaysWithTheNewestRun(t *testing.T) {
	p := page(t, ui.To("run"), nil)
	show(p, livetest.Done())
	picture := livetest.Runs()
	picture.Runs = append([]roundtrip.Judgement{livetest.Sending()}, picture.Runs...)
	p.Update(ui.Snapshot[live.RunsPicture]{Value: picture})
	if p.Title().String() != "7QK3M" {
		t.Errorf("it went over to %s", p.Title())
	}
}
