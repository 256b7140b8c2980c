package index

import (
	"cmp"
	"container/heap"
	"strings"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
)

// ages is a heap of documents, the oldest first; of one age the lesser ID.
type ages []*held

func (a ages) Len() int { return len(a) }
func (a ages) Less(i, j int) bool {
	return cmp.Or(a[i].at.Compare(a[j].at), cmp.Compare(a[i].doc.ID, a[j].doc.ID)) < 0
}

func (a ages) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].pos, a[j].pos = i, j
}

// Push is heap's.
func (a *ages) Push(h any) {
	if h, ok := h.(*held); ok {
		h.pos = len(*a)
		*a = append(*a, h)
	}
}

// Pop is heap's.
func (a *ages) Pop() any {
	last := len(*a) - 1
	h := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	return h
}

func (a *ages) add(h *held)    { heap.Push(a, h) }
func (a *ages) remove(h *held) { heap.Remove(a, h.pos) }

// Remove takes documents out. IDs that are not there are ignored.
func (x *Index) Remove(ids ...uint64) {
	x.writing.Lock()
	defer x.writing.Unlock()
	x.remove(ids)
	x.rebuild()
}

// RemoveWhere takes out the documents that gone says are, and returns how many. gone is called under no lock, once for each document that was there
// when it began.
func (x *Index) RemoveWhere(gone func(d *Doc) bool) int {
	x.mu.RLock()
	all := make([]*entry, 0, len(x.docs))
	for _, h := range x.docs {
		all = append(all, h.entry)
	}
	x.mu.RUnlock()
	suspects := all[:0]
	for _, e := range all {
		d := e.doc
		if gone(&d) {
			suspects = append(suspects, e)
		}
	}
	x.writing.Lock()
	defer x.writing.Unlock()
	var ids []uint64
	for _, e := range suspects {
		// What was replaced meanwhile has not been judged.
		if h := x.docs[e.doc.ID]; h != nil && h.doc == e.doc {
			ids = append(ids, e.doc.ID)
		}
	}
	x.remove(ids)
	x.rebuild()
	return len(ids)
}

// remove takes documents out. The caller is the writer.
func (x *Index) remove(ids []uint64) {
	var vectors [kinds][]uint64
	for _, id := range ids {
		h := x.docs[id]
		if h == nil {
			continue
		}
		s := x.shelves[h.doc.Kind]
		x.mu.Lock()
		delete(x.docs, id)
		s.ages.remove(h)
		x.mu.Unlock()
		s.lex.Load().swap(h.entry, nil)
		vectors[h.doc.Kind] = append(vectors[h.doc.Kind], id)
	}
	for kind, ids := range vectors {
		x.shelves[kind].vectors.Remove(ids...)
	}
}

// retain removes what is too old or too many.
func (x *Index) retain() {
	now := x.o.Now()
	for _, s := range x.shelves {
		for len(s.ages) > 0 {
			oldest := s.ages[0]
			if len(s.ages) <= s.most && (x.o.MaxAge <= 0 || now.Sub(oldest.at) <= x.o.MaxAge) {
				break
			}
			x.remove([]uint64{oldest.doc.ID})
		}
	}
	x.rebuild()
}

// rebuild makes lexicons anew that hold more removed documents than living ones. That takes as long as the removals before it did, in all.
func (x *Index) rebuild() {
	for _, s := range x.shelves {
		lex := s.lex.Load()
		if !lex.stale() {
			continue
		}
		fresh, entries := lex.rebuilt(x.o.Words)
		x.mu.Lock()
		for _, e := range entries {
			if h := x.docs[e.doc.ID]; h != nil {
				h.entry = e
			}
		}
		x.mu.Unlock()
		s.lex.Store(fresh)
	}
}

// tidied returns copies of documents that are within the bounds, of each ID the last.
func (x *Index) tidied(docs []Doc) ([]Doc, error) {
	tidy := make([]Doc, 0, len(docs))
	at := make(map[uint64]int, len(docs))
	for _, d := range docs {
		if d.Kind >= kinds {
			return nil, kafkaops.Errorf(kafkaops.Invalid, "adding documents", "", "", "a document of kind %d", d.Kind)
		}
		d.Text, d.Title = within(d.Text, MaxText), within(d.Title, MaxTitle)
		d.Place.Topic = within(d.Place.Topic, 255)
		if !d.Place.At.IsZero() {
			d.Place.At = d.Place.At.Round(0).UTC()
		}
		if i, twice := at[d.ID]; twice {
			tidy[i] = d
			continue
		}
		at[d.ID] = len(tidy)
		tidy = append(tidy, d)
	}
	return tidy, nil
}

// within returns a copy of s, so that it keeps no greater text alive, as valid UTF-8 and cut to bytes.
func within(s string, bytes int) string {
	s = strings.ToValidUTF8(whole(s, bytes), "\uFFFD")
	return strings.Clone(whole(s, bytes))
}

// whole cuts s to bytes, between runes.
func whole(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && !utf8.RuneStart(s[bytes]) {
		bytes--
	}
	return s[:bytes]
}
