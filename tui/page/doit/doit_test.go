package doit_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/page/doit"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// cluster has some topics and two produce workers.
type cluster struct {
	topics []string
	err    error
}

func (c cluster) ListTopics(context.Context) ([]kafkaops.Topic, error) {
	var all []kafkaops.Topic
	for _, name := range c.topics {
		all = append(all, kafkaops.Topic{Name: name, Partitions: make([]kafkaops.Partition, 6)})
	}
	return append(all, kafkaops.Topic{Name: roundtrip.RunsTopic}), c.err
}

func (c cluster) ListGroups(context.Context) ([]kafkaops.GroupListing, error) {
	return []kafkaops.GroupListing{{ID: "krapp-consume"}, {ID: "billing"}}, nil
}

func (c cluster) DescribeGroups(context.Context, ...string) ([]kafkaops.Group, error) {
	return []kafkaops.Group{{Members: make([]kafkaops.Member, 2)}}, nil
}

// starter remembers what it was asked to start.
type starter struct {
	specs []roundtrip.Spec
	err   error
}

func (s *starter) Start(_ context.Context, spec roundtrip.Spec) (roundtrip.Run, error) {
	s.specs = append(s.specs, spec)
	return roundtrip.Run{ID: livetest.ID("NEW01"), Spec: spec}, s.err
}

func plan(s roundtrip.Spec) kafkaops.Plan {
	return kafkaops.Plan{Title: "Send to " + s.Topic, Command: "krapp doit " + s.Topic + " --count 1000 --value '" + s.Value + "'"}
}

func form(t *testing.T, d doit.Deps, args ...string) (ui.Page, *starter) {
	t.Helper()
	s := &starter{}
	if d.Client == nil {
		d.Client = cluster{topics: []string{"orders", "orders-eu", "stream"}}
	}
	d.Starter, d.Plan, d.Machine = s, plan, doit.Local{}
	p := doit.New(uitest.Env(t), d, ui.To("doit", args...))
	p.Update(p.Init()())
	return p, s
}

