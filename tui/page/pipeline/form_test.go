package pipeline

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// starter knows census and a stream, and remembers what it was asked to start.
type starter struct {
	started []Spec
	evil    bool
}

func (s *starter) Describe(_ context.Context, job string) (Job, error) {
	j := census()
	switch {
	case s.evil:
		j.Description, j.Lists[0].Values = livetest.Hostile, []string{livetest.Hostile, livetest.Hostile}
		return j, nil
	case job == "census":
		return j, nil
	case job == "learning.yaml":
		return stream().Job, nil
	}
	return Job{}, kafkaops.Errorf(kafkaops.NotFound, "finding job", job, "the built-in jobs are: census", "no job of that name is built in")
}

func (s *starter) Propose(_ context.Context, beginning string) []string {
	var all []string
	for _, n := range []string{"census", "examples/census-sample.yaml", "examples/learning.yaml", "examples/sales.yaml"} {
		if strings.HasPrefix(n, beginning) {
			all = append(all, n)
		}
	}
	return all
}

func (s *starter) Prepare(ctx context.Context, spec Spec) (Prepared, error) {
	j, err := s.Describe(ctx, spec.Job)
	if err != nil {
		return Prepared{}, err
	}
	if months := spec.Choose["mon"]; len(months) > 0 && months[0] == "jnu" {
		return Prepared{}, kafkaops.Errorf(kafkaops.Invalid, "planning sources of", "census", "did you mean jun?", "%q is not a value of mon", "jnu")
	}
	p := Prepared{Job: j, Plan: kafkaops.Plan{Title: "Start " + j.Name, Command: "krapp-worker read --job " + spec.Job}}
	if !j.Stream() {
		p.Count, p.Sources = 18, []string{"https://a/2019/jan.gz", "https://a/2019/feb.gz", "https://a/2019/mar.gz", "https://a/2021/jun.gz"}
	}
	if s.evil {
		p.Sources, p.Plan.Command = []string{livetest.Hostile, livetest.Hostile}, livetest.Hostile
	}
	return p, nil
}

func (s *starter) Start(_ context.Context, spec Spec) error {
	s.started = append(s.started, spec)
	return nil
}

// form is the form once it has its first answer.
func form(t *testing.T, route ui.Route, change ...func(*Deps)) (*Form, *starter) {
	t.Helper()
	s := &starter{}
	d := Deps{Jobs: &jobs{}, Starter: s, Workers: 2}
	for _, do := range change {
		do(&d)
	}
	p := NewForm(uitest.Env(t), d, route).(*Form)
	answer(p, p.Init())
	return p, s
}

// answer runs what the form asks for and gives it the answer.
func answer(p *Form, cmd tea.Cmd) (next tea.Cmd) {
	if cmd == nil {
		return nil
	}
	_, next = p.Update(cmd())
	return next
}

