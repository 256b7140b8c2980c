package index

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var vocabularyOfTests = strings.Fields(`car automobile vehicle doctor physician medic cat kitten feline declined rejected refused order purchase pay payment
	food meal eat broker connection timeout partition offset leader replica river mountain forest harbour bread night hill winter morning machine
	engine wheel pump valve sensor temperature pressure disk memory garbage collector request answer letter garden house window stone`)

func randomText(r *rand.Rand, words int) string {
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteString([]string{" ", " ", " ", ". ", ", "}[r.IntN(5)])
		}
		b.WriteString(vocabularyOfTests[r.IntN(len(vocabularyOfTests))])
		if r.IntN(4) == 0 {
			b.WriteString("s")
		}
	}
	return b.String()
}

func randomDocs(r *rand.Rand, n int) []Doc {
	docs := make([]Doc, n)
	for i := range docs {
		d := text(uint64(i+1), []string{"a", "b", "c"}[r.IntN(3)], randomText(r, 3+r.IntN(30)))
		if r.IntN(3) == 0 {
			d = template(uint64(i+1), "logs", randomText(r, 2+r.IntN(8)))
		}
		if r.IntN(4) == 0 {
			d.Title = randomText(r, 2)
		}
		docs[i] = d
	}
	return docs
}

// answers is all that two indexes can be told apart by.
func answers(t testing.TB, x *Index) string {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 5))
	var b strings.Builder
	fmt.Fprintln(&b, fmt.Sprint(x.Len()))
	for i := range 60 {
		q := Query{Text: randomText(r, 1+r.IntN(5)), K: 1 + r.IntN(30), Mode: Mode(i % 4)}
		if i%5 == 0 {
			q.Topics = []string{"b", "logs"}
		}
		for _, h := range search(t, x, q) {
			fmt.Fprintf(&b, "%q %d: %+v\n", q.Text, q.Mode, h)
		}
	}
	return b.String()
}

func differ(t *testing.T, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s: line %d:\ngot  %s\nwant %s", what, i, g[i], w[i])
		}
	}
	t.Fatalf("%s: %d lines, want %d", what, len(g), len(w))
}

// The same documents, in any order, in any batches, with others that came and went, some first with another text: the same answers, to the last bit.
func TestTheOrderOfAddingDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 1))
	docs := randomDocs(r, 600)
	x := newTest(t)
	add(t, x, docs...)
	want := answers(t, x)
	for trial := range 6 {
		y := newTest(t)
		shuffled := slices.Clone(docs)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for len(shuffled) > 0 {
			n := min(len(shuffled), 1+r.IntN(60))
			batch := slices.Clone(shuffled[:n])
			if trial > 2 { // words as in the end: see the package's doc for what stands for a stem
				early := batch[0]
				early.Text, early.Place.Offset = early.Text+" "+early.Text, 1
				batch = append([]Doc{early}, batch...)
				add(t, y, text(90_000+uint64(n), "a", batch[n].Text))
			}
			add(t, y, batch...)
			shuffled = shuffled[n:]
		}
		y.RemoveWhere(func(d *Doc) bool { return d.ID >= 90_000 })
		differ(t, fmt.Sprintf("trial %d", trial), answers(t, y), want)
	}
}

// Bounds keep the newest documents, whatever the order of adding.
func TestTheBoundsKeepTheNewest(t *testing.T) {
	bounded := func(o *Options) { o.MaxPassages, o.MaxTemplates = 50, 20 }
	r := rand.New(rand.NewPCG(12, 1))
	docs := randomDocs(r, 400)
	var want string
	for trial := range 4 {
		x := newTest(t, bounded)
		for chunk := range slices.Chunk(docs, 1+r.IntN(100)) {
			add(t, x, chunk...)
		}
		if p, n := x.Len(); p != 50 || n != 20 {
			t.Fatalf("%d passages, %d templates", p, n)
		}
		least := map[Kind]uint64{Passage: 1 << 60, Template: 1 << 60}
		for id := range x.docs {
			d, _ := x.Doc(id)
			least[d.Kind] = min(least[d.Kind], id)
		}
		for _, d := range docs {
			if _, there := x.Doc(d.ID); !there && d.ID >= least[d.Kind] {
				t.Errorf("%d is gone, though %d, which is older, is there", d.ID, least[d.Kind])
			}
		}
		got := fmt.Sprint(slices.Sorted(func(yield func(uint64) bool) {
			for id := range x.docs {
				if !yield(id) {
					return
				}
			}
		}))
		if trial > 0 && got != want {
			t.Errorf("another order keeps\n%s, not\n%s", got, want)
		}
		want = got
		r.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	}
}

