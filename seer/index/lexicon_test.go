package index

import (
	"bytes"
	"fmt"
	"testing"
)

func surface(x *Index, stem string) string {
	if t := x.shelves[Passage].lex.Load().terms[stem]; t != nil {
		return t.surface
	}
	return ""
}

// The word whose vector stands for a stem is the shortest since the stem last appeared, also after a restart.
func TestTheWordThatStandsForAStem(t *testing.T) {
	x := newTest(t)
	add(t, x, text(1, "t", "failing failed"), text(2, "t", "it failed"))
	if got := surface(x, "fail"); got != "failed" {
		t.Fatalf("it is %q", got)
	}
	add(t, x, text(3, "t", "to fail"))
	x.Remove(3)
	y, err := Decode(bytes.NewReader(encodedIndex(t, x)), Options{Embedder: Offline(testTable)})
	if err != nil {
		t.Fatal(err)
	}
	if was, is := surface(x, "fail"), surface(y, "fail"); was != "fail" || is != was {
		t.Errorf("it is %q, restarted %q", was, is)
	}
	x.Remove(1, 2)
	add(t, x, text(4, "t", "failing"))
	if got := surface(x, "fail"); got != "failing" {
		t.Errorf("after all have gone it is %q", got)
	}
}

// A word that a full vocabulary did not take is not counted away with the document that had it.
func TestWordsThatWereNotTakenAreNotCounted(t *testing.T) {
	x := newTest(t)
	l := x.shelves[Passage].lex.Load()
	l.most = 1
	add(t, x, text(1, "t", "harbour mountain"))
	if len(l.terms) != 1 {
		t.Fatalf("%d words", len(l.terms))
	}
	l.most = 10
	add(t, x, text(2, "t", "harbour mountain"))
	x.Remove(1)
	for _, w := range []string{"harbour", "mountain"} {
		if hits := search(t, x, Query{Text: w, Mode: Keywords}); len(hits) != 1 || l.terms[stem(w)].docs != 1 {
			t.Errorf("%s: found %v, counted %d", w, ids(hits), l.terms[stem(w)].docs)
		}
	}
}

// A search that is interrupted for very long notices that what it saw is gone, and is made again.
func TestASearchNoticesThatItTookTooLong(t *testing.T) {
	x := newTest(t)
	add(t, x, text(1, "t", "harbour"))
	l := x.shelves[Passage].lex.Load()
	p := l.plan(queryWords("harbour"))
	replace := func(n int) {
		for i := range n {
			add(t, x, text(1, "t", fmt.Sprint("harbour ", i)))
		}
	}
	replace(graveyard)
	if p.entry(0) == nil || l.outlived(&p) {
		t.Fatalf("after %d removals it is gone: %v, %v", graveyard, p.entry(0), l.outlived(&p))
	}
	replace(1)
	if p.entry(0) != nil || !l.outlived(&p) {
		t.Errorf("after one more: %v, %v", p.entry(0), l.outlived(&p))
	}
	if again := l.plan(queryWords("harbour")); l.outlived(&again) {
		t.Error("one that began now is outlived at once")
	}
}
