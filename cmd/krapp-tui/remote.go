package main

import (
	"context"
	"io"
	"sync"

	"github.com/krapp-io/krapp/sshd"
	"github.com/krapp-io/krapp/tui"
)

// remote is a client's terminal. It outlives the programs that are shown on it one after the other, so that none of them keeps a key from the next.
type remote struct {
	t     sshd.Terminal
	typed chan []byte // closed at the end of the input

	mu      sync.Mutex
	size    tui.Size
	resized chan tui.Size // the newest size, until it is taken
}

// newRemote begins to read what is typed, until ctx ends and the terminal's input with it.
func newRemote(ctx context.Context, t sshd.Terminal) *remote {
	r := &remote{t: t, typed: make(chan []byte), size: tui.Size(t.Size), resized: make(chan tui.Size, 1)}
	go r.read(ctx)
	go r.watchSize()
	return r
}

// read hands on what is typed: one piece at a time, so that who types faster than it is taken waits.
func (r *remote) read(ctx context.Context) {
	defer close(r.typed)
	for {
		buf := make([]byte, 4<<10)
		n, err := r.t.Input.Read(buf)
		if n > 0 {
			select {
			case r.typed <- buf[:n]:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// watchSize keeps the newest size until the terminal's channel is closed.
func (r *remote) watchSize() {
	for s := range r.t.Resize {
		r.mu.Lock()
		r.size = tui.Size(s)
		r.mu.Unlock()
		select {
		case <-r.resized:
		default:
		}
		r.resized <- tui.Size(s) // there is room: nobody else puts anything in
	}
}

// show puts the terminal into a program's options; ctx is the program's.
func (r *remote) show(ctx context.Context, o *tui.Options) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o.Input, o.Output, o.Environ = &keyboard{ctx: ctx, typed: r.typed}, r.t.Output, r.t.Environ
	o.Size, o.Resize = r.size, r.resized
}

// keyboard is what is typed while one program is shown.
type keyboard struct {
	ctx   context.Context
	typed <-chan []byte
	rest  []byte
}

func (k *keyboard) Read(p []byte) (int, error) {
	if len(k.rest) == 0 {
		select {
		case <-k.ctx.Done():
			return 0, io.EOF
		case b, ok := <-k.typed:
			if !ok {
				return 0, io.EOF
			}
			k.rest = b
		}
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}
