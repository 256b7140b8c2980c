package sshd

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text from outside that reaches a log or an audit line is cut to these many bytes.
const (
	nameBytes    = 64
	whyBytes     = 240
	commandBytes = 1024
)

// printable makes text from outside safe for one line of a log or a terminal: what can't be seen becomes '?', and it is cut at limit bytes.
func printable(s string, limit int) string {
	var b strings.Builder
	for _, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			r = '?'
		}
		if b.Len()+utf8.RuneLen(r) > limit-len("…") {
			b.WriteString("…")
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}
