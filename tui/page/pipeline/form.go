package pipeline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

const (
	prepareTimeout = 10 * time.Second
	startTimeout   = time.Minute // it may create topics
)

// Form starts a job.
type Form struct {
	env  ui.Env
	deps Deps
	from opener

	fields []field
	focus  int

	job       Job
	described string   // the text that job was read by; "" before
	proposals []string // of files and names that begin like the text
	prepared  Prepared
	current   Spec  // what was asked for last
	asked     int   // questions so far: answers to older ones are dropped
	settled   bool  // the newest question is answered
	problem   error // why it can't be started as it is
	pressed   bool  // Enter was pressed on a problem: say it louder
	waiting   bool  // Enter was pressed before the answer was there
	starting  bool
}

// checked answers what the fields come to.
type checked struct {
	asked     int
	text      string // of the job's field
	job       Job
	proposals []string
	spec      Spec
	prepared  Prepared
	err       error
}

type started struct{ job string }

// opener is the job of the page that the form was opened from.
type opener struct{ job string }

// NewForm makes the form; the route may name a job.
func NewForm(env ui.Env, d Deps, r ui.Route) ui.Page {
	p := &Form{env: env, deps: d}
	p.from, _ = r.Value.(opener)
	p.fields = p.fieldsOf(Job{}, nil)
	text := strings.Join(r.Args, " ")
	if names := d.Jobs.Names(); text == "" && len(names) > 0 {
		text = names[0]
	}
	p.fields[0].input.SetValue(text)
	return p
}

// Title is the page's part of the breadcrumb.
func (p *Form) Title() safetext.Text { return safetext.Const("Start a job") }

// CapturesText says that letters are for the fields.
func (p *Form) CapturesText() bool { return true }

// Init looks at the job.
func (p *Form) Init() tea.Cmd { return p.check() }

// Update takes in keys, and what the fields come to.
func (p *Form) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		if p.fields[p.focus].input.Update(msg) {
			return p, p.check()
		}
	case tea.MouseClickMsg:
		if y := msg.Y - 1; y >= 0 && y < len(p.fields) {
			p.focus = y
		}
	case ui.Loaded[checked]:
		return p, p.took(msg.Value)
	case ui.Loaded[started]:
		p.starting = false
		if msg.Err != nil {
			return p, ui.Fail(msg.Err)
		}
		if msg.Value.job == p.from.job {
			return p, ui.Back()
		}
		return p, ui.Replace(ui.To("pipeline", strings.Fields(msg.Value.job)...))
	}
	return p, nil
}

// check asks what the fields come to, in the background: a job may be a file.
func (p *Form) check() tea.Cmd {
	p.asked++
	p.pressed, p.settled = false, false
	spec, err := p.spec()
	q := checked{asked: p.asked, text: spec.Job, spec: spec, err: err, job: p.job}
	known, starter := p.described == spec.Job && spec.Job != "", p.deps.Starter
	return ui.Load(p.env.Ctx, func(ctx context.Context) (checked, error) {
		ctx, cancel := context.WithTimeout(ctx, prepareTimeout)
		defer cancel()
		q.proposals = starter.Propose(ctx, q.text)
		if q.text != "" && !known {
			job, err := starter.Describe(ctx, q.text)
			if err != nil {
				q.job, q.err = Job{}, err
				return q, nil
			}
			q.job = job
		}
		if q.text == "" {
			q.job = Job{}
		}
		if q.err == nil {
			q.prepared, q.err = starter.Prepare(ctx, q.spec)
		}
		return q, nil
	})
}

// took takes in an answer. The job's own fields come and go with the job.
func (p *Form) took(q checked) tea.Cmd {
	if q.asked != p.asked {
		return nil
	}
	p.settled = true
	p.proposals, p.problem, p.prepared, p.current = q.proposals, q.err, q.prepared, q.spec
	switch {
	case q.job.Name == "":
		p.described = "" // while a name is being typed, the fields stay
	case p.described != q.text:
		p.job, p.described = q.job, q.text
		at := p.fields[p.focus].name
		p.fields = p.fieldsOf(p.job, p.fields)
		p.focus = max(0, slices.IndexFunc(p.fields, func(f field) bool { return f.name == at }))
	}
	if p.waiting {
		p.waiting = false
		return p.enter()
	}
	return nil
}

// Bindings is what can be done in the form; letters are typed.
func (p *Form) Bindings() []ui.Binding {
	return []ui.Binding{
		{Keys: []string{"enter"}, Title: "start", Help: "see the plan, and start", Enabled: func() bool { return !p.starting }, Run: p.enter},
		{Keys: []string{"tab"}, Action: "next-field", Title: "next", Help: "complete, or go to the next field", Run: p.tab},
		{Keys: []string{"ctrl+y"}, Action: "copy-command", Title: "copy command", Help: "copy the krapp-worker commands that do the same",
			Enabled: func() bool { return p.settled && p.problem == nil && p.prepared.Plan.Command != "" }, Run: func() tea.Cmd {
				return ui.Copy(safetext.Const("the command"), p.prepared.Plan.Command)
			}},
		{Keys: []string{"shift+tab", "up"}, Action: "previous-field", Title: "previous", Quiet: true, Run: func() tea.Cmd { return p.move(-1) }},
		{Keys: []string{"down"}, Action: "next-row", Title: "next", Quiet: true, Run: func() tea.Cmd { return p.move(1) }},
		{Keys: []string{"esc"}, Action: "back", Title: "cancel", Run: ui.Back},
	}
}

// tab completes the field if there is something to complete, else goes on.
func (p *Form) tab() tea.Cmd {
	if p.fields[p.focus].input.Update(tea.KeyPressMsg{Code: tea.KeyTab}) {
		return p.check()
	}
	return p.move(1)
}

func (p *Form) move(by int) tea.Cmd {
	p.focus = (p.focus + by + len(p.fields)) % len(p.fields)
	return nil
}

// served is why a console that is shown to somebody else starts nothing.
func served(job string) error {
	return kafkaops.Errorf(kafkaops.Unsupported, "starting", job, "Start it with krapp-worker read and krapp-worker compute, or in a console of your own.",
		"this console is served: it runs no jobs")
}

// enter shows the plan, once it is known what is asked for.
func (p *Form) enter() tea.Cmd {
	switch {
	case p.starting:
		return nil
	case p.deps.Served:
		return ui.Fail(served(p.value(jobField)))
	case p.deps.ReadOnly:
		return ui.Fail(kafkaops.NewError(kafkaops.Unsupported, "starting", p.value(jobField), "Use another context, or remove readOnly from this one.",
			errors.New("the context is read-only")))
	case !p.settled:
		p.waiting = true
		return nil
	case p.problem != nil:
		p.pressed = true
		return nil
	}
	spec, starter, name := p.current, p.deps.Starter, p.prepared.Job.Ref
	return ui.AskPlan(p.prepared.Plan, func() tea.Cmd {
		p.starting = true
		return ui.Load(p.env.Ctx, func(ctx context.Context) (started, error) {
			ctx, cancel := context.WithTimeout(ctx, startTimeout)
			defer cancel()
			return started{name}, starter.Start(ctx, spec)
		})
	})
}
