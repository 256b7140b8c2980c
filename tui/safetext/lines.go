package safetext

import "strings"

// tabStop is how far apart tabs are in Lines.
const tabStop = 4

// Lines makes at most max lines of a body, for pages that show a whole value.
// Line feeds end a line, tabs become blanks up to the next stop; all else is
// made visible as in Of. A line of more than LineBytes bytes goes on in the
// next one. rest is how many bytes were not looked at: the cost is bounded by
// max·LineBytes, whatever the length.
func Lines(body []byte, max int) (lines []Text, rest int) {
	for len(body) > 0 && len(lines) < max {
		n, skip := lineEnd(body)
		lines = append(lines, sanitise(expandTabs(string(body[:n]))))
		body = body[n+skip:]
	}
	return lines, len(body)
}

// lineEnd is the length of the first line and of what ends it.
func lineEnd(b []byte) (n, skip int) {
	window := b[:min(len(b), LineBytes)]
	for i, c := range window {
		if c == '\n' {
			return i, 1
		}
	}
	return runeCut(b, len(window)), 0
}

// expandTabs counts columns in bytes, which is exact for the indentation
// that tabs are for.
func expandTabs(s string) string {
	if strings.IndexByte(s, '\t') < 0 {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] != '\t' {
			b.WriteByte(s[i])
			continue
		}
		b.WriteString("    "[:tabStop-b.Len()%tabStop])
	}
	return b.String()
}
