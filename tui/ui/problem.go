package ui

import (
	"context"
	"errors"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// Problem is an error as it is shown: what failed and on what, why, and what
// to try.
type Problem struct {
	What, Why, Try safetext.Text
	Class          kafkaops.Class
}

// ProblemOf takes an error apart. ok is false when there is nothing to show:
// no error, or a context that was cancelled because the user went on.
func ProblemOf(err error) (p Problem, ok bool) {
	if err == nil || errors.Is(err, context.Canceled) {
		return Problem{}, false
	}
	p.Class = kafkaops.ClassOf(err)
	p.Try = safetext.Of(kafkaops.HintOf(err))
	var op *kafkaops.OpError
	if !errors.As(err, &op) {
		p.What = safetext.Of(err.Error())
		return p, true
	}
	p.What = safetext.Of(op.Op)
	if op.Resource != "" {
		p.What = safetext.Join(p.What, safetext.Spaces(1), safetext.Of(op.Resource))
	}
	p.Why = safetext.Of(string(op.Class))
	if op.Err != nil {
		p.Why = safetext.Of(op.Err.Error())
	}
	return p, true
}

// Lines shows a problem in w cells: "✘ creating topic orders: already exists"
// and, below, what to try.
func (p Problem) Lines(th theme.Theme, w int) []theme.Line {
	what := p.What
	if !p.Why.IsEmpty() {
		what = safetext.Join(what, safetext.Const(": "), p.Why)
	}
	var lines []theme.Line
	for i, l := range what.Words(w - 4) {
		sign := safetext.Spaces(1)
		if i == 0 {
			sign = th.Glyphs().Failed
		}
		lines = append(lines, theme.Line{{Text: safetext.Spaces(1)}, theme.S(theme.Bad, sign), {Text: safetext.Spaces(1)}, theme.S(theme.Bad, l)})
	}
	if !p.Try.IsEmpty() {
		lines = append(lines, Prose(theme.Text, 3, w, p.Try)...)
	}
	return lines
}
