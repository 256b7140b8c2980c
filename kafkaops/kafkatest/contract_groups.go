package kafkatest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// contractGroups: groups without members, their commits, and their end.
func contractGroups(t *testing.T, s *suite) {
	topic, group := s.topic(3), s.name("group")
	s.fill(topic, 0, 5)

	none, err := s.Committed(s.ctx, group, nil)
	s.ok(err)
	if len(none) != 0 {
		t.Errorf("a group that does not exist has committed %v", none)
	}
	described, err := s.DescribeGroups(s.ctx, group)
	s.ok(err)
	if len(described) != 1 || described[0].State != "Dead" || len(described[0].Members) != 0 || described[0].Err != nil {
		t.Errorf("a group that does not exist is %+v", described)
	}

	s.ok(s.AlterOffsets(s.ctx, group, kafkaops.Offsets{at(topic, 0): 3, at(topic, 1): 0}))
	for name, tps := range map[string][]kafkaops.TopicPartition{
		"all": nil, "named, one without a commit": {at(topic, 0), at(topic, 1), at(topic, 2)},
	} {
		got, err := s.Committed(s.ctx, group, tps)
		s.ok(err)
		if len(got) != 2 || got[at(topic, 0)] != 3 || got[at(topic, 1)] != 0 {
			t.Errorf("%s: committed %v", name, got)
		}
	}
	stable, err := s.CommittedStable(s.ctx, group, []kafkaops.TopicPartition{at(topic, 0)})
	s.ok(err)
	if stable[at(topic, 0)] != (kafkaops.Commit{Offset: 3}) {
		t.Errorf("stable: %v", stable)
	}
	empty, err := s.Committed(s.ctx, group, []kafkaops.TopicPartition{})
	s.ok(err)
	if len(empty) != 0 {
		t.Errorf("of no partitions %v are committed", empty)
	}

	listed, err := s.ListGroups(s.ctx)
	s.ok(err)
	i := slices.IndexFunc(listed, func(g kafkaops.GroupListing) bool { return g.ID == group })
	if i < 0 || listed[i].State != "Empty" {
		t.Errorf("the group is not listed as Empty: %+v", listed)
	}
	if !slices.IsSortedFunc(listed, func(a, b kafkaops.GroupListing) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("groups are not sorted")
	}

	s.class(s.AlterOffsets(s.ctx, group, kafkaops.Offsets{at(topic, 0): -1}), kafkaops.Invalid)
	s.ok(s.DeleteGroups(s.ctx, group))
	after, err := s.Committed(s.ctx, group, nil)
	s.ok(err)
	if len(after) != 0 {
		t.Errorf("a deleted group has committed %v", after)
	}
	s.class(s.DeleteGroups(s.ctx, group), kafkaops.NotFound)
}

// member is a group member that is polled in the background.
type member struct {
	*rdkafka.Member
	stop, done chan struct{}
}

func (s *suite) member(o rdkafka.GroupOptions) *member {
	s.t.Helper()
	if o.SessionTimeout == 0 {
		o.SessionTimeout = 6 * time.Second
	}
	m, err := s.JoinGroup(s.ctx, o)
	s.ok(err)
	run := &member{m, make(chan struct{}), make(chan struct{})}
	go func() {
		defer close(run.done)
		for {
			select {
			case <-run.stop:
				return
			default:
				if err := m.Poll(s.ctx, 50*time.Millisecond); err != nil {
					s.t.Errorf("polling: %v", err)
					return
				}
			}
		}
	}()
	s.t.Cleanup(func() { run.leave(s) })
	return run
}

func (m *member) leave(s *suite) {
	select {
	case <-m.done:
		return
	default:
	}
	close(m.stop)
	<-m.done
	if err := m.Close(s.ctx); err != nil {
		s.t.Errorf("leaving: %v", err)
	}
}

