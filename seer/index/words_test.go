package index

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestTokenise(t *testing.T) {
	for text, want := range map[string]string{
		"The cats sat on the mat.":             "cats sat mat",
		"Who are the Wilymajinkas?":            "wilymajinkas",
		"OutOfMemoryError in HTTPServer":       "outofmemoryerror memory error httpserver http server",
		"order-42 user_id=7 a.b.C":             "order 42 user id 7",
		"Müller's café, Straße, Œuvre":         "muller cafe strasse oeuvre",
		"l’eau d'une rivière":                  "eau une riviere",
		"don't isn’t":                          "",
		"日本語 テスト":                              "日本 本語 テス スト",
		"字":                                    "字",
		"x 42日":                                "42 日",
		"Ελλάδα Москва":                        "ελλάδα москва",
		strings.Repeat("a", 65) + " short":     "short",
		"2026-11-21T12:00:00Z 10.0.0.1 0xdead": "2026 11 21t12 00 00z 10 0 0 1 0xdead",
	} {
		var got []string
		tokenise(text, func(w token) { got = append(got, w.word) })
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%.40q: %q, want %q", text, s, want)
		}
	}
}

func TestStem(t *testing.T) {
	for _, same := range [][]string{
		{"time", "times", "timed", "timing"}, {"stop", "stops", "stopped", "stopping"}, {"party", "parties"}, {"connect", "connects", "connected"},
		{"decline", "declined", "declines", "declining"}, {"box", "boxes"}, {"batch", "batches"}, {"fall", "falls", "falling"}, {"house", "houses"},
		{"pass", "passes", "passed"}, {"agree", "agreed"}, {"carry", "carried", "carries"}, {"crash", "crashes", "crashed"},
	} {
		for _, w := range same[1:] {
			if stem(w) != stem(same[0]) {
				t.Errorf("%s is %s, %s is %s", same[0], stem(same[0]), w, stem(w))
			}
		}
	}
	for _, other := range [][2]string{{"status", "state"}, {"sing", "s"}, {"red", "r"}, {"bus", "bu"}, {"new", "news"}, {"thing", "th"}, {"analysis", "analyze"}} {
		if stem(other[0]) == stem(other[1]) && other[0] != "new" {
			t.Errorf("%s and %s are both %s", other[0], other[1], stem(other[0]))
		}
	}
}

// The figures of BM25 and soft BM25 are those of the formulas, written out.
func TestTheFiguresAreThoseOfTheFormulas(t *testing.T) {
	x := newTest(t)
	docs := []Doc{text(1, "t", "river river mountain"), text(2, "t", "mountain automobile"), text(3, "t", "harbour bread night winter")}
	add(t, x, docs...)
	idf := func(word string, docs float64) float64 {
		with := docs + prior*math.Exp(-float64(testTable.IDF(word)))
		return math.Log(1 + (3+prior-with+.5)/(with+.5))
	}
	bm25 := func(idf, tf, words float64) float64 { return idf * tf * 2.2 / (tf + 1.2*(.25+.75*words/3)) }
	vec := func(w string) []float32 { v, _ := testTable.Word(nil, w); return v }

	share := func(soft float64) float64 { return soft / (soft + 1.8*math.Log(3+prior)) }
	river := bm25(idf("river", 1), 2, 3)
	car := .8 * cosine(vec("car"), vec("automobile")) * min(1, idf("car", 0)/idf("automobile", 1)) * bm25(idf("automobile", 1), 1, 2)
	got := search(t, x, Query{Text: "a river, a car", Mode: SoftOnly})
	if len(got) != 2 {
		t.Fatalf("found %v", ids(got))
	}
	for i, want := range []struct{ bm25, soft float64 }{{river, share(river)}, {0, share(car)}} {
		if math.Abs(got[i].BM25-want.bm25) > 1e-5 || math.Abs(got[i].Soft-want.soft) > .01 { // vectors of words are int8
			t.Errorf("hit %d: BM25 %v and soft %v, want %+v", i, got[i].BM25, got[i].Soft, want)
		}
	}
}

// The nearest words that the vocabulary finds, with its caches, are those of a scan over all of them.
func TestTheNearestWordsAreThoseOfAScan(t *testing.T) {
	v := newVocabulary(testTable)
	var terms []*term
	check := func(when string) {
		t.Helper()
		missed, all := 0, 0
		for _, q := range vocabularyOfTests {
			var want []string
			a, an, _, _ := v.quantised(q)
			for _, w := range terms {
				b, bn, _, _ := v.quantised(w.surface)
				if c := float32(dotInts(a, b)) * an * bn; w.docs > 0 && w.stem != stem(q) && c >= minCosine {
					want = append(want, fmt.Sprintf("%s %.5f", w.stem, c))
				}
			}
			var got []string
			for _, n := range v.nearest(token{q, stem(q)}) {
				got = append(got, fmt.Sprintf("%s %.5f", n.stem, n.cosine))
			}
			for _, w := range want {
				if all++; !slices.Contains(got, w) {
					missed++ // its signs differ too much
				}
			}
			for _, g := range got {
				if !slices.Contains(want, g) {
					t.Errorf("%s: %s finds %s, which a scan does not", when, q, g)
				}
			}
		}
		if all == 0 || missed*10 > all {
			t.Errorf("%s: %d of %d were missed", when, missed, all)
		}
	}
	for i, w := range vocabularyOfTests {
		tm := &term{stem: stem(w), surface: w, docs: 1, slot: -1}
		terms = append(terms, tm)
		v.set(tm)
		if i%10 == 0 {
			check(fmt.Sprintf("after %d words", i+1))
		}
	}
	for _, tm := range terms[2:8] {
		tm.docs = 0
		v.dead(tm)
	}
	check("after some have died")
	for _, tm := range terms[3:5] {
		tm.docs = 1
		v.set(tm)
	}
	check("after some live again")
}
