package pipeline

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func states() map[string]func(*testing.T) *Page {
	some := func(f Facts, c Client, change ...func(*Page)) func(*testing.T) *Page {
		return func(t *testing.T) *Page {
			t.Helper()
			p := page(t, f, c)
			for _, do := range change {
				do(p)
			}
			return p
		}
	}
	idle := midway()
	idle.Here = Here{}
	pane := func(n int) func(*Page) { return func(p *Page) { p.setFocus(n) } }
	return map[string]func(*testing.T) *Page{
		"complete": some(complete(), team2{}), "reading": some(midway(), team2{}), "reading, sources": some(midway(), team2{}, pane(sourcesPane)),
		"reading, workers": some(midway(), team2{}, pane(workersPane)),
		"failing":          some(failing(), team2{}, pane(sourcesPane)), "stream": some(stream(), team2{}),
		"stream, all values": some(stream(), team2{}, func(p *Page) { p.wide = true; p.shape() }),
		"hostile":            some(hostile(), team2{evil: true}),
		"nobody computes":    some(idle, team2{none: true}, pane(workersPane)),
		"never started": some(with(func(f *Facts) {
			f.Missing, f.CaughtUp, f.Sources, f.Results = true, false, nil, nil
		}), team2{none: true}),
		"catching up": some(with(func(f *Facts) { f.CaughtUp, f.Waiting, f.Results = false, 12_345, nil }), team2{}),
		"no answer":   some(with(func(f *Facts) { f.Err = livetest.ErrDown() }), team2{}),
		"looking": func(t *testing.T) *Page {
			t.Helper()
			return New(uitest.Env(t), Deps{Jobs: &jobs{}}, ui.To("pipeline", "census")).(*Page)
		},
		"no such job": func(t *testing.T) *Page {
			t.Helper()
			p := New(uitest.Env(t), Deps{Jobs: &jobs{}}, ui.To("pipeline", "cansus")).(*Page)
			p.Update(ui.Snapshot[ui.Polled[picture]]{Value: ui.Polled[picture]{
				Err: kafkaops.Errorf(kafkaops.NotFound, "finding job", "cansus", "Did you mean census?", "no job of that name is built in")}})
			return p
		},
	}
}

func TestFrames(t *testing.T) {
	for name, build := range states() {
		for size, wh := range map[string][2]int{"80x24": {80, 22}, "120x40": {120, 38}, "200x60": {200, 58}} {
			t.Run(name+"/"+size, func(t *testing.T) {
				golden.RequireEqual(t, uitest.Frame(t, build(t), wh[0], wh[1]))
			})
		}
	}
}

func TestEverySizeIsExact(t *testing.T) {
	for name, build := range states() {
		t.Run(name, func(t *testing.T) {
			p := build(t)
			for w := 1; w <= 210; w += 1 + w/5 {
				for h := 1; h <= 70; h += 1 + h/2 {
					uitest.Frame(t, p, w, h)
					p.turn(1)
				}
			}
		})
	}
}

func TestBeforeItHasCaughtUpNothingIsCalledAnAnswer(t *testing.T) {
	f := complete()
	f.CaughtUp = false
	frame := uitest.Frame(t, page(t, f, team2{}), 120, 38)
	if strings.Contains(frame, "complete:") || !strings.Contains(frame, "no answer yet") {
		t.Errorf("half an answer looks like one:\n%s", frame)
	}
	f.CaughtUp = true
	if frame := uitest.Frame(t, page(t, f, team2{}), 120, 38); !strings.Contains(frame, "✔ complete: 4 of 4 sources") {
		t.Errorf("the whole answer doesn't look like one:\n%s", frame)
	}
}

