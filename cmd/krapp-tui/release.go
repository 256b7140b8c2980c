package main

import (
	"runtime/debug"
	"sync"
	"time"
)

// releaseAfter is how long after the last of several visitors left their memory is given back: others may come meanwhile and use it.
const releaseAfter = 5 * time.Second

// release gives memory back to the system when visitors have left. The runtime by itself would keep most of what they used.
type release struct {
	free func() // nil: debug.FreeOSMemory

	mu    sync.Mutex
	here  int
	most  int // at a time, since memory was given back
	timer *time.Timer
}

// came notes a visitor; left has to be called for it.
func (r *release) came() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.here++
	r.most = max(r.most, r.here)
}

// left gives memory back soon, if not more than half of the visitors are there that have been.
func (r *release) left() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.here--
	if 2*r.here > r.most {
		return
	}
	if r.timer != nil {
		r.timer.Stop()
	}
	r.timer = time.AfterFunc(releaseAfter, r.now)
}

func (r *release) now() {
	r.mu.Lock()
	r.most = r.here
	free := r.free
	r.mu.Unlock()
	if free == nil {
		free = debug.FreeOSMemory
	}
	free()
}
