package worker

import "context"

// Role is one thing that a worker does, for as long as it runs.
type Role interface {
	// Name is the role's name in the command line, logs and health: "produce", "consume".
	Name() string
	// Run works until ctx ends, which is the order to stop: stop input, finish what is in hand, commit, close, return nil. How long that
	// may take is bounded by the role's own StopTimeout. It calls ready once, when it does what it is for.
	Run(ctx context.Context, ready func()) error
}
