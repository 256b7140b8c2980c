package index

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Parameters of BM25, as is usual: k1 from .8 to 2 and b = .4 differed by less than .03 in MRR on the dev half of bench/seer, either way.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
	// prior is how many documents without any word of a query are added when the weight of a word is reckoned: where only a few texts have been
	// learned, a word that is in one of them is as telling as it would be among many.
	prior = 200
)

// posting says how often a word is in a document.
type posting struct {
	ord       uint32 // the document's place in rows
	tf, words uint16 // of the document: how often the word is in it, and how many words it has
}

// term is a word of the vocabulary.
type term struct {
	stem    string
	surface string // the shortest word seen with that stem: whose vector stands for it
	docs    int    // living documents that have it
	posts   []posting
	slot    int // in soft; -1: without a vector
}

// has says whether a document is in the list. It may not be though it has the word: see maxTerms.
func (t *term) has(ord uint32) bool {
	_, ok := slices.BinarySearchFunc(t.posts, ord, func(p posting, ord uint32) int { return cmp.Compare(p.ord, ord) })
	return ok
}

// entry is a document in the index. Only died changes.
type entry struct {
	doc   Doc
	ord   uint32
	words int
	died  atomic.Uint64 // the first lexicon version that doesn't see it; 0: all do
}

const chunkRows = 1024

// chunk is a stretch of rows. A row is nil when its document is long gone.
type chunk [chunkRows]atomic.Pointer[entry]

// lexicon is the inverted index of one kind of documents. One writer at a time; a search takes mu to collect the lists it needs, and reads those
// without it: lists and rows are only appended to. Removed documents stay in the lists until most are removed, then a new lexicon is made.
type lexicon struct {
	mu    sync.RWMutex
	terms map[string]*term
	rows  []*chunk
	next  uint32
	seq   uint64 // counts changes
	alive int
	total int64 // words of the living
	gone  []uint32
	// How many documents have been removed since it was made, and how many of these, the first ones, are no longer in rows.
	removed, buried uint64
	soft            *vocabulary
	most            int // terms
}

// maxTerms bounds the vocabulary: 100 to 150 bytes a word, and what vocabulary says for those with vectors. Words beyond are not found by, until
// others have gone; the texts that have them still are, by the rest of their words and their vectors.
const maxTerms = 1 << 19

func newLexicon(words Table) *lexicon {
	return &lexicon{terms: map[string]*term{}, soft: newVocabulary(words), most: maxTerms}
}

// graveyard is how many removed documents are kept for searches that began before they were removed.
const graveyard = 1024

// counted is the words of a document.
type counted struct {
	total int
	terms map[string]*tally
}

type tally struct {
	n       int
	surface string
}

func count(d *Doc) counted {
	c := counted{terms: map[string]*tally{}}
	add := func(t token) {
		c.total++
		if was := c.terms[t.stem]; was != nil {
			was.n++
			was.surface = shorter(was.surface, t.word)
		} else {
			c.terms[t.stem] = &tally{1, t.word}
		}
	}
	tokenise(d.Title, add)
	tokenise(d.Text, add)
	return c
}

// shorter is the word that stands for a stem: the shortest, of equally long ones the first by spelling, so that it does not depend on the order.
func shorter(a, b string) string {
	if a == "" || len(b) < len(a) || len(b) == len(a) && b < a {
		return b
	}
	return a
}

