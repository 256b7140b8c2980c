package consume

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/done"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/deadletter"
	"github.com/krapp-io/krapp/worker/httpd"
	"github.com/krapp-io/krapp/worker/measure"
	"github.com/krapp-io/krapp/worker/trace"
)

// Role consumes. New makes it.
type Role struct {
	o         Options
	allowed   worker.Topics
	topics    *deadletter.Book
	recent    *recent
	processor *processor
	loop      *eos.Loop
	streams   httpd.Streams
}

// New checks the options and makes the role. The errors are invalid (a rule or pattern that can't be read, no topics) or unauthorised (a
// topic that is not on the allowlist).
func New(o Options) (*Role, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	allowed, subscribable, err := o.topics()
	if err != nil {
		return nil, err
	}
	valid, err := newValidator(o.Validate)
	if err != nil {
		return nil, err
	}
	r := &Role{o: o, allowed: allowed, topics: deadletter.NewBook(o.Client), recent: newRecent(o.Last)}
	r.streams.Max = o.MaxStreams
	r.processor = newProcessor(valid, r.topics, r.recent, done.Options{Group: o.Group, Worker: o.Worker})
	r.loop, err = eos.New(o.Client, eos.Options{
		Group: o.Group, Topics: o.Topics, Regex: o.Regex, Allow: subscribable, Slot: o.Slot,
		SessionTimeout: o.SessionTimeout, StopTimeout: o.StopTimeout, BatchTime: o.BatchTime, BatchRecords: o.BatchRecords,
		OnCommit:   r.processor.committed,
		Observe:    trace.Transaction,
		OnAssigned: func([]kafkaops.TopicPartition) { r.topics.Forget() },
		Log:        o.Log.With("role", "consume"),
	}, r.processor)
	if err != nil {
		return nil, err
	}
	return r, r.register()
}

// register has the role's numbers among the metrics.
func (r *Role) register() error {
	if r.o.Registry == nil {
		return nil
	}
	for _, c := range []prometheus.Collector{
		newCollector(r), measure.Loop(r.Name(), r.o.Group, r.loop.State),
		measure.DeadLetters(r.Name(), r.o.Group, func() int64 { return r.processor.counts().rejected }),
	} {
		if err := r.o.Registry.Register(c); err != nil {
			return kafkaops.NewError(kafkaops.Conflict, "registering metrics of", r.Name(), "", err)
		}
	}
	return nil
}

// Name is "consume".
func (r *Role) Name() string { return "consume" }

// State says how the role's loop is doing.
func (r *Role) State() eos.State { return r.loop.State() }

// Run consumes and serves until ctx ends. Its own topics are created first, for reports have to go somewhere.
func (r *Role) Run(ctx context.Context, ready func()) error {
	if err := roundtrip.EnsureTopics(ctx, r.o.Client); err != nil {
		return err
	}
	if r.o.NoHTTP {
		return r.loop.Run(ctx, ready)
	}
	s, err := httpd.Listen(ctx, r.o.HTTP)
	if err != nil {
		return err
	}
	if r.o.OnListen != nil {
		r.o.OnListen(s.Addr())
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Serve(ctx, r.mux()) })
	g.Go(func() error { return r.loop.Run(ctx, ready) })
	return g.Wait()
}

func (r *Role) mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", r.serveStatus)
	mux.HandleFunc("GET /_health", r.serveHealth)
	mux.HandleFunc("GET /consume", r.serveConsume)
	mux.HandleFunc("GET /recent", r.serveRecent)
	mux.HandleFunc("GET /{$}", r.servePage)
	mux.Handle("GET /assets/", httpd.Assets(files))
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		httpd.WriteError(w, kafkaops.Errorf(kafkaops.NotFound, "answering", req.Method+" "+req.URL.Path,
			"GET /status, /consume?topics=a,b, / or /_health", "there is nothing of that kind"))
	})
	return mux
}
