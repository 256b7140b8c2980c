package corpus

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// The hours that the messages of an examination fall into. Now is what the asker takes for the present.
const (
	dayLength  = 6 * time.Hour
	tombstones = 25 // among the orders
	torn       = 10 // among the payments: cut-off JSON
	lateEvery  = 50 // one message in so many is stored after some that are younger
	lateBy     = 20 // messages
)

// Start is the time of the first message of an examination.
func Start() time.Time { return time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC) }

// Now is the time at which the questions are asked.
func Now() time.Time { return Start().Add(dayLength) }

// Messages makes n messages with their tallies in the order in which they are to be stored, which isn't quite that of their times.
func (c Corpus) Messages(n int, seed uint64) []Message {
	g := NewGenerator(c.Templates, seed, Start())
	g.Tallied = true
	rng := rand.New(rand.NewPCG(seed, 6))
	all := make([]Message, n)
	step := dayLength / time.Duration(n)
	for i := range all {
		at := Start().Add(time.Duration(i)*step + time.Duration(rng.Int64N(int64(step)))).Truncate(time.Millisecond)
		all[i] = g.Next(at)
	}
	for i := range min(tombstones, n/100) {
		m := &all[(i+1)*n/(tombstones+2)]
		*m = Message{Topic: "orders", Key: fmt.Appendf(nil, "c-%04d", i), At: m.At, Fields: map[string]string{}}
	}
	for i := range min(torn, n/100) {
		m := &all[(i+1)*n/(torn+2)+1]
		*m = Message{Topic: "payments", Key: []byte("torn"), Value: fmt.Appendf(nil, `{"payment_id":"%d","status":"decl`, i), At: m.At, Fields: map[string]string{}}
	}
	for i := n / 10; i < n*9/10; i += lateEvery {
		j := i + 1 + rng.IntN(lateBy)
		if j < n*9/10 {
			all[i], all[j] = all[j], all[i]
		}
	}
	return all
}
