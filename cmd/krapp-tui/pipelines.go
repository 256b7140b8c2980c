package main

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/tui/page/pipeline"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/compute"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/read"
	"github.com/krapp-io/krapp/worker/results/materialise"
)

// maxFollowed is how many jobs' results are kept up to date at a time; of more, the one that was asked for longest ago goes.
const maxFollowed = 4

// pipelines is what a session follows and runs of jobs. It lives as long as the session, so that work goes on when the page is left.
type pipelines struct {
	session  *session
	readOnly bool

	mu       sync.Mutex
	followed []*followed         // the last asked for first
	running  map[string]*running // by the job's name
}

// followed is a job whose results are merged here.
type followed struct {
	ref  string
	job  *job.Job
	m    *materialise.Materialiser
	stop context.CancelFunc

	from *materialise.View // the first picture that had caught up: what came since then is known
}

// running is what this console runs of a job.
type running struct {
	computes  string // the job's print
	ctx       context.Context
	stop      context.CancelFunc
	work      sync.WaitGroup
	reading   int
	computing int
	started   int // workers so far, for their names
}

// Names are the jobs asked for so far, the last one first, and the built-in ones.
func (p *pipelines) Names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for _, f := range p.followed {
		names = append(names, f.ref)
	}
	for _, n := range job.Builtin() {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// Look is the present picture of a job. It is followed from the first look on.
func (p *pipelines) Look(ctx context.Context, ref string) (pipeline.Facts, error) {
	f, err := p.follow(ctx, ref)
	if err != nil {
		return pipeline.Facts{}, err
	}
	v := f.m.View()
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.from == nil && v.CaughtUp {
		f.from = &v
	}
	facts := factsOf(ref, &v, f.from)
	if r := p.running[f.job.Name]; r != nil {
		facts.Here = pipeline.Here{Reading: r.reading > 0, Computing: r.computing}
	}
	return facts, nil
}

func (p *pipelines) follow(ctx context.Context, ref string) (*followed, error) {
	client, err := p.session.Client(ctx)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.IndexFunc(p.followed, func(f *followed) bool { return f.ref == ref }); i >= 0 {
		f := p.followed[i]
		p.followed = slices.Insert(slices.Delete(p.followed, i, i+1), 0, f)
		return f, nil
	}
	j, err := job.Load(ref)
	if err != nil {
		return nil, err
	}
	f := p.begin(client, ref, j)
	p.followed = slices.Insert(p.followed, 0, f)
	if n := len(p.followed); n > maxFollowed {
		p.followed[n-1].stop()
		p.followed = p.followed[:n-1]
	}
	return f, nil
}

// begin follows a job's results in the background. Snapshots are left to the results workers of a cluster that isn't this console's own.
func (p *pipelines) begin(client *rdkafka.Client, ref string, j *job.Job) *followed {
	ctx, stop := context.WithCancel(p.session.ctx)
	f := &followed{ref: ref, job: j, stop: stop}
	f.m = materialise.New(client, j, materialise.Options{WriteSnapshots: p.session.embedded() && !p.readOnly, Log: p.session.log})
	p.session.work.Go(func() {
		if err := f.m.Run(ctx); err != nil {
			p.session.fail(err)
		}
	})
	return f
}

// Stop ends what runs here of a job, after the transactions in hand.
func (p *pipelines) Stop(ctx context.Context, ref string) error {
	j, err := job.Load(ref)
	if err != nil {
		return err
	}
	p.mu.Lock()
	r := p.running[j.Name]
	p.mu.Unlock()
	if r == nil {
		return nil
	}
	r.stop()
	ended := make(chan struct{})
	go func() { r.work.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return kafkaops.NewError(kafkaops.TimedOut, "stopping", j.Name, "Its transactions end by themselves when the brokers answer again.", ctx.Err())
	}
}

// Start reads and computes in this process until that is done, or the console is left.
func (p *pipelines) Start(ctx context.Context, s pipeline.Spec) error {
	if p.readOnly {
		return kafkaops.Errorf(kafkaops.Unauthorised, "starting job", s.Job, "Choose another context.", "the context is read-only")
	}
	j, sources, err := resolve(s)
	if err != nil {
		return err
	}
	client, err := p.session.Client(ctx)
	if err != nil {
		return err
	}
	if j.Stream == nil { // before anyone waits for them
		if err := read.EnsureTopics(ctx, client, j); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r, err := p.runningOf(j)
	if err != nil {
		return err
	}
	name := func() string {
		r.started++
		return worker.DefaultName() + "-" + j.Name + "-" + strconv.Itoa(r.started)
	}
	for r.computing < s.Workers {
		role, err := compute.New(compute.Options{Client: client, Job: j, CreateTopics: p.session.embedded(), Worker: name(), Log: p.session.log})
		if err != nil {
			return err
		}
		p.run(j, r, &r.computing, role)
	}
	if j.Stream != nil {
		return nil
	}
	role, err := read.New(read.Options{
		Client: client, Job: j, Sources: sources, Base: s.Base, Chunks: s.Chunks, Source: sourceOptions(s),
		Worker: name(), Log: p.session.log,
	})
	if err != nil {
		return err
	}
	p.run(j, r, &r.reading, role)
	return nil
}

// runningOf is what runs of a job, made if nothing does. The caller holds the lock.
func (p *pipelines) runningOf(j *job.Job) (*running, error) {
	r := p.running[j.Name]
	switch {
	case r == nil:
		r = &running{computes: j.Print()}
		r.ctx, r.stop = context.WithCancel(p.session.ctx)
		p.running[j.Name] = r
	case r.ctx.Err() != nil:
		return nil, kafkaops.Errorf(kafkaops.Conflict, "starting job", j.Name, "Try again in a moment.", "it is being stopped")
	case r.computes != j.Print():
		return nil, kafkaops.Errorf(kafkaops.Conflict, "starting job", j.Name, "Stop it with x on its page, or give the changed job a name of its own.",
			"it runs here as it was before its file was changed")
	}
	return r, nil
}

// run runs a role in the background; of is where it is counted. The caller holds the lock.
func (p *pipelines) run(j *job.Job, r *running, of *int, role worker.Role) {
	*of++
	r.work.Add(1)
	p.session.work.Go(func() {
		defer r.work.Done()
		err := role.Run(r.ctx, func() {})
		if err != nil && r.ctx.Err() == nil {
			p.session.log.Warn("job", "job", j.Name, "role", role.Name(), "error", err, "hint", kafkaops.HintOf(err))
			p.session.fail(err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if *of--; r.reading+r.computing == 0 {
			r.stop()
			delete(p.running, j.Name)
		}
	})
}

// stops says what ends with the console.
func (p *pipelines) stops() []safetext.Text {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := make([]string, 0, len(p.running))
	for name, r := range p.running {
		if r.reading > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var stops []safetext.Text
	for _, name := range names {
		stops = append(stops, safetext.Join(safetext.Const("reading the sources of "), safetext.Of(name)))
	}
	return stops
}

// lookedAfter is how old the newest merged record is, while others wait.
func lookedAfter(v *materialise.View) time.Duration {
	if v.Lag <= 0 || v.Newest.IsZero() || v.LookedAt.IsZero() {
		return -1
	}
	return max(0, v.LookedAt.Sub(v.Newest)).Truncate(100 * time.Millisecond)
}
