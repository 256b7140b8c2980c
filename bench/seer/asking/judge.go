package asking

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/score"
	"github.com/krapp-io/krapp/bench/seer/stage"
	"github.com/krapp-io/krapp/seer"
)

func (e *Examiner) judge(a *Asked) {
	refused := a.Answer.Way == seer.Refused
	switch {
	case a.Kind == corpus.Unanswerable && refused:
		a.Verdict = Right
	case a.Kind == corpus.Unanswerable:
		a.Verdict, a.Why = Wrong, "answered what nothing answers"
	case refused:
		a.Verdict, a.Why = Refused, "refused"
	case a.Kind == corpus.Prose:
		a.Cited = e.cites(a, func(r *record) bool { return r.title == a.Title })
		a.settle(strings.Contains(plain(a.Answer.Text), plain(a.Phrase)), "does not say %q", a.Phrase)
	case a.Kind == corpus.Event:
		a.Cited = e.cites(a, func(r *record) bool { return a.Wants(r.template) })
		a.settle(a.Cited, "cites none of %v", a.Templates)
	case a.Answer.Way == seer.Meaning:
		a.Verdict, a.Why = Astray, "answered by retrieval"
	default:
		why := exactly(&a.Answer, a.Expected)
		a.settle(why == "", "%s", why)
	}
}

func (a *Asked) settle(right bool, format string, args ...any) {
	if right {
		a.Verdict = Right
		return
	}
	a.Verdict, a.Why = Wrong, fmt.Sprintf(format, args...)
}

func (e *Examiner) cites(a *Asked, is func(*record) bool) bool {
	for _, c := range a.Answer.Citations {
		if r := e.records[stage.At{Topic: c.Place.Topic, Partition: c.Place.Partition, Offset: c.Place.Offset}]; r != nil && is(r) {
			return true
		}
	}
	return false
}

// exactly says what an answer lacks of what is expected; "" when it lacks nothing.
func exactly(a *seer.Answer, want corpus.Expected) string {
	switch {
	case len(a.Counted) == 0:
		return "does not say what it read"
	case want.Number != nil && !score.Says(a.Text, want.Number, want.Mean):
		return fmt.Sprintf("does not say %s", want.Number.FloatString(3))
	case want.Group != "" && !strings.Contains(plain(a.Text), want.Group):
		return fmt.Sprintf("does not name %s", want.Group)
	case want.Record != nil && !citesAny(a, []*corpus.Stored{want.Record}):
		return "does not cite the record"
	case len(want.Having) > 0 && !citesAny(a, want.Having):
		return "cites no record that has it"
	}
	for name, number := range want.Groups {
		if !saysOf(a.Text, name, number) {
			return fmt.Sprintf("does not say %s of %s", number.RatString(), name)
		}
	}
	return ""
}

func citesAny(a *seer.Answer, records []*corpus.Stored) bool {
	for _, c := range a.Citations {
		for _, m := range records {
			if c.Place.Topic == m.Topic && c.Place.Partition == m.Partition && c.Place.Offset == m.Offset {
				return true
			}
		}
	}
	return false
}

// saysOf is whether a number is said of a group: after its name, before anything that another group could begin with.
func saysOf(text, name string, number *big.Rat) bool {
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		at := strings.Index(plain(line), plain(name))
		if at < 0 {
			continue
		}
		numbers := score.Numbers(plain(line)[at+len(plain(name)):])
		if len(numbers) > 0 && score.Says(numbers[0], number, false) {
			return true
		}
	}
	return false
}

// plain takes Markdown's marks and references away, and puts everything on one line.
func plain(s string) string {
	s = regexp.MustCompile(`\[\d+\]`).ReplaceAllString(s, "")
	s = regexp.MustCompile("[*`>\\\\|]").ReplaceAllString(s, "")
	return strings.Join(strings.Fields(s), " ")
}

// idIn returns what stands in quotes after one of the prefixes.
func idIn(value []byte, prefixes ...string) string {
	for _, p := range prefixes {
		if _, rest, ok := strings.Cut(string(value), p); ok {
			id, _, _ := strings.Cut(rest, `"`)
			return id
		}
	}
	return ""
}