// write replaces what is in the field in focus.
func write(p ui.Page, text string) {
	p.Update(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
	p.Update(tea.PasteMsg{Content: text})
}

// to goes to a field by Down.
func to(t *testing.T, p ui.Page, downs int) {
	t.Helper()
	for range downs {
		uitest.Press(t, p, "down")
	}
}

// Where the fields are, by Down from the topic, when the topic exists.
const (
	countAt = iota + 1
	rateAt
	keyAt
	valueAt
	headersAt
	fileAt
	proofAt
	evidenceAt
)

func states(t *testing.T) map[string]func() ui.Page {
	t.Helper()
	with := func(args []string, change func(ui.Page)) func() ui.Page {
		return func() ui.Page {
			p, _ := form(t, doit.Deps{}, args...)
			if change != nil {
				change(p)
			}
			return p
		}
	}
	return map[string]func() ui.Page{
		"no topic": with(nil, nil), "ready": with([]string{"stream"}, nil), "creates": with([]string{"fresh"}, nil),
		"completes": with([]string{"or"}, nil),
		"bad template": with([]string{"stream"}, func(p ui.Page) {
			to(t, p, valueAt)
			write(p, `{"a":{{nope}}}`)
		}),
		"arrives, by workers, with headers": with([]string{"stream"}, func(p ui.Page) {
			to(t, p, headersAt)
			write(p, "trace={{uuid}}, kind=test")
			to(t, p, proofAt-headersAt)
			p.Update(tea.KeyPressMsg{Code: tea.KeyRight})
			to(t, p, 1)
			write(p, "orders-eu")
			to(t, p, 2)
			p.Update(tea.KeyPressMsg{Code: tea.KeyRight})
		}),
		"hostile": with([]string{livetest.Hostile}, func(p ui.Page) {
			for range valueAt {
				write(p, livetest.Hostile)
				uitest.Press(t, p, "down")
			}
		}),
	}
}

func TestFrames(t *testing.T) {
	for name, make := range states(t) {
		for size, wh := range map[string][2]int{"80x24": {80, 22}, "120x40": {120, 38}, "200x60": {200, 58}} {
			t.Run(name+"/"+size, func(t *testing.T) { golden.RequireEqual(t, uitest.Frame(t, make(), wh[0], wh[1])) })
		}
	}
}

func TestEverySizeIsExact(t *testing.T) {
	for name, make := range states(t) {
		t.Run(name, func(t *testing.T) {
			p := make()
			for w := 1; w <= 210; w += 1 + w/5 {
				for h := 1; h <= 70; h += 1 + h/3 {
					uitest.Frame(t, p, w, h)
				}
			}
		})
	}
}

func TestEnterSendsAndOpensTheRun(t *testing.T) {
	p, s := form(t, doit.Deps{}, "stream", "5,000")
	to(t, p, rateAt)
	write(p, "1k")
	to(t, p, keyAt-rateAt)
	write(p, "o-{{seq}}")
	to(t, p, headersAt-keyAt)
	write(p, "trace={{uuid}}, kind=a, b")
	if b := binding(t, p, "enter"); b.Run() != nil || len(s.specs) > 0 {
		t.Error("a header that is none was sent")
	}
	write(p, "trace={{uuid}}")
	_, forApp := uitest.Run(t, p, uitest.Press(t, p, "enter"), func(m []tea.Msg) bool { return len(m) > 0 })
	open, ok := forApp[0].(ui.OpenMsg)
	if !ok || !open.Replace || open.Route.Page != "run" || open.Route.Arg(0) != livetest.ID("NEW01") {
		t.Fatalf("then %+v", forApp[0])
	}
	got := s.specs[0]
	if got.Topic != "stream" || got.Count != 5000 || got.Rate != 1000 || got.Key != "o-{{seq}}" || got.CreateTopic || got.Sender != roundtrip.SendHere ||
		got.Evidence.Group != roundtrip.DefaultGroup || len(got.Headers) != 1 {
		t.Errorf("sent %+v", got)
	}
}

func TestWhatCannotBeUndoneIsAPlanFirst(t *testing.T) {
	p, s := form(t, doit.Deps{}, "fresh")
	ask, ok := uitest.Press(t, p, "enter")().(ui.PlanMsg)
	if !ok || len(s.specs) > 0 {
		t.Fatal("a topic would be created without a plan")
	}
	uitest.Run(t, p, ask.Apply(), func(m []tea.Msg) bool { return len(m) > 0 })
	if len(s.specs) != 1 || !s.specs[0].CreateTopic {
		t.Errorf("applied: %+v", s.specs)
	}
	p, s = form(t, doit.Deps{}, "stream")
	to(t, p, evidenceAt+1)
	p.Update(tea.KeyPressMsg{Code: tea.KeySpace, Text: " "})
	if _, ok := uitest.Press(t, p, "enter")().(ui.PlanMsg); !ok || len(s.specs) > 0 {
		t.Error("the workers' transactions are not told of")
	}
}

func binding(t *testing.T, p ui.Page, key string) ui.Binding {
	t.Helper()
	for _, b := range p.Bindings() {
		if b.Keys[0] == key {
			return b
		}
	}
	t.Fatalf("no binding %q", key)
	return ui.Binding{}
}

func TestBadInputIsSaidAndNotSent(t *testing.T) {
	for name, c := range map[string]struct {
		at   int
		text string
		want string
	}{
		"count 0":           {countAt, "0", "Count: 0 is out of range"},
		"negative count":    {countAt, "-5", "Count: -5 is out of range"},
		"no number":         {countAt, "many", `Count: "many" is not a whole number`},
		"rate 0":            {rateAt, "0", `Rate: "0" sends nothing`},
		"rate not a number": {rateAt, "NaN", `Rate: "NaN" sends nothing`},
		"key template":      {keyAt, "{{randInt 1", "key template"},
		"value template":    {valueAt, "{{nope}}", "value template"},
		"own topic":         {0, "krapp.runs", "krapp. are krapp's own"},
		"topic name":        {0, "a b", "a topic's name can't hold"},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := form(t, doit.Deps{}, "stream")
			to(t, p, c.at)
			write(p, c.text)
			if frame := uitest.Frame(t, p, 120, 38); !strings.Contains(frame, c.want) {
				t.Errorf("%q is not in\n%s", c.want, frame)
			}
			if cmd := uitest.Press(t, p, "enter"); cmd != nil || len(s.specs) > 0 {
				t.Error("it was sent")
			}
		})
	}
}

