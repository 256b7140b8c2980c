package index

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// While documents are replaced again and again, and the lexicon is rebuilt under way, every search finds each of them exactly once.
func TestASearchFindsWhatIsBeingReplaced(t *testing.T) {
	const n, rounds = 30, 300
	x := newTest(t)
	first := x.shelves[Passage].lex.Load()
	docs := func(round int) []Doc {
		var out []Doc
		for id := range uint64(n) {
			out = append(out, text(id+1, "t", fmt.Sprintf("harbour %s %s", vocabularyOfTests[round%len(vocabularyOfTests)], vocabularyOfTests[id])))
		}
		return out
	}
	add(t, x, docs(0)...)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var searches atomic.Int64
	for _, mode := range []Mode{Keywords, Fused} {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				searches.Add(1)
				hits, err := x.Search(context.Background(), Query{Text: "harbour", K: 2 * n, Mode: mode})
				found := ids(hits)
				slices.Sort(found)
				if err != nil || len(slices.Compact(found)) != n || len(hits) != n {
					t.Errorf("mode %d: error %v, %d hits: %v", mode, err, len(hits), found)
					return
				}
			}
		})
	}
	for round := range rounds {
		add(t, x, docs(round)...)
	}
	for searches.Load() < 20 {
		runtime.Gosched()
	}
	close(stop)
	wg.Wait()
	if x.shelves[Passage].lex.Load() == first {
		t.Error("the lexicon was never rebuilt")
	}
}

// slowEmbedder waits within Embed when it is told to.
type slowEmbedder struct {
	Embedder
	entered, leave chan struct{}
}

func (s slowEmbedder) Embed(ctx context.Context, kind Kind, texts []string) ([][]float32, error) {
	if slices.Contains(texts, "wait here") {
		s.entered <- struct{}{}
		<-s.leave
	}
	return s.Embedder.Embed(ctx, kind, texts)
}

func TestNobodyWaitsForAnEmbedder(t *testing.T) {
	s := slowEmbedder{Offline(testTable), make(chan struct{}), make(chan struct{})}
	x := newTest(t, func(o *Options) { o.Embedder, o.Words = s, testTable })
	add(t, x, few...)
	added := make(chan error, 1)
	go func() { added <- x.Add(context.Background(), []Doc{text(50, "t", "wait here")}) }()
	<-s.entered
	if hits := search(t, x, Query{Text: "Wilymajinkas"}); len(hits) == 0 {
		t.Error("nothing found")
	}
	x.Remove(2)
	if err := x.Encode(new(bytes.Buffer)); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := x.Add(ctx, few); err == nil { // it would wait for the other; its caller does not want to
		t.Error("added, though it was cancelled")
	}
	close(s.leave)
	if err := <-added; err != nil {
		t.Error(err)
	}
	if _, ok := x.Doc(50); !ok {
		t.Error("the document is not there")
	}
}

func TestAddingGoesOnDuringASearch(t *testing.T) {
	var x *Index
	inside := 0
	x = newTest(t, func(o *Options) {
		o.Sentences = func(text string) []string { // a search is in the midst of its work
			inside++
			add(t, x, Doc{ID: uint64(1000 + inside), Text: text + " again"})
			x.Remove(3)
			return []string{text}
		}
	})
	add(t, x, few...)
	if hits := search(t, x, Query{Text: "physician kitten", Kinds: []Kind{Passage}}); len(hits) < 2 || inside < 2 {
		t.Errorf("%d hits, asked for sentences %d times", len(hits), inside)
	}
}

func TestManyAtOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 1))
	docs := randomDocs(r, 300)
	x := newTest(t, func(o *Options) { o.MaxPassages, o.MaxTemplates = 120, 60 })
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(21, uint64(g)))
			for range 60 {
				from := r.IntN(280)
				if err := x.Add(context.Background(), docs[from:from+20]); err != nil {
					t.Error(err)
				}
				x.Remove(uint64(r.IntN(300)))
				x.RemoveWhere(func(d *Doc) bool { return d.ID%50 == uint64(r.IntN(50)) })
				if _, err := x.Search(context.Background(), Query{Text: randomText(r, 3)}); err != nil {
					t.Error(err)
				}
				if g == 0 {
					y, err := Decode(bytes.NewReader(encodedIndex(t, x)), Options{Embedder: Offline(testTable)})
					if err != nil {
						t.Error(err)
						return
					}
					y.Len()
				}
			}
		})
	}
	wg.Wait()
	for id := range x.docs {
		x.Remove(id)
	}
	for kind, s := range x.shelves {
		l := s.lex.Load()
		live := 0
		for _, tm := range l.terms {
			if tm.docs != 0 {
				live++
			}
		}
		if len(s.ages) != 0 || s.vectors.Len() != 0 || l.alive != 0 || l.total != 0 || live != 0 {
			t.Errorf("kind %d: when all are removed, %d, %d vectors, %d rows, %d words in all, %d words of the vocabulary are left",
				kind, len(s.ages), s.vectors.Len(), l.alive, l.total, live)
		}
	}
}
