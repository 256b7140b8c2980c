package asking

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/seer"
)

// validate finds what is wrong with an answer's citations: each must lead to a record that is there and holds the excerpt, each reference in
// the text to a citation, and an answer from retrieval must have some.
func (e *Examiner) validate(ctx context.Context, a *Asked) error {
	bad := func(format string, args ...any) { a.Invalid = append(a.Invalid, fmt.Sprintf(format, args...)) }
	for i, c := range a.Answer.Citations {
		if c.N != i+1 {
			bad("citation %d has number %d", i+1, c.N)
		}
		r, err := e.stored(ctx, c.Place)
		switch {
		case err != nil:
			return err
		case r == nil:
			bad("[%d] leads to %s %d@%d, where nothing of ours is", c.N, c.Place.Topic, c.Place.Partition, c.Place.Offset)
			continue
		case c.Gone != "":
			bad("[%d] is said to be gone (%s), and is there", c.N, c.Gone)
		case !c.Place.At.IsZero() && !c.Place.At.Equal(r.at):
			bad("[%d] has time %s, its record %s", c.N, c.Place.At, r.at)
		case len(c.Excerpt) > seer.MaxExcerpt:
			bad("[%d] has an excerpt of %d bytes", c.N, len(c.Excerpt))
		case c.Title != "" && c.Title != r.title:
			bad("[%d] has title %q, its record %q", c.N, c.Title, r.title)
		}
		if !within(c.Excerpt, r.value) {
			bad("[%d]: its excerpt %.60q is not in the record", c.N, c.Excerpt)
		}
	}
	for _, n := range references(a.Answer.Text) {
		if n < 1 || n > len(a.Answer.Citations) {
			bad("the text refers to [%d] of %d citations", n, len(a.Answer.Citations))
		}
	}
	if a.Answer.Way == seer.Meaning && len(references(a.Answer.Text)) == 0 {
		bad("the answer is from retrieval and refers to nothing")
	}
	return nil
}

// within is whether an excerpt is of a value; an ellipsis stands for what was cut off.
func within(excerpt, value string) bool {
	value = strings.Join(strings.Fields(value), " ")
	for piece := range strings.SplitSeq(excerpt, "…") {
		if !strings.Contains(value, strings.Join(strings.Fields(piece), " ")) {
			return false
		}
	}
	return true
}

// references finds [1] in the text, but not in code, where quoted messages stand, nor within a word ("systemd[1]").
func references(text string) []int {
	text = regexp.MustCompile("(?s)```.*?```").ReplaceAllString(text, "")
	text = regexp.MustCompile("`[^`\n]*`").ReplaceAllString(text, "")
	var all []int
	for _, m := range regexp.MustCompile(`(?:^|[^\w\\])\[(\d{1,4})\]`).FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil {
			all = append(all, n)
		}
	}
	return all
}
