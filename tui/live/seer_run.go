package live

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

// Run answers the questions and watches the seer's state until ctx ends. It is called once.
func (s *Seer) Run(ctx context.Context) {
	if s.asker == nil {
		return
	}
	var looks sync.WaitGroup
	looks.Go(func() { s.watch(ctx) })
	defer looks.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-s.jobs:
			s.answer(ctx, j)
			s.Refresh()
		}
	}
}

// answer has one question answered.
func (s *Seer) answer(ctx context.Context, j job) {
	ctx, cancel := context.WithTimeout(ctx, seerAnswer)
	defer cancel()
	ended := make(chan struct{})
	var waits sync.WaitGroup
	waits.Go(func() {
		select {
		case <-j.stop:
			cancel()
		case <-ended:
		}
	})
	defer waits.Wait()
	defer close(ended)
	select {
	case <-j.stop:
		return // before it began
	default:
	}
	a, err := s.asker.Ask(ctx, j.question, func(e seer.Event) { s.progress(j.turn, e) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running(j.turn) {
		return // it was stopped
	}
	s.end(func(t *SeerTurn) {
		t.Step, t.Draft = "", ""
		if err != nil {
			t.State, t.Err = Failed, err
			return
		}
		t.State, t.Answer = Answered, boundAnswer(a)
	})
}

// running says whether a turn is the one that is being answered. With s.mu held.
func (s *Seer) running(turn int) bool {
	n := len(s.now.Turns)
	return s.stop != nil && n > 0 && s.now.Turns[n-1].N == turn
}

func (s *Seer) progress(turn int, e seer.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running(turn) {
		return
	}
	if e.Restart {
		s.draft.Reset() // the strings it gave out stay as they are
	}
	s.draft.WriteString(cut(e.Draft, maxDraft-s.draft.Len()))
	s.change(func(t *SeerTurn) {
		if e.Step != "" {
			t.Step = cut(e.Step, seer.MaxExcerpt)
		}
		t.Draft = s.draft.String()
	})
}

// watch looks at the seer's state until ctx ends.
func (s *Seer) watch(ctx context.Context) {
	changed, failures := time.Now(), 0
	for ctx.Err() == nil {
		err, moved := s.look(ctx)
		if ctx.Err() != nil {
			return
		}
		failures++
		if err == nil {
			failures = 0
		}
		if moved {
			changed = time.Now()
		}
		pause(ctx, s.wait(time.Since(changed), failures), s.kick)
	}
}

// look fetches the state once; on failure the last one stays.
func (s *Seer) look(ctx context.Context) (err error, moved bool) { //nolint:revive // the error is a fact here, not the outcome
	ctx, cancel := context.WithTimeout(ctx, seerTimeout)
	defer cancel()
	status, err := s.asker.Status(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = kafkaops.NewError(kafkaops.TimedOut, "asking the seer", "for its state", "It may be busy: r looks again.", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	moved = !sameErr(err, s.now.Err)
	s.now.Err = err
	if err == nil {
		status = boundStatus(status)
		if s.now.At.IsZero() || !reflect.DeepEqual(status, s.now.Status) {
			s.now.Status, s.now.At, moved = status, time.Now(), true
		}
	}
	if moved {
		s.put()
	}
	return err, moved
}

func (s *Seer) wait(still time.Duration, failures int) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case failures > 0:
		return backOff(failures, seerFast, seerMost)
	case s.shown == 0 || still >= deepAfter:
		return seerRest
	}
	return seerFast
}

// cut is the beginning of s, at most n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = max(n, 0)
	for i := n; i > n-utf8.UTFMax && i > 0; i-- {
		if utf8.RuneStart(s[i]) {
			return s[:i]
		}
	}
	return s[:n]
}
