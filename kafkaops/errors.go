package kafkaops

import (
	"errors"
	"fmt"
	"strings"
)

// Class says what kind of failure an operation met; callers decide by it (retry, exit code, HTTP status), people read the rest.
type Class string

// The classes of failure.
const (
	Unreachable     Class = "unreachable"
	Unauthenticated Class = "unauthenticated"
	Unauthorised    Class = "unauthorised"
	NotFound        Class = "not found"
	AlreadyExists   Class = "already exists"
	Invalid         Class = "invalid"
	Conflict        Class = "conflict"
	Unavailable     Class = "unavailable"
	TimedOut        Class = "timed out"
	Unsupported     Class = "unsupported"
	Internal        Class = "internal"
)

// OpError is the error an operator reads: what failed, on what, why, and what to try.
type OpError struct {
	Op       string // a gerund: "creating topic"
	Resource string // the thing: "orders", "127.0.0.1:9092"; may be empty
	Class    Class
	Hint     string // what to try, an imperative sentence; may be empty
	Err      error  // the cause; may be nil
}

// Error says what failed, on what, and why, in one line; the hint is not part of it.
func (e *OpError) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Resource != "" {
		b.WriteString(" " + e.Resource)
	}
	if e.Err != nil {
		return b.String() + ": " + e.Err.Error()
	}
	return b.String() + ": " + string(e.Class)
}

// Unwrap returns the cause.
func (e *OpError) Unwrap() error { return e.Err }

// NewError returns an OpError.
func NewError(class Class, op, resource, hint string, cause error) *OpError {
	return &OpError{Op: op, Resource: resource, Class: class, Hint: hint, Err: cause}
}

// Errorf returns an OpError whose cause is formatted.
func Errorf(class Class, op, resource, hint, format string, args ...any) *OpError {
	return NewError(class, op, resource, hint, fmt.Errorf(format, args...))
}

// ClassOf returns the class of the outermost OpError in err's chain: Internal when there is none, empty when err is nil.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	var op *OpError
	if errors.As(err, &op) {
		return op.Class
	}
	return Internal
}

// HintOf returns the first hint in err's chain, or "".
func HintOf(err error) string {
	for err != nil {
		var op *OpError
		if !errors.As(err, &op) {
			return ""
		}
		if op.Hint != "" {
			return op.Hint
		}
		err = op.Err
	}
	return ""
}
