package ui

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
)

// frameGap is the least time between two snapshots of a stream: 30 a second.
const frameGap = time.Second / 30

// Mailbox keeps the newest snapshot of something and nothing else. Any number
// of goroutines may Put; a Put never blocks. Snapshots must not be changed
// after they are put.
type Mailbox[T any] struct {
	equal func(a, b T) bool

	mu      sync.Mutex
	value   T
	version uint64 // number of changes; 0: nothing yet
	changed chan struct{}
}

// NewMailbox makes an empty mailbox. equal says that a snapshot shows the same
// as the one before, which then is not delivered; nil: each Put is a change.
func NewMailbox[T any](equal func(a, b T) bool) *Mailbox[T] {
	return &Mailbox[T]{equal: equal, changed: make(chan struct{})}
}

// Put replaces the snapshot and wakes who waits for it.
func (m *Mailbox[T]) Put(v T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.version > 0 && m.equal != nil && m.equal(m.value, v) {
		return
	}
	m.value = v
	m.version++
	close(m.changed)
	m.changed = make(chan struct{})
}

// Latest is the newest snapshot; false when there has been none.
func (m *Mailbox[T]) Latest() (T, bool) {
	v, version, _ := m.look()
	return v, version > 0
}

func (m *Mailbox[T]) look() (T, uint64, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.value, m.version, m.changed
}

// Subscribe makes a stream of the snapshots from the present one on, until ctx ends.
func (m *Mailbox[T]) Subscribe(ctx context.Context) *Stream[T] {
	return &Stream[T]{box: m, ctx: ctx}
}

// Stream delivers a mailbox's snapshots to one page.
type Stream[T any] struct {
	box     *Mailbox[T]
	ctx     context.Context
	waiting atomic.Bool
	seen    uint64
	last    time.Time
}

// Snapshot is the message in which a stream delivers.
type Snapshot[T any] struct {
	From  *Stream[T]
	Value T
}

// Next is the command that waits for the next snapshot: return it from Init
// and again from Update for each Snapshot. It delivers the newest, at most 30
// a second, nothing when nothing changed, and ends silently with the stream's
// context. While one Next waits, another does nothing.
func (s *Stream[T]) Next() tea.Cmd {
	if s == nil || !s.waiting.CompareAndSwap(false, true) {
		return nil
	}
	return func() tea.Msg {
		defer s.waiting.Store(false)
		v, ok := s.wait()
		if !ok {
			return nil
		}
		return Snapshot[T]{From: s, Value: v}
	}
}

// wait is only ever run by one goroutine at a time.
func (s *Stream[T]) wait() (v T, ok bool) {
	for {
		_, version, changed := s.box.look()
		if version > s.seen {
			break
		}
		select {
		case <-s.ctx.Done():
			return v, false
		case <-changed:
		}
	}
	if rest := frameGap - time.Since(s.last); rest > 0 {
		t := time.NewTimer(rest)
		defer t.Stop()
		select {
		case <-s.ctx.Done():
			return v, false
		case <-t.C:
		}
	}
	if s.ctx.Err() != nil {
		return v, false
	}
	v, s.seen, _ = s.box.look()
	s.last = time.Now()
	return v, true
}
