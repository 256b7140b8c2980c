package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Loaded is the message of Load. T tells a page's loads apart.
type Loaded[T any] struct {
	Value T
	Err   error
}

// Load fetches something once, outside Update. ctx is the page's, with the
// deadline that the fetch deserves set inside fetch.
func Load[T any](ctx context.Context, fetch func(context.Context) (T, error)) tea.Cmd {
	return func() tea.Msg {
		v, err := fetch(ctx)
		if ctx.Err() != nil {
			return nil // the page is gone
		}
		return Loaded[T]{Value: v, Err: err}
	}
}

// Polled is what a Poller delivers: the newest value that could be fetched,
// when, and the error since then, if the newest fetch failed.
type Polled[T any] struct {
	Value T
	At    time.Time // of Value; zero: there is none yet
	Err   error
}

// Poller fetches something again and again while a page lives. The last value
// stays when a fetch fails.
type Poller[T any] struct {
	every time.Duration
	fetch func(context.Context) (T, error)
	box   *Mailbox[Polled[T]]
	kick  chan struct{}
}

// NewPoller makes a poller. equal says that two values show the same (nil:
// each fetch is a change; then the page is drawn each time).
func NewPoller[T any](every time.Duration, equal func(a, b T) bool, fetch func(context.Context) (T, error)) *Poller[T] {
	same := func(a, b Polled[T]) bool {
		return equal != nil && a.Err == nil && b.Err == nil && !a.At.IsZero() && equal(a.Value, b.Value)
	}
	return &Poller[T]{every: every, fetch: fetch, box: NewMailbox(same), kick: make(chan struct{}, 1)}
}

// Run is the command that fetches until ctx ends: return it from Init, once.
// After a failure it waits longer each time, up to eight times the interval.
func (p *Poller[T]) Run(ctx context.Context) tea.Cmd {
	return func() tea.Msg {
		wait := p.every
		for {
			v, err := p.fetch(ctx)
			if ctx.Err() != nil {
				return nil
			}
			now := Polled[T]{Value: v, At: time.Now(), Err: err}
			if err != nil {
				old, _ := p.box.Latest()
				wait = min(2*wait, 8*p.every)
				now.Value, now.At = old.Value, old.At
			} else {
				wait = p.every
			}
			p.box.Put(now)
			t := time.NewTimer(wait)
			select {
			case <-ctx.Done():
				t.Stop()
				return nil
			case <-p.kick:
				t.Stop()
			case <-t.C:
			}
		}
	}
}

// Refresh fetches now. It does not block.
func (p *Poller[T]) Refresh() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// Subscribe delivers what is fetched, as Snapshot[Polled[T]].
func (p *Poller[T]) Subscribe(ctx context.Context) *Stream[Polled[T]] { return p.box.Subscribe(ctx) }
