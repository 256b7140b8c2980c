package runs_test

import (
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/page/runs"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func page(t *testing.T, picture *live.RunsPicture) ui.Page {
	t.Helper()
	p := runs.New(uitest.Env(t), runs.Deps{Runs: live.NewRuns(livetest.Nothing{})}, ui.Route{})
	if picture != nil {
		p.Update(ui.Snapshot[live.RunsPicture]{Value: *picture})
	}
	return p
}

func states() map[string]*live.RunsPicture {
	some, failing := livetest.Runs(), livetest.Runs()
	failing.Err = livetest.ErrDown()
	hostile := livetest.Runs()
	hostile.Runs = append(hostile.Runs, livetest.Evil(), livetest.Sending())
	return map[string]*live.RunsPicture{
		"reading": nil, "empty": {At: livetest.Now()}, "normal": &some, "failing": &failing, "hostile": &hostile, "failed at once": {Err: livetest.ErrDown()},
	}
}

func TestFrames(t *testing.T) {
	for name, picture := range states() {
		for size, wh := range map[string][2]int{"80x24": {80, 22}, "120x40": {120, 38}, "200x60": {200, 58}} {
			t.Run(name+"/"+size, func(t *testing.T) {
				golden.RequireEqual(t, uitest.Frame(t, page(t, picture), wh[0], wh[1]))
			})
		}
	}
}

func TestEverySizeIsExact(t *testing.T) {
	for _, picture := range states() {
		p := page(t, picture)
		for w := 1; w <= 210; w += 1 + w/5 {
			for h := 1; h <= 70; h += 1 + h/3 {
				uitest.Frame(t, p, w, h)
			}
		}
	}
}

func TestFilterSortAndOpen(t *testing.T) {
	p := page(t, states()["normal"])
	uitest.Frame(t, p, 80, 22)
	p.(ui.Filterer).SetFilter("orders")
	uitest.Press(t, p, "G")
	m, ok := uitest.Press(t, p, "enter")().(ui.OpenMsg)
	if !ok || m.Route.Page != "run" || m.Route.Arg(0) != livetest.ID("7QH1C") {
		t.Errorf("Enter opens %+v", m)
	}
	p.(ui.Filterer).SetFilter("no such run")
	for _, b := range p.Bindings() {
		if b.Title == "IsDone" && b.On() {
			t.Error("there is nothing to open, and yet it can be")
		}
	}
}