func TestTabCompletesThenGoesOn(t *testing.T) {
	p, _ := form(t, doit.Deps{}, "st")
	uitest.Press(t, p, "tab")
	if frame := uitest.Frame(t, p, 120, 38); !strings.Contains(frame, "stream") || !strings.Contains(frame, "6 partitions, exists") {
		t.Errorf("not completed:\n%s", frame)
	}
	uitest.Press(t, p, "tab")
	write(p, "77")
	if frame := uitest.Frame(t, p, 120, 38); !strings.Contains(frame, "Count      77") {
		t.Errorf("Tab did not go on:\n%s", frame)
	}
}

func TestAnEmptyClusterProposesATopic(t *testing.T) {
	p, _ := form(t, doit.Deps{Client: cluster{}})
	if frame := uitest.Frame(t, p, 80, 22); !strings.Contains(frame, "The topic demo does not exist yet: it is created.") {
		t.Error(frame)
	}
}

func TestAFileIsSentByTheWorkersAndRefusedWhereTheConsoleIsServed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lines.txt")
	if err := os.WriteFile(path, []byte("one\ntwo\nthree\nfour\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, s := form(t, doit.Deps{}, "stream")
	to(t, p, fileAt)
	write(p, path)
	_, forApp := uitest.Run(t, p, uitest.Press(t, p, "enter"), func(m []tea.Msg) bool { return len(m) > 0 })
	ask, ok := forApp[0].(ui.PlanMsg)
	if !ok {
		t.Fatalf("%+v", forApp)
	}
	if frame := uitest.Frame(t, p, 120, 38); !strings.Contains(frame, "4 lines, one message each") || !strings.Contains(frame, "three") {
		t.Errorf("no preview of the file:\n%s", frame)
	}
	uitest.Run(t, p, ask.Apply(), func(m []tea.Msg) bool { return len(m) > 0 })
	if got := s.specs[0]; got.File != path || got.Sender != roundtrip.SendWorkers || got.Count != 4 || got.Value != "" {
		t.Errorf("sent %+v", got)
	}

	for name, c := range map[string]struct {
		deps doit.Deps
		path string
		want string
	}{
		"served":      {doit.Deps{Served: true}, path, "this console is served: it has no files"},
		"missing":     {doit.Deps{}, path + "x", "there is no such file"},
		"a directory": {doit.Deps{}, filepath.Dir(path), "it is a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := form(t, c.deps, "stream")
			to(t, p, fileAt)
			write(p, c.path)
			cmd := uitest.Press(t, p, "enter")
			uitest.Run(t, p, cmd, func([]tea.Msg) bool { return strings.Contains(uitest.Frame(t, p, 120, 38), c.want) })
			if len(s.specs) > 0 {
				t.Error("it was sent")
			}
		})
	}
}

func TestTheEditorIsRefusedWhereTheConsoleIsServed(t *testing.T) {
	p, _ := form(t, doit.Deps{Served: true}, "stream")
	if binding(t, p, "ctrl+e").On() {
		t.Error("an editor on somebody else's machine is offered")
	}
	if _, ok := binding(t, p, "ctrl+e").Run()().(ui.FailMsg); !ok {
		t.Error("an editor on somebody else's machine is started")
	}
}

func TestAReadOnlyContextSendsNothing(t *testing.T) {
	p, s := form(t, doit.Deps{ReadOnly: true}, "stream")
	if m, ok := uitest.Press(t, p, "enter")().(ui.FailMsg); !ok || kafkaops.ClassOf(m.Err) != kafkaops.Unsupported || len(s.specs) > 0 {
		t.Error("it was sent")
	}
}

func TestAVisitorWhoMayOnlyLookIsToldSo(t *testing.T) {
	p, s := form(t, doit.Deps{ReadOnly: true, Served: true}, "stream")
	m, ok := uitest.Press(t, p, "enter")().(ui.FailMsg)
	if !ok || kafkaops.ClassOf(m.Err) != kafkaops.Unauthorised || !strings.Contains(m.Err.Error(), "may only look") || len(s.specs) > 0 {
		t.Errorf("%v, sent %v", m.Err, s.specs)
	}
}

func TestAFailureToStartIsShownAndTheFormStays(t *testing.T) {
	p, s := form(t, doit.Deps{}, "stream")
	s.err = errors.New("no leader")
	_, forApp := uitest.Run(t, p, uitest.Press(t, p, "enter"), func(m []tea.Msg) bool { return len(m) > 0 })
	if _, ok := forApp[0].(ui.FailMsg); !ok || !binding(t, p, "enter").On() {
		t.Errorf("%+v", forApp)
	}
}
