package tui

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// toyList is a small complete page: a table of names that can be opened,
// filtered, deleted by plan; what it was told is recorded.
type toyList struct {
	env   ui.Env
	name  string
	table *table.Table[string]
	got   []tea.Msg
	shut  bool
}

func newToyList(env ui.Env, r ui.Route) ui.Page {
	p := &toyList{env: env, name: r.Page}
	p.table = table.New(table.Options[string]{
		Key: func(s string) string { return s },
		Columns: []table.Column[string]{
			{Title: "name", Min: 10, Weight: 1, Cell: func(s string, _ int) table.Cell { return table.Cell{{Text: ui.T(s)}} }, Compare: strings.Compare},
			{Title: "size", Min: 9, Align: table.Right, Drop: 1, Cell: func(s string, w int) table.Cell { return table.Cell{{Text: ui.CountIn(len(s)*1000, w)}} }},
		},
		Empty: safetext.Const("Nothing yet. n makes something."),
	})
	p.table.SetRows(hostile())
	return p
}

func hostile() []string {
	return []string{
		"orders", "\x1b[2J\x1b]52;c;ZXZpbA==\x07", "日本語テスト", "👨\u200d👩\u200d👧 🇩🇪 ❤\ufe0f", "e\u0301\u0301\u0301\u0301",
		"שָׁלוֹם עולם 123", "a\u202ecod.exe", "\xff\x9b31m\u009d", "नमस्ते", strings.Repeat("wide日", 200_000),
	}
}

type toyAnswer struct{ n int }

func (p *toyList) Title() safetext.Text  { return ui.T(strings.ToUpper(p.name[:1]) + p.name[1:]) }
func (p *toyList) Init() tea.Cmd         { return nil }
func (p *toyList) Filter() string        { return p.table.Filter() }
func (p *toyList) SetFilter(text string) { p.table.SetFilter(text) }
func (p *toyList) Close()                { p.shut = true }

func (p *toyList) Bindings() []ui.Binding {
	some := func() bool { return p.table.Len() > 0 }
	plan := kafkaops.Plan{
		Title: "Delete topic orders", Effects: []string{"6 partitions and about 1,000 records go."}, Lost: []string{"the records"},
		Table: [][]string{{"partition", "start", "end"}, {"0", "0", "166,912"}}, Command: "krapp topics delete orders", Typed: "orders",
	}
	return append([]ui.Binding{
		{Keys: []string{"enter"}, Title: "open", Enabled: some, Run: func() tea.Cmd {
			s, _ := p.table.Selected()
			return ui.OpenPage("form", s)
		}},
		{Keys: []string{"x"}, Title: "delete", Enabled: some, Run: func() tea.Cmd {
			return ui.AskPlan(plan, func() tea.Cmd { return func() tea.Msg { return toyAnswer{1} } })
		}},
		{Keys: []string{"e"}, Title: "break", Help: "show an error", Run: func() tea.Cmd {
			return ui.Fail(kafkaops.Errorf(kafkaops.AlreadyExists, "creating topic", "orders", "Choose another name.", "it has 6 partitions"))
		}},
		{Keys: []string{"Z"}, Title: "never", Enabled: func() bool { return false }, Run: func() tea.Cmd { panic("it is not in force") }},
		{Keys: []string{"b"}, Title: "both", Run: func() tea.Cmd {
			one := func() tea.Msg { return toyAnswer{1} }
			return tea.Sequence(one, tea.Batch(one, one))
		}},
		{Title: "jump", Quiet: true, Command: ui.Command{Name: "jump", Args: "NAME", Complete: func([]string) []string { return []string{"orders", "two words"} },
			Run: func(args []string) tea.Cmd {
				p.table.Select(strings.Join(args, " "))
				return nil
			}}},
		ui.SortBinding(func() ui.Sorter { return p.table }),
	}, ui.ListBindings(func() ui.Navigator { return p.table })...)
}

func (p *toyList) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	p.got = append(p.got, msg)
	switch msg := msg.(type) {
	case ui.SizeMsg:
		p.table.SetSize(msg.W, msg.H-1)
	case tea.MouseMsg:
		if m, ok := ui.Within(ui.Rect{Y: 1, W: 1 << 15, H: 1 << 15}, msg); ok {
			p.table.Mouse(m)
		}
	}
	return p, nil
}

func (p *toyList) View(f ui.Frame) string {
	return ui.Rows(ui.Rule(f.Theme, f.W, true, theme.Span{Text: p.Title()}), p.table.View(f.Theme))
}

// toyForm is a page with a field that takes text.
type toyForm struct {
	title safetext.Text
	field ui.Input
}

func newToyForm(_ ui.Env, r ui.Route) ui.Page { return &toyForm{title: ui.T(r.Arg(0))} }

func (p *toyForm) Title() safetext.Text { return p.title }
func (p *toyForm) Init() tea.Cmd        { return nil }
func (p *toyForm) CapturesText() bool   { return true }
func (p *toyForm) Bindings() []ui.Binding {
	return []ui.Binding{{Keys: []string{"enter"}, Title: "send", Run: ui.Back}, {Keys: []string{"a"}, Title: "never", Run: func() tea.Cmd { panic("a letter is text here") }}}
}