// write replaces what is in a field.
func write(t *testing.T, p *Form, name, text string) {
	t.Helper()
	for i := range p.fields {
		if p.fields[i].name == name {
			p.focus = i
			p.Update(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
			_, cmd := p.Update(tea.PasteMsg{Content: text})
			answer(p, cmd)
			return
		}
	}
	t.Fatalf("no field %s", name)
}

func formStates() map[string]func(*testing.T) *Form {
	with := func(change func(*testing.T, *Form)) func(*testing.T) *Form {
		return func(t *testing.T) *Form {
			t.Helper()
			p, _ := form(t, ui.To("read"))
			change(t, p)
			return p
		}
	}
	return map[string]func(*testing.T) *Form{
		"ready":   with(func(*testing.T, *Form) {}),
		"chosen":  with(func(t *testing.T, p *Form) { write(t, p, "year", "2019,2020"); write(t, p, "mon", "ja") }),
		"mistake": with(func(t *testing.T, p *Form) { write(t, p, "mon", "jnu") }),
		"unknown": with(func(t *testing.T, p *Form) { write(t, p, jobField, "exam") }),
		"stream":  with(func(t *testing.T, p *Form) { write(t, p, jobField, "learning.yaml") }),
		"hostile": func(t *testing.T) *Form {
			t.Helper()
			p, _ := form(t, ui.To("read"), func(d *Deps) { d.Starter = &starter{evil: true} })
			return p
		},
	}
}

func TestFormFrames(t *testing.T) {
	for name, build := range formStates() {
		for size, wh := range map[string][2]int{"80x24": {80, 22}, "120x40": {120, 38}, "200x60": {200, 58}} {
			t.Run(name+"/"+size, func(t *testing.T) {
				golden.RequireEqual(t, uitest.Frame(t, build(t), wh[0], wh[1]))
			})
		}
	}
}

func TestEverySizeOfTheFormIsExact(t *testing.T) {
	for name, build := range formStates() {
		t.Run(name, func(t *testing.T) {
			p := build(t)
			for w := 1; w <= 210; w += 1 + w/5 {
				for h := 1; h <= 70; h += 1 + h/2 {
					uitest.Frame(t, p, w, h)
					p.move(1)
				}
			}
		})
	}
}

func TestEnterShowsThePlanAndThenStarts(t *testing.T) {
	p, s := form(t, ui.To("read", "census"))
	write(t, p, "year", "2019, 2020")
	write(t, p, "mon", "jan")
	write(t, p, baseField, "http://127.0.0.1:8000")
	write(t, p, chunksField, "3")
	write(t, p, workersField, "4")
	plan, ok := uitest.Press(t, p, "enter")().(ui.PlanMsg)
	if !ok || len(s.started) > 0 {
		t.Fatal("it starts without a plan")
	}
	open := answer(p, plan.Apply())().(ui.OpenMsg)
	if len(s.started) != 1 {
		t.Fatalf("started %d times", len(s.started))
	}
	got := s.started[0]
	if got.Job != "census" || strings.Join(got.Choose["year"], " ") != "2019 2020" || got.Choose["mon"][0] != "jan" || got.Base != "http://127.0.0.1:8000" || got.Chunks != 3 || got.Workers != 4 {
		t.Errorf("started %+v", got)
	}
	if !open.Replace || open.Route.Page != "pipeline" || open.Route.Arg(0) != "census" {
		t.Errorf("then opens %+v", open)
	}
}

func TestTheFormComesBackToThePageItWasOpenedFrom(t *testing.T) {
	p, _ := form(t, ui.Route{Page: "read", Args: []string{"census"}, Value: opener{"census"}})
	plan := uitest.Press(t, p, "enter")().(ui.PlanMsg)
	if _, back := answer(p, plan.Apply())().(ui.BackMsg); !back {
		t.Error("the page is opened a second time")
	}
	write(t, p, jobField, "learning.yaml")
	plan = uitest.Press(t, p, "enter")().(ui.PlanMsg)
	if open, ok := answer(p, plan.Apply())().(ui.OpenMsg); !ok || open.Route.Arg(0) != "examples/learning.yaml" {
		t.Error("another job's page is not opened")
	}
}

func TestEnterBeforeTheAnswerWaitsForIt(t *testing.T) {
	p, _ := form(t, ui.To("read", "census"))
	_, cmd := p.Update(tea.PasteMsg{Content: ""}) // asked anew
	if again := uitest.Press(t, p, "enter"); again != nil {
		t.Fatal("it goes by an old answer")
	}
	if _, ok := answer(p, cmd)().(ui.PlanMsg); !ok {
		t.Error("the answer came and nothing happened")
	}
}

func TestWhatCannotBeStartedIsNot(t *testing.T) {
	for name, c := range map[string]struct{ field, text, says string }{
		"a value that the list has not": {"mon", "jnu", "not a value of mon"},
		"no such job":                   {jobField, "cansus", "no job of that name"},
		"no job":                        {jobField, "", "choose a job"},
		"half a worker":                 {workersField, "1.5", "is not a number from 0 to 64"},
		"less than no chunk":            {chunksField, "-1", "is not a number from 0"},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := form(t, ui.To("read", "census"))
			write(t, p, c.field, c.text)
			if cmd := uitest.Press(t, p, "enter"); cmd != nil || len(s.started) > 0 {
				t.Error("it goes on")
			}
			if frame := uitest.Frame(t, p, 120, 38); !strings.Contains(frame, c.says) {
				t.Errorf("it doesn't say %q:\n%s", c.says, frame)
			}
		})
	}
}

func TestOldAnswersAreDropped(t *testing.T) {
	p, _ := form(t, ui.To("read", "census"))
	_, old := p.Update(tea.PasteMsg{Content: "x"})
	late := old()
	write(t, p, jobField, "census")
	p.Update(late)
	if p.problem != nil || !p.settled {
		t.Errorf("an old answer counts: %v", p.problem)
	}
}

func TestAReadOnlyContextStartsNothing(t *testing.T) {
	p, s := form(t, ui.To("read", "census"), func(d *Deps) { d.ReadOnly = true })
	fail, ok := uitest.Press(t, p, "enter")().(ui.FailMsg)
	if !ok || kafkaops.ClassOf(fail.Err) != kafkaops.Unsupported || len(s.started) > 0 {
		t.Errorf("it doesn't refuse: %v", errors.Unwrap(fail.Err))
	}
}

func TestFieldsFollowTheJobAndKeepWhatWasTyped(t *testing.T) {
	p, _ := form(t, ui.To("read", "census"))
	write(t, p, "year", "2019")
	write(t, p, jobField, "censu") // in the middle of typing
	if got := p.value(jobField); got != "censu" || len(p.fields) != 7 {
		t.Errorf("%q with %d fields", got, len(p.fields))
	}
	write(t, p, jobField, "census")
	if spec, _ := p.spec(); len(spec.Choose["year"]) != 1 {
		t.Error("what was typed is gone")
	}
	write(t, p, jobField, "learning.yaml")
	if len(p.fields) != 2 {
		t.Errorf("a stream has %d fields", len(p.fields))
	}
}

func TestTabCompletesTheLastOfSeveralValues(t *testing.T) {
	values := []string{"jan", "feb", "mar", "may"}
	for text, want := range map[string]string{
		"": "", "j": "jan", "jan": "", "jan,": "jan,jan jan,feb jan,mar jan,may", "jan,m": "jan,mar jan,may", "jan, f": "jan, feb", "x": "",
	} {
		if got := strings.Join(completeList(values, text), " "); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
