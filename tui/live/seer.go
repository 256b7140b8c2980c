package live

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/ui"
)

// What is kept of a conversation.
const (
	MaxTurns  = 50  // questions with their answers; older ones are dropped
	maxAsked  = 100 // questions to choose from again
	maxDraft  = 64 << 10
	maxRecall = 4 << 10 // bytes of an answer that go with a follow-up question
)

// The pace at which the seer is asked for its state.
const (
	seerFast    = 2 * time.Second  // while a page shows it, or it learns
	seerRest    = 10 * time.Second // nothing changed for deepAfter, or nobody looks
	seerMost    = 20 * time.Second // after failures
	seerTimeout = 5 * time.Second  // of one look
	seerAnswer  = 10 * time.Minute // of one answer: whoever answers has a limit of its own, far below
)

// TurnState is how far a turn of the conversation is.
type TurnState uint8

// The states of a turn.
const (
	Asking TurnState = iota
	Answered
	Failed  // Err says why
	Stopped // by the user
)

// SeerTurn is a question and what became of it. All text in it but the question is from outside.
type SeerTurn struct {
	N        int // from 1; not used twice
	Question string
	State    TurnState
	Step     string // while Asking: what is being done
	Draft    string // while Asking, and what there was when it was stopped; not validated
	Answer   seer.Answer
	Err      error
}

// SeerPicture is the conversation and the seer's state at a moment.
type SeerPicture struct {
	Absent bool        // there is no seer to be asked
	Status seer.Status // the last known
	At     time.Time   // when there last was a Status; zero: there was none yet. It does not move while nothing changes.
	Err    error       // why the newest Status could not be fetched
	Turns  []SeerTurn  // oldest first, at most MaxTurns

	revision uint64
}

// Asking says that a question is being answered.
func (p SeerPicture) Asking() bool {
	return len(p.Turns) > 0 && p.Turns[len(p.Turns)-1].State == Asking
}

// Seer is the conversation with the seer, which every page that shows it shares, and the feed of the seer's state. An answer goes on while
// pages come and go. It keeps at most MaxTurns turns, each bounded to about 200 KiB. Its methods may be called from any goroutine.
type Seer struct {
	asker seer.Asker
	box   *ui.Mailbox[SeerPicture]
	kick  chan struct{}
	jobs  chan job

	mu    sync.Mutex
	now   SeerPicture
	asked []string
	turns int           // so far
	stop  chan struct{} // closed to stop the running answer; nil: none runs
	draft *strings.Builder
	shown int // how many pages show it
}

// job is a question on its way.
type job struct {
	turn     int
	question seer.Question
	stop     <-chan struct{}
}

// NewSeer makes the conversation; Run starts it. asker may be nil: then there is no seer, and the pictures say so.
func NewSeer(asker seer.Asker) *Seer {
	s := &Seer{asker: asker, kick: make(chan struct{}, 1), jobs: make(chan job, 1)}
	s.box = ui.NewMailbox(func(a, b SeerPicture) bool { return a.revision == b.revision })
	s.now.Absent = asker == nil
	s.box.Put(s.now)
	return s
}

// Subscribe delivers the pictures from the present one on.
func (s *Seer) Subscribe(ctx context.Context) *ui.Stream[SeerPicture] { return s.box.Subscribe(ctx) }

// Latest is the present picture.
func (s *Seer) Latest() SeerPicture {
	p, _ := s.box.Latest()
	return p
}

// Show says that a page shows the seer, or no longer does: it is asked for its state more rarely when nobody looks.
func (s *Seer) Show(on bool) {
	s.mu.Lock()
	if on {
		s.shown++
	} else {
		s.shown = max(0, s.shown-1)
	}
	s.mu.Unlock()
	if on {
		s.Refresh()
	}
}

// Refresh looks at the seer's state now. It does not block.
func (s *Seer) Refresh() { poke(s.kick) }

// Asked are the questions that were asked, oldest first, without repetitions in a row.
func (s *Seer) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Ask puts a question, with the conversation so far. It returns at once; false when there is nobody to be asked, nothing was asked, or an
// answer is still being given. A question of more than seer.MaxQuestion bytes is the seer's to refuse.
func (s *Seer) Ask(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	text = strings.TrimSpace(text)
	if s.asker == nil || text == "" || s.stop != nil {
		return false
	}
	if n := len(s.asked); n == 0 || s.asked[n-1] != text {
		s.asked = append(s.asked[max(0, n+1-maxAsked):n:n], text)
	}
	stop := make(chan struct{})
	j := job{turn: s.turns + 1, question: seer.Question{Text: text, History: history(s.now.Turns)}, stop: stop}
	select {
	case s.jobs <- j:
	default:
		return false // an answer that was stopped has not ended, and another one waits for that already
	}
	s.turns++
	s.stop, s.draft = stop, &strings.Builder{}
	kept := s.now.Turns[max(0, len(s.now.Turns)+1-MaxTurns):]
	s.now.Turns = slices.Concat(kept, []SeerTurn{{N: s.turns, Question: text}})
	s.put()
	return true
}

// Stop ends the running answer; what there was of its draft stays. False when none runs.
func (s *Seer) Stop() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop == nil {
		return false
	}
	s.end(func(t *SeerTurn) { t.State = Stopped })
	return true
}

// Clear begins a new conversation: follow-up questions no longer refer to what was said. A running answer is stopped.
func (s *Seer) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		close(s.stop)
		s.stop = nil
	}
	s.now.Turns = nil
	s.put()
}

// end finishes the running turn. With s.mu held, while one runs.
func (s *Seer) end(how func(*SeerTurn)) {
	close(s.stop)
	s.stop = nil
	s.change(how)
}

// change makes another picture, in which the newest turn is different. With s.mu held.
func (s *Seer) change(how func(*SeerTurn)) {
	turns := append([]SeerTurn(nil), s.now.Turns...)
	how(&turns[len(turns)-1])
	s.now.Turns = turns
	s.put()
}

// put delivers the present picture. With s.mu held.
func (s *Seer) put() {
	s.now.revision++
	s.box.Put(s.now)
}

// history is the conversation that goes with a question: the last answers that were given.
func history(turns []SeerTurn) []seer.Turn {
	var out []seer.Turn
	for _, t := range turns {
		if t.State == Answered {
			out = append(out, seer.Turn{Question: t.Question, Answer: cut(t.Answer.Text, maxRecall)})
		}
	}
	return out[max(0, len(out)-seer.MaxHistory):]
}
