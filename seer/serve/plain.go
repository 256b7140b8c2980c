package serve

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/krapp-io/krapp/seer"
)

// plainAnswer writes an answer for people: the text, then what it refers to, what limits it and how fresh it is. Where it is read is a terminal,
// so nothing of it can steer one.
func plainAnswer(a seer.Answer) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(a.Text))
	b.WriteString("\n")
	if len(a.Citations) > 0 {
		b.WriteString("\n")
	}
	for _, c := range a.Citations {
		b.WriteString(plainCitation(c))
	}
	if len(a.Nearest) > 0 {
		b.WriteString("\nnearest topics: " + strings.Join(a.Nearest, ", ") + "\n")
	}
	for i, note := range a.Notes {
		if i == 0 {
			b.WriteString("\n")
		}
		b.WriteString("note: " + oneLine(note) + "\n")
	}
	b.WriteString("\n" + freshness(a.Fresh) + "\n")
	return harmless(b.String())
}

// plainCitation is "[1] topic/partition/offset · time · title", and the excerpt below.
func plainCitation(c seer.Citation) string {
	parts := []string{fmt.Sprintf("[%d] %s/%d/%d", c.N, c.Place.Topic, c.Place.Partition, c.Place.Offset)}
	if c.Passage > 0 {
		parts[0] += fmt.Sprintf(", passage %d", c.Passage)
	}
	if !c.Place.At.IsZero() {
		parts = append(parts, c.Place.At.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	for _, more := range []string{c.Title, c.Gone} {
		if more != "" {
			parts = append(parts, oneLine(more))
		}
	}
	if c.Like > 1 {
		parts = append(parts, fmt.Sprintf("one of %d alike", c.Like))
	}
	return strings.Join(parts, " · ") + "\n    " + oneLine(c.Excerpt) + "\n"
}

func freshness(f seer.Freshness) string {
	upTo := "nothing learned yet"
	if !f.At.IsZero() {
		upTo = "learned up to " + f.At.UTC().Format(time.RFC3339)
	}
	switch {
	case f.Behind < 0:
		return upTo + ", how far behind is not known"
	case f.Behind == 0:
		return upTo + ", nothing is waiting"
	}
	return fmt.Sprintf("%s, %d offsets behind", upTo, f.Behind)
}

// oneLine joins a text's lines.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// harmless takes out what steers a terminal or turns the order of characters round; line ends and tabs stay.
func harmless(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return c
		case unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == '\u2028' || c == '\u2029':
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, "\ufffd"))
}
