package ui_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func TestFormat(t *testing.T) {
	for want, got := range map[string]safetext.Text{
		"0":                           ui.Count(0),
		"999":                         ui.Count(999),
		"1,000,000":                   ui.Count(int64(1e6)),
		"−12,345":                     ui.Count(-12345),
		"12.3M":                       ui.CountIn(12_345_678, 6),
		"12,345,678":                  ui.CountIn(12_345_678, 10),
		"##":                          ui.CountIn(12_345_678, 2),
		"950":                         ui.Short(950),
		"0.5":                         ui.Short(0.5),
		"12.4k/s":                     ui.Rate(12_400),
		"999k":                        ui.Short(999_499),
		"1.0M":                        ui.Short(999_999),
		"–":                           ui.Rate(-1),
		"41 ms":                       ui.Duration(41 * time.Millisecond),
		"1.0 s":                       ui.Duration(999700 * time.Microsecond),
		"120 µs":                      ui.Duration(120 * time.Microsecond),
		"2 m 05 s":                    ui.Duration(125 * time.Second),
		"3 h 12 m":                    ui.Duration(192 * time.Minute),
		"0 s":                         ui.Duration(0),
		"100 %":                       ui.Percent(10, 10),
		"99.9 %":                      ui.Percent(9_993, 10_000),
		"<0.1 %":                      ui.Percent(1, 1_000_000),
		"61 %":                        ui.Percent(619, 1000),
		"0 %":                         ui.Percent(0, 5),
		"1.2 KiB":                     ui.Bytes(1234),
		"4.0 MiB":                     ui.Bytes(4 << 20),
		"1 worker":                    ui.Plural(1, "worker", "workers"),
		"1,200 brokers":               ui.Plural(1200, "broker", "brokers"),
		"14:02:11.204":                uitest.Times().Clock(uitest.Now()),
		"11-20 14:02":                 uitest.Times().Clock(uitest.Now().AddDate(0, 0, -1)),
		"2025-11-21":                  uitest.Times().Clock(uitest.Now().AddDate(-1, 0, 0)),
		"3 m ago":                     uitest.Times().Ago(uitest.Now().Add(-200 * time.Second)),
		"in 9 s":                      uitest.Times().Ago(uitest.Now().Add(9 * time.Second)),
		"2026-11-21 14:02:11.204 UTC": uitest.Times().Full(uitest.Now()),
	} {
		if got.String() != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := ui.Percent(999_999, 1_000_000); got.String() != "99.9 %" {
		t.Errorf("one missing in a million is %q", got)
	}
	for _, v := range []float64{math.NaN(), math.Inf(1)} {
		if got := ui.Short(v); got != ui.None() {
			t.Errorf("Short(%v) = %q", v, got)
		}
	}
}

func TestProblem(t *testing.T) {
	err := fmt.Errorf("sending: %w", kafkaops.NewError(kafkaops.AlreadyExists, "creating topic", "or\x1bders", "Choose another name.", errors.New("it has 6 partitions")))
	p, ok := ui.ProblemOf(err)
	if !ok || p.What.String() != "creating topic or␛ders" || p.Why.String() != "it has 6 partitions" || p.Try.String() != "Choose another name." {
		t.Errorf("got %+v", p)
	}
	for _, l := range p.Lines(theme.Theme{}, 30) {
		if l.Width() > 30 {
			t.Errorf("%d cells wide", l.Width())
		}
	}
	for _, nothing := range []error{nil, context.Canceled, fmt.Errorf("reading: %w", context.Canceled)} {
		if _, ok := ui.ProblemOf(nothing); ok {
			t.Errorf("%v is shown as a problem", nothing)
		}
	}
}

func press(keys ...string) []tea.KeyPressMsg {
	named := map[string]rune{"left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace, "tab": tea.KeyTab, "enter": tea.KeyEnter}
	var out []tea.KeyPressMsg
	for _, k := range keys {
		switch code, ok := named[k]; {
		case ok:
			out = append(out, tea.KeyPressMsg{Code: code})
		case strings.HasPrefix(k, "ctrl+"):
			out = append(out, tea.KeyPressMsg{Code: rune(k[5]), Mod: tea.ModCtrl})
		default:
			for _, r := range k {
				out = append(out, tea.KeyPressMsg{Code: r, Text: string(r)})
			}
		}
	}
	return out
}

func TestInput(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"typing":          {[]string{"orders"}, "orders"},
		"in the middle":   {[]string{"oders", "home", "right", "r"}, "orders"},
		"backspace":       {[]string{"orderss", "backspace"}, "orders"},
		"a word":          {[]string{"one two", "ctrl+w", "2"}, "one 2"},
		"to the end":      {[]string{"orders", "left", "left", "ctrl+k"}, "orde"},
		"all before":      {[]string{"orders", "left", "ctrl+u"}, "s"},
		"completion":      {[]string{"st", "tab"}, "stream"},
		"common part":     {[]string{"o", "tab"}, "orders"},
		"first of many":   {[]string{"o", "tab", "tab"}, "orders"},
		"the next":        {[]string{"o", "tab", "tab", "tab"}, "orders-eu"},
		"and round again": {[]string{"o", "tab", "tab", "tab", "tab"}, "orders"},
	} {
		t.Run(name, func(t *testing.T) {
			in := ui.Input{Complete: func(v string) []string {
				var out []string
				for _, s := range []string{"orders", "orders-eu", "stream"} {
					if strings.HasPrefix(s, v) {
						out = append(out, s)
					}
				}
				return out
			}}
			for _, k := range press(c.keys...) {
				in.Update(k)
			}
			if in.Value() != c.want {
				t.Errorf("got %q", in.Value())
			}
		})
	}
	var in ui.Input
	if in.Update(press("enter")[0]) || in.Update(press("tab")[0]) {
		t.Error("the field took a key that means nothing to it")
	}
}

func FuzzInputIsExact(f *testing.F) {
	f.Add("orders", 3, 20)
	f.Add("日本\x1b[2J👨\u200d👩\u200d👧e\u0301\u202e", 4, 9)
	f.Add(strings.Repeat("\xff\t", 300), 100, 1)
	f.Fuzz(func(t *testing.T, paste string, left, w int) {
		w, left = 1+(w%200+200)%200, (left%100+100)%100
		var in ui.Input
		in.Update(tea.PasteMsg{Content: paste})
		for range left {
			in.Update(press("left")[0])
		}
		for _, focused := range []bool{true, false} {
			uitest.Exact(t, in.View(theme.New(theme.Options{Colours: theme.Full}), w, focused), w, 1)
		}
	})
}

func TestBlocks(t *testing.T) {
	f := ui.Frame{W: 10, H: 2}
	left := ui.Block(f, theme.Line{{Text: ui.T("日本語日本語")}})
	got := ui.Cols(left, ui.Divider(theme.Theme{}, 2, map[int]safetext.Text{0: ui.T("┬")}), ui.Block(ui.Frame{W: 3, H: 2}))
	uitest.Exact(t, got, 14, 2)
	if want := "日本語日… ┬   \n          │   "; got != want {
		t.Errorf("got\n%s", got)
	}
	if got := ansi.Strip(ui.Rule(theme.Theme{}, 12, true, theme.Span{Text: ui.T("Runs")})); got != "─ Runs ─────" {
		t.Errorf("got %q", got)
	}
}

func TestClampMakesAnythingExact(t *testing.T) {
	for _, block := range []string{"", "a\nb\nc\nd", "日本語日本語日本語", "\x1b[31m" + strings.Repeat("x", 50) + "\x1b[m"} {
		uitest.Exact(t, ui.Clamp(block, 9, 3), 9, 3)
	}
}

func TestRect(t *testing.T) {
	top, rest := ui.Rect{W: 80, H: 24}.Top(10)
	left, right := rest.Left(30)
	if top != (ui.Rect{0, 0, 80, 10}) || left != (ui.Rect{0, 10, 30, 14}) || right != (ui.Rect{30, 10, 50, 14}) {
		t.Error(top, left, right)
	}
	if _, in := ui.Within(right, tea.MouseClickMsg{X: 29, Y: 12}); in {
		t.Error("a click beside is taken for one inside")
	}
	m, in := ui.Within(right, tea.MouseClickMsg{X: 31, Y: 12})
	if at := m.Mouse(); !in || at.X != 1 || at.Y != 2 {
		t.Error("a click inside is at", at)
	}
	if a, b := (ui.Rect{W: 5, H: 5}).Bottom(99); a.H != 0 || b.H != 5 {
		t.Error("a cut beyond the size:", a, b)
	}
}
