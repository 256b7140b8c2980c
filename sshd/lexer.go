package sshd

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxCommandBytes = 16 << 10
	maxArguments    = 256
)

// splitCommand splits a command line as a POSIX shell would split one that holds nothing but words: blanks, '…', "…" and \. Nothing is expanded
// and nothing is joined: an unquoted character with which a shell would do more is an error, never silently a part of an argument.
func splitCommand(line string) ([]string, error) {
	switch {
	case len(line) > maxCommandBytes:
		return nil, fmt.Errorf("longer than %d bytes", maxCommandBytes)
	case !utf8.ValidString(line) || strings.ContainsRune(line, 0):
		return nil, errors.New("not text")
	}
	l := lexer{}
	for _, r := range line {
		if err := l.take(r); err != nil {
			return nil, err
		}
	}
	if l.escaped || l.quote != 0 {
		return nil, errors.New("it ends within a quote")
	}
	l.end()
	if len(l.words) > maxArguments {
		return nil, fmt.Errorf("more than %d arguments", maxArguments)
	}
	return l.words, nil
}

type lexer struct {
	words   []string
	word    strings.Builder
	within  bool // a word, which may be empty: ''
	quote   rune // 0, ' or "
	escaped bool
}

func (l *lexer) take(r rune) error {
	switch {
	case l.escaped:
		l.escaped = false
		if l.quote == '"' && !strings.ContainsRune("\"\\$`", r) {
			l.word.WriteRune('\\') // within "…" it escapes only these
		}
		l.word.WriteRune(r)
	case l.quote != 0 && r == l.quote:
		l.quote = 0
	case l.quote == '\'':
		l.word.WriteRune(r)
	case r == '\\':
		l.escaped, l.within = true, true
	case r == '$' || r == '`':
		return fmt.Errorf("%c means nothing here; put it in single quotes", r)
	case l.quote == '"':
		l.word.WriteRune(r)
	case r == '\'' || r == '"':
		l.quote, l.within = r, true
	case strings.ContainsRune(";|&<>()\n", r):
		return fmt.Errorf("there is no shell here: put %q in quotes", r)
	case unicode.IsSpace(r):
		l.end()
	default:
		l.within = true
		l.word.WriteRune(r)
	}
	return nil
}

func (l *lexer) end() {
	if l.within {
		l.words = append(l.words, l.word.String())
	}
	l.word.Reset()
	l.within = false
}