// contractMembership: partitions are shared out, move, and their offsets can be committed in transactions by their member only.
func contractMembership(t *testing.T, s *suite) {
	topic, group := s.topic(4), s.name("group")
	s.fill(topic, 0, 10)
	first := s.member(rdkafka.GroupOptions{Group: group, Topics: []string{topic}})
	s.eventually("the first member has all", func() bool { return len(first.Assigned()) == 4 })

	described, err := s.DescribeGroups(s.ctx, group)
	s.ok(err)
	g := described[0]
	if g.State != "Stable" || len(g.Members) != 1 || len(g.Members[0].Assigned) != 4 || g.Members[0].ClientID == "" {
		t.Errorf("got %+v", g)
	}
	s.class(s.AlterOffsets(s.ctx, group, kafkaops.Offsets{at(topic, 0): 3}), kafkaops.Conflict)
	s.class(s.DeleteGroups(s.ctx, group), kafkaops.Conflict)

	p := s.txProducer(s.name("tx"))
	old, err := first.Metadata()
	s.ok(err)
	s.ok(p.Begin(s.ctx))
	s.ok(p.SendOffsets(s.ctx, kafkaops.Commits{at(topic, 0): {Offset: 5}}, old))
	if got, err := s.Committed(s.ctx, group, nil); err != nil || len(got) != 0 {
		t.Errorf("the offsets of an open transaction count as committed: %v, %v", got, err)
	}
	s.ok(p.Commit(s.ctx))
	s.eventually("the offsets are committed", func() bool {
		got, err := s.Committed(s.ctx, group, nil)
		s.ok(err)
		return got[at(topic, 0)] == 5
	})
	s.ok(p.Begin(s.ctx))
	s.ok(p.SendOffsets(s.ctx, kafkaops.Commits{at(topic, 0): {Offset: 9}}, old))
	s.ok(p.Abort(s.ctx))
	stable, err := s.CommittedStable(s.ctx, group, []kafkaops.TopicPartition{at(topic, 0)})
	s.ok(err)
	if stable[at(topic, 0)].Offset != 5 {
		t.Errorf("after an abort %v is committed", stable)
	}

	second := s.member(rdkafka.GroupOptions{Group: group, Topics: []string{topic}})
	s.eventually("the two share", func() bool { return len(first.Assigned()) == 2 && len(second.Assigned()) == 2 })
	s.ok(p.Begin(s.ctx))
	if err := p.SendOffsets(s.ctx, kafkaops.Commits{at(topic, 0): {Offset: 7}}, old); err == nil {
		t.Error("a member's offsets of an earlier generation were taken")
	}
	s.ok(p.Abort(s.ctx))

	second.leave(s)
	s.eventually("the first has all again", func() bool { return len(first.Assigned()) == 4 })
	s.ok(s.CreatePartitions(s.ctx, topic, 6))
	s.eventually("new partitions are assigned", func() bool { return len(first.Assigned()) == 6 })
	first.leave(s)
	s.eventually("the group is empty", func() bool {
		described, err := s.DescribeGroups(s.ctx, group)
		s.ok(err)
		return described[0].State == "Empty"
	})
	t.Run("a pattern", func(t *testing.T) { memberOfPattern(t, s.in(t)) })
	t.Run("bad options", func(t *testing.T) {
		s := s.in(t)
		for _, o := range []rdkafka.GroupOptions{
			{}, {Group: "g"}, {Group: "g", Topics: []string{"a"}, Regex: "b"}, {Group: "g", Regex: "("}, {Group: "g", Topics: []string{"a/b"}},
		} {
			_, err := s.JoinGroup(s.ctx, o)
			s.class(err, kafkaops.Invalid)
		}
	})
}

// memberOfPattern: topics that match and are allowed are joined, also those made later.
func memberOfPattern(t *testing.T, s *suite) {
	prefix := s.name("p")
	create := func(name string) {
		s.ok(s.CreateTopics(s.ctx, kafkaops.NewTopic{Name: name, Partitions: 1, ReplicationFactor: -1}))
		t.Cleanup(func() { _ = s.DeleteTopics(s.ctx, name) })
	}
	create(prefix + "-a")
	create(prefix + "-a.dlq")
	m := s.member(rdkafka.GroupOptions{
		Group: s.name("group"), Regex: prefix + "-.*", Allow: func(topic string) bool { return !strings.HasSuffix(topic, ".dlq") },
	})
	s.eventually("the matching topic is assigned", func() bool { return fmt.Sprint(m.Assigned()) == fmt.Sprintf("[{%s-a 0}]", prefix) })
	create(prefix + "-b")
	s.eventually("the new topic is assigned", func() bool { return len(m.Assigned()) == 2 })
}
