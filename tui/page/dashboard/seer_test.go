package dashboard_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/page/dashboard"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func seers() map[string]live.SeerPicture {
	evil := livetest.EvilSeer()
	evil.Turns = evil.Turns[:2]
	return map[string]live.SeerPicture{
		"answered": livetest.Seer(), "new": livetest.NewSeer(), "blank": livetest.BlankSeer(), "asked": livetest.AskedSeer(), "refused": livetest.RefusingSeer(),
		"failed": livetest.FailedSeer(), "hostile": evil, "absent": {Absent: true}, "reaching": {},
	}
}

func TestSeerFrames(t *testing.T) {
	for name, picture := range seers() {
		for size, wh := range map[string][2]int{"80x24": {80, 22}, "120x40": {120, 38}, "200x60": {200, 58}} {
			t.Run(name+"/"+size, func(t *testing.T) {
				p, _ := page(t)
				put(p, livetest.Runs(), livetest.Partitions(), livetest.Messages(20))
				says(p, picture)
				uitest.Press(t, p, "4")
				golden.RequireEqual(t, uitest.Frame(t, p, wh[0], wh[1]))
			})
		}
	}
}

func TestSeerPaneIsExactAtEverySize(t *testing.T) {
	for name, picture := range seers() {
		t.Run(name, func(t *testing.T) {
			p, _ := page(t)
			says(p, picture)
			uitest.Press(t, p, "4")
			for w := 1; w <= 210; w += 1 + w/5 {
				for h := 1; h <= 70; h += 1 + h/4 {
					uitest.Frame(t, p, w, h)
				}
			}
			uitest.Press(t, p, "G")
			uitest.Frame(t, p, 80, 6)
		})
	}
}

func TestSeerPaneOpensItsPage(t *testing.T) {
	p, _ := page(t)
	states()["normal"](p)
	uitest.Frame(t, p, 120, 38)
	if r := opened(t, p, "a"); r.Page != "seer" {
		t.Errorf("a opens %+v", r)
	}
	uitest.Press(t, p, "4")
	if r := opened(t, p, "enter"); r.Page != "seer" {
		t.Errorf("Enter opens %+v", r)
	}
	uitest.Press(t, p, "1")
	click := tea.MouseClickMsg{X: 90, Y: 25, Button: tea.MouseLeft}
	if _, cmd := p.Update(click); cmd != nil {
		t.Error("the first click opens")
	}
	_, cmd := p.Update(click)
	if m, ok := forApp(t, cmd).(ui.OpenMsg); !ok || m.Route.Page != "seer" {
		t.Errorf("a second click: %+v", m)
	}
}

func TestSeerPaneScrolls(t *testing.T) {
	p, _ := page(t)
	picture := livetest.Seer()
	picture.Turns[1].Answer.Text = strings.Repeat("A sentence that takes a line of its own, nearly.\n\n", 30) + "The end."
	says(p, picture)
	uitest.Press(t, p, "4")
	if f := uitest.Frame(t, p, 80, 22); strings.Contains(f, "The end.") || !strings.Contains(f, "…") {
		t.Errorf("there is no sign that more follows:\n%s", f)
	}
	uitest.Press(t, p, "G")
	if f := uitest.Frame(t, p, 80, 22); !strings.Contains(f, "The end.") {
		t.Errorf("G does not lead to the end:\n%s", f)
	}
	for range 100 {
		p.Update(tea.MouseWheelMsg{X: 5, Y: 5, Button: tea.MouseWheelUp})
	}
	if f := uitest.Frame(t, p, 80, 22); strings.Contains(f, "The end.") {
		t.Error("the wheel does not scroll back")
	}
}

// TestWithoutASeer: a console that was not given one says so, and has no key for it.
func TestWithoutASeer(t *testing.T) {
	d := dashboard.Deps{Runs: live.NewRuns(livetest.Nothing{}), Topics: nothing, Groups: nothing}
	d.Watch = live.NewWatch(livetest.Nothing{}, live.Options{Runs: d.Runs})
	p := dashboard.New(uitest.Env(t), d, ui.Route{})
	p.Init()
	p.Update(ui.FocusMsg{Visible: true})
	uitest.Press(t, p, "4")
	if f := uitest.Frame(t, p, 80, 22); !strings.Contains(f, "No seer is reachable") {
		t.Error(f)
	}
	for _, b := range p.Bindings() {
		if b.Keys[0] == "a" && b.On() {
			t.Error("there is nobody to be asked")
		}
	}
}
