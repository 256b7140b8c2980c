package ask

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/krapp-io/krapp/seer/ask/exact"
	"github.com/krapp-io/krapp/seer/ask/route"
)

// shown is how many groups an answer lists unless it was asked for another number.
const shown = 20

func fieldName(path string) string {
	switch path {
	case route.ByKey:
		return "key"
	case route.ByPartition:
		return "partition"
	case route.ByTopic:
		return "topic"
	case route.ByMinute, route.ByHour, route.ByDay:
		return path[1:]
	}
	return code(path)
}

func (w *wording) distinct() string {
	t := &w.res.Tally
	least := ""
	if t.Capped {
		least = "at least "
		w.note("There are more different values than are told apart at once; the number is a lower bound.")
	}
	text := fmt.Sprintf("%s**%s** different value%s of %s in %s%s.", least, number(t.Distinct), plural(t.Distinct),
		fieldName(w.route.Scopes[0].Field), count(t.Matched, "record"), w.what())
	if t.Missing > 0 {
		text += " " + count(t.Missing, "record") + " of them have none."
	}
	return text + w.ends()
}

// perTime writes the rate of what was counted.
func (w *wording) perTime(unit time.Duration) string {
	t := &w.res.Tally
	from, to := time.UnixMilli(t.FirstAt), time.UnixMilli(t.LastAt)
	how := "between the first and the last of them"
	if s := w.route.Span; !s.From.IsZero() {
		from, to, how = s.From, w.now, "of the time asked for"
		if !s.To.IsZero() && s.To.Before(w.now) {
			to = s.To
		}
	}
	span := to.Sub(from)
	if span <= 0 {
		return "All of them are of the same millisecond, so no rate can be told."
	}
	rate := new(big.Rat).SetFrac64(t.Matched*int64(unit/time.Millisecond), span.Milliseconds())
	return fmt.Sprintf("That is %s a %s, over the %s %s.", decimal(rate, 3), unitName(unit), spanText(span), how)
}

func unitName(d time.Duration) string {
	switch d {
	case time.Minute:
		return "minute"
	case time.Hour:
		return "hour"
	case 24 * time.Hour:
		return "day"
	case 7 * 24 * time.Hour:
		return "week"
	}
	return "second"
}

func spanText(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 48*time.Hour:
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}

func (w *wording) rate() string {
	t := &w.res.Tally
	unit := cmp.Or(w.route.Unit, time.Second)
	return fmt.Sprintf("%s There are **%s** record%s%s.", w.perTime(unit), number(t.Matched), plural(t.Matched), w.what()) + w.ends()
}

func (w *wording) extremeInTime() string {
	t := &w.res.Tally
	place, word := t.First, "first"
	if w.route.Wish == route.Last {
		place, word = t.Last, "last"
	}
	return fmt.Sprintf("The %s of %s%s is of **%s**, at %s%s.", word, count(t.Matched, "record"), w.what(), when(place.At.UTC()), code(placeName(place)), w.example(place))
}

// aggregate writes min, max, sum or mean over all.
func (w *wording) aggregate() string {
	t := &w.res.Tally
	field := fieldName(w.route.Scopes[0].Field)
	if t.Sum.N() == 0 {
		return fmt.Sprintf("None of the %s%s has a number in %s.", count(t.Matched, "record"), w.what(), field) + w.ends()
	}
	if t.Missing > 0 {
		w.note(count(t.Missing, "record") + " without " + field + " were left out.")
	}
	if !t.Sum.Exact() {
		w.note("Some numbers have more digits than are added exactly; the result is rounded.")
	}
	over := fmt.Sprintf(" of %s over %s%s", field, count(t.Sum.N(), "value"), w.what())
	switch w.route.Wish {
	case route.Min:
		return fmt.Sprintf("The least %s is **%s**, of %s%s. It is the least%s.", field, t.Min.Value, when(t.Min.Place.At.UTC()), w.example(t.Min.Place), over)
	case route.Max:
		return fmt.Sprintf("The greatest %s is **%s**, of %s%s. It is the greatest%s.", field, t.Max.Value, when(t.Max.Place.At.UTC()), w.example(t.Max.Place), over)
	case route.Mean:
		return fmt.Sprintf("The mean%s is **%s** (sum %s).", over, decimal(t.Sum.Mean(), 6), decimal(t.Sum.Rat(), 18)) + w.ends()
	}
	return fmt.Sprintf("The sum%s is **%s**.", over, decimal(t.Sum.Rat(), 18)) + w.ends()
}

// value is what a group is listed with, besides its count.
func (w *wording) value(g *exact.Group) (*big.Rat, string, bool) {
	var r *big.Rat
	if g.Sum.N() == 0 {
		return nil, "", false
	}
	switch w.route.Wish {
	case route.Min:
		r = ratOf(g.Min.Value)
	case route.Max:
		r = ratOf(g.Max.Value)
	case route.Mean:
		r = g.Sum.Mean()
	case route.Sum:
		r = g.Sum.Rat()
	default:
		return nil, "", false
	}
	return r, decimal(r, 6), true
}

