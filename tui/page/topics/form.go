package topics

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

// The form's fields, in order.
const (
	nameField = iota
	partitionsField
	replicasField
	configsField
	fields
)

// form asks what topic to create.
type form struct {
	inputs [fields]ui.Input
	focus  int
	taken  func(name string) bool
}

func (p *page) startCreate() tea.Cmd {
	f := &form{taken: func(name string) bool {
		for _, t := range p.list.Value {
			if t.name == name {
				return true
			}
		}
		return false
	}}
	f.inputs[nameField].Placeholder = safetext.Const("letters, digits, . _ -")
	f.inputs[partitionsField].Placeholder = safetext.Const("the brokers' default")
	f.inputs[replicasField].Placeholder = safetext.Const("the brokers' default")
	f.inputs[configsField].Placeholder = safetext.Const("retention.ms=3600000 cleanup.policy=compact")
	p.form = f
	return nil
}

func (p *page) formBindings() []ui.Binding {
	f := p.form
	step := func(by int) func() tea.Cmd {
		return func() tea.Cmd {
			f.focus = (f.focus + by + fields) % fields
			return nil
		}
	}
	return []ui.Binding{
		{Keys: []string{"enter"}, Title: "create", Help: "show the plan", Run: p.submit},
		{Keys: []string{"tab", "down"}, Action: "next-field", Title: "next", Run: step(1)},
		{Keys: []string{"shift+tab", "up"}, Action: "previous-field", Title: "previous", Quiet: true, Run: step(-1)},
		{Keys: []string{"esc"}, Action: "leave-form", Title: "cancel", Run: func() tea.Cmd {
			p.form = nil
			return nil
		}},
	}
}

func (p *page) submit() tea.Cmd {
	t, field, err := p.form.topic()
	if err != nil {
		p.form.focus = field
		return ui.Fail(kafkaops.NewError(kafkaops.Invalid, "creating topic", t.Name, "Correct the field and press Enter again.", err))
	}
	did := safetext.Join(safetext.Const("Created topic "), ui.T(t.Name))
	return p.change(planCreate(t), did, func(ctx context.Context) error { return p.deps.Client.CreateTopics(ctx, t) })
}

func (f *form) update(msg tea.Msg) { f.inputs[f.focus].Update(msg) }

func (f *form) value(field int) string { return strings.TrimSpace(f.inputs[field].Value()) }

// topic reads the form; field is the one in which the error is.
func (f *form) topic() (t kafkaops.NewTopic, field int, err error) {
	t.Name = f.value(nameField)
	if err := checkName(t.Name); err != nil {
		return t, nameField, err
	}
	if f.taken(t.Name) {
		return t, nameField, errors.New("there is a topic with this name")
	}
	if t.Partitions, err = positive(f.value(partitionsField), "partitions", 100_000); err != nil {
		return t, partitionsField, err
	}
	if t.ReplicationFactor, err = positive(f.value(replicasField), "replicas", 1000); err != nil {
		return t, replicasField, err
	}
	t.Configs, err = configs(f.value(configsField))
	return t, configsField, err
}

// checkName holds Kafka's rule for names of topics.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("it needs a name")
	case name == "." || name == "..", len(name) > 249:
		return errors.New("a name is neither . nor .. and has at most 249 characters")
	}
	if i := strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
	}); i >= 0 {
		return fmt.Errorf("a name holds letters, digits, '.', '_' and '-', not %q", []rune(name[i:])[0])
	}
	return nil
}

// positive reads a number; nothing is -1, the brokers' default.
func positive(s, of string, most int) (int, error) {
	if s == "" {
		return -1, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%q is no number of %s from 1 to %d", s, of, most)
	}
	return n, nil
}

func configs(s string) (map[string]string, error) {
	if s == "" {
		return nil, nil
	}
	all := map[string]string{}
	for _, pair := range strings.Fields(s) {
		k, v, ok := strings.Cut(pair, "=")
		if !ok || k == "" {
			return nil, fmt.Errorf("%q is no name=value", pair)
		}
		all[k] = v
	}
	return all, nil
}

func (f *form) view(fr ui.Frame) string {
	if fr.H <= 0 {
		return ""
	}
	labels := [fields]safetext.Text{
		nameField: safetext.Const("Topic"), partitionsField: safetext.Const("Partitions"),
		replicasField: safetext.Const("Replicas"), configsField: safetext.Const("Configs"),
	}
	lines := []theme.Line{{}}
	for i := range f.inputs {
		lines = append(lines, f.line(fr, i, labels[i]))
	}
	lines = append(lines, theme.Line{}, f.remark())
	return ui.Rows(ui.Rule(fr.Theme, fr.W, true, theme.Span{Text: safetext.Const("Create a topic")}), ui.Block(fr.In(ui.Rect{W: fr.W, H: fr.H - 1}), lines...))
}

func (f *form) line(fr ui.Frame, i int, label safetext.Text) theme.Line {
	const indent, labelWidth = 3, 13
	lead := theme.S(theme.Muted, label.Fit(labelWidth))
	if i == f.focus {
		lead.Role = theme.Accent
	}
	room := max(0, min(60, fr.W-indent-labelWidth-1))
	return append(theme.Line{{Text: safetext.Spaces(indent)}, lead}, f.inputs[i].Line(fr.Theme, room, i == f.focus)...)
}

// remark says at once what is wrong with what was typed.
func (f *form) remark() theme.Line {
	t, _, err := f.topic()
	indent := theme.Span{Text: safetext.Spaces(3)}
	switch {
	case t.Name == "":
		return theme.Line{indent, theme.S(theme.Muted, safetext.Const("Enter shows the plan before anything is created."))}
	case err != nil:
		return theme.Line{indent, theme.S(theme.Warn, ui.T("! "+err.Error()))}
	}
	return theme.Line{indent, theme.S(theme.Muted, ui.T("Same as: "+planCreate(t).Command))}
}
