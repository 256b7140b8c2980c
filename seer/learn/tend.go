package learn

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
)

// leastRefresh is how long it takes at least until the topics are looked at again, whoever asks for it.
const leastRefresh = 50 * time.Millisecond

// look has the topics looked at soon.
func (l *Learner) look() {
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

// tend looks at the topics now and then, until the context ends: new ones and new partitions are read, those that are no more are forgotten.
func (l *Learner) tend(ctx context.Context, machine, texts *reader) error {
	for wait := firstRetry; ; {
		err := l.refresh(ctx, machine, texts)
		if ctx.Err() != nil {
			return endOf(ctx, err)
		}
		l.fault(reaching, err)
		if err == nil {
			err = l.age(ctx)
		}
		rest := l.o.Refresh
		if err != nil {
			l.o.Log.Warn("the seer cannot look at the topics", "error", err)
			rest, wait = wait, min(2*wait, lastRetry)
		} else {
			wait = firstRetry
		}
		if !l.rest(ctx, rest, err == nil) {
			return nil
		}
	}
}

// rest waits, unless somebody asks for a look.
func (l *Learner) rest(ctx context.Context, d time.Duration, hasty bool) bool {
	if !sleep(ctx, min(d, leastRefresh)) {
		return false
	}
	poke := l.poke
	if !hasty {
		poke = nil
	}
	t := time.NewTimer(max(0, d-leastRefresh))
	defer t.Stop()
	select {
	case <-t.C:
	case <-poke:
	case <-ctx.Done():
		return false
	}
	return true
}

// found is a topic as it is now.
type found struct {
	id      string
	extents kafkaops.Extents
}

// refresh looks once.
func (l *Learner) refresh(ctx context.Context, machine, texts *reader) error {
	topics, gone, lasting, err := l.survey(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		if err := l.forget(ctx, name, gone[name], machine, texts); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		t := topics[name]
		if why := l.replaced(name, t); why != "" {
			if err := l.forget(ctx, name, why, machine, texts); err != nil {
				return err
			}
		}
		r := machine
		if name == seer.StatementTopic {
			r = texts
		}
		if err := l.follow(ctx, name, t, r); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looked = true
	l.notes.lasting = lasting
	l.judge()
	close(l.progress) // who waits for a partition looks again
	l.progress = make(chan struct{})
	return nil
}

// survey asks the brokers for the topics to learn from, which of those known are gone, and why some can't be read.
func (l *Learner) survey(ctx context.Context) (topics map[string]found, gone, lasting map[string]string, err error) {
	listed, err := l.o.Client.ListTopics(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	names, there := map[string]bool{}, map[string]bool{}
	for _, t := range listed {
		there[t.Name] = true
		if !t.Internal && l.match.wants(t.Name) {
			names[t.Name] = true
		}
	}
	for name := range l.match.named {
		names[name] = true // one that may not be listed says why when it is described
	}
	known := l.known()
	for _, name := range known {
		names[name] = true // so that one that is gone is told as gone
	}
	described, err := l.o.Client.DescribeTopics(ctx, slices.Sorted(maps.Keys(names))...)
	if err != nil {
		return nil, nil, nil, err
	}
	topics, gone, lasting = map[string]found{}, map[string]string{}, map[string]string{}
	var tps []kafkaops.TopicPartition
	for i := range described {
		t := &described[i]
		switch missing := kafkaops.ClassOf(t.Err) == kafkaops.NotFound; {
		case !l.match.wants(t.Name):
			gone[t.Name] = "is not learned from any more: what was is forgotten"
		case missing && !there[t.Name] && slices.Contains(known, t.Name):
			gone[t.Name] = "was deleted: what was learned from it is forgotten"
		case missing:
			lasting[t.Name] = "topic " + t.Name + " does not exist yet"
		case t.Err != nil:
			lasting[t.Name] = "topic " + t.Name + " can't be read: " + t.Err.Error()
		default:
			topics[t.Name] = found{id: t.ID, extents: kafkaops.Extents{}}
			tps = append(tps, t.TopicPartitions()...)
		}
	}
	extents, err := l.o.Client.Extents(ctx, kafkaops.ReadCommitted, tps)
	if err != nil {
		return nil, nil, nil, err
	}
	for tp, x := range extents {
		topics[tp.Topic].extents[tp] = x
		if x.Err != nil {
			lasting[tp.Topic] = "topic " + tp.Topic + " can't be read: " + x.Err.Error()
		}
	}
	return topics, gone, lasting, nil
}

// known lists the topics that something was learned from, or is about to be.
func (l *Learner) known() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := map[string]bool{}
	for name := range l.ids {
		seen[name] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// replaced says why a topic is not the one that was learned from; "": it is.
func (l *Learner) replaced(name string, t found) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	id, known := l.ids[name]
	if !known {
		return ""
	}
	if id != t.id && id != "" && t.id != "" {
		return "was deleted and created again: what was learned from the old one is forgotten"
	}
	for tp, x := range t.extents {
		// While it is read the end that was asked for may be older than what has been read since; before, it can't be.
		if p := l.parts[tp]; x.Err == nil && p != nil && !p.reading && p.next > x.End {
			return "ends before what was learned from it: it is learned again"
		}
	}
	return ""
}

// forget drops all that was learned of a topic.
func (l *Learner) forget(ctx context.Context, name, why string, readers ...*reader) error {
	l.step.Lock()
	defer l.step.Unlock()
	l.epoch++ // what has been polled meanwhile is read again
	l.mu.Lock()
	var tps []kafkaops.TopicPartition
	for tp := range l.parts {
		if tp.Topic == name {
			tps = append(tps, tp)
			delete(l.parts, tp)
		}
	}
	delete(l.ids, name)
	l.miner.Forget(name)
	l.note("topic %s %s", name, why)
	j := job{gone: func(d *index.Doc) bool { return d.Place.Topic == name }}
	l.changes(&j)
	l.mu.Unlock()
	for _, r := range readers {
		r.r.Remove(tps...)
	}
	return l.send(ctx, j)
}

// follow takes a topic's extents in: partitions that are new are read, and what was trimmed is forgotten.
func (l *Learner) follow(ctx context.Context, name string, t found, r *reader) error {
	starts, trimmed := kafkaops.Offsets{}, kafkaops.Offsets{}
	l.mu.Lock()
	l.ids[name] = t.id
	for _, tp := range t.extents.Partitions() {
		x := t.extents[tp]
		if x.Err != nil {
			continue
		}
		p := l.parts[tp]
		if p == nil {
			p = &part{next: x.Start, learned: x.Start, start: x.Start, end: x.End}
			l.parts[tp] = p
		}
		if x.Start > p.start {
			trimmed[tp] = x.Start
			p.start = x.Start
		}
		if p.next < x.Start {
			if !p.reading {
				l.note("%d offsets of topic %s [%d] were removed before they could be learned", x.Start-p.next, tp.Topic, tp.Partition)
			}
			p.next = x.Start
		}
		p.learned, p.end = max(p.learned, min(x.Start, p.next)), max(x.End, p.next)
		if !p.reading {
			p.reading = true
			starts[tp] = p.next
		}
	}
	l.mu.Unlock()
	if len(trimmed) > 0 {
		if err := l.trim(ctx, name, trimmed); err != nil {
			return err
		}
	}
	if len(starts) == 0 {
		return nil
	}
	return r.r.Add(starts)
}

// trim drops what was learned of records below the new starts of partitions.
func (l *Learner) trim(ctx context.Context, name string, starts kafkaops.Offsets) error {
	l.step.Lock()
	defer l.step.Unlock()
	l.mu.Lock()
	l.miner.Trim(name, func(partition int32, offset int64) bool {
		start, moved := starts[kafkaops.TopicPartition{Topic: name, Partition: partition}]
		return moved && offset < start
	})
	j := job{gone: func(d *index.Doc) bool {
		start, moved := starts[kafkaops.TopicPartition{Topic: d.Place.Topic, Partition: d.Place.Partition}]
		return d.Kind == index.Passage && moved && d.Place.Offset < start
	}}
	l.changes(&j)
	l.mu.Unlock()
	return l.send(ctx, j)
}
