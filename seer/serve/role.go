package serve

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/worker/httpd"
	"github.com/krapp-io/krapp/worker/measure"
)

// Role serves a seer. New makes it.
type Role struct {
	o         Options
	answers   *answerer
	questions *questions // nil: with NoTopics
	loop      *eos.Loop  // nil: with NoTopics
	streams   httpd.Streams
	slots     chan struct{}   // answers in the making for HTTP
	bodies    chan struct{}   // bodies that are read or stored
	ackWait   time.Duration   // ackLimit
	learnWait time.Duration   // learnLimit
	working   context.Context // what requests may work in; set by Run, before the first request
}

// New checks the options and makes the role. The errors are invalid (something is missing, a folder that is none) or conflict (metrics that are
// registered already).
func New(o Options) (*Role, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	m, err := newMetrics(o)
	if err != nil {
		return nil, err
	}
	answers := &answerer{asker: o.Asker, limit: o.AnswerTimeout, metrics: m, log: o.Log}
	r := &Role{o: o, answers: answers, slots: make(chan struct{}, o.MaxAsks), bodies: make(chan struct{}, maxBodies), ackWait: ackLimit, learnWait: learnLimit}
	r.streams.Max = o.MaxStreams
	if o.NoTopics {
		return r, nil
	}
	r.questions = newQuestions(o, r.answers)
	if r.loop, err = eos.New(o.Client, r.questions.loopOptions(o), r.questions); err != nil || o.Registry == nil {
		return r, err
	}
	if err := o.Registry.Register(measure.Loop(r.Name(), o.Group, r.loop.State)); err != nil {
		return nil, kafkaops.NewError(kafkaops.Conflict, "registering metrics of", r.Name(), "", err)
	}
	return r, nil
}

// Name is "seer".
func (r *Role) Name() string { return "seer" }

// Run learns, answers and serves until ctx ends. The seer's topics are created first where they are missing; while no broker can be reached that
// is tried again, and what was learned before can be asked about all the same. ready is called once questions can be answered and their topic is
// read. A stop gives requests in hand half of StopTimeout; streams end at once.
func (r *Role) Run(ctx context.Context, ready func()) error {
	away := ensureTopics(ctx, r.o.Client, r.o)
	if away != nil && !passes(away) {
		return away
	}
	var server *httpd.Server
	if !r.o.NoHTTP {
		s, err := httpd.Listen(ctx, r.o.HTTP)
		if err != nil {
			return err
		}
		if r.o.OnListen != nil {
			r.o.OnListen(s.Addr())
		}
		server = s
	}
	g, ctx := errgroup.WithContext(ctx)
	working, release := outlive(ctx, r.o.StopTimeout/2)
	defer release()
	r.working = working
	parts := int64(1)
	if r.loop != nil {
		parts++
	}
	ready = afterAll(parts, ready)
	if server != nil {
		g.Go(func() error { return server.Serve(ctx, r.mux()) })
	}
	if r.loop != nil {
		r.questions.desk.open(ctx)
	}
	g.Go(func() error {
		if err := r.awaitTopics(ctx, away); err != nil || r.loop == nil || ctx.Err() != nil {
			return err
		}
		return r.loop.Run(ctx, ready)
	})
	g.Go(func() error { return r.o.Learner.Run(ctx, ready) })
	return g.Wait()
}

// passes says whether a failure is the brokers' and goes by.
func passes(err error) bool {
	switch kafkaops.ClassOf(err) {
	case kafkaops.Unreachable, kafkaops.Unavailable, kafkaops.TimedOut:
		return true
	}
	return false
}

// awaitTopics goes on with ensureTopics, which failed with away, until that is over. It returns nil at the end of ctx.
func (r *Role) awaitTopics(ctx context.Context, away error) error {
	for pause := time.Second; away != nil && ctx.Err() == nil; pause = min(2*pause, 15*time.Second) {
		if !passes(away) {
			return away
		}
		r.o.Log.Warn("making the seer's topics", "error", away.Error(), "again_in", pause.String())
		sleep(ctx, pause)
		away = ensureTopics(ctx, r.o.Client, r.o)
	}
	return nil
}

// afterAll returns a function that calls ready at the n-th call.
func afterAll(n int64, ready func()) func() {
	var left atomic.Int64
	left.Store(n)
	return func() {
		if left.Add(-1) == 0 {
			ready()
		}
	}
}

// outlive returns a context that lives on for the limit after ctx has ended.
func outlive(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(limit, cancel)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel() }
}

// maxBodies is how many bodies are read, or on their way to the brokers, at a time: with their limit it bounds what they hold, to 64 MiB.
const maxBodies = 64

// take takes a place, of which there are only so many, and returns how to give it back. Its error is unavailable: all are taken.
func take(places chan struct{}, of string) (release func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	default:
		return nil, kafkaops.Errorf(kafkaops.Unavailable, "serving", "", "try again shortly", "%d %s are in hand", cap(places), of)
	}
}

func (r *Role) mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_health", r.serveHealth)
	mux.HandleFunc("GET /status", r.serveStatus)
	mux.HandleFunc("GET /ask", r.serveAsk)
	mux.HandleFunc("POST /ask", r.serveAsk)
	mux.HandleFunc("POST /accept", r.serveAccept)
	mux.HandleFunc("POST /load", r.serveLoad)
	mux.HandleFunc("GET /{$}", servePage)
	mux.Handle("GET /assets/", httpd.Assets(files))
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		httpd.WriteError(w, kafkaops.Errorf(kafkaops.NotFound, "answering", req.Method+" "+req.URL.Path,
			"GET or POST /ask, POST /accept, POST /load, GET /status, / or /_health", "there is nothing of that kind"))
	})
	return mux
}

// inHand returns the context that a request works in: it ends when the client goes, and when a stop has waited long enough. The server's limits on
// reading and writing, which are for requests that take no time, make way for the given one. Call it when the body has been read.
func (r *Role) inHand(w http.ResponseWriter, req *http.Request, limit time.Duration) (context.Context, context.CancelFunc) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // past it the server would take the client for gone; unsupported only without a connection
	_ = control.SetWriteDeadline(time.Now().Add(limit + 10*time.Second))
	ctx, cancel := context.WithCancel(req.Context())
	stop := context.AfterFunc(r.working, cancel)
	return ctx, func() { stop(); cancel() }
}
