package ask

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask/exact"
	"github.com/krapp-io/krapp/seer/ask/route"
)

// scan computes what the route asks for.
func (s *asking) scan(ctx context.Context, each func(*kafkaops.Record)) (exact.Result, error) {
	return exact.Run(ctx, s.o.Reader, exact.Query{
		Scopes: s.route.Scopes, Partitions: s.route.Partitions, Span: s.route.Span, Distinct: s.route.Wish == route.Distinct || s.route.Also,
		Limit: s.o.ScanLimit, Groups: s.o.MaxGroups, Each: each,
		Progress: func(topic string, read, total int64) {
			s.each(seer.Event{Step: fmt.Sprintf("reading %s: %s of %s records", oneLine(topic, 60), number(read), number(total))})
		},
	})
}

// exact answers by reading all records of the range.
func (s *asking) exact(ctx context.Context) error {
	s.each(seer.Event{Step: "reading " + someOf(topicsOf(s.route.Scopes), 3)})
	res, err := s.scan(ctx, nil)
	if err != nil {
		return err
	}
	s.answer.Way, s.answer.Counted = seer.Exact, res.Counted
	s.limits(&res)
	if len(res.Topics) == 0 || len(res.Counted) == 0 && len(res.Absent) > 0 {
		s.refuse("There is nothing to count: "+list(res.Absent)+" isn't there.", nil)
		return nil
	}
	if (res.Matched == 0 || s.guessedLack()) && res.Partial == "" {
		if word, err := s.unheld(ctx); err != nil || word != "" {
			s.nothingHolds(word)
			return err
		}
	}
	if res.Matched == 0 {
		s.valuesThere()
	}
	w := &wording{asking: s, res: &res}
	s.answer.Text = w.text()
	return nil
}

// limits says what the numbers do not cover.
func (s *asking) limits(res *exact.Result) {
	if res.Partial != "" {
		read := int64(0)
		for _, c := range res.Counted {
			read += c.To - c.From
		}
		s.note(fmt.Sprintf("This covers only a part: %s; %s of %s offsets were read. Ask for a shorter time or fewer partitions.",
			res.Partial, number(read), number(res.Until)))
	}
	if len(res.Absent) > 0 {
		s.note("Not there: " + someOf(res.Absent, 5) + ".")
	}
	if res.NotJSON > 0 {
		s.note(count(res.NotJSON, "record") + " in the range could not be read as JSON and so have no fields.")
	}
	if res.Tomb > 0 {
		s.note(count(res.Tomb, "tombstone") + " (records without a value) are among the records of the range.")
	}
	if res.NotNumber > 0 {
		s.note(count(res.NotNumber, "value") + " of the field are no numbers and were left out.")
	}
	if note := s.route.Span.Note; note != "" {
		s.note("As to the time: " + note + ".")
	}
}

func topicsOf(scopes []route.Scope) []string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = s.Topic
	}
	return names
}

// wording writes an exact result.
type wording struct {
	*asking
	res *exact.Result
}

// lead says what was computed: of which topics, conditions and time.
func (w *wording) lead() string {
	var b strings.Builder
	read := int64(0)
	for _, c := range w.res.Counted {
		read += c.Records
	}
	whole := "all "
	if w.res.Partial != "" {
		whole = "a part of the "
	}
	fmt.Fprintf(&b, "I read %s%s of %s", whole, strings.TrimPrefix(count(read, "record"), "all "), someOf(codes(topicsOf(w.route.Scopes)), 6))
	if len(w.route.Partitions) > 0 {
		var p []string
		for _, n := range w.route.Partitions {
			p = append(p, number(int64(n)))
		}
		b.WriteString(", partition " + list(p))
	}
	b.WriteString(w.span())
	b.WriteString(".")
	if len(w.route.Left) > 0 {
		b.WriteString(" Taken to restrict nothing, and left out: " + someOf(quotedWords(w.route.Left), 6) + ".")
	}
	return b.String()
}

func codes(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = code(n)
	}
	return out
}

