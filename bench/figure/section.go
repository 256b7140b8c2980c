package figure

import (
	"fmt"
	"strings"
)

// Section is what one benchmark found.
type Section struct {
	Name   string // as on the command line
	Title  string
	Method []string // how it was measured, a sentence or two each
	Rows   []Row
	Aims   []Aim
	Notes  []string // what limits, what was tried, what was skipped
}

// Row is one quantity.
type Row struct {
	What   string
	Unit   string
	Spread Spread
}

// Aim is what was hoped for, and what came.
type Aim struct {
	Says  string // "at least 1.0× the faster peer"
	Got   string
	Hit   bool
	Unmet string // "" or why it could not be judged; Hit is of no meaning then
}

// Add notes a quantity.
func (s *Section) Add(what, unit string, v Spread) { s.Rows = append(s.Rows, Row{what, unit, v}) }

// One notes a quantity that was measured once.
func (s *Section) One(what, unit string, v float64) {
	var spread Spread
	spread.Add(v)
	s.Add(what, unit, spread)
}

// Note notes a sentence.
func (s *Section) Note(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}

// AtLeast judges an aim by the median of v.
func (s *Section) AtLeast(says string, v Spread, limit float64, unit string) {
	s.aim(says, v, unit, v.Median() >= limit)
}

// Below judges an aim by the median of v.
func (s *Section) Below(says string, v Spread, limit float64, unit string) {
	s.aim(says, v, unit, v.Median() < limit)
}

// AtMost judges an aim by the median of v.
func (s *Section) AtMost(says string, v Spread, limit float64, unit string) {
	s.aim(says, v, unit, v.Median() <= limit)
}

func (s *Section) aim(says string, v Spread, unit string, hit bool) {
	if v.Len() == 0 {
		s.Unjudged(says, "not measured")
		return
	}
	s.Aims = append(s.Aims, Aim{Says: says, Got: strings.TrimSpace(number(v.Median()) + unit), Hit: hit})
}

// Unjudged notes an aim that nothing can be said of.
func (s *Section) Unjudged(says, why string) {
	s.Aims = append(s.Aims, Aim{Says: says, Unmet: why})
}

// Markdown is the section as part of the README.
func (s *Section) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n", s.Title)
	for _, m := range s.Method {
		fmt.Fprintf(&b, "%s\n", m)
	}
	b.WriteString("\n| | unit | min | median | max | times |\n|---|---|---:|---:|---:|---:|\n")
	for _, r := range s.Rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %d |\n", r.What, r.Unit,
			number(r.Spread.Min()), number(r.Spread.Median()), number(r.Spread.Max()), r.Spread.Len())
	}
	if len(s.Aims) > 0 {
		b.WriteString("\n| aim | got (median) | |\n|---|---:|---|\n")
		for _, a := range s.Aims {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", a.Says, a.Got, a.verdict())
		}
	}
	if len(s.Notes) > 0 {
		b.WriteString("\n")
		for _, n := range s.Notes {
			fmt.Fprintf(&b, "- %s\n", n)
		}
	}
	return b.String()
}

func (a Aim) verdict() string {
	switch {
	case a.Unmet != "":
		return "not judged: " + a.Unmet
	case a.Hit:
		return "**hit**"
	default:
		return "**missed**"
	}
}
