package dashboard_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/page/dashboard"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// page is a dashboard on feeds that do not run: what it shows is put in.
func page(t *testing.T) (ui.Page, dashboard.Deps) {
	t.Helper()
	d := dashboard.Deps{Runs: live.NewRuns(livetest.Nothing{}), Topics: nothing, Groups: nothing, Seer: live.NewSeer(livetest.Oracle{})}
	d.Watch = live.NewWatch(livetest.Nothing{}, live.Options{Runs: d.Runs})
	return dashboard.New(uitest.Env(t), d, ui.Route{}), d
}

func nothing() []string { return nil }

func put(p ui.Page, r live.RunsPicture, x live.Partitions, m live.Messages) {
	p.Update(ui.Snapshot[live.RunsPicture]{Value: r})
	p.Update(ui.Snapshot[live.Partitions]{Value: x})
	p.Update(ui.Snapshot[live.Messages]{Value: m})
}

func says(p ui.Page, s live.SeerPicture) { p.Update(ui.Snapshot[live.SeerPicture]{Value: s}) }

func states() map[string]func(ui.Page) {
	return map[string]func(ui.Page){
		"empty": func(p ui.Page) {
			put(p, live.RunsPicture{At: livetest.Now()}, live.Partitions{}, live.Messages{})
			says(p, livetest.BlankSeer())
		},
		"reading": func(ui.Page) {},
		"normal": func(p ui.Page) {
			put(p, livetest.Runs(), livetest.Partitions(), livetest.Messages(20))
			says(p, livetest.Seer())
		},
		"failing": func(p ui.Page) {
			r, x, m := livetest.Runs(), livetest.Partitions(), livetest.Messages(20)
			r.Err, x.Err, m.Err = livetest.ErrDown(), livetest.ErrDown(), livetest.ErrDown()
			put(p, r, x, m)
			says(p, livetest.FailedSeer())
		},
		"failed at once": func(p ui.Page) {
			put(p, live.RunsPicture{Err: livetest.ErrDown()}, live.Partitions{Err: livetest.ErrDown()}, live.Messages{Err: livetest.ErrDown()})
			says(p, live.SeerPicture{Err: livetest.ErrDown()})
		},
		"hostile": func(p ui.Page) {
			r := livetest.Runs()
			r.Runs = append(r.Runs, livetest.Evil())
			put(p, r, livetest.EvilPartitions(), livetest.EvilMessages())
			says(p, livetest.EvilSeer())
		},
	}
}

func TestFrames(t *testing.T) {
	for name, fill := range states() {
		for size, wh := range map[string][2]int{"80x24": {80, 22}, "120x40": {120, 38}, "200x60": {200, 58}} {
			t.Run(name+"/"+size, func(t *testing.T) {
				p, _ := page(t)
				fill(p)
				golden.RequireEqual(t, uitest.Frame(t, p, wh[0], wh[1]))
			})
		}
	}
}

func TestEverySizeIsExact(t *testing.T) {
	for name, fill := range states() {
		t.Run(name, func(t *testing.T) {
			p, _ := page(t)
			fill(p)
			for w := 1; w <= 210; w += 1 + w/5 {
				for h := 1; h <= 70; h += 1 + h/4 {
					uitest.Frame(t, p, w, h)
				}
			}
			for _, key := range []string{"2", "3", "4"} {
				uitest.Press(t, p, key)
				for w := 1; w <= 130; w += 7 {
					uitest.Frame(t, p, w, 22)
				}
			}
		})
	}
}

// forApp is the one message that a command has for the app.
func forApp(t *testing.T, cmd tea.Cmd) tea.Msg {
	t.Helper()
	if cmd == nil {
		t.Fatal("the key does nothing")
	}
	return cmd()
}

func opened(t *testing.T, p ui.Page, key string) ui.Route {
	t.Helper()
	m, ok := forApp(t, uitest.Press(t, p, key)).(ui.OpenMsg)
	if !ok {
		t.Fatalf("%q opens nothing", key)
	}
	return m.Route
}

func TestEnterOpensWhatIsUnderTheCursor(t *testing.T) {
	p, _ := page(t)
	states()["normal"](p)
	uitest.Frame(t, p, 120, 38)
	uitest.Press(t, p, "j")
	if r := opened(t, p, "enter"); r.Page != "run" || r.Arg(0) != livetest.ID("7QJ8T") {
		t.Errorf("on a run: %+v", r)
	}
	uitest.Press(t, p, "tab")
	if r := opened(t, p, "enter"); r.Page != "topic" || r.Arg(0) != "stream" {
		t.Errorf("on a partition: %+v", r)
	}
	uitest.Press(t, p, "3")
	r := opened(t, p, "enter")
	if r.Page != "record" || r.Arg(1) != "0" || r.Arg(2) != "166911" {
		t.Errorf("on a message: %+v", r)
	}
	if record, ok := r.Value.(kafkaops.Record); !ok || string(record.Key) != "sensor-1" {
		t.Errorf("the record is not handed on: %v", r.Value)
	}
}

