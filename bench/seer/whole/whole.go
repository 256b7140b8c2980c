// Package whole puts the seer together as its commands do: a learner that follows Kafka, and an asker without a model.
package whole

import (
	"context"
	"fmt"
	"time"

	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask"
	"github.com/krapp-io/krapp/seer/embed"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn"
	"github.com/krapp-io/krapp/seer/learn/passage"
)

// Options of a Seer.
type Options struct {
	Client *rdkafka.Client
	Topics []string         // none: all
	Now    func() time.Time // nil: time.Now
}

// Seer learns until it is stopped.
type Seer struct {
	Asker   *ask.Asker
	Learner *learn.Learner

	stop context.CancelFunc
	done chan error
}

// Learned is how far it is.
type Learned struct {
	Messages            int64
	Templates, Passages int
}

// Start begins to learn all that is there.
func Start(ctx context.Context, o Options) (*Seer, error) {
	table, err := embed.Load()
	if err != nil {
		return nil, err
	}
	regex := ""
	if len(o.Topics) == 0 {
		regex = ".*"
	}
	learner, err := learn.New(learn.Options{
		Client: o.Client, Topics: o.Topics, Regex: regex, Now: o.Now,
		Index: index.Options{Embedder: index.Offline(table), Words: table, Sentences: passage.Sentences, Now: o.Now},
	})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	s := &Seer{Learner: learner, stop: stop, done: make(chan error, 1)}
	s.Asker = ask.New(ask.Options{Knowledge: learner, Reader: o.Client, Words: table, Now: o.Now})
	go func() { s.done <- learner.Run(ctx, func() {}) }()
	return s, nil
}

// Stop ends the learning and returns its error.
func (s *Seer) Stop() error {
	s.stop()
	return <-s.done
}

// Await returns when so many messages have been learned and nothing is left to learn.
func (s *Seer) Await(ctx context.Context, messages int64) (Learned, error) {
	const look = 5 * time.Millisecond
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if now := s.Learner.Status(); now.Messages >= messages && now.State == seer.Current && now.Fresh.Behind == 0 {
			return Learned{now.Messages, now.Templates, now.Passages}, nil
		}
		select {
		case <-ctx.Done():
			return Learned{}, fmt.Errorf("learning %d messages, have %+v: %w", messages, s.Learner.Status(), context.Cause(ctx))
		case err := <-s.done:
			s.done <- err
			return Learned{}, fmt.Errorf("learning ended early: %w", err)
		case <-tick.C:
		}
	}
}
