package ui

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// inputLimit bounds what can be typed or pasted into a field, in characters.
const inputLimit = 64 << 10

// Input is a field of one line. Its cursor does not blink (nothing ticks), and
// what is pasted into it is shown as safely as anything else.
type Input struct {
	// Complete proposes whole values for the present one, for Tab; no I/O.
	Complete func(value string) []string
	// Placeholder is shown, muted, while there is nothing.
	Placeholder safetext.Text

	value []rune
	pos   int
	shift int // first character shown

	proposals []string // of the last Tab, to cycle through
	proposed  int
}

// Value is what was typed.
func (in *Input) Value() string { return string(in.value) }

// SetValue replaces the text; the cursor goes to its end.
func (in *Input) SetValue(s string) {
	in.value = []rune(s)
	if len(in.value) > inputLimit {
		in.value = in.value[:inputLimit]
	}
	in.pos, in.shift, in.proposals = len(in.value), 0, nil
}

// Update handles a key or a paste; false when it means nothing to a field
// (Enter, Esc, Up …), so that the caller may use it.
func (in *Input) Update(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		in.insert(strings.TrimRight(msg.Content, "\r\n"))
		return true
	case tea.KeyPressMsg:
		return in.key(msg)
	}
	return false
}

func (in *Input) key(msg tea.KeyPressMsg) bool {
	if msg.String() == "tab" {
		return in.complete()
	}
	in.proposals = nil
	if msg.Text != "" && msg.Mod&^tea.ModShift == 0 {
		in.insert(msg.Text)
		return true
	}
	return in.edit(msg.String())
}

func (in *Input) edit(key string) bool {
	switch key {
	case "left", "ctrl+b":
		in.pos = max(0, in.pos-1)
	case "right", "ctrl+f":
		in.pos = min(len(in.value), in.pos+1)
	case "home", "ctrl+a":
		in.pos = 0
	case "end", "ctrl+e":
		in.pos = len(in.value)
	case "alt+b", "alt+left", "ctrl+left":
		in.pos = in.wordStart()
	case "alt+f", "alt+right", "ctrl+right":
		in.pos = in.wordEnd()
	case "backspace", "ctrl+h":
		in.remove(max(0, in.pos-1), in.pos)
	case "delete", "ctrl+d":
		in.remove(in.pos, min(len(in.value), in.pos+1))
	case "ctrl+w", "alt+backspace":
		in.remove(in.wordStart(), in.pos)
	case "ctrl+u":
		in.remove(0, in.pos)
	case "ctrl+k":
		in.remove(in.pos, len(in.value))
	default:
		return false
	}
	return true
}

func (in *Input) insert(s string) {
	add := []rune(s)
	if room := inputLimit - len(in.value); len(add) > room {
		add = add[:max(0, room)]
	}
	next := make([]rune, 0, len(in.value)+len(add))
	next = append(append(append(next, in.value[:in.pos]...), add...), in.value[in.pos:]...)
	in.value, in.pos = next, in.pos+len(add)
}

func (in *Input) remove(from, to int) {
	in.value = append(append([]rune{}, in.value[:from]...), in.value[to:]...)
	in.pos = from
}

func (in *Input) wordStart() int {
	i := in.pos
	for i > 0 && unicode.IsSpace(in.value[i-1]) {
		i--
	}
	for i > 0 && !unicode.IsSpace(in.value[i-1]) {
		i--
	}
	return i
}

func (in *Input) wordEnd() int {
	i := in.pos
	for i < len(in.value) && unicode.IsSpace(in.value[i]) {
		i++
	}
	for i < len(in.value) && !unicode.IsSpace(in.value[i]) {
		i++
	}
	return i
}

// complete puts in what all proposals begin with; pressed again, it goes
// through them one by one. False when there is nothing to propose.
func (in *Input) complete() bool {
	if len(in.proposals) > 0 {
		p := in.proposals
		i := (in.proposed + 1) % len(p)
		in.SetValue(p[i])
		in.proposals, in.proposed = p, i
		return true
	}
	if in.Complete == nil {
		return false
	}
	all := in.Complete(in.Value())
	if len(all) == 0 {
		return false
	}
	common := commonPrefix(all)
	if len(common) > len(in.Value()) || len(all) == 1 {
		changed := common != in.Value()
		in.SetValue(common)
		return changed
	}
	in.SetValue(all[0])
	in.proposals, in.proposed = all, 0
	return true
}

func commonPrefix(all []string) string {
	p := []rune(all[0])
	for _, s := range all[1:] {
		r := []rune(s)
		n := 0
		for n < len(p) && n < len(r) && p[n] == r[n] {
			n++
		}
		p = p[:n]
	}
	return string(p)
}

// View draws the field in exactly w cells, with the cursor when it is focused.
func (in *Input) View(th theme.Theme, w int, focused bool) string {
	return th.Render(in.Line(th, w, focused)...)
}

// Line is View before it is drawn.
func (in *Input) Line(th theme.Theme, w int, focused bool) theme.Line {
	if len(in.value) == 0 && !focused {
		return theme.FitLine(theme.Line{theme.S(theme.Muted, in.Placeholder)}, w)
	}
	start := in.window(w)
	if !focused {
		return theme.FitLine(theme.Line{{Text: safetext.Of(string(in.value[start:min(len(in.value), start+w)]))}}, w)
	}
	before := safetext.Of(string(in.value[start:in.pos]))
	under, after := safetext.Spaces(1), safetext.Text{}
	if in.pos < len(in.value) {
		under = safetext.Of(string(in.value[in.pos : in.pos+1]))
		after = safetext.Of(string(in.value[in.pos+1 : min(len(in.value), in.pos+1+w)]))
	}
	line := theme.Line{{Text: before}, {Text: under, Cursor: true}, {Text: after}}
	if len(in.value) == 0 {
		line = append(line, theme.S(theme.Muted, in.Placeholder))
	}
	return theme.CutLine(line, w)
}

// window is the first character shown so that the cursor is in sight.
func (in *Input) window(w int) int {
	start := max(0, min(in.shift, in.pos))
	start = max(start, in.pos-w)
	for start < in.pos && safetext.Of(string(in.value[start:in.pos])).Width() > w-4 {
		start++
	}
	return start
}
