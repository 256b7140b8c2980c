package ledger

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

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
	outputs map[string]error            // by output topic: why it could not be read
	now     time.Time                   // before anything was read: what had not happened by then may still be unseen
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
	l.readOutputs(ctx, accounts, s)
	var failures []error
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
	s := &scene{
		topics: map[string]kafkaops.Topic{}, commits: map[string]kafkaops.Offsets{}, errs: map[string]error{}, outputs: map[string]error{},
		now: l.options.Now(),
	}
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

// bring scans and settles one run, and judges it. Where something could not be read, nothing is concluded from not having seen it: the
// judgement before stands, with a note.
func (l *Ledger) bring(ctx context.Context, a *account, s *scene) error {
	failure := s.outputs[a.run.Evidence.Topic]
	if failure == nil {
		failure = l.scanTopic(ctx, a, s)
	}
	if failure == nil {
		a.settle(s.commits[a.run.Evidence.Group], s.proved, s.now)
		failure = l.split(ctx, a, s)
	}
	a.tidy()
	if failure != nil {
		if a.updates > 0 {
			a.judgement.Notes = append(l.notesOn(a, s), "as of "+a.judgement.At.UTC().Format(time.TimeOnly)+" UTC; now not all can be read: "+failure.Error())
		}
		return failure
	}
	a.updates++
	j := l.judge(ctx, a, s)
	if j.Verdict == roundtrip.Expired && a.verdict != nil { // what was proved while the evidence was there still holds
		a.reopened, a.judgement = false, a.verdict.Judgement
		return nil
	}
	a.judgement = j
	if j.Final {
		l.keep(ctx, a)
	}
	return nil
}

// judge decides, and asks for causes and places where the verdict calls for them.
func (l *Ledger) judge(ctx context.Context, a *account, s *scene) roundtrip.Judgement {
	f := l.facts(a, s)
	j := judge.Judge(f, s.now)
	if j.Verdict == roundtrip.Stalled {
		l.askWhy(ctx, a, s, &f)
		j = judge.Judge(f, s.now)
	}
	if j.Missing > 0 {
		j.MissingAt = l.places(ctx, a, j)
	}
	return j
}

// tidy packs the bitmaps after something was counted.
func (a *account) tidy() {
	if !a.dirty {
		return
	}
	for _, b := range a.bitmaps() {
		b.RunOptimize()
	}
	a.dirty = false
}