func ratOf(d exact.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		return new(big.Rat)
	}
	return r
}

// order puts the groups as they were asked for.
func (w *wording) order(groups []exact.Group) {
	byValue := w.route.ByValue || aggregateName(w.route.Wish) != ""
	slices.SortStableFunc(groups, func(a, b exact.Group) int {
		order := 0
		if byValue {
			x, _, ok := w.value(&a)
			y, _, ok2 := w.value(&b)
			switch {
			case ok && ok2:
				order = y.Cmp(x)
			case ok:
				return -1
			case ok2:
				return 1
			}
		} else if w.route.Least || w.route.Top > 0 {
			order = cmp.Compare(b.Count, a.Count)
		}
		if w.route.Least {
			order = -order
		}
		return order
	})
}

// groups writes a list of groups.
func (w *wording) groups(by string) string {
	t, groups := &w.res.Tally, w.res.Groups
	if w.route.Wish == route.Distinct {
		return w.distinct()
	}
	w.order(groups)
	if t.Capped {
		w.note(fmt.Sprintf("There are more than %s groups; records of those that came later are not in the list.", number(int64(w.o.MaxGroups))))
	}
	if t.Missing > 0 {
		w.note(count(t.Missing, "record") + " without " + fieldName(by) + " are in no group.")
	}
	if len(groups) == 0 {
		return fmt.Sprintf("None of the %s%s has %s.", count(t.Matched, "record"), w.what(), fieldName(by)) + w.ends()
	}
	listed := cmp.Or(w.route.Top, shown)
	if w.route.Top == 1 && len(groups) > 1 {
		return w.winner(by, groups)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s by %s: %s%s.\n", count(t.Matched, "record"), fieldName(by), count(int64(len(groups)), "group"), w.what())
	for i := range groups[:min(listed, len(groups))] {
		g := &groups[i]
		b.WriteString("\n- " + w.line(g, t.Matched))
		if i < 3 {
			b.WriteString(w.example(g.Last))
		}
	}
	if more := len(groups) - listed; more > 0 {
		fmt.Fprintf(&b, "\n\nand %s more.", number(int64(more)))
	}
	return b.String()
}

// line is a group in the list.
func (w *wording) line(g *exact.Group, all int64) string {
	share := ""
	if all > 0 {
		share = fmt.Sprintf(" (%.1f %%)", 100*float64(g.Count)/float64(all))
	}
	if _, text, ok := w.value(g); ok {
		return fmt.Sprintf("%s: **%s**, of %s", code(g.Name), text, count(g.Count, "record"))
	}
	return fmt.Sprintf("%s: **%s**%s", code(g.Name), number(g.Count), share)
}

// winner writes the first group, those equal to it, and what comes next.
func (w *wording) winner(by string, groups []exact.Group) string {
	t := &w.res.Tally
	equal := 1
	for equal < len(groups) && w.same(&groups[0], &groups[equal]) {
		equal++
	}
	word := "most"
	if w.route.Least {
		word = "fewest"
	}
	var names []string
	for i := range groups[:min(equal, 5)] {
		names = append(names, "**"+code(groups[i].Name)+"**"+w.example(groups[i].Last))
	}
	first := &groups[0]
	var text string
	if _, value, ok := w.value(first); ok {
		at := ""
		switch w.route.Wish {
		case route.Max:
			at = w.example(first.Max.Place)
		case route.Min:
			at = w.example(first.Min.Place)
		}
		text = fmt.Sprintf("%s: the %s %s is **%s**%s.", list(names), aggregateName(w.route.Wish), fieldName(w.route.Scopes[0].Field), value, at)
	} else {
		text = fmt.Sprintf("%s: **%s** of %s%s, the %s of any %s.", list(names), number(first.Count), count(t.Matched, "record"), w.what(), word, fieldName(by))
	}
	if equal < len(groups) {
		var next []string
		for i := equal; i < min(len(groups), equal+4); i++ {
			g := &groups[i]
			if _, value, ok := w.value(g); ok {
				next = append(next, code(g.Name)+" "+value)
			} else {
				next = append(next, code(g.Name)+" "+number(g.Count))
			}
		}
		text += fmt.Sprintf(" Then: %s (%s in all).", list(next), count(int64(len(groups)), "value"))
	}
	return text
}

func aggregateName(w route.Wish) string {
	return map[route.Wish]string{route.Max: "greatest", route.Min: "least", route.Sum: "sum of", route.Mean: "mean"}[w]
}

func (w *wording) same(a, b *exact.Group) bool {
	x, _, ok := w.value(a)
	y, _, ok2 := w.value(b)
	if ok && ok2 {
		return x.Cmp(y) == 0
	}
	return !ok && !ok2 && a.Count == b.Count
}
