package message

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where in a template something is wrong.
type SyntaxError struct {
	Template string
	Line     int // from 1
	Column   int // from 1, in characters
	Problem  string
}

// Error says the problem and its position.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

func syntaxError(template string, at int, format string, args ...any) *SyntaxError {
	before := template[:min(at, len(template))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return &SyntaxError{Template: template, Line: line, Column: column, Problem: fmt.Sprintf(format, args...)}
}

// segment is either literal text or a call.
type segment struct {
	text string
	call func(*state, []byte) []byte // nil: text
}

// parse compiles one template.
func parse(template string) ([]segment, error) {
	var out []segment
	for at := 0; at < len(template); {
		open := strings.Index(template[at:], "{{")
		if open < 0 {
			return append(out, segment{text: template[at:]}), nil
		}
		if open > 0 {
			out = append(out, segment{text: template[at : at+open]})
		}
		start := at + open
		end := closing(template, start+2)
		if end < 0 {
			return nil, syntaxError(template, start, "{{ has no closing }}")
		}
		call, err := compileCall(template, start+2, end)
		if err != nil {
			return nil, err
		}
		out = append(out, segment{call: call})
		at = end + 2
	}
	return out, nil
}

// closing finds the }} that ends the call whose inside begins at from, over quoted arguments.
func closing(template string, from int) int {
	quoted := false
	for i := from; i < len(template); i++ {
		switch {
		case template[i] == '\\' && quoted:
			i++
		case template[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(template[i:], "}}"):
			return i
		}
	}
	return -1
}

// word is a function name or an argument, and where it stands.
type word struct {
	text string
	at   int
}

// words splits the inside of a call at spaces; an argument in double quotes may hold spaces, and \" and \\.
func words(template string, from, to int) ([]word, error) {
	var out []word
	for i := from; i < to; {
		c := template[i]
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			i++
			continue
		}
		if c != '"' {
			end := i
			for end < to && !strings.ContainsRune(" \t\r\n\"", rune(template[end])) {
				end++
			}
			out = append(out, word{template[i:end], i})
			i = end
			continue
		}
		text, next, ok := unquote(template, i, to)
		if !ok {
			return nil, syntaxError(template, i, "the quoted argument does not end")
		}
		out = append(out, word{text, i})
		i = next
	}
	return out, nil
}

func unquote(template string, from, to int) (text string, next int, ok bool) {
	var b strings.Builder
	for i := from + 1; i < to; i++ {
		switch c := template[i]; c {
		case '"':
			return b.String(), i + 1, true
		case '\\':
			i++
			if i < to {
				b.WriteByte(template[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", to, false
}

func compileCall(template string, from, to int) (func(*state, []byte) []byte, error) {
	ws, err := words(template, from, to)
	if err != nil {
		return nil, err
	}
	if len(ws) == 0 {
		return nil, syntaxError(template, from, "an empty {{}}: write a function's name, for instance {{id}}")
	}
	name := ws[0]
	compile, ok := functions()[name.text]
	if !ok {
		return nil, syntaxError(template, name.at, "no function %q; there are %s", name.text, strings.Join(FunctionNames(), ", "))
	}
	var args []string
	at := name.at
	for i, w := range ws[1:] {
		if i == 0 {
			at = w.at
		}
		args = append(args, w.text)
	}
	call, err := compile(args)
	if err != nil {
		return nil, syntaxError(template, at, "%s: %s", name.text, err)
	}
	return call, nil
}
