package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/krapp-io/krapp/seer"
)

// oracle is a seer that answers when it is told to.
type oracle struct {
	mu     sync.Mutex
	asked  []seer.Question
	status seer.Status
	down   error
	looks  int
	ended  int  // questions that were answered or given up
	deaf   bool // it does not notice that it is to stop

	events chan seer.Event
	answer chan seer.Answer
	fail   chan error
}

func newOracle() *oracle {
	return &oracle{events: make(chan seer.Event), answer: make(chan seer.Answer), fail: make(chan error)}
}

func (o *oracle) set(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

func (o *oracle) looked() (n int) {
	o.set(func() { n = o.looks })
	return n
}

func (o *oracle) Ask(ctx context.Context, q seer.Question, each func(seer.Event)) (seer.Answer, error) {
	var gone <-chan struct{}
	o.set(func() {
		o.asked = append(o.asked, q)
		if !o.deaf {
			gone = ctx.Done()
		}
	})
	defer o.set(func() { o.ended++ })
	for {
		select {
		case <-gone:
			return seer.Answer{}, ctx.Err()
		case e := <-o.events:
			each(e)
		case a := <-o.answer:
			return a, nil
		case err := <-o.fail:
			return seer.Answer{}, err
		}
	}
}

func (o *oracle) Status(context.Context) (seer.Status, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.looks++
	return o.status, o.down
}

// conversation runs a seer's feed in a bubble of time.
func conversation(t *testing.T, test func(t *testing.T, o *oracle, s *Seer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		o := newOracle()
		s := NewSeer(o)
		var running sync.WaitGroup
		running.Go(func() { s.Run(ctx) })
		test(t, o, s)
		cancel()
		running.Wait() // it ends with its context, and leaves nothing behind: else the bubble fails
	})
}

func last(t *testing.T, s *Seer) SeerTurn {
	t.Helper()
	p := s.Latest()
	if len(p.Turns) == 0 {
		t.Fatal("there is no turn")
	}
	return p.Turns[len(p.Turns)-1]
}

func TestSeerAnswersAndFollowsUp(t *testing.T) {
	conversation(t, func(t *testing.T, o *oracle, s *Seer) {
		if s.Ask("  ") {
			t.Error("it asked nothing")
		}
		for i := range seer.MaxHistory + 3 {
			if !s.Ask(fmt.Sprintf(" question %d ", i)) {
				t.Fatalf("question %d was not put", i)
			}
			if s.Ask("meanwhile") {
				t.Error("two questions at once")
			}
			synctest.Wait()
			o.answer <- seer.Answer{Text: fmt.Sprintf("answer %d", i)}
			synctest.Wait()
			if l := last(t, s); l.State != Answered || l.Answer.Text != fmt.Sprintf("answer %d", i) || l.Question != fmt.Sprintf("question %d", i) {
				t.Fatalf("turn %+v", l)
			}
		}
		h := o.asked[len(o.asked)-1].History
		if len(h) != seer.MaxHistory || h[0] != (seer.Turn{Question: "question 2", Answer: "answer 2"}) || h[len(h)-1].Question != "question 9" {
			t.Errorf("history %v", h)
		}
		if len(o.asked[0].History) != 0 {
			t.Error("the first question has a history")
		}
		s.Clear()
		s.Ask("anew")
		synctest.Wait()
		if h := o.asked[len(o.asked)-1].History; len(h) != 0 {
			t.Errorf("a new conversation remembers %v", h)
		}
		if asked := s.Asked(); asked[0] != "question 0" || asked[len(asked)-1] != "anew" {
			t.Errorf("asked %v", asked)
		}
	})
}

func TestSeerStreamsADraftUntilTheAnswerReplacesIt(t *testing.T) {
	conversation(t, func(t *testing.T, o *oracle, s *Seer) {
		s.Ask("why")
		for _, e := range []seer.Event{{Step: "reading"}, {Draft: "wro"}, {Draft: "ng"}, {Restart: true}, {Draft: "ri"}, {Step: "writing", Draft: "ght"}} {
			o.events <- e
		}
		synctest.Wait()
		if l := last(t, s); l.Draft != "right" || l.Step != "writing" || l.State != Asking {
			t.Errorf("turn %+v", l)
		}
		before := s.Latest()
		o.events <- seer.Event{Draft: "!"}
		synctest.Wait()
		if before.Turns[0].Draft != "right" {
			t.Error("a picture that was given out changed")
		}
		for range 200 {
			o.events <- seer.Event{Draft: strings.Repeat("é", 1<<10)}
		}
		synctest.Wait()
		if l := last(t, s); len(l.Draft) > maxDraft || !utf8.ValidString(l.Draft) {
			t.Errorf("the draft has %d bytes", len(l.Draft))
		}
		o.answer <- seer.Answer{Text: "checked"}
		synctest.Wait()
		if l := last(t, s); l.Draft != "" || l.Step != "" || l.Answer.Text != "checked" {
			t.Errorf("turn %+v", l)
		}
	})
}

func TestSeerStops(t *testing.T) {
	conversation(t, func(t *testing.T, o *oracle, s *Seer) {
		if s.Stop() {
			t.Error("it stopped nothing")
		}
		s.Ask("why")
		o.events <- seer.Event{Draft: "half"}
		synctest.Wait()
		if !s.Stop() {
			t.Error("it did not stop")
		}
		synctest.Wait()
		if l := last(t, s); l.State != Stopped || l.Draft != "half" || o.ended != 1 {
			t.Errorf("turn %+v, %d ended", l, o.ended)
		}
		s.Ask("again")
		synctest.Wait()
		if h := o.asked[1].History; len(h) != 0 {
			t.Errorf("what was never answered is in the history: %v", h)
		}
		o.fail <- errors.New("no")
		synctest.Wait()
		if l := last(t, s); l.State != Failed || l.Err == nil {
			t.Errorf("turn %+v", l)
		}
	})
}