func (w *wording) span() string {
	from, to := w.route.Span.From, w.route.Span.To
	switch {
	case from.IsZero() && to.IsZero():
		return ""
	case to.IsZero():
		return " that may be of " + when(from) + " or later"
	case from.IsZero():
		return ", for those before " + when(to)
	}
	return ", for those from " + when(from) + " up to but not including " + when(to)
}

// what names the records that were counted: "records with status = declined since …".
func (w *wording) what() string {
	s := w.route.Scopes[0]
	var conditions []string
	for _, f := range s.Filters {
		conditions = append(conditions, conditionText(f))
	}
	text := ""
	if len(conditions) > 0 {
		text = " with " + strings.Join(conditions, " and ")
	}
	from, to := w.route.Span.From, w.route.Span.To
	switch {
	case !from.IsZero() && !to.IsZero():
		text += " from " + when(from) + " to " + when(to)
	case !from.IsZero():
		text += " since " + when(from)
	case !to.IsZero():
		text += " before " + when(to)
	}
	return text
}

func conditionText(f route.Filter) string {
	name := code(f.Path)
	switch f.Path {
	case route.ByKey:
		name = "key"
	case route.Tombstone:
		return map[bool]string{true: "no value (tombstones)", false: "a value"}[f.Op == route.Exists]
	}
	switch f.Op {
	case route.Holds, route.Contains:
		return "the text " + strings.Join(codes(f.Values), " or ")
	case route.Lacks:
		return "none of the text " + strings.Join(codes(f.Values), " or ")
	case route.Exists:
		return "a " + name
	case route.Missing:
		return "no " + name
	}
	return name + " " + string(f.Op) + " " + strings.Join(codes(f.Values), " or ")
}

// example cites a record.
func (w *wording) example(p exact.Example) string {
	if p.Topic == "" {
		return ""
	}
	return " " + w.cite(seer.Citation{Place: p})
}

// text is the whole answer.
func (w *wording) text() string {
	t := &w.res.Tally
	if t.Matched == 0 {
		return "**0** records" + w.what() + ". " + w.lead()
	}
	by := w.route.Scopes[0].By
	var body string
	switch {
	case by != "":
		body = w.groups(by)
	case w.route.Wish == route.Distinct:
		body = w.distinct()
	case w.route.Wish == route.Rate:
		body = w.rate()
	case w.route.Wish == route.First || w.route.Wish == route.Last:
		body = w.extremeInTime()
	case w.route.Scopes[0].Field != "" && !w.route.Also:
		body = w.aggregate()
	default:
		body = w.counted()
	}
	return body + "\n\n" + w.lead()
}

func (w *wording) counted() string {
	t := &w.res.Tally
	text := fmt.Sprintf("**%s** record%s%s.", number(t.Matched), plural(t.Matched), w.what())
	if len(w.res.Topics) > 1 {
		var parts []string
		for _, o := range w.res.Topics {
			parts = append(parts, code(o.Topic)+" "+number(o.Matched))
		}
		text += " By topic: " + someOf(parts, 20) + "."
	}
	if w.route.Also && t.Distinct > 0 {
		text += fmt.Sprintf(" They have %s**%s** different value%s of %s.", map[bool]string{true: "at least "}[t.Capped], number(t.Distinct), plural(t.Distinct),
			fieldName(w.route.Scopes[0].Field))
	}
	if w.route.Often {
		text += " " + w.perTime(time.Minute)
	}
	return text + w.ends()
}

// ends names the first and the last record that was counted.
func (w *wording) ends() string {
	t := &w.res.Tally
	if t.Matched == 1 {
		return " It is of " + when(t.First.At.UTC()) + w.example(t.First) + "."
	}
	return " The first is of " + when(t.First.At.UTC()) + w.example(t.First) + ", the last of " + when(t.Last.At.UTC()) + w.example(t.Last) + "."
}

func plural(n int64) string {
	if n == 1 {
		return ""
	}
	return "s"
}