// swap takes a document out and puts one in, at once; either may be nil. The entry of what was put in is returned.
func (l *lexicon) swap(old *entry, d *Doc) *entry {
	var in, out counted
	if old != nil {
		out = count(&old.doc)
	}
	if d != nil {
		in = count(d)
		l.learn(in)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	var e *entry
	if d != nil {
		e = &entry{doc: *d, ord: l.next, words: in.total}
		l.put(e, in)
	}
	if old != nil {
		l.drop(old, out)
	}
	return e
}

// learn sees to the vectors of new words, before the lock is taken.
func (l *lexicon) learn(c counted) {
	for stem, t := range c.terms {
		known := l.terms[stem]
		if known == nil && len(l.terms) >= l.most {
			continue
		}
		if known == nil {
			known = &term{stem: stem, slot: -1}
			l.mu.Lock()
			l.terms[stem] = known
			l.mu.Unlock()
		}
		surface := shorter(known.surface, t.surface)
		if known.docs == 0 {
			surface = t.surface
		}
		if surface != known.surface || known.docs == 0 {
			known.surface = surface
			l.soft.set(known)
		}
	}
}

func (l *lexicon) put(e *entry, c counted) {
	if int(l.next)/chunkRows == len(l.rows) {
		l.rows = append(l.rows, new(chunk))
	}
	l.rows[l.next/chunkRows][l.next%chunkRows].Store(e)
	l.next++
	l.alive++
	l.total += int64(c.total)
	for stem, t := range c.terms {
		known := l.terms[stem]
		if known == nil {
			continue
		}
		known.docs++
		known.posts = append(known.posts, posting{e.ord, clamp16(t.n), clamp16(c.total)})
	}
}

func (l *lexicon) drop(e *entry, c counted) {
	e.died.Store(l.seq)
	l.alive--
	l.total -= int64(c.total)
	for stem := range c.terms {
		if t := l.terms[stem]; t != nil && t.has(e.ord) {
			if t.docs--; t.docs == 0 {
				l.soft.dead(t)
			}
		}
	}
	l.removed++
	if l.gone = append(l.gone, e.ord); len(l.gone) > graveyard {
		l.buried++
		ord := l.gone[0]
		l.gone = l.gone[1:]
		l.rows[ord/chunkRows][ord%chunkRows].Store(nil)
	}
}

// move sets a document's place and passage number, which nothing is found by. Its new entry is returned.
func (l *lexicon) move(old *entry, d Doc) *entry {
	e := &entry{doc: d, ord: old.ord, words: old.words}
	l.mu.RLock()
	defer l.mu.RUnlock()
	l.rows[e.ord/chunkRows][e.ord%chunkRows].Store(e)
	return e
}

func clamp16(n int) uint16 { return uint16(min(n, math.MaxUint16)) }

// stale says whether most of what the lists hold is removed.
func (l *lexicon) stale() bool {
	return int(l.next) > 2*l.alive+4*chunkRows || l.next >= math.MaxUint32-1
}

// rebuilt is a lexicon without the removed documents, and their entries by ID, which take the place of those in l. l stays as it is.
func (l *lexicon) rebuilt(words Table) (*lexicon, []*entry) {
	fresh := newLexicon(words)
	fresh.seq, fresh.total, fresh.alive, fresh.most = l.seq, l.total, l.alive, l.most
	ords := make([]uint32, l.next) // new ord + 1
	var entries []*entry
	for ord := range l.next {
		old := l.rows[ord/chunkRows][ord%chunkRows].Load()
		if old == nil || old.died.Load() != 0 {
			continue
		}
		e := &entry{doc: old.doc, ord: fresh.next, words: old.words}
		if int(fresh.next)/chunkRows == len(fresh.rows) {
			fresh.rows = append(fresh.rows, new(chunk))
		}
		fresh.rows[e.ord/chunkRows][e.ord%chunkRows].Store(e)
		fresh.next++
		ords[ord] = fresh.next
		entries = append(entries, e)
	}
	for stem, t := range l.terms {
		if t.docs == 0 {
			continue
		}
		n := &term{stem: stem, surface: t.surface, docs: t.docs, posts: make([]posting, 0, t.docs), slot: -1}
		for _, p := range t.posts {
			if ords[p.ord] > 0 {
				n.posts = append(n.posts, posting{ords[p.ord] - 1, p.tf, p.words})
			}
		}
		fresh.terms[stem] = n
		fresh.soft.set(n)
	}
	return fresh, entries
}
