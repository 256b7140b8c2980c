package produce

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// maxIdempotencyKey bounds the header, in bytes.
const maxIdempotencyKey = 256

// outcome is what was answered to a request.
type outcome struct {
	stored stored
	err    error
}

// definite says whether a repetition must get the same answer: the record is stored, or the broker will never take it. Whatever may end
// differently the next time (no broker, timed out, no such topic yet) is tried again.
func (o outcome) definite() bool {
	return o.err == nil || kafkaops.ClassOf(o.err) == kafkaops.Invalid
}

// answers remembers the answers to idempotency keys. Keys are held as hashes, so that the size of an entry is known.
type answers struct {
	max int
	ttl time.Duration
	now func() time.Time

	mu   sync.Mutex
	seen map[[sha256.Size]byte]*entry
	old  []aged // in the order of the answers: the head expires first
}

type entry struct {
	done chan struct{} // closed once out is set
	out  outcome
}

type aged struct {
	key [sha256.Size]byte
	at  time.Time
}

func newAnswers(limit int, ttl time.Duration, now func() time.Time) *answers {
	return &answers{max: limit, ttl: ttl, now: now, seen: make(map[[sha256.Size]byte]*entry)}
}

// do gives the answer that key got before, waiting for it when that request is still in hand; else it runs send. A request that waited
// for one without a definite answer tries itself. replayed says that nothing was sent.
func (a *answers) do(ctx context.Context, key string, send func() outcome) (out outcome, replayed bool) {
	if len(key) > maxIdempotencyKey {
		return outcome{err: kafkaops.Errorf(kafkaops.Invalid, "reading Idempotency-Key", "", "send a shorter one, such as a UUID",
			"it is longer than %d bytes", maxIdempotencyKey)}, false
	}
	hash := sha256.Sum256([]byte(key))
	for {
		e, mine, err := a.claim(hash)
		if err != nil {
			return outcome{err: err}, false
		}
		if mine {
			out := send()
			a.settle(hash, e, out)
			return out, false
		}
		select {
		case <-e.done:
			if e.out.definite() {
				return e.out, true
			}
		case <-ctx.Done():
			return outcome{err: kafkaops.NewError(kafkaops.TimedOut, "waiting for the first request with this Idempotency-Key", "", "try again with the same key", ctx.Err())}, false
		}
	}
}

// claim returns the key's entry; mine when it is new and the caller must settle it.
func (a *answers) claim(hash [sha256.Size]byte) (e *entry, mine bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expire()
	if e, ok := a.seen[hash]; ok {
		return e, false, nil
	}
	if len(a.seen) >= a.max {
		return nil, false, kafkaops.Errorf(kafkaops.Unavailable, "remembering Idempotency-Key", "",
			"send without a key, more slowly, or raise --idempotency-keys", "%d keys of the last %s are held", a.max, a.ttl)
	}
	e = &entry{done: make(chan struct{})}
	a.seen[hash] = e
	return e, true, nil
}

func (a *answers) settle(hash [sha256.Size]byte, e *entry, out outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e.out = out
	if out.definite() {
		a.old = append(a.old, aged{hash, a.now()})
	} else {
		delete(a.seen, hash)
	}
	close(e.done)
}

// expire drops what is older than the ttl; the caller holds the lock.
func (a *answers) expire() {
	limit, n := a.now().Add(-a.ttl), 0
	for n < len(a.old) && a.old[n].at.Before(limit) {
		delete(a.seen, a.old[n].key)
		n++
	}
	a.old = a.old[n:] // append moves the rest to a new array when this one is used up
}
