package httpd

import "sync"

// Hub hands the newest of a sequence of values to many clients: a client that is slow skips values and never holds anybody up. The zero
// value is ready for use.
type Hub[T any] struct {
	mu      sync.Mutex
	last    T
	has     bool
	clients map[chan T]struct{}
}

// Publish gives v to all clients, in the place of what they have not taken yet.
func (h *Hub[T]) Publish(v T) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.has = v, true
	for c := range h.clients {
		replace(c, v)
	}
}

// Last returns the newest value.
func (h *Hub[T]) Last() (T, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last, h.has
}

// Subscribe returns a channel that holds the newest value, beginning with the present one; leave gives it back.
func (h *Hub[T]) Subscribe() (values <-chan T, leave func()) {
	c := make(chan T, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.clients == nil {
		h.clients = make(map[chan T]struct{})
	}
	h.clients[c] = struct{}{}
	if h.has {
		c <- h.last
	}
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.clients, c)
	}
}

// replace puts v into a channel of one; only Publish sends, under the hub's lock.
func replace[T any](c chan T, v T) {
	select {
	case <-c:
	default:
	}
	c <- v
}
