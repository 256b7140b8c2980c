package seer_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	types "github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/page/seer"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// page is a page on a conversation that is not run: what it shows is put in.
func page(t testing.TB, picture live.SeerPicture) (*seer.Page, *live.Seer) {
	t.Helper()
	s := live.NewSeer(livetest.Oracle{})
	p := pageOn(t, s)
	show(t, p, picture)
	return p, s
}

func pageOn(t testing.TB, s *live.Seer) *seer.Page {
	t.Helper()
	env := uitest.Env(t)
	var end context.CancelFunc
	env.Ctx, end = context.WithCancel(env.Ctx)
	end() // its stream delivers nothing
	p := seer.New(env, seer.Deps{Seer: s}, ui.To("seer")).(*seer.Page)
	p.Update(ui.SizeMsg{W: 120, H: 38})
	return p
}

// show puts a picture in and runs what is laid out outside Update.
func show(t testing.TB, p *seer.Page, picture live.SeerPicture) {
	t.Helper()
	settle(p, ui.Snapshot[live.SeerPicture]{Value: picture})
}

func settle(p *seer.Page, msg tea.Msg) {
	_, cmd := p.Update(msg)
	if cmd == nil {
		return
	}
	switch m := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range m {
			if n := c(); n != nil {
				settle(p, n)
			}
		}
	default:
		settle(p, m)
	}
}

// frame draws the page once all is laid out.
func frame(t testing.TB, p *seer.Page, w, h int) string {
	t.Helper()
	settle(p, ui.SizeMsg{W: w, H: h})
	return uitest.Frame(t, p, w, h)
}

