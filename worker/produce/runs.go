package produce

import (
	"context"

	"github.com/krapp-io/krapp/worker"
)

type runs struct{}

func newRuns(o Options, topics worker.Topics) (*runs, error) { return &runs{}, nil }
func (r *runs) run(ctx context.Context, ready func()) error {
	ready()
	<-ctx.Done()
	return nil
}
func (r *runs) state() any { return nil }