func TestKeysOpenWhatIsBehind(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"results":      {[]string{"1", "enter"}, "messages census.results"},
		"workers":      {[]string{"3", "enter"}, "group krapp-read-census"},
		"a good one":   {[]string{"2", "enter"}, "messages census.sources"},
		"dead letters": {[]string{"D"}, "messages census.chunks.dlq"},
		"the form":     {[]string{"n"}, "read census"},
	} {
		t.Run(name, func(t *testing.T) {
			p := page(t, failing(), team2{})
			p.Update(ui.SizeMsg{W: 120, H: 38})
			var cmd tea.Cmd
			for _, key := range c.keys {
				cmd = uitest.Press(t, p, key)
			}
			r := cmd().(ui.OpenMsg).Route
			if got := strings.TrimSpace(r.Page + " " + strings.Join(r.Args, " ")); got != c.want {
				t.Errorf("opens %s, not %s", got, c.want)
			}
		})
	}
}

func TestEnterOnAFailedSourceSaysWhy(t *testing.T) {
	p := page(t, failing(), team2{})
	p.Update(ui.SizeMsg{W: 120, H: 38})
	uitest.Press(t, p, "2")
	p.sources.Select("2019-feb")
	fail, ok := uitest.Press(t, p, "enter")().(ui.FailMsg)
	if !ok || !strings.Contains(fail.Err.Error(), "the gzip data ends early") || !strings.Contains(fail.Err.Error(), "https://www2.census.gov") {
		t.Errorf("it says %v", fail.Err)
	}
}

func TestAStreamHasNoSourcesToGoTo(t *testing.T) {
	p := page(t, stream(), team2{})
	p.Update(ui.SizeMsg{W: 80, H: 22})
	for _, key := range []string{"tab", "2", "shift+tab"} {
		uitest.Press(t, p, key)
		if frame := uitest.Frame(t, p, 80, 22); p.focus == sourcesPane || strings.Contains(frame, "Sources") {
			t.Errorf("%s leads to sources", key)
		}
	}
	if p.focus != resultsPane {
		t.Errorf("it doesn't come back to the results: pane %d", p.focus)
	}
}

func TestMembersAreToldApart(t *testing.T) {
	member := func(id, client, host string) worker {
		return worker{member: kafkaops.Member{ID: id, ClientID: client, Host: host}}
	}
	all := []worker{member("krapp-a1b2", "krapp", "/10.0.0.1"), member("krapp-c3d4", "krapp", "/10.0.0.1"), member("krapp-e5f6", "krapp", "/10.0.0.2"), member("", "", "")}
	nameApart(all)
	for i, want := range []string{"krapp 10.0.0.1 …a1b2", "krapp 10.0.0.1 …c3d4", "krapp 10.0.0.2", ""} {
		if all[i].name != want {
			t.Errorf("%q, not %q", all[i].name, want)
		}
	}
}

func TestWhatThisConsoleHasJustStartedIsNotCalledIdle(t *testing.T) {
	f := midway()
	if frame := uitest.Frame(t, page(t, f, team2{none: true}), 120, 38); strings.Contains(frame, "nobody computes") {
		t.Error("it cries while its workers join")
	}
	f.Here = Here{}
	if frame := uitest.Frame(t, page(t, f, team2{none: true}), 120, 38); !strings.Contains(frame, "nobody computes") || !strings.Contains(frame, "! none") {
		t.Error("rows wait, nobody works, and it doesn't say so")
	}
}

func TestWhatCannotBeDoneIsOutOfForce(t *testing.T) {
	on := func(p ui.Page, key string) bool {
		for _, b := range p.Bindings() {
			if b.Keys[0] == key {
				return b.On()
			}
		}
		t.Fatalf("no key %s", key)
		return false
	}
	if p := page(t, complete(), team2{}); on(p, "D") || on(p, "x") || on(p, "v") {
		t.Error("dead letters, work here or other values that are not there can be had")
	}
	if p := page(t, midway(), team2{}); !on(p, "x") {
		t.Error("what runs here can't be stopped")
	}
}

