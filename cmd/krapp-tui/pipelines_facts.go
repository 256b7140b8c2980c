package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/page/pipeline"
	"github.com/krapp-io/krapp/worker/compute"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/read"
	"github.com/krapp-io/krapp/worker/results/materialise"
)

// jobOf is a job as the pages show it.
func jobOf(ref string, j *job.Job) pipeline.Job {
	out := pipeline.Job{Name: j.Name, Ref: ref, Description: j.Description, GroupBy: j.GroupBy}
	for _, a := range j.Aggregates {
		out.Values = append(out.Values, a.Name)
	}
	if j.Stream != nil {
		out.Topics = j.Stream.Topics
		return out
	}
	out.URL = j.Files.URL
	for _, l := range j.Files.Lists {
		out.Lists = append(out.Lists, pipeline.List{Name: l.Name, Values: l.Values})
	}
	return out
}

// factsOf is a materialiser's picture as the page shows it. from is an older one, by which it is told how many rows a record counts; or nil.
func factsOf(ref string, v, from *materialise.View) pipeline.Facts {
	c := &v.Completeness
	f := pipeline.Facts{
		Job: jobOf(ref, v.Job), At: v.LookedAt, Missing: v.Phase == materialise.Waiting && kafkaops.ClassOf(v.Err) == kafkaops.NotFound,
		CaughtUp: v.CaughtUp, Err: v.Err, Verdict: pipeline.Verdict(v.Verdict()), Sentence: c.Sentence,
		Read: pipeline.Amount{Chunks: c.ChunksExpected, Rows: c.RowsExpected}, Counted: pipeline.Amount{Chunks: c.Chunks, Rows: c.Rows},
		Dead: c.Dead, Left: c.Unlabelled, LeftBy: c.UnlabelledBy, Waiting: v.Lag, Behind: lookedAfter(v),
		ComputeGroup: compute.Group(v.Job), ResultsTopic: v.Job.ResultsTopic(), DeadTopic: v.Job.ChunksTopic() + ".dlq",
	}
	if f.Missing {
		f.Err = nil
	}
	if from != nil && v.Read > from.Read {
		f.RowsARecord = max(0, float64(c.Rows-from.Completeness.Rows)/float64(v.Read-from.Read))
	} else if v.Read > 0 && !v.Snapshots.Restored {
		f.RowsARecord = float64(c.Rows) / float64(v.Read)
	}
	if v.Job.Stream != nil {
		f.DeadTopic = v.Job.Stream.Topics[0] + ".dlq"
	} else {
		f.ReadGroup, f.SourcesTopic = read.Group(v.Job.Name), v.Job.SourcesTopic()
	}
	for i := range v.Sources {
		f.Sources = append(f.Sources, sourceOf(&v.Sources[i]))
	}
	for _, g := range v.Groups {
		r := pipeline.Result{Key: g.Key, Labels: g.Labels, Values: make([]pipeline.Value, len(g.Values))}
		for i, value := range g.Values {
			r.Values[i] = pipeline.Value(value)
		}
		f.Results = append(f.Results, r)
	}
	return f
}

func sourceOf(s *job.SourceProgress) pipeline.Source {
	out := pipeline.Source{
		ID: s.ID, URL: s.URL, Phase: pipeline.Phase(s.Phase), Limited: s.Limited, Chunks: s.Chunks, Counted: s.Counted, Rows: s.Rows, Read: s.Read, Size: s.Size,
	}
	if s.Error != nil {
		out.Failure = s.Error.Text
	}
	return out
}

// Describe reads a job.
func (p *pipelines) Describe(_ context.Context, ref string) (pipeline.Job, error) {
	j, err := job.Load(ref)
	if err != nil {
		return pipeline.Job{}, err
	}
	return jobOf(ref, j), nil
}

// maxProposals bounds a directory's listing.
const maxProposals = 200

// builtin are the built-in jobs whose names begin so.
func (p *pipelines) builtin(beginning string) []string {
	return slices.DeleteFunc(job.Builtin(), func(n string) bool { return !strings.HasPrefix(n, beginning) })
}

// Propose completes a job's name: those that are known, and job files and directories beside what was typed.
func (p *pipelines) Propose(_ context.Context, beginning string) []string {
	var all []string
	for _, n := range p.Names() {
		if strings.HasPrefix(n, beginning) {
			all = append(all, n)
		}
	}
	dir, name := filepath.Split(beginning)
	f, err := os.Open(filepath.Join(".", dir))
	if filepath.IsAbs(dir) {
		f, err = os.Open(dir)
	}
	if err != nil {
		return all
	}
	defer f.Close()                            // only read from
	entries, _ := f.ReadDir(10 * maxProposals) // what can't be listed isn't proposed
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		file := e.Name()
		switch ext := filepath.Ext(file); {
		case !strings.HasPrefix(file, name) || strings.HasPrefix(file, ".") && name == "":
		case e.IsDir() && beginning != "":
			all = append(all, dir+file+"/")
		case !e.IsDir() && (ext == ".yaml" || ext == ".yml"):
			all = append(all, dir+file)
		}
		if len(all) >= maxProposals {
			break
		}
	}
	return all
}
