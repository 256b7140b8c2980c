package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/worker/trace"
)

// answerer asks the seer for everybody, within a time, and counts.
type answerer struct {
	asker   seer.Asker
	limit   time.Duration
	metrics *metrics
	log     *slog.Logger
}

// answer answers a question. The errors are the asker's, timed out after the limit, and internal for a question that broke it.
func (a *answerer) answer(ctx context.Context, via string, q seer.Question, each func(seer.Event)) (out seer.Answer, err error) {
	limited, cancel := context.WithTimeout(ctx, a.limit)
	defer cancel()
	began := time.Now()
	limited, span := trace.Start(limited, "ask")
	out, err = a.ask(limited, q, each)
	span.Name("via", via)
	span.Name("way", string(out.Way))
	span.End(err)
	switch {
	case err == nil:
	case ctx.Err() != nil: // nobody waits for it any more: neither an answer nor a failure
		return seer.Answer{}, err
	case limited.Err() != nil:
		err = kafkaops.NewError(kafkaops.TimedOut, "answering", "", "ask for less, or name the topic: ?topics=NAME", fmt.Errorf("no answer within %s: %w", a.limit, err))
	}
	a.metrics.answered(via, out, err, time.Since(began))
	out.ID = q.ID
	if out.Citations == nil {
		out.Citations = []seer.Citation{}
	}
	return out, err
}

// ask shields the process, and the other questions in it, from one that breaks the asker.
func (a *answerer) ask(ctx context.Context, q seer.Question, each func(seer.Event)) (out seer.Answer, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			a.log.Error("a question broke the seer", "question", q.Text, "fault", fmt.Sprint(broken), "stack", string(debug.Stack()))
			out, err = seer.Answer{}, kafkaops.NewError(kafkaops.Internal, "answering", "", "ask it in other words, and report this: the log has the details",
				errors.New("the question broke the seer"))
		}
	}()
	return a.asker.Ask(ctx, q, each)
}
