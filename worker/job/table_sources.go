package job

import (
	"cmp"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
)

// tableSource is what is known of one source: its record in the sources topic, if it has been seen; how far its reader has said to be, in the
// results topic; and which of its chunks are in the table.
type tableSource struct {
	known    bool
	state    State
	progress State // the furthest reading state; without a Phase: none
	chunks   *roaring.Bitmap
}

// now is the source's state by both topics. They are read side by side, so it mustn't matter which of two records comes first: a reading state
// counts while its attempt is pending, or when the record of its attempt is still to come.
func (s *tableSource) now() State {
	p := &s.progress
	if p.Phase == Reading && (p.Attempt > s.state.Attempt || p.Attempt == s.state.Attempt && s.state.Phase == Pending) {
		return *p
	}
	return s.state
}

// Source takes a record of the sources topic in: of each source the last one counts. One of another job is refused (Conflict).
func (t *Table) Source(s State) error {
	if err := t.sourceRoom(&s); err != nil {
		return err
	}
	source := t.source(s.ID)
	source.known, source.state = true, s
	return nil
}

// Progress takes a state of the results topic in: a reader's word on how far it is in a source, which counts until the sources topic says what
// became of it. One of another job is refused (Conflict).
func (t *Table) Progress(s State) error {
	if err := t.sourceRoom(&s); err != nil {
		return err
	}
	source := t.source(s.ID)
	if cmp.Or(cmp.Compare(s.Attempt, source.progress.Attempt), cmp.Compare(s.Chunks, source.progress.Chunks)) >= 0 {
		source.progress = s
	}
	return nil
}

func (t *Table) sourceRoom(s *State) error {
	if s.Job != t.job.Name {
		return kafkaops.Errorf(kafkaops.Conflict, "merging results", t.job.Name, "", "source %s is of job %s", s.ID, s.Job)
	}
	if t.sources[s.ID] == nil && len(t.sources) >= maxTableSources {
		return kafkaops.Errorf(kafkaops.Invalid, "merging results", t.job.Name, "", "there are more than %d sources", maxTableSources)
	}
	return nil
}

func (t *Table) source(id string) *tableSource {
	s := t.sources[id]
	if s == nil {
		s = &tableSource{chunks: roaring.New()}
		t.sources[id] = s
	}
	return s
}

// Forget removes a source whose record was deleted (a tombstone), unless chunks of it are in the results.
func (t *Table) Forget(id string) {
	s := t.sources[id]
	if s == nil {
		return
	}
	if s.chunks.IsEmpty() {
		delete(t.sources, id)
		return
	}
	s.known, s.state, s.progress = false, State{}, State{}
}

// SourceProgress is one source as the table knows it.
type SourceProgress struct {
	State
	Counted int64 // its chunks that are in the results
}

// Sources returns the sources that are registered, by ID.
func (t *Table) Sources() []SourceProgress {
	sources := make([]SourceProgress, 0, len(t.sources))
	for _, id := range slices.Sorted(maps.Keys(t.sources)) {
		if s := t.sources[id]; s.known {
			sources = append(sources, SourceProgress{State: s.now(), Counted: int64(s.chunks.GetCardinality())})
		}
	}
	return sources
}

// Lose notes what can't be merged any more: records of the results topic that had expired before they were read, and damaged ones.
func (t *Table) Lose(expired, damaged int64) {
	t.expired += expired
	t.damaged += damaged
}

// Expired is how many records of the results topic had expired before they were read, about: the fewer, the better the table.
func (t *Table) Expired() int64 { return t.expired }
