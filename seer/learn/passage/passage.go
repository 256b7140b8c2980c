package passage

import (
	"strings"
	"unicode/utf8"
)

const (
	minWords = 60  // a passage is ended at a paragraph's end from here on
	aimWords = 80  // and at a sentence's
	maxWords = 100 // of a passage, and of a piece of a sentence
)

// Passage is a part of a text, as written, numbered from 1. It has at most 100 words (Words) unless a cluster of combining marks is longer.
type Passage struct {
	N    int
	Text string
}

// Options say how to split. Its zero value is what the seer uses.
type Options struct {
	// Most bounds the passages of one text; what lies behind them is left out. 0 means 10,000.
	Most int
}

// Split cuts a text into passages of whole sentences, of about 60 to 100 words, of which each begins with the last sentence of the one before,
// so that what two sentences say together is found in one. Headings begin a passage.
func Split(text string, o Options) []Passage {
	if o.Most <= 0 {
		o.Most = 10_000
	}
	text = valid(text)
	all := sentences(text)
	var out []Passage
	for first, fresh := 0, 0; fresh < len(all) && len(out) < o.Most; {
		next := fill(all, first, fresh)
		out = append(out, Passage{N: len(out) + 1, Text: strings.TrimSpace(text[all[first].from:all[next-1].to])})
		first, fresh = begin(all, first, next), next
	}
	return out
}

// fill returns the sentence behind the last one of the passage that begins with first; those before fresh are repeated from the one before.
func fill(all []span, first, fresh int) int {
	total := 0
	for i := first; i < len(all); i++ {
		s := &all[i]
		switch {
		case i <= fresh:
		case total+s.quarters > maxWords*word, total >= aimWords*word:
			return i
		case total >= minWords*word && all[i-1].ends:
			return i
		case s.heading && total >= minWords*word/2:
			return i
		}
		total += s.quarters
	}
	return len(all)
}

// begin returns the first sentence of the passage whose new ones begin with next: the one before it, unless that leaves too little room.
func begin(all []span, first, next int) int {
	if next >= len(all) || next-1 <= first || all[next].heading {
		return next
	}
	if all[next-1].quarters > maxWords*word/2 || all[next-1].quarters+all[next].quarters > maxWords*word {
		return next
	}
	return next - 1
}

// Excerpt cuts a text to at most so many bytes, between two runes.
func Excerpt(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	for bytes > 0 && !utf8.RuneStart(text[bytes]) {
		bytes--
	}
	return text[:bytes]
}
