// Package audit is the log of who changed what: one JSON object a line, written before a change is made and again when it is known how it ended,
// so that a crash hides nothing.
//
// Several processes append to one file; a line is written whole, or not at all. The file is this user's alone, moves aside when it is large, and
// holds names, numbers and reasons: no message bodies, no secrets. What comes from outside is made printable and cut to a bound first.
package audit
