package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
)

// Client tells who works and how far they are; *rdkafka.Client satisfies it.
type Client interface {
	DescribeGroups(ctx context.Context, ids ...string) ([]kafkaops.Group, error)
	Lag(ctx context.Context, group string) ([]kafkaops.Lag, error)
}

// How often the pipeline is looked at, and its groups, which costs the cluster something.
const (
	every       = 500 * time.Millisecond
	groupsEvery = 2 * time.Second
	timeout     = 10 * time.Second
)

// groups is who does the work.
type groups struct {
	read, compute team
}

// team is a group's members and how far they are.
type team struct {
	known   bool
	workers []worker
	records int64         // waiting; -1: not known
	behind  time.Duration // -1: not known
}

func (t *team) count() int {
	if !t.known {
		return -1
	}
	return len(t.workers)
}

// worker is a member of a group.
type worker struct {
	stage      string
	group      string
	name       string // among its team
	member     kafkaops.Member
	partitions []int32
	records    int64 // waiting on them, -1: not known
}

// picture is what the page shows.
type picture struct {
	facts  Facts
	stages [stageCount]stage
	groups groups
}

// feed looks at one pipeline again and again, in its poller's goroutine.
type feed struct {
	jobs    Jobs
	client  Client
	job     string
	now     func() time.Time
	visible atomic.Bool

	history  history
	groups   groups
	lookedAt time.Time // at the groups
}

func (f *feed) fetch(ctx context.Context) (picture, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	facts, err := f.jobs.Look(ctx, f.job)
	if err != nil {
		return picture{}, err
	}
	now := f.now()
	if !facts.Missing && f.visible.Load() && now.Sub(f.lookedAt) >= groupsEvery {
		f.lookedAt = now
		f.groups = f.lookAtGroups(ctx, &facts)
	}
	p := picture{facts: facts, groups: f.groups, stages: stagesOf(&facts, &f.groups)}
	if facts.CaughtUp { // before, rows come as fast as the past can be read
		f.history.take(now, &p.stages)
	} else {
		f.history = history{}
		for i := range p.stages {
			p.stages[i].perSecond, p.stages[i].left = -1, -1
		}
	}
	return p, nil
}

// lookAtGroups asks for both groups; of one that can't be had nothing is known.
func (f *feed) lookAtGroups(ctx context.Context, facts *Facts) groups {
	var g groups
	var tasks errgroup.Group
	tasks.Go(func() error { g.read = f.team(ctx, "read", facts.ReadGroup); return nil })
	tasks.Go(func() error { g.compute = f.team(ctx, "compute", facts.ComputeGroup); return nil })
	_ = tasks.Wait() // they return nothing
	return g
}

func (f *feed) team(ctx context.Context, stage, group string) team {
	t := team{records: -1, behind: -1}
	if group == "" {
		return t
	}
	described, err := f.client.DescribeGroups(ctx, group)
	if err != nil || len(described) != 1 {
		return t
	}
	g := &described[0]
	if g.Err != nil && kafkaops.ClassOf(g.Err) != kafkaops.NotFound {
		return t
	}
	t.known = true
	lags, err := f.client.Lag(ctx, group)
	waiting := map[kafkaops.TopicPartition]int64{}
	if err == nil {
		t.records, t.behind = sum(lags, waiting)
	}
	for _, m := range g.Members {
		t.workers = append(t.workers, workerOf(stage, group, m, waiting))
	}
	nameApart(t.workers)
	slices.SortFunc(t.workers, func(a, b worker) int {
		return slices.Compare([]string{a.name, a.member.ID}, []string{b.name, b.member.ID})
	})
	return t
}

// nameApart names members by client and host, and those that share both by the end of their IDs too.
func nameApart(workers []worker) {
	seen := map[string]int{}
	for i := range workers {
		m := &workers[i].member
		workers[i].name = strings.TrimSpace(cmp.Or(m.InstanceID, m.ClientID, m.ID) + " " + strings.TrimPrefix(m.Host, "/"))
		seen[workers[i].name]++
	}
	for i := range workers {
		if id := workers[i].member.ID; seen[workers[i].name] > 1 {
			workers[i].name += " …" + id[max(0, len(id)-4):]
		}
	}
}

// sum adds up the lags, -1 where one of them isn't known; waiting gets each partition's.
func sum(lags []kafkaops.Lag, waiting map[kafkaops.TopicPartition]int64) (records int64, behind time.Duration) {
	for _, l := range lags {
		if l.Err != nil || l.Records < 0 {
			return -1, -1
		}
		waiting[l.TopicPartition] = l.Records
		records += l.Records
		if l.Records > 0 && behind >= 0 {
			behind = max(behind, l.Behind)
			if l.Behind < 0 {
				behind = -1
			}
		}
	}
	if behind > time.Second {
		behind = behind.Truncate(100 * time.Millisecond) // more digits would change at each look
	}
	return records, behind
}

func workerOf(stage, group string, m kafkaops.Member, waiting map[kafkaops.TopicPartition]int64) worker {
	w := worker{stage: stage, group: group, member: m}
	for _, tp := range m.Assigned {
		w.partitions = append(w.partitions, tp.Partition)
		n, ok := waiting[tp]
		if !ok {
			w.records = -1
		}
		if w.records >= 0 {
			w.records += n
		}
	}
	slices.Sort(w.partitions)
	return w
}

// same says that two pictures show the same.
func same(a, b picture) bool {
	x, y := &a.facts, &b.facts
	if x.Missing != y.Missing || x.CaughtUp != y.CaughtUp || (x.Err == nil) != (y.Err == nil) || x.Verdict != y.Verdict || x.Sentence != y.Sentence ||
		x.Here != y.Here || x.Read != y.Read || x.Counted != y.Counted || x.Dead != y.Dead || x.Left != y.Left {
		return false
	}
	for i := range a.stages {
		s, t := a.stages[i], b.stages[i]
		if s.rows != t.rows || s.lag != t.lag || s.perSecond != t.perSecond || s.behind != t.behind || s.left != t.left || s.members != t.members ||
			!slices.Equal(s.trend, t.trend) {
			return false
		}
	}
	return slices.Equal(x.Sources, y.Sources) && sameTeams(&a.groups, &b.groups) && slices.EqualFunc(x.Results, y.Results, sameResult)
}

func sameTeams(a, b *groups) bool {
	same := func(x, y *team) bool {
		return x.known == y.known && slices.EqualFunc(x.workers, y.workers, func(v, w worker) bool {
			return v.member.ID == w.member.ID && v.records == w.records && slices.Equal(v.partitions, w.partitions)
		})
	}
	return same(&a.read, &b.read) && same(&a.compute, &b.compute)
}

func sameResult(a, b Result) bool {
	return slices.Equal(a.Key, b.Key) && slices.EqualFunc(a.Values, b.Values, func(x, y Value) bool { return x.Text == y.Text })
}
