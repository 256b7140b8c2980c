package index

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/vector"
)

// Index is documents that can be searched, for concurrent use. See the package's doc for what it holds and how much.
type Index struct {
	o Options

	adding  chan struct{} // room for one Add: embedding is done under this alone
	writing sync.Mutex    // one writer at a time; never held while an embedder is asked or a search goes on

	mu      sync.RWMutex // docs: held for look-ups
	docs    map[uint64]*held
	shelves [kinds]*shelf
}

// shelf is the documents of one kind.
type shelf struct {
	lex     atomic.Pointer[lexicon]
	vectors *vector.Store
	ages    ages
	most    int
	fusion  Fusion
}

// held is a document that is in the index. Only a writer changes it, under mu.
type held struct {
	*entry
	at  time.Time // what its age is reckoned by
	pos int       // in ages
}

// New returns an empty index.
func New(o Options) (*Index, error) {
	if o.Embedder == nil || o.Embedder.Dim() <= 0 {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "making an index", "", "name an embedder", "without an embedder there are no vectors")
	}
	if table, ok := o.Embedder.(offline); ok && o.Words == nil {
		o.Words = table.Table
	}
	if o.Sentences == nil {
		o.Sentences = sentences
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	x := &Index{o: o, adding: make(chan struct{}, 1), docs: map[uint64]*held{}}
	x.shelves[Passage] = newShelf(o, positive(o.MaxPassages, 50_000), o.ProseFusion, ByRank)
	x.shelves[Template] = newShelf(o, positive(o.MaxTemplates, 20_000), o.TemplateFusion, CosineFirst)
	return x, nil
}

func newShelf(o Options, most int, fusion, usual Fusion) *shelf {
	if fusion == ByDefault {
		fusion = usual
	}
	s := &shelf{vectors: vector.New(o.Embedder.Dim()), most: most, fusion: fusion}
	s.lex.Store(newLexicon(o.Words))
	return s
}

func positive(n, usual int) int {
	if n <= 0 {
		return usual
	}
	return n
}

// Len is the number of documents.
func (x *Index) Len() (passages, templates int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.shelves[Passage].ages), len(x.shelves[Template].ages)
}

// Doc returns a document.
func (x *Index) Doc(id uint64) (Doc, bool) {
	if e := x.entry(id); e != nil {
		return e.doc, true
	}
	return Doc{}, false
}

func (x *Index) entry(id uint64) *entry {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if h := x.docs[id]; h != nil {
		return h.entry
	}
	return nil
}

// Add puts documents in; those with the same IDs are replaced. Then the oldest beyond the bounds are removed, by Place.At, so that it does not depend
// on the order of adding which ones stay; without documents it only does that. Texts that are there already are not embedded again. All are added or,
// when the embedder fails or ctx is done, none, with that error.
func (x *Index) Add(ctx context.Context, docs []Doc) error {
	docs, err := x.tidied(docs)
	if err != nil {
		return err
	}
	select {
	case x.adding <- struct{}{}:
		defer func() { <-x.adding }()
	case <-ctx.Done():
		return ctx.Err()
	}
	vectors := map[uint64][]float32{}
	for {
		var want []Doc
		for _, d := range docs {
			if _, made := vectors[d.ID]; !made && !x.has(d) {
				want = append(want, d)
			}
		}
		if err := x.embed(ctx, want, vectors); err != nil {
			return err
		}
		x.writing.Lock()
		done, err := x.put(docs, vectors)
		x.writing.Unlock()
		if done || err != nil { // not done: a text that was there has been removed meanwhile
			return err
		}
	}
}

// has says whether a document is there with this very text.
func (x *Index) has(d Doc) bool {
	e := x.entry(d.ID)
	return e != nil && e.doc.Kind == d.Kind && e.doc.Text == d.Text && e.doc.Title == d.Title
}

// embedded is the text that a document's vector is made of.
func embedded(d *Doc) string {
	if d.Kind == Passage && d.Title != "" {
		return d.Title + ". " + d.Text
	}
	return d.Text
}

// embedBatch is how many texts an embedder is given at once.
const embedBatch = 256

// embed asks for the documents' vectors, which may be zero, but never missing.
func (x *Index) embed(ctx context.Context, docs []Doc, into map[uint64][]float32) error {
	for kind := range kinds {
		var ids []uint64
		var texts []string
		for i := range docs {
			if docs[i].Kind == kind {
				ids, texts = append(ids, docs[i].ID), append(texts, embedded(&docs[i]))
			}
		}
		for len(ids) > 0 {
			n := min(len(ids), embedBatch)
			vectors, err := x.vectorsOf(ctx, kind, texts[:n])
			if err != nil {
				return err
			}
			for i, v := range vectors {
				into[ids[i]] = v
			}
			ids, texts = ids[n:], texts[n:]
		}
	}
	return nil
}

// vectorsOf asks the embedder, and checks that what it gives can be held.
func (x *Index) vectorsOf(ctx context.Context, kind Kind, texts []string) ([][]float32, error) {
	vectors, err := x.o.Embedder.Embed(ctx, kind, texts)
	if err != nil {
		return nil, err
	}
	if len(vectors) != len(texts) {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "embedding", x.o.Embedder.ID(), "", "%d vectors for %d texts", len(vectors), len(texts))
	}
	for _, v := range vectors {
		if len(v) != x.o.Embedder.Dim() {
			return nil, kafkaops.Errorf(kafkaops.Invalid, "embedding", x.o.Embedder.ID(), "",
				"a vector of %d dimensions instead of %d", len(v), x.o.Embedder.Dim())
		}
	}
	return vectors, nil
}

// put writes documents. It returns false, having done nothing, when one is neither there nor has a vector.
func (x *Index) put(docs []Doc, vectors map[uint64][]float32) (bool, error) {
	for i := range docs {
		if _, ok := vectors[docs[i].ID]; !ok && !x.has(docs[i]) {
			return false, nil
		}
	}
	// Vectors go first: a search takes the words first, and drops vectors of documents whose words it did not see.
	for kind, s := range x.shelves {
		var ids []uint64
		var vecs [][]float32
		for i := range docs {
			if v, ok := vectors[docs[i].ID]; ok && docs[i].Kind == Kind(kind) {
				ids, vecs = append(ids, docs[i].ID), append(vecs, v)
			}
		}
		if len(ids) > 0 {
			if err := s.vectors.Add(ids, vecs); err != nil {
				return false, err
			}
		}
	}
	for i := range docs {
		x.hold(&docs[i])
	}
	x.retain()
	return true, nil
}

// hold puts one document in, in place of that with its ID.
func (x *Index) hold(d *Doc) {
	old := x.docs[d.ID]
	if old != nil && old.doc.Kind != d.Kind {
		x.remove([]uint64{d.ID})
		old = nil
	}
	s, h := x.shelves[d.Kind], &held{pos: -1, at: d.Place.At}
	if h.at.IsZero() {
		h.at = x.o.Now()
		if old != nil && old.doc.Place.At.IsZero() {
			h.at = old.at
		}
	}
	lex := s.lex.Load()
	switch {
	case old == nil:
		h.entry = lex.swap(nil, d)
	case x.has(*d):
		h.entry = lex.move(old.entry, *d)
	default:
		h.entry = lex.swap(old.entry, d)
	}
	x.mu.Lock()
	x.docs[d.ID] = h
	if old != nil {
		s.ages.remove(old)
	}
	s.ages.add(h)
	x.mu.Unlock()
}
