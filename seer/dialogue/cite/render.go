package cite

import (
	"slices"
	"strings"
)

// render writes what was kept, and numbers the citations from 1 in order of appearance.
func (c *checker) render(d *document) Result {
	var out Result
	var b strings.Builder
	cited := false
	for _, block := range d.blocks {
		text := c.block(d, block, &out, &cited)
		if text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n")
			if block.blank || block.kind == heading || block.kind == fence || block.kind == paragraph {
				b.WriteString("\n")
			}
		}
		b.WriteString(text)
	}
	out.Notes, out.Left = c.notes()
	if !cited {
		return Result{Notes: out.Notes, Left: out.Left}
	}
	out.Text = strings.TrimSpace(b.String())
	return out
}

func (c *checker) block(d *document, b *block, out *Result, cited *bool) string {
	var parts []string
	for _, u := range b.units {
		if !u.keep || c.size > MaxAnswer {
			continue // ranges can make much of little
		}
		*cited = *cited || len(u.cites()) > 0 && !u.empty
		text := c.unit(d, b, u, out)
		c.size += len(text)
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	switch b.kind {
	case table:
		return strings.Join(parts, "\n")
	case fence:
		ticks := strings.TrimRight(b.prefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-")
		return b.prefix + "\n" + strings.Join(parts, "\n") + "\n" + ticks
	}
	return b.prefix + strings.Join(parts, " ")
}

func (c *checker) unit(d *document, b *block, u *unit, out *Result) string {
	if b.kind == fence {
		return d.plain(u.text)
	}
	text := d.fill(u.text, func(numbers []int) string { return c.labels(numbers, out) })
	if len(u.refs) > 0 || len(u.inherited) == 0 {
		return strings.TrimSpace(text)
	}
	labels := c.labels(u.inherited, out)
	if b.kind == table && strings.HasSuffix(text, "|") {
		return strings.TrimSpace(strings.TrimSuffix(text, "|")) + " " + labels + " |"
	}
	text = strings.TrimSpace(text)
	body := strings.TrimRightFunc(text, isStop)
	return body + " " + labels + text[len(body):]
}

// labels writes a reference with its new numbers; those that aren't there are left out.
func (c *checker) labels(numbers []int, out *Result) string {
	var b strings.Builder
	var seen []int
	for _, n := range numbers {
		p, ok := c.pieces[n]
		if !ok || slices.Contains(seen, n) {
			continue
		}
		seen = append(seen, n)
		if p.Mark != "" {
			if !slices.Contains(out.Marked, n) {
				out.Marked = append(out.Marked, n)
			}
			if b.Len() > 0 {
				b.WriteByte(' ') // "[1](counted)" would be a link
			}
			b.WriteString(p.Mark)
			continue
		}
		at := slices.Index(out.Used, n)
		if at < 0 {
			at = len(out.Used)
			out.Used = append(out.Used, n)
		}
		b.WriteString(label(at + 1))
	}
	return b.String()
}
