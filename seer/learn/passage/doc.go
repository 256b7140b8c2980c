// Package passage finds natural language among values and splits it: into sentences, and into overlapping passages on sentence boundaries.
// It knows no language in particular, works for scripts without spaces, and gives the same result for the same text always. All of it takes
// time in proportion to the text.
package passage
