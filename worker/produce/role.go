package produce

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/httpd"
)

// Role produces. New makes it.
type Role struct {
	o      Options
	topics worker.Topics
	runs   *runs // nil: slices are not sent here
}

// New checks the options and makes the role.
func New(o Options) (*Role, error) {
	o, topics, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if o.NoHTTP && o.NoRuns {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "starting role", "produce", "leave one of the two on", "neither HTTP nor runs are to be served")
	}
	r := &Role{o: o, topics: topics}
	if !o.NoRuns {
		if r.runs, err = newRuns(o, topics); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Name is "produce".
func (r *Role) Name() string { return "produce" }

// Run serves HTTP and sends slices until ctx ends. krapp's own topics are created first, for slices have to come from somewhere.
func (r *Role) Run(ctx context.Context, ready func()) error {
	if err := roundtrip.EnsureTopics(ctx, r.o.Client); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	if !r.o.NoHTTP {
		s, err := httpd.Listen(ctx, r.o.HTTP)
		if err != nil {
			return err
		}
		if r.o.OnListen != nil {
			r.o.OnListen(s.Addr())
		}
		g.Go(func() error { return r.serve(ctx, s) })
	}
	if r.runs != nil {
		g.Go(func() error { return r.runs.run(ctx, ready) })
	} else {
		ready()
	}
	return g.Wait()
}

// serve answers HTTP; at the end it waits for the deliveries of the requests in hand.
func (r *Role) serve(ctx context.Context, s *httpd.Server) error {
	p := newPost(r.openProducer, r.o.Client, r.newTopic())
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.o.StopTimeout)
		defer cancel()
		p.close(last)
	}()
	h := &handler{
		cluster: p, topics: r.topics, topic: r.o.Topic, answers: newAnswers(r.o.IdempotencyKeys, IdempotencyTime, time.Now),
		limit: r.o.AckTimeout + time.Second, runs: r.health,
	}
	return s.Serve(ctx, h.mux())
}

func (r *Role) openProducer(ctx context.Context) (producer, error) {
	return r.o.Client.NewProducer(ctx, rdkafka.ProducerOptions{
		Linger: 10 * time.Millisecond, QueueMessages: r.o.QueueMessages, MessageTimeout: r.o.AckTimeout,
	})
}

// newTopic is how a missing topic is made; nil when none is.
func (r *Role) newTopic() *kafkaops.NewTopic {
	if !r.o.CreateTopics {
		return nil
	}
	partitions := r.o.Partitions
	if partitions <= 0 {
		partitions = -1
	}
	return &kafkaops.NewTopic{Partitions: partitions, ReplicationFactor: -1}
}

// health is what /_health says of the slices.
func (r *Role) health() any {
	if r.runs == nil {
		return nil
	}
	return r.runs.state()
}
