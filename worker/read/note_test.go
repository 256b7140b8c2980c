package read

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/worker/job"
)

func TestNotesComeBackAsTheyWere(t *testing.T) {
	at := &job.State{At: time.Date(2026, 11, 21, 1, 2, 3, 4, time.UTC)}
	for name, n := range map[string]note{
		"the start":        noteOf(7, at, job.Progress{}),
		"in the middle":    noteOf(7, at, job.Progress{Index: 3, Rows: 300, Bytes: 12345, Sum: 0xfedcba9876543210}),
		"without its time": noteOf(0, &job.State{}, job.Progress{Index: 1, Rows: 1, Bytes: 2, Sum: 1}),
	} {
		t.Run(name, func(t *testing.T) {
			text, err := n.encode()
			must(t, err)
			got, has, err := decodeNote(text)
			if err != nil || !has || got != n {
				t.Errorf("%q is %+v, %v, %v; want %+v", text, got, has, err, n)
			}
		})
	}
}

func TestForeignNotesAreRefused(t *testing.T) {
	for _, text := range []string{"x", "2 1 1 ", "1 1 1", "1 -1 0 ", "1 01 0 ", "1 1 1 1 2 3", "1 1 1 1 2 3 4 zzzz", " ", "1 1 1  "} {
		if n, _, err := decodeNote(text); err == nil {
			t.Errorf("%q is %+v", text, n)
		}
	}
	if _, has, err := decodeNote(""); has || err != nil {
		t.Error("nothing is no note")
	}
}

func FuzzDecodeNote(f *testing.F) {
	for _, n := range []note{{offset: 1}, {offset: 5, registered: 1790000000000000000, Progress: job.Progress{Index: 2, Rows: 20, Bytes: 200, Sum: 1}}} {
		text, err := n.encode()
		must(f, err)
		f.Add(text)
	}
	f.Add("1 1 1 1 1 1 1 1")
	f.Fuzz(func(t *testing.T, text string) {
		n, has, err := decodeNote(text)
		if err != nil || !has {
			return
		}
		if again, err := n.encode(); err != nil || again != text {
			t.Errorf("%q came back as %q, %v", text, again, err)
		}
	})
}
