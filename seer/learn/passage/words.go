package passage

import (
	"unicode"
	"unicode/utf8"
)

// Text is measured in quarters of a word, so that scripts without spaces can be measured too: about two Han or Kana runes, or four Thai,
// Lao, Khmer or Burmese ones, make a word.
const (
	word     = 4
	longWord = 24 // letters; what runs on without a space counts as another word from there on
)

// meter measures text rune by rune.
type meter struct {
	quarters int
	run      int // runes of the word so far
}

func (m *meter) add(r rune) {
	switch {
	case unicode.IsSpace(r):
		m.run = 0
	case r < 0x0e00 || !spaceless(r):
		if m.run%longWord == 0 {
			m.quarters += word
		}
		m.run++
	case ideographic(r):
		m.quarters += word / 2
		m.run = 0
	default:
		m.quarters += word / 4
		m.run = 0
	}
}

// measure returns the quarters of words in a text.
func measure(text string) int {
	var m meter
	for _, r := range text {
		m.add(r)
	}
	return m.quarters
}

// Words estimates the number of words of a text, in any script.
func Words(text string) int { return (measure(text) + word/2) / word }

// spaceless says that the rune is a letter of a script that is written without spaces between words.
func spaceless(r rune) bool {
	return ideographic(r) || unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func ideographic(r rune) bool {
	return r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo)
}

// glued says that a text must not be cut before this rune: it belongs to the one before.
func glued(r rune) bool {
	return r >= 0x300 && (unicode.Is(unicode.M, r) || r == '\u200d' || r >= 0xfe00 && r <= 0xfe0f || r >= 0x1f3fb && r <= 0x1f3ff)
}

// cut returns where to end a piece of the text of at most limit quarters: behind the last space or comma of its second half, else before a rune
// that stands for itself. It returns len(text) when all of it fits, and never 0 for a text that is not empty.
func cut(text string, limit int) int {
	var m meter
	space, free := 0, 0
	for i, r := range text {
		if !glued(r) {
			free = i
		}
		m.add(r)
		if m.quarters > limit && free > 0 {
			if space > free/2 {
				return space
			}
			return free
		}
		if unicode.IsSpace(r) || r == '，' || r == '、' || r == '；' {
			space = i + utf8.RuneLen(r)
		}
	}
	return len(text)
}
