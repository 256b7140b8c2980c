package passage

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// abbreviation is how a full stop behind a word is to be read.
type abbreviation uint8

const (
	ordinary  abbreviation = iota
	continues              // whatever follows: "Dr. Who"
	numbered               // goes on when a number follows: "No. 5", "Jan. 3"
)

// abbreviated knows the words that carry a full stop of their own. The word has no full stop at its end.
func abbreviated(w string) abbreviation {
	switch strings.ToLower(w) {
	case "dr", "mr", "mrs", "ms", "mx", "prof", "st", "mt", "gen", "col", "capt", "cmdr", "lt", "sgt", "rev", "hon", "sen", "rep", "gov", "pres",
		"messrs", "mme", "mlle", "sra", "srta", "hr", "fr", "dipl", "ing", "mag", "dott", "sig",
		"e.g", "eg", "i.e", "ie", "cf", "vs", "viz", "ca", "approx", "resp", "incl", "excl", "esp", "aka", "a.k.a",
		"z.b", "d.h", "u.a", "bzw", "vgl", "ggf", "evtl", "inkl", "sog", "bspw", "p.ex", "p.ej", "bijv", "d.w.z":
		return continues
	case "no", "nos", "nr", "fig", "figs", "eq", "vol", "vols", "p", "pp", "sec", "ch", "chap", "art", "par", "bl", "abs", "abb", "núm", "num",
		"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "okt", "dez":
		return numbered
	}
	return ordinary
}

// initials says that the word is a letter or letters with full stops between them: "J", "U.S", "z.B".
func initials(w string) bool {
	if w == "" {
		return false
	}
	letter := false
	for _, r := range w {
		switch {
		case r == '.' && letter:
			letter = false
		case unicode.IsLetter(r) && !letter && !ideographic(r):
			letter = true
		default:
			return false
		}
	}
	return letter
}

// starter says that a sentence is likely to begin with this word, rather than a name to go on: "the U.S. They left".
func starter(w string) bool {
	return slices.Contains([]string{
		"The", "A", "An", "In", "On", "At", "It", "He", "She", "They", "We", "You", "I", "This", "That", "These", "Those", "There", "But", "And", "Or",
		"So", "If", "When", "While", "After", "Before", "However", "Its", "His", "Her", "Their", "Our", "As", "For", "By", "From", "With", "Then",
		"Der", "Die", "Das", "Ein", "Eine", "Es", "Er", "Sie", "Wir", "Le", "La", "Les", "Il", "Elle", "El", "Los", "Las", "Un", "Una",
	}, w)
}

// germanMonth: there an ordinal has a full stop, "am 3. Oktober".
func germanMonth(w string) bool {
	switch w {
	case "Januar", "Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember":
		return true
	}
	return false
}

// lastWord returns the word that the text ends with, without opening brackets and quotes, cut at 24 bytes.
func lastWord(text string) string {
	i := len(text)
	for i > 0 && len(text)-i < longWord {
		r, n := utf8.DecodeLastRuneInString(text[:i])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && !unicode.Is(unicode.M, r) {
			break
		}
		i -= n
	}
	return text[i:]
}

// firstWord returns the letters and digits that the text begins with, cut at 24 bytes.
func firstWord(text string) string {
	for i, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) || i >= longWord {
			return text[:i]
		}
	}
	return text
}
