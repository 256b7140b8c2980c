package ask

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/template"
)

// Of a kind of message that answers: how many of its records are cited, and how many other kinds are named.
const (
	examplesShown = 3
	nearShown     = 4
)

// templates writes what the messages look like, how often they came, and which they are.
func (s *asking) templates(hits []index.Hit) string {
	var b strings.Builder
	var shown []map[string]bool
	written := 0
	for _, h := range hits {
		if written == 1+nearShown {
			break
		}
		t, ok := s.o.Knowledge.Template(h.ID)
		if !ok || len(t.Examples) == 0 || t.Special() {
			continue
		}
		words := wordsOf(t.Topic + " " + t.Pattern)
		if slices.ContainsFunc(shown, func(have map[string]bool) bool { return alike(have, words) }) {
			continue
		}
		shown = append(shown, words)
		if written == 0 {
			b.WriteString(s.template(&t))
		} else {
			if written == 1 {
				b.WriteString("\n\nNear it:\n")
			}
			m := s.cite(citationOf(&t, 0))
			fmt.Fprintf(&b, "\n- %s: `%s`, %s %s", code(t.Topic), inCode(t.Pattern), count(t.Count, "time"), m)
		}
		written++
	}
	return b.String()
}

// wordsOf are the words of a message's pattern, for telling whether two say the same but for a name.
func wordsOf(pattern string) map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(pattern), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		words[w] = true
	}
	return words
}

// alike says that three quarters of the words of two patterns are in both: such kinds differ by a country or a user, and one of them is enough.
func alike(a, b map[string]bool) bool {
	shared := 0
	for w := range a {
		if b[w] {
			shared++
		}
	}
	return 4*shared >= 3*(len(a)+len(b)-shared)
}

func inCode(s string) string { return strings.ReplaceAll(oneLine(s, 240), "`", "'") }

// template writes about one kind of message.
func (s *asking) template(t *template.Template) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Messages like this are in %s:\n\n> `%s`\n\n", code(t.Topic), inCode(t.Pattern))
	fmt.Fprintf(&b, "I have read **%s** of them", number(t.Count))
	if t.Count > 1 && t.Last.After(t.First) {
		fmt.Fprintf(&b, ", from %s to %s%s", when(t.First.UTC()), when(t.Last.UTC()), rateOf(t))
	} else if !t.First.IsZero() {
		fmt.Fprintf(&b, ", of %s", when(t.First.UTC()))
	}
	b.WriteString(". ")
	var marks []string
	for i := range t.Examples[:min(len(t.Examples), examplesShown)] {
		marks = append(marks, s.cite(citationOf(t, i)))
	}
	word := "The newest are "
	if len(marks) == 1 {
		word = "The newest is "
	}
	b.WriteString(word + list(marks) + ".")
	if t.Exemplar != "" {
		fmt.Fprintf(&b, " One in full: `%s` %s", inCode(t.Exemplar), marks[0])
	}
	return b.String()
}

// rateOf is how often a kind of message came, in the unit that makes it a number people can picture.
func rateOf(t *template.Template) string {
	span := t.Last.Sub(t.First)
	for _, unit := range []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour} {
		if perUnit := float64(t.Count-1) * float64(unit) / float64(span); perUnit >= 1 || unit == 24*time.Hour {
			r := new(big.Rat).SetFloat64(perUnit)
			return ", about " + strings.TrimPrefix(decimal(r, 1), "about ") + " a " + unitName(unit)
		}
	}
	return ""
}

func citationOf(t *template.Template, example int) seer.Citation {
	return seer.Citation{Place: t.Examples[example], Like: t.Count}
}
