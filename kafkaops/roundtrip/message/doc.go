// Package message renders a run's messages from templates. A template is text with calls in double braces, `{"id":"{{id}}","n":{{randInt 1 6}}}`,
// compiled once into segments; rendering uses no reflection and is seeded by (run, sequence number, part), so that any message of a run can
// be rendered again by anyone who knows the run.
package message
