package read

import (
	"fmt"
	"strings"
	"sync"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
)

// book is what is known of the wanted sources.
type book struct {
	sources []job.Source
	chunks  int64 // wanted of each; 0: all

	mu     sync.Mutex
	states map[string]job.State
}

func newBook(sources []job.Source, chunks int64) *book {
	return &book{sources: sources, chunks: chunks, states: make(map[string]job.State)}
}

// newer says whether b is a later state of the source than a: of an attempt, the first state is pending and the last one final.
func newer(a, b job.State) bool {
	return b.Attempt > a.Attempt || b.Attempt == a.Attempt && (a.Phase == job.Pending || b.Phase != job.Pending)
}

// note takes a record of the sources topic in; records of others and what can't be read are left out.
func (b *book) note(name string, value []byte) {
	s, err := job.DecodeState(value)
	if err != nil || s.Job != name {
		return
	}
	b.put(s)
}

func (b *book) put(s job.State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, known := b.states[s.ID]; !known || newer(old, s) {
		b.states[s.ID] = s
	}
}

// get returns what is known of a source.
func (b *book) get(id string) (job.State, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, known := b.states[id]
	return s, known
}

// missing lists the sources that have to be registered: those that nobody has asked for, that have failed, with again, and those of which
// less was asked for than is wanted now.
func (b *book) missing(again bool) []job.State {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []job.State
	for _, src := range b.sources {
		s, known := b.states[src.ID]
		next := job.State{Job: s.Job, ID: src.ID, URL: src.URL, Vars: src.Vars, Phase: job.Pending, Limit: b.chunks, Size: -1}
		switch {
		case !known:
		case s.Phase == job.Failed && again, s.Phase == job.Done && s.Limited && (b.chunks == 0 || b.chunks > s.Chunks):
			next.Attempt, next.Resume = s.Attempt+1, s.Resume
			next.Chunks, next.Rows, next.Bytes = s.Chunks, s.Rows, s.Bytes
		default:
			continue
		}
		out = append(out, next)
	}
	return out
}

// settled says whether every source is done or failed.
func (b *book) settled() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, src := range b.sources {
		if phase := b.states[src.ID].Phase; phase != job.Done && phase != job.Failed {
			return false
		}
	}
	return true
}

// namedFailures is how many failed sources an error names.
const namedFailures = 10

// failures is the error that names the sources that failed; nil if none did.
func (b *book) failures(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var said []string
	class, failed := kafkaops.Class(""), 0
	for _, src := range b.sources {
		s := b.states[src.ID]
		if s.Phase != job.Failed || s.Error == nil {
			continue
		}
		if failed++; failed == 1 {
			class = s.Error.Class
		} else if class != s.Error.Class {
			class = kafkaops.Unavailable
		}
		if failed <= namedFailures {
			said = append(said, fmt.Sprintf("%s, %s, %d chunks (%d bytes) stored: %s", s.ID, s.Error.URL, s.Chunks, s.Error.Position, s.Error.Text))
		}
	}
	if failed == 0 {
		return nil
	}
	if failed > namedFailures {
		said = append(said, fmt.Sprintf("and %d more", failed-namedFailures))
	}
	return kafkaops.Errorf(class, "reading the sources of", name, "mend what is wrong and start the same again: it goes on where each source failed",
		"%d of %d failed: %s", failed, len(b.sources), strings.Join(said, "; "))
}
