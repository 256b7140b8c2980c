package safetext

import "strings"

// Truncate is t in at most w cells; what is cut off is marked by "…".
func (t Text) Truncate(w int) Text {
	if t.w <= w {
		return t
	}
	dots := ellipsis()
	if w < dots.w {
		return Text{}
	}
	return Join(t.head(w-dots.w), dots)
}

// Fit is t in exactly w cells: cut with "…", or padded on the right.
func (t Text) Fit(w int) Text {
	t = t.Truncate(max(w, 0))
	return Join(t, Spaces(w-t.w))
}

// FitRight is Fit padded on the left, for numbers.
func (t Text) FitRight(w int) Text {
	t = t.Truncate(max(w, 0))
	return Join(Spaces(w-t.w), t)
}

// Cut is the w cells from cell from on, without any mark: a window for
// scrolling sideways. Half of a wide character becomes a blank. The result is
// shorter than w where the text ends.
func (t Text) Cut(from, w int) Text {
	if w <= 0 || from >= t.w {
		return Text{}
	}
	if from <= 0 {
		return t.head(w)
	}
	if t.ascii() {
		return Text{s: t.s[from:], w: t.w - from}.head(w)
	}
	at := 0
	for i := 0; i < len(t.s); {
		n, cw := next(t.s[i:])
		if at >= from {
			rest := Text{s: t.s[i:], w: t.w - at}
			return Join(Spaces(at-from), rest).head(w)
		}
		i, at = i+n, at+cw
	}
	return Text{}
}

// Wrap breaks t into pieces of at most w cells, between characters: nothing
// is lost and nothing is added, as suits keys and JSON. At least one piece.
func (t Text) Wrap(w int) []Text {
	w = max(w, 2)
	lines := []Text{}
	for t.w > w {
		h := t.head(w)
		lines = append(lines, h)
		t = Text{s: t.s[len(h.s):], w: t.w - h.w}
	}
	return append(lines, t)
}

// Words wraps prose at blanks, in lines of at most w cells; a word that is
// longer than a line is broken. At least one line.
func (t Text) Words(w int) []Text {
	w = max(w, 2)
	if t.w <= w {
		return []Text{t}
	}
	var lines []Text
	var line Text
	for word := range strings.FieldsSeq(t.s) {
		for _, piece := range Of(word).Wrap(w) {
			switch {
			case line.IsEmpty():
				line = piece
			case line.w+1+piece.w <= w:
				line = Join(line, Spaces(1), piece)
			default:
				lines = append(lines, line)
				line = piece
			}
		}
	}
	return append(lines, line)
}

// head is the longest beginning of t that takes at most w cells.
func (t Text) head(w int) Text {
	if t.w <= w {
		return t
	}
	if w <= 0 {
		return Text{}
	}
	if t.ascii() {
		return Text{s: t.s[:w], w: w}
	}
	at, i := 0, 0
	for i < len(t.s) {
		n, cw := next(t.s[i:])
		if at+cw > w {
			break
		}
		i, at = i+n, at+cw
	}
	return Text{s: t.s[:i], w: at}
}

// next is the length in bytes and the width in cells of the first character
// of a sanitised string: a spacing rune and the marks upon it.
func next(s string) (n, w int) {
	for i, r := range s {
		rw := 1
		if r >= 0x80 {
			rw = runeWidth(r)
		}
		if i > 0 && rw > 0 {
			return i, w
		}
		w += rw
	}
	return len(s), w
}
