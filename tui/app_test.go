package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

func TestBindingsDriveFooterHelpAndKeys(t *testing.T) {
	d := start(t, toyOptions(), 200, 60)
	d.wants("x delete")
	d.lacks("never")
	d.press("Z") // not in force: panics if it ran
	d.press("?")
	d.wants("show an error")
	d.wants("never") // the help shows it, muted
	d.wants(":jump NAME")
	d.press("esc")
	d.lacks("Help:")
	d.press("n")
	if got := d.app.router.current().route; !got.Same(ui.To("form", "new")) {
		t.Errorf("n led to %v", got)
	}
}

func TestKeysAreRemapped(t *testing.T) {
	o := toyOptions()
	o.Keys = map[string][]string{"break": {"ctrl+x"}, "help": {"H"}}
	d := start(t, o, 120, 40)
	d.wants("Ctrl-X break")
	d.wants("H help")
	d.press("e")
	d.lacks("creating topic")
	d.press("ctrl+x")
	d.wants("creating topic orders: it has 6 partitions")
}

func TestPagesKeepTheirCursorInTheHistory(t *testing.T) {
	d := start(t, toyOptions(), 80, 24)
	d.press("j", "j")
	home := d.list()
	d.press(":")
	d.typeText("topics")
	d.press("enter")
	if d.list() == home {
		t.Fatal(":topics did not open a page")
	}
	d.wants("›  Topics")
	topics := d.list()
	d.press("[")
	if d.list() != home || home.table.Cursor() != 2 {
		t.Errorf("back on the first page the cursor is on %d", home.table.Cursor())
	}
	d.press("]")
	if d.list() != topics {
		t.Error("] did not go forward")
	}
	d.press("esc")
	if d.list() != home {
		t.Error("Esc did not go back")
	}
	d.press("n", "esc")
	if !topics.shut || topics.env.Ctx.Err() == nil {
		t.Error("a page that cannot come back was not closed")
	}
	if home.shut || home.env.Ctx.Err() != nil {
		t.Error("the first page was closed")
	}
	var seen []bool
	for _, m := range home.got {
		if f, ok := m.(ui.FocusMsg); ok {
			seen = append(seen, f.Visible)
		}
	}
	if !slices.Equal(seen, []bool{true, false, true, false, true}) { // a way out, back, out, back
		if !slices.Equal(seen, []bool{true, false, true, false, true, false, true}) {
			t.Errorf("visible: %v", seen)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	o := toyOptions()
	d := start(t, o, 80, 24)
	for i := range 50 {
		d.send(ui.OpenMsg{Route: ui.To("form", strings.Repeat("x", i+1))})
	}
	if n := len(d.app.router.entries); n != maxHistory {
		t.Errorf("%d pages are alive", n)
	}
	if d.app.router.entries[0].route.Page != "dashboard" {
		t.Error("home was dropped")
	}
}

func TestMessagesReachOnlyThePageThatCausedThem(t *testing.T) {
	d := start(t, toyOptions(), 80, 24)
	home := d.list()
	answers := func(p *toyList) (n int) {
		for _, m := range p.got {
			if _, ok := m.(toyAnswer); ok {
				n++
			}
		}
		return n
	}
	d.press("b") // a sequence with a batch in it
	if got := answers(home); got != 3 {
		t.Errorf("%d of 3 messages came", got)
	}
	late := own(d.app.router.current().id, func() tea.Msg { return toyAnswer{} })
	d.press(":")
	d.typeText("t")
	d.press("enter")
	topics := d.list()
	gone := own(d.app.router.current().id, func() tea.Msg { return toyAnswer{} })
	d.send(late())
	if answers(home) != 4 || answers(topics) != 0 {
		t.Errorf("home got %d, topics %d", answers(home), answers(topics))
	}
	d.press("esc", "n") // topics is closed
	d.send(gone())
	if answers(topics) != 0 {
		t.Error("a closed page got a message")
	}
}

func TestTextIsNotTakenForKeys(t *testing.T) {
	d := start(t, toyOptions(), 80, 24)
	d.press("n")
	d.typeText("aq?:/[]n")
	form := d.app.router.current().page.(*toyForm)
	if form.field.Value() != "aq?:/[]n" {
		t.Errorf("the field has %q", form.field.Value())
	}
	d.send(tea.PasteMsg{Content: "\x1b[2J日本"})
	d.wants("aq?:/[]n␛[2J日本")
	d.wants("F1 help") // ? is text here
	d.lacks("n DoIt")
	d.press("f1")
	d.wants("Help:")
	d.press("esc", "enter")
	if d.app.router.pos != 0 {
		t.Error("Enter, which the page binds, did not come through")
	}
}

func TestFilter(t *testing.T) {
	d := start(t, toyOptions(), 80, 24)
	d.press("/")
	d.typeText("ORD")
	if n := d.list().table.Len(); n != 1 {
		t.Errorf("%d rows pass", n)
	}
	d.press("enter")
	d.wants("/ORD")
	d.press("esc")
	if d.list().Filter() != "" || d.list().table.Len() != len(hostile()) {
		t.Error("Esc did not show all again")
	}
}

func TestCommandLine(t *testing.T) {
	d := start(t, toyOptions(), 100, 24)
	d.press(":")
	d.typeText("for")
	d.wants("form")
	d.press("tab")
	d.typeText("o")
	d.press("tab")
	d.wants(":form orders")
	d.press("enter")
	if got := d.app.router.current().route; !got.Same(ui.To("form", "orders")) {
		t.Errorf("it led to %v", got)
	}
	d.press("esc", ":", "up")
	d.wants(":form orders")
	d.press("esc", ":")
	d.typeText("toppics")
	d.press("enter")
	d.wants("running command :toppics: there is no such command here")
	d.wants("Did you mean :topics?")
	d.press(":")
	d.typeText("form")
	d.press("enter")
	d.wants("it needs NAME")
	d.press(":")
	d.typeText(`jump "日本語テスト"`)
	d.press("enter")
	if s, _ := d.list().table.Selected(); s != "日本語テスト" {
		t.Errorf("the page's own command led to %q", s)
	}
}

func TestPlanNeedsTheTypedName(t *testing.T) {
	d := start(t, toyOptions(), 80, 24)
	applied := func() bool {
		return slices.ContainsFunc(d.list().got, func(m tea.Msg) bool { _, ok := m.(toyAnswer); return ok })
	}
	d.press("x")
	for _, s := range []string{"Delete topic orders", "166,912", "! Cannot be undone: the records", "krapp topics delete orders", "Type orders to confirm:"} {
		d.wants(s)
	}
	d.lacks("apply")
	d.press("enter")
	d.typeText("order")
	d.press("enter")
	if applied() {
		t.Fatal("it was applied without the name")
	}
	d.typeText("s")
	d.wants("↵ apply")
	d.press("enter")
	if !applied() {
		t.Error("it was not applied")
	}
	d.lacks("Delete topic")
	d.press("x", "esc")
	d.lacks("Delete topic")
}

func TestPromptChecksWhatIsTyped(t *testing.T) {
	d := start(t, toyOptions(), 80, 24)
	got := ""
	d.send(ui.PromptMsg{Prompt: ui.Prompt{
		Title: safetext.Const("Jump"), Label: safetext.Const("Offset:"), Hint: safetext.Const("An offset or end."),
		Check: func(s string) error {
			if s != "end" {
				return kafkaops.Errorf(kafkaops.Invalid, "reading", s, "", "that is no offset")
			}
			return nil
		},
		Run: func(v string) tea.Cmd { got = v; return nil },
	}})
	d.typeText("en")
	d.press("enter")
	d.wants("that is no offset")
	d.typeText("d")
	d.press("enter")
	if got != "end" {
		t.Errorf("it ran with %q", got)
	}
}

func TestErrorStaysUntilAKey(t *testing.T) {
	d := start(t, toyOptions(), 80, 24)
	d.press("e")
	d.wants("✘ creating topic orders: it has 6 partitions")
	d.wants("Choose another name.")
	d.send(noticeExpired{n: 99})
	d.wants("creating topic")
	d.press("j")
	d.lacks("creating topic")
	if d.list().table.Cursor() != 1 {
		t.Error("the key that dismissed the message did nothing else")
	}
}

func TestQuitAsksWhenItStopsSomething(t *testing.T) {
	quits := func(d *drive) bool {
		return slices.ContainsFunc(d.sent, func(m tea.Msg) bool { _, ok := m.(tea.QuitMsg); return ok })
	}
	d := start(t, toyOptions(), 80, 24)
	d.press("q")
	if !quits(d) {
		t.Error("q on the first page does not quit")
	}
	for _, keys := range [][]string{{"q", "enter"}, {"ctrl+c", "ctrl+c"}} {
		d := start(t, toyOptions(), 80, 24)
		s := connected()
		s.QuitStops = []safetext.Text{ui.T("the embedded broker")}
		d.send(ui.Snapshot[ui.Status]{Value: s})
		d.press("n", "esc", keys[0])
		d.wants("the embedded broker")
		if quits(d) {
			t.Error("it quit without asking")
		}
		d.press("esc")
		d.lacks("Quitting stops")
		d.press(keys...)
		if !quits(d) {
			t.Errorf("%v does not quit", keys)
		}
	}
	d = start(t, toyOptions(), 80, 24)
	d.press(":")
	d.typeText("topics")
	d.press("enter", "q")
	if quits(d) || d.app.router.pos != 0 {
		t.Error("q on another page should go back")
	}
}

func TestHeaderTellsTheStateOfTheConnection(t *testing.T) {
	d := start(t, toyOptions(), 120, 40)
	d.wants(" krapp  ● embedded  127.0.0.1:41873   1 broker")
	d.wants("in 12.4k/s   out 12.1k/s   lag      3,207 · 400 ms")
	s := connected()
	s.State, s.Why = ui.Disconnected, ui.T("connection refused\x1b[2J")
	s.NextTry = s.Since.Add(9 * time.Second)
	d.send(ui.Snapshot[ui.Status]{Value: s})
	d.wants("✘ embedded  disconnected since 14:02:11, next try 14:02:20: connection refused␛[2J")
	d.wants("orders") // the last known picture
	s.State = ui.Connecting
	d.send(ui.Snapshot[ui.Status]{Value: s})
	d.wants("○ embedded  connecting")
}

func TestMouseIsRelativeToThePage(t *testing.T) {
	d := start(t, toyOptions(), 80, 24)
	d.send(tea.MouseClickMsg{X: 10, Y: 5, Button: tea.MouseLeft}) // header, rule, titles, rows 0…
	if got := d.list().table.Cursor(); got != 2 {
		t.Errorf("the click chose row %d", got)
	}
}

func TestTooSmall(t *testing.T) {
	d := start(t, toyOptions(), 59, 24)
	d.wants("krapp needs 60×16 cells; this terminal has 59×24.")
	d.send(tea.WindowSizeMsg{Width: 60, Height: 16})
	d.lacks("needs")
	d.wants("orders")
}

func TestCopyIsBounded(t *testing.T) {
	d := start(t, toyOptions(), 80, 24)
	d.send(ui.CopyMsg{What: safetext.Const("value"), Data: "hello"})
	d.wants("✔ value sent to the clipboard, 5 B")
	d.send(ui.CopyMsg{What: safetext.Const("value"), Data: strings.Repeat("x", maxCopy+1)})
	d.wants("more than terminals accept")
}

func TestASCII(t *testing.T) {
	o := toyOptions()
	o.Theme = theme.Options{ASCII: true}
	d := start(t, o, 80, 24)
	for _, r := range d.app.View().Content {
		if r >= 0x80 {
			t.Fatalf("U+%04X in the frame", r)
		}
	}
}

func TestTwoEscapesInOneReadAreTwo(t *testing.T) {
	d := start(t, toyOptions(), 120, 40)
	both := tea.KeyPressMsg{Code: tea.KeyEscape, Mod: tea.ModAlt} // as they are decoded
	for depth, left := range []int{0, 0, 0, 1} {
		for d.app.router.pos > 0 {
			d.press("esc")
		}
		for n := range depth {
			d.run(ui.OpenPage("form", string(rune('a'+n))))
		}
		if d.send(both); d.app.router.pos != left {
			t.Errorf("from %d pages in, %d are left, want %d", depth, d.app.router.pos, left)
		}
		d.lacks("Quit")
	}
}