func (p *toyForm) Update(msg tea.Msg) (ui.Page, tea.Cmd) {
	p.field.Update(msg)
	return p, nil
}

func (p *toyForm) View(f ui.Frame) string {
	return ui.Rows(ui.Rule(f.Theme, f.W, true, theme.Span{Text: p.title}), p.field.View(f.Theme, f.W, true), ui.Block(ui.Frame{W: f.W, H: f.H - 2, Theme: f.Theme}))
}

// drive runs an app without a terminal: commands run at once, one after the
// other, those that wait (streams, timers) in the background.
type drive struct {
	t    *testing.T
	app  *app
	sent []tea.Msg        // that went to the program itself
	late []<-chan tea.Msg // answers that were not there at once: of streams, of timers, of a busy machine
}

func toyOptions() Options {
	return Options{
		Pages: []ui.Maker{
			{Page: "dashboard", Title: "the first page", New: newToyList},
			{Page: "topics", Aliases: []string{"t"}, Title: "all topics", New: newToyList},
			{Page: "form", Title: "a form", Args: "NAME", Required: 1, Complete: func([]string) []string { return []string{"orders", "orders-eu"} }, New: newToyForm},
		},
		Global: []ui.Binding{{Keys: []string{"n"}, Title: "DoIt", Run: func() tea.Cmd { return ui.OpenPage("form", "new") }}},
		Now:    uitest.Now, Zone: time.UTC, Status: ui.NewMailbox(ui.SameStatus),
	}
}

func connected() ui.Status {
	return ui.Status{
		Context: ui.T("embedded"), Address: ui.T("127.0.0.1:41873"), State: ui.Connected, Since: uitest.Now(), Brokers: 1,
		InPerSecond: 12_400, OutPerSecond: 12_100, Lag: 3207, Behind: 400 * time.Millisecond,
	}
}

func start(t *testing.T, o Options, w, h int) *drive {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	o.Status.Put(connected())
	d := &drive{t: t, app: New(ctx, o).(*app)}
	d.run(d.app.Init())
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	for over := time.Now().Add(30 * time.Second); !d.app.known; d.collect() {
		if time.Now().After(over) {
			t.Fatal("the status does not come")
		}
		time.Sleep(time.Millisecond)
	}
	return d
}

// collect hands on late answers that have come meanwhile.
func (d *drive) collect() {
	d.t.Helper()
	waiting := d.late
	d.late = nil
	for _, answer := range waiting {
		select {
		case m := <-answer:
			d.take(m)
		default:
			d.late = append(d.late, answer)
		}
	}
}

func (d *drive) send(m tea.Msg) {
	d.t.Helper()
	if t := reflect.TypeOf(m); t != nil && strings.HasPrefix(t.PkgPath(), "charm.land/bubbletea/") && t.Kind() != reflect.Slice {
		d.sent = append(d.sent, m)
	}
	_, cmd := d.app.Update(m)
	d.run(cmd)
}

func (d *drive) run(cmd tea.Cmd) {
	d.t.Helper()
	if cmd == nil {
		return
	}
	answer := make(chan tea.Msg, 1)
	go func() { answer <- cmd() }()
	select {
	case m := <-answer:
		d.take(m)
	case <-time.After(50 * time.Millisecond): // a stream or a timer: it waits
		d.late = append(d.late, answer)
	}
}

// take is what the program does with a command's answer.
func (d *drive) take(m tea.Msg) {
	d.t.Helper()
	v := reflect.ValueOf(m)
	if v.IsValid() && v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		for i := range v.Len() {
			d.run(v.Index(i).Interface().(tea.Cmd))
		}
		return
	}
	if m != nil {
		d.send(m)
	}
}

func key(k string) tea.KeyPressMsg {
	named := map[string]rune{"esc": tea.KeyEscape, "enter": tea.KeyEnter, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "f1": tea.KeyF1, "backspace": tea.KeyBackspace}
	if code, ok := named[k]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if rest, ok := strings.CutPrefix(k, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: []rune(rest)[0], Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

func (d *drive) press(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.send(key(k))
	}
}

func (d *drive) typeText(s string) {
	d.t.Helper()
	for _, r := range s {
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// screen is the frame without colours; it must have its size without the last guard.
func (d *drive) screen() string {
	d.t.Helper()
	f := d.app.frame()
	uitest.Exact(d.t, f, d.app.w, d.app.h)
	if v := d.app.View(); v.Content != f {
		d.t.Error("the last guard changed the frame")
	}
	return ansi.Strip(f)
}

func (d *drive) list() *toyList { return d.app.router.current().page.(*toyList) }

func (d *drive) wants(sub string) {
	d.t.Helper()
	if s := d.screen(); !strings.Contains(s, sub) {
		d.t.Errorf("the screen has no %q:\n%s", sub, s)
	}
}

func (d *drive) lacks(sub string) {
	d.t.Helper()
	if s := d.screen(); strings.Contains(s, sub) {
		d.t.Errorf("the screen has %q:\n%s", sub, s)
	}
}
