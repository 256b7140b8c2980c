package safetext

import "unicode"

// isBlank: spaces that cannot be told from U+0020, and letters that draw
// nothing. The ideographic space stays: it is plainly two cells.
func isBlank(r rune) bool {
	switch r {
	case 0x3000:
		return false
	case 0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800: // Hangul fillers, empty braille
		return true
	}
	return unicode.Is(unicode.Z, r)
}

// isOversized: glyphs that fonts draw over several cells while every terminal
// advances by one.
func isOversized(r rune) bool {
	return r == 0xFDFD || r == 0x2E3A || r == 0x2E3B ||
		r >= 0x12000 && r <= 0x1254F // cuneiform
}

// conjoins: Hangul jamo, which become one syllable with what follows (or not,
// depending on the terminal). Ready-made syllables are not among them.
func conjoins(r rune) bool {
	return r >= 0x1100 && r <= 0x11FF || r >= 0xA960 && r <= 0xA97F || r >= 0xD7B0 && r <= 0xD7FF
}

// isPictograph: where emoji are, closely enough to tell a variation selector
// that picks a glyph from one that hides.
func isPictograph(r rune) bool {
	return r >= 0x1F300 && r <= 0x1FAFF && (r < 0x1F3FB || r > 0x1F3FF) ||
		r >= 0x2600 && r <= 0x27BF || r >= 0x2190 && r <= 0x21FF ||
		r >= 0x2300 && r <= 0x23FF || r >= 0x2B00 && r <= 0x2BFF ||
		r == 0xA9 || r == 0xAE || r == 0x203C || r == 0x2049 || r == 0x2122 || r == 0x2139
}

// isMark: combining marks that terminals have long agreed take no cell.
// Viramas are left out, as newer rules join letters over them and older do
// not; so are variation selectors and the grapheme joiner.
func isMark(r rune) bool {
	if r < 0x300 || r == 0x34F || !unicode.Is(unicode.Mn, r) {
		return false
	}
	switch {
	case r <= 0x36F, // accents
		r >= 0x483 && r <= 0x487,   // Cyrillic
		r >= 0x591 && r <= 0x5C7,   // Hebrew
		r >= 0x610 && r <= 0x6ED,   // Arabic
		r >= 0xE31 && r <= 0xECD,   // Thai, Lao
		r >= 0x3099 && r <= 0x309A, // kana voicing
		r >= 0x20D0 && r <= 0x20DC: // vectors and the like
		return true
	case r >= 0x900 && r <= 0xDFF: // Indic: the same places in each block of 128
		return (r&0x7F) != 0x4D && r != 0xDCA && r != 0xD3B && r != 0xD3C
	}
	return false
}

// takesMark: letters and numbers carry marks; upon signs (brackets, bars,
// emoji) they only deface.
func takesMark(base rune) bool { return unicode.IsLetter(base) || unicode.IsNumber(base) }
