package vector

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/krapp-io/krapp/kafkaops"
)

// SegmentRows is how many vectors a segment holds when it is sealed.
const SegmentRows = 4096

// Hit is a vector that was found.
type Hit struct {
	ID     uint64
	Cosine float32 // −1 … 1
}

// Store is a set of vectors of one length, for concurrent use. Its memory is bounded by its vectors: see the package's doc.
type Store struct {
	dim  int
	rows int // of a full segment

	writing sync.Mutex // one writer at a time; a search never takes it
	seq     uint64     // of the view that is published
	sealed  []*segment
	open    *segment

	placing sync.RWMutex // place and the slices of the open segment: held for a look-up, never for a scan
	place   map[uint64]place

	view atomic.Pointer[view]
}

type place struct {
	seg *segment
	row int
}

// New returns an empty store of vectors with dim dimensions.
func New(dim int) *Store { return newStore(dim, SegmentRows) }

func newStore(dim, rows int) *Store {
	s := &Store{dim: max(dim, 1), rows: rows, place: map[uint64]place{}}
	s.open = &segment{dim: s.dim}
	s.view.Store(&view{})
	return s
}

// Dim is the number of dimensions.
func (s *Store) Dim() int { return s.dim }

// Len is the number of vectors that can be found.
func (s *Store) Len() int {
	s.placing.RLock()
	defer s.placing.RUnlock()
	return len(s.place)
}

// Add copies vectors in under their IDs, scaled to unit length; those that were there under the same IDs are replaced. A zero vector is kept out:
// its ID is not found any more. All of them are added, or none: a vector of another length or with a number that is not finite is Invalid.
func (s *Store) Add(ids []uint64, vectors [][]float32) error {
	if len(ids) != len(vectors) {
		return kafkaops.Errorf(kafkaops.Invalid, "adding vectors", "", "", "%d IDs for %d vectors", len(ids), len(vectors))
	}
	units := make([][]float32, len(vectors))
	for i, v := range vectors {
		u, err := s.unit(v)
		if err != nil {
			return err
		}
		units[i] = u
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	for i, id := range ids {
		s.kill(id)
		if units[i] != nil {
			s.append(id, units[i])
		}
	}
	s.publish()
	return nil
}

// Remove takes vectors out. IDs that are not there are ignored.
func (s *Store) Remove(ids ...uint64) {
	if len(ids) == 0 {
		return
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	for _, id := range ids {
		s.kill(id)
	}
	s.publish()
}

// unit returns a copy of v with unit length, or nil if all of it is zero.
func (s *Store) unit(v []float32) ([]float32, error) {
	if len(v) != s.dim {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "reading a vector", "", "", "%d dimensions where %d are held", len(v), s.dim)
	}
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "reading a vector", "", "", "a number in it is not finite")
	}
	if sum == 0 {
		return nil, nil
	}
	scale, u := 1/math.Sqrt(sum), make([]float32, len(v))
	for i, x := range v {
		u[i] = float32(float64(x) * scale)
	}
	return u, nil
}

// kill stamps the row of an ID, so that views from the next one on don't see it.
func (s *Store) kill(id uint64) {
	at, ok := s.place[id]
	if !ok {
		return
	}
	atomic.StoreUint64(&at.seg.died[at.row], s.seq+1)
	at.seg.dead.Add(1)
	s.placing.Lock()
	delete(s.place, id)
	s.placing.Unlock()
}

// append puts a row at the end of the open segment, and seals it when it is full.
func (s *Store) append(id uint64, unit []float32) {
	s.placing.Lock()
	s.open.append(id, unit, s.rows)
	s.place[id] = place{s.open, len(s.open.ids) - 1}
	s.placing.Unlock()
	if len(s.open.ids) < s.rows {
		return
	}
	full := s.open
	s.open = &segment{dim: s.dim}
	if full.mostlyDead() {
		s.move(full)
		return
	}
	full.seal()
	s.sealed = append(s.sealed[:len(s.sealed):len(s.sealed)], full)
}

// move appends the living rows of a segment that is being dropped. Views that hold the segment still see them there.
func (s *Store) move(from *segment) {
	for row, id := range from.ids {
		if from.died[row] == 0 {
			s.append(id, from.row(row))
		}
	}
}

// publish makes what was written visible at once, after segments that are mostly dead have been rebuilt: each costs no more than the removals that
// killed half of it.
func (s *Store) publish() {
	var keep, drop []*segment
	for _, seg := range s.sealed {
		if seg.mostlyDead() {
			drop = append(drop, seg)
		} else {
			keep = append(keep, seg)
		}
	}
	if len(drop) > 0 {
		s.sealed = keep
		for _, seg := range drop {
			s.move(seg)
		}
	}
	s.seq++
	s.view.Store(&view{seq: s.seq, sealed: s.sealed, open: *s.open.captured()})
}