func TestStopIsAskedOnceAndStopsTheJob(t *testing.T) {
	p := page(t, midway(), team2{})
	j := p.deps.Jobs.(*jobs)
	ask, ok := uitest.Press(t, p, "x")().(ui.AskMsg)
	if !ok || len(j.stopped) > 0 {
		t.Fatal("x doesn't ask")
	}
	uitest.Run(t, p, ask.Confirm.Run(), func(forApp []tea.Msg) bool { return len(forApp) > 0 })
	if len(j.stopped) != 1 || j.stopped[0] != "census" {
		t.Errorf("stopped %v", j.stopped)
	}
}

func TestBarsAreOfTheValueChosen(t *testing.T) {
	p := page(t, stream(), team2{})
	first := uitest.Frame(t, p, 120, 38)
	uitest.Press(t, p, "v")
	second := uitest.Frame(t, p, 120, 38)
	if !strings.Contains(first, "bars of Count") || !strings.Contains(second, "bars of Solved") || !strings.Contains(second, "1,645") {
		t.Errorf("the second value isn't shown:\n%s", second)
	}
	uitest.Press(t, p, "b")
	if frame := uitest.Frame(t, p, 200, 58); !strings.Contains(frame, "Mean_seconds") || !strings.Contains(frame, "41.28") {
		t.Errorf("not all values are shown:\n%s", frame)
	}
}

func TestTheCursorStaysOnItsRowWhenResultsGrow(t *testing.T) {
	p := page(t, midway(), team2{})
	p.Update(ui.SizeMsg{W: 120, H: 38})
	for range 3 {
		uitest.Press(t, p, "j")
	}
	before, _ := p.results.Selected()
	f := midway()
	f.Results = append([]Result{{Key: []string{"2018", "1"}, Labels: []string{"", "x"}, Values: []Value{{"5", 5}}}}, f.Results...)
	show(p, look(t, f, team2{}))
	uitest.Press(t, p, "b")
	if after, _ := p.results.Selected(); keyOf(after) != keyOf(before) {
		t.Errorf("it went from %v to %v", before.Key, after.Key)
	}
}

func TestCopiedResultsAreATableAndTheSentence(t *testing.T) {
	p := page(t, failing(), team2{})
	text := uitest.Press(t, p, "c")().(ui.CopyMsg).Data
	for _, want := range []string{"year\tHEHOUSUT\tDescription\tCount\n", "2019\t1\tHOUSE, APARTMENT, FLAT\t157286\n", "incomplete: 2 of 4"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestGroupsAreAskedForOnlyInSight(t *testing.T) {
	asked := 0
	c := counting{&asked}
	now := uitest.Now()
	fd := &feed{jobs: &jobs{facts: midway()}, client: c, now: func() time.Time { return now }}
	for _, step := range []struct {
		visible bool
		want    int
	}{{false, 0}, {true, 2}, {true, 2}} { // the third look comes too soon
		fd.visible.Store(step.visible)
		if _, err := fd.fetch(context.Background()); err != nil {
			t.Fatal(err)
		}
		if asked != step.want {
			t.Errorf("visible %v: asked %d times, not %d", step.visible, asked, step.want)
		}
	}
	now = now.Add(groupsEvery)
	if _, err := fd.fetch(context.Background()); err != nil || asked != 4 {
		t.Errorf("after a while: asked %d times, %v", asked, err)
	}
}

// counting counts how often it is asked for a group's members, by one question at a time for the reader's group.
type counting struct{ asked *int }

func (c counting) DescribeGroups(_ context.Context, ids ...string) ([]kafkaops.Group, error) {
	if strings.Contains(ids[0], "read") { // the two are asked at the same time: one of them counts for both
		*c.asked += 2
	}
	return []kafkaops.Group{{ID: ids[0]}}, nil
}

func (counting) Lag(context.Context, string) ([]kafkaops.Lag, error) { return nil, nil }
