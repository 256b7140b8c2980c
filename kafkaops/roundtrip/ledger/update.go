package ledger

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/judge"
)

// scene is what one update has learnt of the cluster.
type scene struct {
	topics  map[string]kafkaops.Topic
	commits map[string]kafkaops.Offsets // by group
	errs    map[string]error            // by group: why its commits aren't known
	proved  bool                        // the reports were read at least as far as they reached after the commits were read
}

// update brings runs up to date and judges them. The order of reading is what makes "lost" a proof: first the groups' commits, then the
// reports up to the end that they have after that.
func (l *Ledger) update(ctx context.Context, accounts []*account) error {
	s, err := l.look(ctx, accounts)
	if err != nil {
		return err
	}
	late, err := l.readReports(ctx, accounts, s)
	if err != nil {
		return err
	}
	var failures []error
	failures = append(failures, l.readOutputs(ctx, accounts, s))
	for _, a := range accounts {
		failures = append(failures, l.bring(ctx, a, s))
	}
	for _, a := range late { // reports that came after a final verdict: judge it anew
		a.reopen()
	}
	if len(late) > 0 {
		failures = append(failures, l.update(ctx, late))
	}
	return errors.Join(failures...)
}

// look describes the topics and reads the groups' commits.
func (l *Ledger) look(ctx context.Context, accounts []*account) (*scene, error) {
	s := &scene{topics: map[string]kafkaops.Topic{}, commits: map[string]kafkaops.Offsets{}, errs: map[string]error{}}
	if len(accounts) == 0 {
		return s, nil
	}
	for _, a := range accounts {
		s.topics[a.run.Topic] = kafkaops.Topic{}
		if a.run.Evidence.Kind == roundtrip.Arrived {
			s.topics[a.run.Evidence.Topic] = kafkaops.Topic{}
		}
	}
	described, err := l.client.DescribeTopics(ctx, slices.Sorted(maps.Keys(s.topics))...)
	if err != nil {
		return nil, err
	}
	for _, t := range described {
		s.topics[t.Name] = t
	}
	wanted := map[string]map[string]bool{} // group → topics
	for _, a := range accounts {
		if g := a.run.Evidence.Group; g != "" && a.run.Evidence.Kind != roundtrip.Arrived {
			if wanted[g] == nil {
				wanted[g] = map[string]bool{}
			}
			wanted[g][a.run.Topic] = true
		}
	}
	for group, topics := range wanted {
		var tps []kafkaops.TopicPartition
		for topic := range topics {
			t := s.topics[topic]
			tps = append(tps, t.TopicPartitions()...)
		}
		if len(tps) == 0 {
			continue
		}
		s.commits[group], s.errs[group] = l.client.Committed(ctx, group, tps)
	}
	return s, nil
}

// bring scans and settles one run, and judges it.
func (l *Ledger) bring(ctx context.Context, a *account, s *scene) error {
	now := l.options.Now()
	failure := l.scanTopic(ctx, a, s, now)
	a.settle(s.commits[a.run.Evidence.Group], s.proved, now)
	failure = errors.Join(failure, l.split(ctx, a, s, now))
	if a.dirty {
		for _, b := range a.bitmaps() {
			b.RunOptimize()
		}
		a.dirty = false
	}
	a.updates++
	f := l.facts(a, s)
	j := judge.Judge(f, now)
	if j.Verdict == roundtrip.Stalled {
		l.askWhy(ctx, a, s, &f)
		j = judge.Judge(f, now)
	}
	if j.Missing > 0 {
		f.MissedAt = l.places(ctx, a, j)
		j.MissingAt = f.MissedAt
	}
	if failure != nil { // what was read is true, but it is not all: nothing is final yet
		j.Final = false
		j.Notes = append(j.Notes, "not all could be read: "+failure.Error())
	}
	if j.Verdict == roundtrip.Expired && a.verdict != nil { // what was proved while the evidence was there still holds
		a.reopened, a.judgement = false, a.verdict.Judgement
		return failure
	}
	a.judgement = j
	if j.Final {
		l.keep(ctx, a)
	}
	return failure
}
