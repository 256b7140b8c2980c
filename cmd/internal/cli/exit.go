package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
)

// The exit codes of krapp's commands.
const (
	Success     = 0
	Failure     = 1
	Misuse      = 2   // flags or arguments that can't be meant
	NotDone     = 3   // isdone, doit --wait: sending, in flight, stalled, timed out
	Worse       = 4   // isdone, doit --wait: lost, missing, duplicated, rejected, failed, cancelled, expired
	Interrupted = 130 // Ctrl-C
)

// Usage marks an error as the command line's own; its exit code is Misuse.
type Usage struct{ Err error }

func (u *Usage) Error() string { return u.Err.Error() }

// Unwrap returns the cause.
func (u *Usage) Unwrap() error { return u.Err }

// Usagef makes a usage error with a hint.
func Usagef(hint, format string, args ...any) error {
	return &Usage{kafkaops.NewError(kafkaops.Invalid, "reading the command line", "", hint, fmt.Errorf(format, args...))}
}

// Code ends a command with an exit code after it has said everything itself.
type Code int

func (c Code) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// CodeOf is the exit code for what a command returned; interrupted says that Ctrl-C ended it.
func CodeOf(err error, interrupted bool) int {
	var code Code
	var usage *Usage
	switch {
	case err == nil:
		return Success
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		return Misuse
	case interrupted:
		return Interrupted
	}
	return Failure
}

// Report shows an error: what failed, on what, why; then what to try. A Code was shown already, and who pressed Ctrl-C knows.
func Report(w io.Writer, name string, err error, interrupted bool) {
	var code Code
	if err == nil || errors.As(err, &code) || interrupted && errors.Is(err, context.Canceled) {
		return
	}
	fmt.Fprintf(w, "%s: %s\n", name, safetext.Of(err.Error()))
	if hint := Sentence(kafkaops.HintOf(err)); hint != "" {
		fmt.Fprintf(w, "  %s\n", safetext.Of(hint))
	}
}

// Sentence begins a hint with a capital and ends it with a full stop. A command to be typed stays as it is.
func Sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasPrefix(s, "chmod ") || strings.HasPrefix(s, "krapp") {
		return s
	}
	first, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[size:]
	if !strings.ContainsAny(s[len(s)-1:], ".?!:") {
		s += "."
	}
	return s
}