func typed(p *seer.Page, text string) {
	for _, r := range text {
		p.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func pictures() map[string]live.SeerPicture {
	evil := livetest.EvilSeer()
	evil.Turns = evil.Turns[:2]
	return map[string]live.SeerPicture{
		"answered": livetest.Seer(), "new": livetest.NewSeer(), "blank": livetest.BlankSeer(), "asked": livetest.AskedSeer(), "refused": livetest.RefusingSeer(),
		"failed": livetest.FailedSeer(), "hostile": livetest.EvilSeer(), "hostile answer": evil, "absent": {Absent: true}, "reaching": {},
		"unreachable": {Err: livetest.ErrDown()},
	}
}

func TestFrames(t *testing.T) {
	for name, picture := range pictures() {
		for size, wh := range map[string][2]int{"80x24": {80, 22}, "120x40": {120, 38}, "200x60": {200, 58}} {
			t.Run(name+"/"+size, func(t *testing.T) {
				p, _ := page(t, picture)
				golden.RequireEqual(t, frame(t, p, wh[0], wh[1]))
			})
		}
	}
}

func TestChosenCitationFrame(t *testing.T) {
	p, _ := page(t, livetest.Seer())
	uitest.Press(t, p, "tab")
	golden.RequireEqual(t, frame(t, p, 80, 22))
}

func TestEverySizeIsExact(t *testing.T) {
	for name, picture := range pictures() {
		t.Run(name, func(t *testing.T) {
			p, _ := page(t, picture)
			for _, w := range []int{1, 2, 3, 6, 13, 31, 59, 97, 140, 210} {
				for _, h := range []int{1, 2, 3, 4, 5, 6, 9, 22, 60} {
					uitest.Frame(t, p, w, h) // as long as answers are being laid out
					frame(t, p, w, h)
				}
			}
			if !picture.Absent && len(picture.Turns)+len(picture.Status.Suggestions) > 0 {
				for range 5 {
					p.Update(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
					frame(t, p, 40, 9)
				}
			}
		})
	}
}

// TestTimesDoNotMoveRows: how times are shown, and by what signs, changes nothing in where rows are: clicks and scrolling rely on it.
func TestTimesDoNotMoveRows(t *testing.T) {
	for name, picture := range pictures() {
		p, _ := page(t, picture)
		var shapes []string
		for _, times := range []ui.Times{uitest.Times(), {Mode: ui.Relative, Now: uitest.Now()}, {}} {
			for _, o := range []theme.Options{{}, {ASCII: true}, {Colours: theme.Sixteen}, {Colours: theme.Full, Light: true}} {
				th := theme.New(o)
				f := th.Degrade(p.View(ui.Frame{W: 120, H: 38, Theme: th, Times: times}))
				uitest.Exact(t, f, 120, 38)
				shape := ""
				for _, l := range strings.Split(f, "\n") {
					shape += fmt.Sprint(strings.Contains(l, "["), " ")
				}
				if o.Colours == theme.None {
					shapes = append(shapes, shape)
				}
			}
		}
		if len(slices.Compact(shapes)) > 1 && name != "hostile" && name != "hostile answer" {
			t.Errorf("%s: rows move", name)
		}
	}
}

func forApp(t *testing.T, cmd tea.Cmd) tea.Msg {
	t.Helper()
	if cmd == nil {
		t.Fatal("the key does nothing")
	}
	return cmd()
}

func TestTypingAsksAndKeysDoNotCollide(t *testing.T) {
	p, s := page(t, livetest.NewSeer())
	if !p.CapturesText() {
		t.Fatal("letters are not for the question")
	}
	typed(p, "niq?:/ar")
	p.Update(tea.PasteMsg{Content: " pasted\nin two\r\nlines"})
	uitest.Press(t, p, "enter")
	turns := s.Latest().Turns
	if len(turns) != 1 || turns[0].Question != "niq?:/ar pasted in two lines" {
		t.Fatalf("asked %+v", turns)
	}
	show(t, p, s.Latest())
	if f := frame(t, p, 80, 22); !strings.Contains(f, "› niq?:/ar pasted in two lines") || !strings.Contains(f, "Esc stops") {
		t.Error(f)
	}
	typed(p, "another")
	if m, ok := forApp(t, uitest.Press(t, p, "enter")).(ui.NoticeMsg); !ok || m.Kind != ui.Warning {
		t.Errorf("a second question meanwhile: %+v", m)
	}
	uitest.Press(t, p, "esc")
	if s.Latest().Turns[0].State != live.Stopped {
		t.Error("Esc does not stop the answer")
	}
	show(t, p, s.Latest())
	for _, b := range p.Bindings() {
		if slices.Contains(b.Keys, "esc") && b.On() {
			t.Errorf("Esc is taken by %s: it should lead back", b.Title)
		}
	}
}

// echo answers at once.
type echo struct{ livetest.Oracle }

func (echo) Ask(_ context.Context, q types.Question, _ func(types.Event)) (types.Answer, error) {
	return types.Answer{Text: q.Text}, nil
}

func TestQuestionsComeBack(t *testing.T) {
	s := live.NewSeer(echo{})
	go s.Run(t.Context())
	p := pageOn(t, s)
	for _, q := range []string{"one", "two"} {
		typed(p, q)
		uitest.Press(t, p, "enter")
		for limit := time.Now().Add(30 * time.Second); s.Latest().Asking(); runtime.Gosched() {
			if time.Now().After(limit) {
				t.Fatal("no answer in 30 s")
			}
		}
		show(t, p, s.Latest())
	}
	typed(p, "half")
	want := func(key, text string) {
		t.Helper()
		uitest.Press(t, p, key)
		if f := uitest.Frame(t, p, 80, 22); !strings.Contains(strings.Split(f, "\n")[20], "› "+text) {
			t.Errorf("after %s the field is not %q:\n%s", key, text, f)
		}
	}
	want("up", "two")
	want("up", "one")
	want("up", "one")
	want("down", "two")
	want("down", "half")
}

func TestSuggestions(t *testing.T) {
	p, s := page(t, livetest.NewSeer())
	typed(p, "2")
	uitest.Press(t, p, "enter")
	if q := s.Latest().Turns[0].Question; q != "What went wrong in logs in the last hour?" {
		t.Errorf("a digit and Enter ask %q", q)
	}
	s.Clear()
	p, s = page(t, livetest.NewSeer())
	uitest.Press(t, p, "down")
	uitest.Press(t, p, "down")
	uitest.Press(t, p, "down")
	uitest.Press(t, p, "down") // stops at the last
	uitest.Press(t, p, "enter")
	if q := s.Latest().Turns[0].Question; q != "When was the last order over 1,000?" {
		t.Errorf("Down and Enter ask %q", q)
	}
	p, _ = page(t, livetest.NewSeer())
	typed(p, "9")
	typed(p, "2")
	if f := uitest.Frame(t, p, 80, 22); !strings.Contains(f, "› 92") {
		t.Error("digits without a suggestion can't be typed")
	}
}

func TestCitationsOpenTheirRecord(t *testing.T) {
	p, _ := page(t, livetest.Seer())
	uitest.Press(t, p, "tab")
	if p.CapturesText() {
		t.Error("letters still go to the question")
	}
	m, ok := forApp(t, uitest.Press(t, p, "enter")).(ui.OpenMsg)
	if !ok || !m.Route.Same(ui.To("record", "krapp.reports", "2", "118")) {
		t.Errorf("Enter on the first citation: %+v", m)
	}
	uitest.Press(t, p, "down")
	gone, ok := forApp(t, uitest.Press(t, p, "enter")).(ui.NoticeMsg)
	if !ok || !strings.Contains(gone.Text.String(), "logs 0@5521 is gone: removed by retention") {
		t.Errorf("a record that is gone: %+v", gone)
	}
	uitest.Press(t, p, "tab")
	if !p.CapturesText() {
		t.Error("Tab beyond the last citation does not lead back to the question")
	}
	uitest.Press(t, p, "shift+tab")
	uitest.Press(t, p, "esc")
	if !p.CapturesText() {
		t.Error("Esc does not lead back to the question")
	}
}

func TestClicksOnCitations(t *testing.T) {
	p, _ := page(t, livetest.Seer())
	f := strings.Split(frame(t, p, 120, 38), "\n")
	y := slices.IndexFunc(f, func(l string) bool { return strings.Contains(l, "left the group at 13:58:02 [2]") })
	before, _, _ := strings.Cut(f[y], "[2]")
	x := len([]rune(before))
	click := tea.MouseClickMsg{X: x + 1, Y: y, Button: tea.MouseLeft}
	p.Update(tea.MouseClickMsg{X: x - 3, Y: y, Button: tea.MouseLeft})
	if !p.CapturesText() {
		t.Error("a click beside a citation chooses it")
	}
	p.Update(click)
	if p.CapturesText() {
		t.Fatal("a click on [2] in the text chooses nothing")
	}
	if _, cmd := p.Update(click); !strings.Contains(fmt.Sprint(forApp(t, cmd)), "gone") {
		t.Error("a second click does not open it")
	}
	y = slices.IndexFunc(f, func(l string) bool { return strings.Contains(l, "krapp.reports 2@118") })
	click = tea.MouseClickMsg{X: 30, Y: y, Button: tea.MouseLeft}
	p.Update(click)
	_, cmd := p.Update(click)
	if m, ok := forApp(t, cmd).(ui.OpenMsg); !ok || m.Route.Arg(2) != "118" {
		t.Errorf("two clicks on a citation's line: %+v", m)
	}
	p.Update(tea.MouseClickMsg{X: 5, Y: 36, Button: tea.MouseLeft})
	if !p.CapturesText() {
		t.Error("a click on the question does not lead there")
	}
}

func TestCopy(t *testing.T) {
	p, _ := page(t, livetest.Seer())
	m, ok := forApp(t, uitest.Press(t, p, "ctrl+y")).(ui.CopyMsg)
	if !ok || !strings.Contains(m.Data, "**committed without") || !strings.Contains(m.Data, "[2] logs 0@5521\n") {
		t.Errorf("copied %q", m.Data)
	}
	p, _ = page(t, live.SeerPicture{Turns: livetest.Seer().Turns[:1]})
	if m := forApp(t, uitest.Press(t, p, "ctrl+y")).(ui.CopyMsg); !strings.Contains(m.Data, "read orders 1@0–83079: 83080 records\n") {
		t.Errorf("copied %q", m.Data)
	}
}

// long is a conversation that does not fit, whose last question is being answered, and has been.
func long() (asked, answered live.SeerPicture) {
	lines := strings.Repeat("A line of the answer.\n\n", 40)
	asked = livetest.NewSeer()
	for i := range 5 {
		asked.Turns = append(asked.Turns, live.SeerTurn{N: i + 1, Question: fmt.Sprintf("Question %d", i+1), State: live.Answered,
			Answer: types.Answer{Text: lines + fmt.Sprintf("End of answer %d.", i+1), Way: types.Meaning}})
	}
	answered = asked
	answered.Turns = slices.Clone(asked.Turns)
	asked.Turns[4].State, asked.Turns[4].Answer = live.Asking, types.Answer{}
	return asked, answered
}

func TestTheAnswerIsShownFromItsQuestionOn(t *testing.T) {
	asked, answered := long()
	p, _ := page(t, live.SeerPicture{})
	frame(t, p, 80, 22)
	show(t, p, asked)
	if f := frame(t, p, 80, 22); !strings.Contains(f, "… asking") {
		t.Errorf("a new question is not in sight:\n%s", f)
	}
	show(t, p, answered)
	f := frame(t, p, 80, 22)
	if !strings.HasPrefix(strings.Split(f, "\n")[1], " › Question 5") {
		t.Errorf("the answer does not begin at the top:\n%s", f)
	}
	uitest.Press(t, p, "pgdown")
	if g := frame(t, p, 80, 22); g == f {
		t.Error("PgDn does not scroll")
	}
	for range 200 {
		p.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	}
	if f := frame(t, p, 80, 22); !strings.Contains(f, "End of answer 5.") {
		t.Errorf("the end can't be scrolled to:\n%s", f)
	}
	for range 200 {
		p.Update(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
	}
	if f := frame(t, p, 80, 22); !strings.Contains(f, "› Question 1") {
		t.Errorf("the beginning can't be scrolled to:\n%s", f)
	}
	show(t, p, answered)
	if f := frame(t, p, 80, 22); !strings.Contains(f, "› Question 1") {
		t.Error("a new state moves what is being read")
	}
}

func TestAnUnchangedPictureIsDrawnTheSame(t *testing.T) {
	p, _ := page(t, livetest.AskedSeer())
	before := frame(t, p, 120, 38)
	show(t, p, livetest.AskedSeer())
	if frame(t, p, 120, 38) != before {
		t.Error("another frame")
	}
}

func TestNewConversation(t *testing.T) {
	p, s := page(t, livetest.NewSeer())
	typed(p, "one")
	uitest.Press(t, p, "enter")
	show(t, p, s.Latest())
	uitest.Press(t, p, "ctrl+n")
	if len(s.Latest().Turns) != 0 {
		t.Error("the conversation goes on")
	}
}

func TestTheRouteMayAsk(t *testing.T) {
	s := live.NewSeer(livetest.Oracle{})
	p := seer.New(uitest.Env(t), seer.Deps{Seer: s}, ui.To("seer", "how", "many?"))
	p.Init()
	if turns := s.Latest().Turns; len(turns) != 1 || turns[0].Question != "how many?" {
		t.Errorf("asked %+v", turns)
	}
	p = seer.New(uitest.Env(t), seer.Deps{Seer: s}, ui.To("seer", "and", "now?"))
	p.Init()
	if f := uitest.Frame(t, p, 80, 22); !strings.Contains(f, "› and now?") {
		t.Errorf("what can't be asked yet is lost:\n%s", f)
	}
}

func TestWithoutASeer(t *testing.T) {
	p := seer.New(uitest.Env(t), seer.Deps{}, ui.To("seer"))
	p.Init()
	if p.(ui.Capturer).CapturesText() || len(p.Bindings()) != 0 {
		t.Error("there is nobody to be asked")
	}
	p.Update(tea.KeyPressMsg{Code: 'x', Text: "x"})
	p.Update(tea.MouseClickMsg{X: 3, Y: 3, Button: tea.MouseLeft})
	if f := uitest.Frame(t, p, 80, 22); !strings.Contains(f, "No seer is reachable") {
		t.Error(f)
	}
	p.Update(ui.FocusMsg{Visible: true})
	p.(ui.Closer).Close()
}
