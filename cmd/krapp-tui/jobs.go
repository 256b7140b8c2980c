package main

import (
	"context"
	"slices"
	"strconv"

	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/tui/page/pipeline"
	"github.com/krapp-io/krapp/worker/job"
)

// guardedJobs is what pages get of the pipelines: starting and stopping pass the guard, and so does a job that is a file.
type guardedJobs struct {
	*pipelines
	guard *guard.Guard
}

// readable asks for permission to read a job that isn't built in.
func (g guardedJobs) readable(ref string) error {
	if slices.Contains(job.Builtin(), ref) {
		return nil
	}
	return g.guard.Check(guard.Action{Kind: guard.ReadFile, Resource: ref})
}

// Names are the jobs asked for so far, and the built-in ones; in a served console those alone, whatever others asked for.
func (g guardedJobs) Names() []string {
	if g.guard.Served {
		return job.Builtin()
	}
	return g.pipelines.Names()
}

// Look is the present picture of a job.
func (g guardedJobs) Look(ctx context.Context, ref string) (pipeline.Facts, error) {
	if err := g.readable(ref); err != nil {
		return pipeline.Facts{}, err
	}
	return g.pipelines.Look(ctx, ref)
}

// Describe reads a job.
func (g guardedJobs) Describe(ctx context.Context, ref string) (pipeline.Job, error) {
	if err := g.readable(ref); err != nil {
		return pipeline.Job{}, err
	}
	return g.pipelines.Describe(ctx, ref)
}

// Propose completes a job's name; a served console knows no files.
func (g guardedJobs) Propose(ctx context.Context, beginning string) []string {
	if g.guard.Served {
		return g.builtin(beginning)
	}
	return g.pipelines.Propose(ctx, beginning)
}

// Prepare says what a spec comes to.
func (g guardedJobs) Prepare(ctx context.Context, s pipeline.Spec) (pipeline.Prepared, error) {
	if err := g.readable(s.Job); err != nil {
		return pipeline.Prepared{}, err
	}
	return g.pipelines.Prepare(ctx, s)
}

// Start reads and computes in this process, if that may be done here.
func (g guardedJobs) Start(ctx context.Context, s pipeline.Spec) error {
	a := guard.Action{Kind: guard.StartJob, Resource: s.Job, Detail: strconv.Itoa(s.Workers) + " workers here", Files: s.File != ""}
	return g.guard.Do(ctx, a, func(ctx context.Context) error { return g.pipelines.Start(ctx, s) })
}

// Stop ends what runs here of a job, if that may be done here.
func (g guardedJobs) Stop(ctx context.Context, ref string) error {
	return g.guard.Do(ctx, guard.Action{Kind: guard.StopJob, Resource: ref}, func(ctx context.Context) error { return g.pipelines.Stop(ctx, ref) })
}
