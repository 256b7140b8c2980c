package llm

import (
	"context"
	"time"
)

// watch ends a try that makes no progress. go-openai reads without any limit: all that stops it is its context.
// It belongs to the try's goroutine.
type watch struct {
	c      *Client
	op     string
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// watched runs one try, which has to arm the watch again with each piece that it reads.
func (c *Client) watched(ctx context.Context, op string, try tryFunc) (gave bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &watch{c: c, op: op, cancel: cancel}
	w.arm("the first piece of the answer", c.o.Timeouts.First)
	defer func() { w.timer.Stop() }()
	gave, err = try(ctx, w)
	if err != nil && ctx.Err() != nil {
		err = c.classify(ctx, op, err) // while the cause is at hand
	}
	return gave, err
}

// tryFunc is one try; gave says whether the caller has been given a part of the answer, so that asking again would give it twice.
type tryFunc func(ctx context.Context, w *watch) (gave bool, err error)

func (w *watch) arm(what string, limit time.Duration) {
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = time.AfterFunc(limit, func() { w.cancel(w.c.tooLong(w.op, what, limit)) })
}
