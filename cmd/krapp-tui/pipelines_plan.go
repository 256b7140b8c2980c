package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/cmd/internal/launch"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/page/pipeline"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/read/source"
)

// resolve reads the job of a spec, and expands its sources.
func resolve(s pipeline.Spec) (*job.Job, []job.Source, error) {
	j, err := job.Load(s.Job)
	if err != nil || j.Stream != nil {
		return j, nil, err
	}
	if s.File != "" && s.Base != "" {
		return nil, nil, kafkaops.Errorf(kafkaops.Invalid, "planning sources of", j.Name, "leave one of the two empty",
			"a file and a base both say where the rows are")
	}
	if s.File != "" {
		one, err := j.FileSource(s.File, s.Choose)
		return j, []job.Source{one}, err
	}
	sources, err := j.Sources(s.Choose)
	if err != nil {
		return nil, nil, err
	}
	for i := range sources {
		if s.Base == "" {
			break
		}
		if sources[i].URL, err = job.WithBase(sources[i].URL, s.Base); err != nil {
			return nil, nil, err
		}
	}
	return j, sources, nil
}

// sourceOptions allow plain http to a host that was named.
func sourceOptions(s pipeline.Spec) source.Options {
	var o source.Options
	if u, err := url.Parse(s.Base); err == nil && u.Scheme == "http" && u.Host != "" {
		o.AllowHosts = []string{u.Host}
	}
	return o
}

// shown is how many of the sources a form lists: the first ones, and the last.
const shown = 4

// Prepare says what a spec comes to.
func (p *pipelines) Prepare(_ context.Context, s pipeline.Spec) (pipeline.Prepared, error) {
	j, sources, err := resolve(s)
	if err != nil {
		return pipeline.Prepared{}, err
	}
	out := pipeline.Prepared{Job: jobOf(s.Job, j), Count: len(sources), Plan: planOf(s, j, len(sources))}
	for i, src := range sources {
		if i < shown-1 || i == len(sources)-1 {
			out.Sources = append(out.Sources, src.URL)
		}
	}
	return out, nil
}

func planOf(s pipeline.Spec, j *job.Job, sources int) kafkaops.Plan {
	workers := plural(s.Workers, "worker")
	here := "computes with " + workers + " in this console; workers elsewhere take their share"
	if s.Workers == 0 {
		here = "computes nothing here: that is left to workers elsewhere"
	}
	goesOn := "ends with the console at the latest; another start, here or elsewhere, goes on where it was and counts nothing twice"
	if j.Stream != nil {
		return kafkaops.Plan{
			Title:   "Start " + j.Name,
			Effects: []string{"computes what comes to " + strings.Join(j.Stream.Topics, ", "), here, goesOn},
			Lost:    []string{"what is counted stays counted under the name " + j.Name},
			Command: command(s, j),
		}
	}
	return kafkaops.Plan{
		Title: fmt.Sprintf("Start %s with %s", j.Name, plural(sources, "source")),
		Effects: []string{
			fmt.Sprintf("creates the topics %s, %s, %s and %s where they are missing", j.SourcesTopic(), j.ChunksTopic(), j.ResultsTopic(), j.SnapshotsTopic()),
			"reads " + plural(sources, "source") + " in this console; those that have been read already are not read again",
			here, goesOn,
		},
		Lost:    []string{"what is counted stays counted under the name " + j.Name},
		Command: command(s, j),
	}
}

// command is the command lines that do the same.
func command(s pipeline.Spec, j *job.Job) string {
	compute := "krapp-worker compute --job " + launch.Quote(s.Job)
	if j.Stream != nil {
		return compute
	}
	args := []string{"krapp-worker", "read", "--job", launch.Quote(s.Job)}
	add := func(flag, value string) { args = append(args, flag, launch.Quote(value)) }
	for _, l := range j.Files.Lists {
		values := strings.Join(s.Choose[l.Name], ",")
		switch {
		case values == "":
		case l.Name == "year":
			add("--years", values)
		case l.Name == "mon":
			add("--months", values)
		default:
			add("--list", l.Name+"="+values)
		}
	}
	if s.File != "" {
		add("--from-file", s.File)
	}
	if s.Base != "" {
		add("--base-url", s.Base)
	}
	if s.Chunks > 0 {
		add("--chunks", strconv.FormatInt(s.Chunks, 10))
	}
	line := strings.Join(args, " ")
	if s.Workers > 0 {
		return compute + " & " + line
	}
	return line
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