// TestSeerDropsWhatComesTooLate: what a seer that does not listen says of a question that was stopped must not appear under another one.
func TestSeerDropsWhatComesTooLate(t *testing.T) {
	conversation(t, func(t *testing.T, o *oracle, s *Seer) {
		o.deaf = true
		s.Ask("first")
		synctest.Wait()
		s.Stop()
		if !s.Ask("second") {
			t.Fatal("one may wait")
		}
		s.Stop()
		if s.Ask("third") {
			t.Error("a third one waits too")
		}
		o.events <- seer.Event{Draft: "late"}
		o.answer <- seer.Answer{Text: "late"}
		synctest.Wait()
		for _, turn := range s.Latest().Turns {
			if turn.State != Stopped || turn.Draft != "" || turn.Answer.Text != "" {
				t.Errorf("turn %+v", turn)
			}
		}
		if len(o.asked) != 1 {
			t.Errorf("%d questions were asked: the second was stopped before it began", len(o.asked))
		}
		s.Ask("fourth")
		synctest.Wait()
		s.Clear()
		s.Ask("fifth")
		o.answer <- seer.Answer{Text: "of the fourth"}
		synctest.Wait()
		if l := last(t, s); l.State != Asking || l.Question != "fifth" {
			t.Errorf("turn %+v", l)
		}
		o.answer <- seer.Answer{Text: "of the fifth"}
		synctest.Wait()
		if l := last(t, s); l.Answer.Text != "of the fifth" {
			t.Errorf("turn %+v", l)
		}
	})
}

func TestSeerPicturesAreOnlyNews(t *testing.T) {
	conversation(t, func(t *testing.T, o *oracle, s *Seer) {
		o.set(func() { o.status = seer.Status{State: seer.Current, Topics: []string{"orders"}, Messages: 5} })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var seen []SeerPicture
		count(s.Subscribe(ctx), &seen)
		s.Show(true)
		after(10 * time.Minute)
		if len(seen) > 2 || seen[len(seen)-1].Status.Messages != 5 {
			t.Errorf("%d pictures of a seer that rests", len(seen))
		}
		idle := o.looked()
		if idle < 10*60/10 || idle > 90 {
			t.Errorf("%d looks in ten idle minutes", idle)
		}
		o.set(func() { o.status.Messages = 6 })
		after(seerRest)
		if s.Latest().Status.Messages != 6 {
			t.Error("a change was not seen")
		}
		before := o.looked()
		after(10 * time.Second)
		if n := o.looked() - before; n < 4 {
			t.Errorf("%d looks in 10 s after a change", n)
		}
		o.set(func() { o.down = errors.New("refused") })
		after(10 * time.Minute)
		p := s.Latest()
		if p.Err == nil || p.Status.Messages != 6 {
			t.Errorf("the last known is not kept: %+v", p)
		}
		seenDown := len(seen)
		after(10 * time.Minute)
		if len(seen) != seenDown {
			t.Error("the same error is news again")
		}
		s.Show(false)
	})
}

func TestSeerIsBounded(t *testing.T) {
	long := strings.Repeat("é", 300<<10)
	huge := seer.Answer{Text: long, Model: long, Way: seer.Way(long)}
	for range 1000 {
		huge.Citations = append(huge.Citations, seer.Citation{Excerpt: long, Title: long, Gone: long, Place: seer.Place{Topic: long}})
		huge.Counted = append(huge.Counted, seer.Counted{Topic: long})
		huge.Notes, huge.Nearest = append(huge.Notes, long), append(huge.Nearest, long)
	}
	a := boundAnswer(huge)
	size := len(a.Text)
	for _, c := range a.Citations {
		size += len(c.Excerpt) + len(c.Title) + len(c.Gone) + len(c.Place.Topic)
	}
	for _, s := range slices.Concat(a.Notes, a.Nearest) {
		size += len(s)
	}
	for _, c := range a.Counted {
		size += len(c.Topic)
	}
	if size > 400<<10 || !utf8.ValidString(a.Text) {
		t.Errorf("%d bytes are kept", size)
	}
	if len(huge.Citations[0].Title) != len(long) {
		t.Error("the answer that was given was changed")
	}
	conversation(t, func(t *testing.T, o *oracle, s *Seer) {
		for i := range MaxTurns + 70 {
			s.Ask(fmt.Sprint(i))
			o.answer <- seer.Answer{Text: long}
			synctest.Wait()
		}
		p := s.Latest()
		if len(p.Turns) != MaxTurns || len(p.Turns[0].Answer.Text) > maxAnswer || len(s.Asked()) != maxAsked {
			t.Errorf("%d turns, %d questions", len(p.Turns), len(s.Asked()))
		}
		if p.Turns[0].N != 71 {
			t.Errorf("the oldest is %d", p.Turns[0].N)
		}
		if h := o.asked[len(o.asked)-1].History; len(h[0].Answer) > maxRecall {
			t.Errorf("an answer of %d bytes goes with a question", len(h[0].Answer))
		}
	})
}

func TestNoSeer(t *testing.T) {
	s := NewSeer(nil)
	s.Run(t.Context()) // returns: there is nothing to watch
	s.Show(true)
	if s.Ask("why") || s.Stop() || !s.Latest().Absent {
		t.Error("somebody answers")
	}
	s.Clear()
}
