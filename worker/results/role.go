package results

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/httpd"
	"github.com/krapp-io/krapp/worker/results/materialise"
)

// Role shows results. New makes it.
type Role struct {
	o       Options
	jobs    map[string]*materialise.Materialiser
	first   *materialise.Materialiser
	streams httpd.Streams
}

// New checks the options and makes the role. The error is Invalid.
func New(o Options) (*Role, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Role{o: o, jobs: make(map[string]*materialise.Materialiser, len(o.Jobs))}
	r.streams.Max = o.MaxStreams
	for _, j := range o.Jobs {
		m := materialise.New(o.Client, j, materialise.Options{
			WriteSnapshots: !o.NoSnapshots, SnapshotTime: o.SnapshotTime, SnapshotRecords: o.SnapshotRecords, StopTimeout: o.StopTimeout / 2,
			Log: o.Log,
		})
		r.jobs[j.Name] = m
		if r.first == nil {
			r.first = m
		}
	}
	if o.Registry != nil {
		if err := o.Registry.Register(newCollector(r)); err != nil {
			return nil, kafkaops.NewError(kafkaops.Conflict, "registering metrics of", "results", "", err)
		}
	}
	return r, nil
}

// Name is "results".
func (r *Role) Name() string { return "results" }

// Reason is what the role waits for before it is ready, see worker.Reasoner.
func (r *Role) Reason() string {
	for _, j := range r.o.Jobs {
		v := r.jobs[j.Name].View()
		if err := unready(&v); err != nil {
			return err.Error()
		}
	}
	return ""
}

// Materialiser is what follows a job's results, nil for a job that the role wasn't given.
func (r *Role) Materialiser(name string) *materialise.Materialiser { return r.jobs[name] }

// Run follows and serves until ctx ends. It is ready when every job's results have caught up, or nobody has read for it yet.
func (r *Role) Run(ctx context.Context, ready func()) error {
	s, err := httpd.Listen(ctx, r.o.HTTP)
	if err != nil {
		return err
	}
	if r.o.OnListen != nil {
		r.o.OnListen(s.Addr())
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Serve(ctx, r.mux()) })
	for _, m := range r.jobs {
		g.Go(func() error { return m.Run(ctx) })
	}
	g.Go(func() error {
		if r.allCaughtUp(ctx) {
			ready()
		}
		return nil
	})
	return g.Wait()
}

// allCaughtUp waits; false means that ctx has ended before.
func (r *Role) allCaughtUp(ctx context.Context) bool {
	for _, m := range r.jobs {
		if kafkaops.ClassOf(m.CaughtUp(ctx)) == kafkaops.NotFound {
			continue // nobody has read for this job yet: there is nothing to catch up with, and the answers say so
		}
		for v := m.View(); !v.CaughtUp; {
			var err error
			if v, err = m.Next(ctx, v.Version); err != nil {
				return false
			}
		}
	}
	return true
}

func (r *Role) mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /results", r.serveResults)
	mux.HandleFunc("GET /completeness", r.serveCompleteness)
	mux.HandleFunc("GET /live", r.serveLive)
	mux.HandleFunc("GET /_health", r.serveHealth)
	mux.HandleFunc("GET /{$}", r.servePage)
	mux.Handle("GET /assets/", httpd.Assets(files))
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		httpd.WriteError(w, kafkaops.Errorf(kafkaops.NotFound, "answering", req.Method+" "+req.URL.Path,
			"GET /results, /results?job=NAME, /completeness, / or /_health", "there is nothing of that kind"))
	})
	return mux
}