func TestIsDoneOpensTheChosenOrTheNewestRun(t *testing.T) {
	p, _ := page(t)
	states()["normal"](p)
	uitest.Frame(t, p, 120, 38)
	uitest.Press(t, p, "j")
	if r := opened(t, p, "i"); r.Arg(0) != livetest.ID("7QJ8T") {
		t.Errorf("chosen: %v", r.Args)
	}
	uitest.Press(t, p, "2")
	if r := opened(t, p, "i"); r.Arg(0) != livetest.ID("7QK3M") {
		t.Errorf("newest: %v", r.Args)
	}
}

func TestWatchChoosesTopicAndTheGroupOfItsNewestRun(t *testing.T) {
	p, d := page(t)
	states()["normal"](p)
	var watch ui.Binding
	for _, b := range p.Bindings() {
		if b.Command.Name == "watch" {
			watch = b
		}
	}
	watch.Command.Run([]string{"orders"})
	if got, chosen := d.Watch.Target(); got.Topic != "orders" || got.Group != roundtripDefault || !chosen {
		t.Errorf("watched %+v", got)
	}
	watch.Command.Run([]string{"orders", "app"})
	if got, _ := d.Watch.Target(); got.Group != "app" {
		t.Errorf("watched %+v", got)
	}
	for key, page := range map[string]string{"n": "doit", "P": "produce"} {
		if r := opened(t, p, key); r.Page != page || r.Arg(0) != "orders" {
			t.Errorf("%s opens %+v", key, r)
		}
	}
	watch.Command.Run(nil)
	if _, chosen := d.Watch.Target(); chosen {
		t.Error("without a name the choice stays")
	}
}

const roundtripDefault = "krapp-consume"

func TestMoreAndFewerMessagesInSteps(t *testing.T) {
	p, d := page(t)
	states()["normal"](p)
	uitest.Press(t, p, "3")
	var seen []int
	for _, key := range []string{"+", "+", "+", "+", "-", "-", "-", "-", "-", "-"} {
		uitest.Press(t, p, key)
		seen = append(seen, d.Watch.Count())
	}
	want := []int{50, 100, 200, 200, 100, 50, 20, 10, 5, 5}
	for i := range want {
		if seen[i] != want[i] {
			t.Fatalf("steps %v, want %v", seen, want)
		}
	}
}

func TestPauseKeepsTheMessages(t *testing.T) {
	p, _ := page(t)
	states()["normal"](p)
	uitest.Press(t, p, "3")
	uitest.Press(t, p, "p")
	before := uitest.Frame(t, p, 80, 22)
	newer := livetest.Messages(20)
	newer.Records = newer.Records[5:]
	p.Update(ui.Snapshot[live.Messages]{Value: newer})
	if uitest.Frame(t, p, 80, 22) != before {
		t.Error("paused, and yet another frame")
	}
	uitest.Press(t, p, "p")
	p.Update(ui.Snapshot[live.Messages]{Value: newer})
	if uitest.Frame(t, p, 80, 22) == before {
		t.Error("going on shows nothing new")
	}
}

func TestClicksChooseAndOpen(t *testing.T) {
	p, _ := page(t)
	states()["normal"](p)
	uitest.Frame(t, p, 120, 38)
	click := tea.MouseClickMsg{X: 10, Y: 3, Button: tea.MouseLeft}
	p.Update(click)
	_, cmd := p.Update(click)
	if m, ok := forApp(t, cmd).(ui.OpenMsg); !ok || m.Route.Arg(0) != livetest.ID("7QJ8T") {
		t.Errorf("a second click on the second run: %+v", m)
	}
	p.Update(tea.MouseClickMsg{X: 10, Y: 30, Button: tea.MouseLeft})
	if r := opened(t, p, "enter"); r.Page != "record" {
		t.Errorf("after a click on a message, Enter opens %+v", r)
	}
}

func TestMessagesAreWantedOnlyInSight(t *testing.T) {
	p, d := page(t)
	for _, visible := range []bool{true, true, false} {
		p.Update(ui.FocusMsg{Visible: visible})
		if d.Watch.Wanted() != visible {
			t.Errorf("visible %v: wanted %v", visible, d.Watch.Wanted())
		}
	}
}

// TestASCIITerminalsGetASCII: signs come from the theme, so nothing turns into a question mark.
func TestASCIITerminalsGetASCII(t *testing.T) {
	p, _ := page(t)
	states()["normal"](p)
	p.Update(ui.SizeMsg{W: 120, H: 38})
	th := theme.New(theme.Options{ASCII: true})
	frame := th.Degrade(p.View(ui.Frame{W: 120, H: 38, Theme: th, Times: uitest.Times()}))
	uitest.Exact(t, frame, 120, 38)
	for _, r := range strings.Replace(frame, "lose messages?", "", 1) { // the question's own
		if r == '?' || r >= 0x80 {
			t.Fatalf("%q in\n%s", r, frame)
		}
	}
}
