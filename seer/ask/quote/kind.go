package quote

import (
	"slices"
	"strings"
	"unicode"
)

// kind is what a question asks for, as far as that shows in the words of an answer.
type kind uint8

const (
	anything kind = iota
	number
	moment
	person
	place
	reason
	nature // what somebody or something is like
)

// What an answer gains by being of the kind that is asked for.
const (
	strongFit = .15
	weakFit   = .08
)

// natures are words for what people and things are like: the nearer a sentence's words, the more it describes.
const natures = "friendly gentle shy curious patient cheerful proud kind brave stubborn lazy polite angry quiet clever temper character"

// kindOf tells by the first words of a question.
func kindOf(question string) kind {
	w := strings.Fields(strings.ToLower(strings.Trim(question, " ?!.")))
	if len(w) < 2 {
		return anything
	}
	amounts := strings.Fields("many much long old high far often big deep tall wide thick heavy fast large hot cold loud late early")
	for i, first := range w[:min(len(w)-1, 4)] { // "In which year", "After how many minutes"
		switch {
		case first == "how" && slices.Contains(amounts, w[i+1]):
			return number
		case first == "when", slices.Contains([]string{"what", "which"}, first) && slices.Contains(strings.Fields("year day month date time hour season"), w[i+1]):
			return moment
		case first == "who" || first == "whom":
			if slices.Contains([]string{"is", "are", "was", "were"}, w[i+1]) && len(w) <= 5 {
				return anything // who somebody is
			}
			return person
		case first == "where":
			return place
		case first == "why":
			return reason
		}
	}
	if w[0] == "what" && w[len(w)-1] == "like" {
		return nature
	}
	return anything
}

// fits is what a sentence gains by holding the kind of thing that is asked for.
func (c *chooser) fits(s string) float64 {
	switch c.kind {
	case number:
		if strings.ContainsAny(s, "0123456789") || hasWord(s, numbers) {
			return strongFit
		}
	case moment:
		if strings.ContainsAny(s, "0123456789") || hasWord(s, moments) {
			return strongFit
		}
	case person:
		if named(s) {
			return weakFit
		}
	case place:
		if hasWord(s, "in at on near under beneath behind beside between along around inside outside north south east west above below upon") {
			return weakFit
		}
	case reason:
		if hasWord(s, "because since therefore so due reason cause caused for as") {
			return weakFit
		}
	case nature:
		return c.describes(s)
	}
	return 0
}

const numbers = `two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty
	forty fifty sixty seventy eighty ninety hundred thousand million dozen half twice thrice once none quarter third several`

const moments = `january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday
	sunday spring summer autumn winter morning noon midday afternoon evening night midnight dawn dusk sunset sunrise year years month months week
	weeks day days hour hours century yesterday today ago since until`

// describes grows with how near the three nearest words of a sentence are to words for somebody's nature.
func (c *chooser) describes(s string) float64 {
	if c.nature == nil {
		return 0
	}
	var best [3]float64
	for _, w := range c.content(s) {
		cos := cosine(w.vector, c.nature)
		for i := range best {
			if cos > best[i] {
				best[i], cos = cos, best[i]
			}
		}
	}
	return 1.5 * max(0, (best[0]+best[1]+best[2])/3-.2)
}

// named says that a sentence has a name in it: a capital behind its first word.
func named(s string) bool {
	for i, w := range strings.Fields(s) {
		if r := []rune(strings.Trim(w, "\"“(*_")); i > 0 && len(r) > 1 && unicode.IsUpper(r[0]) && unicode.IsLower(r[1]) {
			return true
		}
	}
	return false
}

func hasWord(s, list string) bool {
	have := strings.Fields(list)
	return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }), func(w string) bool {
		return slices.Contains(have, w)
	})
}
