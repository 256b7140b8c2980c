package learn

import (
	"context"
	"time"
)

// ageEvery is how often the old goes, where an age is set.
const ageEvery = 10 * time.Second

// age has what is too old removed, also when nothing new comes; a template is as old as its newest record.
func (l *Learner) age(ctx context.Context) error {
	now := l.o.Now()
	if l.o.Index.MaxAge <= 0 || now.Sub(l.aged) < ageEvery {
		return nil
	}
	l.aged = now
	l.step.Lock()
	defer l.step.Unlock()
	j := job{retain: true}
	l.mu.Lock()
	for _, topic := range l.miner.Topics() {
		for _, t := range l.miner.All(topic) {
			if !t.Special() && now.Sub(t.Last) <= l.o.Index.MaxAge {
				j.add(documentOf(&t))
			}
		}
	}
	l.changes(&j)
	l.mu.Unlock()
	return l.send(ctx, j)
}