func TestAgeLimitsWhatIsFound(t *testing.T) {
	now := start.Add(10 * time.Minute)
	x := newTest(t, func(o *Options) {
		o.MaxAge = 5 * time.Minute
		o.Now = func() time.Time { return now }
	})
	add(t, x, text(10, "a", "an old harbour"), text(320, "a", "a harbour by night"), text(590, "a", "a new harbour"))
	if hits := search(t, x, Query{Text: "harbour"}); len(hits) != 2 {
		t.Fatalf("found %v", ids(hits))
	}
	now = now.Add(2 * time.Minute)
	if hits := search(t, x, Query{Text: "harbour"}); len(hits) != 1 || hits[0].ID != 590 { // found no more, though it is still held
		t.Errorf("found %v", ids(hits))
	}
	if add(t, x); len(x.docs) != 1 {
		t.Errorf("%d are held", len(x.docs))
	}
}

// Everything that rebuilding a lexicon touches, while the answers stay those of an index that never removed anything.
func TestRemovedDocumentsLeaveNoTrace(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 1))
	docs := randomDocs(r, 300)
	x, y := newTest(t), newTest(t)
	add(t, y, docs...)
	first := x.shelves[Passage].lex.Load()
	for round := range 20 {
		others := randomDocs(r, 400)
		for i := range others {
			others[i].ID += uint64(10_000 * (round + 1))
		}
		add(t, x, others...)
		if round == 15 {
			add(t, x, docs...)
		}
		if n := x.RemoveWhere(func(d *Doc) bool { return d.ID > 5000 }); n != 400 {
			t.Fatalf("%d were removed", n)
		}
	}
	if x.shelves[Passage].lex.Load() == first {
		t.Fatal("the lexicon was never rebuilt")
	}
	if l := x.shelves[Passage].lex.Load(); int(l.next) > 2*l.alive+4*chunkRows+1 {
		t.Errorf("%d rows for %d documents", l.next, l.alive)
	}
	differ(t, "after removals", answers(t, x), answers(t, y))
}

func encodedIndex(t testing.TB, x *Index) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := x.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Decoded it answers as before, embeds nothing, and goes on in the same way.
func TestDecodedItAnswersTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 1))
	docs := randomDocs(r, 500)
	x := newTest(t)
	add(t, x, docs[:400]...)
	x.RemoveWhere(func(d *Doc) bool { return d.ID%7 == 0 })
	add(t, x, Doc{ID: 7000, Text: "without a time", Kind: Passage})

	e := &countingEmbedder{Embedder: Offline(testTable)}
	y, err := Decode(bytes.NewReader(append(encodedIndex(t, x), "what follows"...)), Options{Embedder: e, Words: testTable})
	if err != nil {
		t.Fatal(err)
	}
	if n := e.texts.Load(); n != 0 {
		t.Errorf("%d texts were embedded", n)
	}
	differ(t, "decoded", answers(t, y), answers(t, x))
	for id := range x.docs {
		was, _ := x.Doc(id)
		if is, ok := y.Doc(id); !ok || is != was {
			t.Fatalf("document %d is %+v, was %+v", id, is, was)
		}
	}
	add(t, x, docs[400:]...)
	add(t, y, docs[400:]...)
	differ(t, "decoded and gone on", answers(t, y), answers(t, x))
	if err := x.Add(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
}

// A vocabulary that is full takes no more words, and gets none of its counts wrong, whatever comes and goes.
func TestAFullVocabulary(t *testing.T) {
	x := newTest(t)
	x.shelves[Passage].lex.Load().most = 40
	add(t, x, text(1, "t", "first harbour"))
	for round := range 60 {
		var batch []Doc
		for i := range 100 {
			batch = append(batch, text(uint64(100+i), "t", fmt.Sprintf("harbour w%d w%d w%d", round*7+i, i, round+2*i)))
		}
		add(t, x, batch...)
		if n := len(x.shelves[Passage].lex.Load().terms); n > 40 {
			t.Fatalf("%d words", n)
		}
	}
	if hits := search(t, x, Query{Text: "first", Mode: Keywords}); len(hits) != 1 || hits[0].ID != 1 {
		t.Errorf("found %v", ids(hits))
	}
	l := x.shelves[Passage].lex.Load()
	for _, tm := range l.terms {
		alive := 0
		for _, p := range tm.posts {
			if e := l.rows[p.ord/chunkRows][p.ord%chunkRows].Load(); e != nil && e.died.Load() == 0 {
				alive++
			}
		}
		if alive != tm.docs {
			t.Errorf("%s is in %d documents, counted are %d", tm.stem, alive, tm.docs)
		}
	}
	if got := l.terms["harbour"].docs; got != 101 {
		t.Errorf("harbour is counted %d times", got)
	}
}

// Rows are numbered by 32 bits. Long before these run out, everything is numbered anew.
func TestRowsAreNumberedAnew(t *testing.T) {
	x := newTest(t)
	add(t, x, few...)
	l := x.shelves[Passage].lex.Load()
	if l.stale() {
		t.Fatal("it is to be rebuilt already")
	}
	for range 5000 {
		add(t, x, text(1, "t", few[0].Text), text(1, "t", "other words"))
		x.Remove(1)
	}
	if fresh := x.shelves[Passage].lex.Load(); fresh == l || fresh.next > 5*chunkRows {
		t.Errorf("%d rows for %d documents", fresh.next, fresh.alive)
	}
}
