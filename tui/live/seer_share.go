package live

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/seer"
)

// seerFresh is how old a state may be that was asked for by somebody else: one console alone still gets a new one at each of its looks.
const seerFresh = 9 * seerFast / 10

// ShareSeer lets many conversations ask one seer: questions go through as they are; its state is asked for once and told to all.
func ShareSeer(a seer.Asker) seer.Asker {
	return &sharedSeer{Asker: a, turn: make(chan struct{}, 1)}
}

type sharedSeer struct {
	seer.Asker

	turn   chan struct{} // holds something while one asks or reads what follows
	at     time.Time
	status seer.Status
	err    error
}

// Status is the seer's state, which nobody may change.
func (s *sharedSeer) Status(ctx context.Context) (seer.Status, error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return seer.Status{}, ctx.Err()
	}
	defer func() { <-s.turn }()
	if now := time.Now(); s.at.IsZero() || now.Sub(s.at) >= seerFresh {
		status, err := s.Asker.Status(ctx)
		if err != nil && ctx.Err() != nil {
			return status, err // this one's time was over: that says nothing to the others
		}
		s.at, s.status, s.err = now, status, err
	}
	return s.status, s.err
}
