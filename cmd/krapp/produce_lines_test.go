package main

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLinesAreReadAsTheyAre(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	for text, want := range map[string][]string{
		"":                       nil,
		"a":                      {"a"},
		"a\n":                    {"a"},
		"a\r\nb\r":               {"a", "b"},
		"\n\nc\n":                {"", "", "c"},
		"a\n" + long + "\nb":     {"a", long, "b"},
		strings.Repeat("y\n", 9): slices.Repeat([]string{"y"}, 9),
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(text), "in halves": iotest.HalfReader(strings.NewReader(text))} {
			var got []string
			for l := range allLines(t, r) {
				got = append(got, l)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %.20q: %d lines, want %d", name, text, len(got), len(want))
			}
		}
	}
}

func allLines(t *testing.T, r io.Reader) func(func(string) bool) {
	return func(yield func(string) bool) {
		for l := range readLines(t.Context(), r) {
			for i := range l.ends {
				line := l.line(i)
				if line == nil || !yield(string(line)) {
					t.Errorf("line %d is no line", i) // an empty line is an empty value, not none
				}
			}
			if l.err != nil {
				if !errors.Is(l.err, io.EOF) {
					t.Error(l.err)
				}
				return
			}
		}
	}
}

// What was read whole goes out, though the next line has begun.
func TestALineDoesNotWaitForTheNext(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = io.WriteString(w, "one\ntwo\nthr") }()
	l := takeLines(bufio.NewReader(r))
	if len(l.ends) != 2 || string(l.line(1)) != "two" || l.err != nil {
		t.Errorf("%d lines, %v", len(l.ends), l.err)
	}
}

func TestALineThatIsTooLong(t *testing.T) {
	endless := io.LimitReader(iotest.DataErrReader(zeros{}), 2*maxLineBytes)
	if l := takeLines(bufio.NewReader(endless)); l.err == nil || !strings.Contains(l.err.Error(), "longer") || len(l.ends) != 0 {
		t.Errorf("%d lines, %v", len(l.ends), l.err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
