package kafkatest

import (
	"slices"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// contractCluster: the brokers, sorted, with a controller.
func contractCluster(t *testing.T, s *suite) {
	cluster, err := s.Cluster(s.ctx)
	s.ok(err)
	if cluster.ID == "" || len(cluster.Brokers) == 0 || cluster.Brokers[0].Port == 0 || cluster.Brokers[0].Host == "" {
		t.Errorf("got %+v", cluster)
	}
	if !slices.IsSortedFunc(cluster.Brokers, func(a, b kafkaops.Broker) int { return int(a.ID - b.ID) }) {
		t.Errorf("brokers are not sorted: %+v", cluster.Brokers)
	}
	if !slices.ContainsFunc(cluster.Brokers, func(b kafkaops.Broker) bool { return b.ID == cluster.Controller }) {
		t.Errorf("controller %d is no broker", cluster.Controller)
	}
}

// contractTopics: created topics are there at once, whole and with an ID of their own; deleted ones are gone.
func contractTopics(t *testing.T, s *suite) {
	name := s.topic(3, "retention.ms", "86400000")

	listed, err := s.ListTopics(s.ctx)
	s.ok(err)
	i := slices.IndexFunc(listed, func(t kafkaops.Topic) bool { return t.Name == name })
	if i < 0 {
		t.Fatal("a topic that was created is not listed")
	}
	if !slices.IsSortedFunc(listed, func(a, b kafkaops.Topic) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("topics are not sorted by name")
	}
	for n, topic := range []kafkaops.Topic{listed[i], s.describe(name)} {
		if len(topic.Partitions) != 3 || topic.Leaderless() > 0 || topic.Err != nil {
			t.Fatalf("%d: got %+v", n, topic)
		}
		for p, part := range topic.Partitions {
			if int(part.ID) != p || len(part.Replicas) == 0 || len(part.ISR) == 0 || part.Leader < 0 {
				t.Errorf("%d: partition %d is %+v", n, p, part)
			}
		}
	}

	first := s.describe(name).ID
	if first == "" {
		t.Fatal("no topic ID")
	}
	s.class(s.CreateTopics(s.ctx, kafkaops.NewTopic{Name: name, Partitions: 1, ReplicationFactor: -1}), kafkaops.AlreadyExists)

	s.ok(s.CreatePartitions(s.ctx, name, 5))
	if got := s.describe(name); len(got.Partitions) != 5 || got.ID != first {
		t.Errorf("after adding partitions: %+v", got)
	}
	s.class(s.CreatePartitions(s.ctx, name, 2), kafkaops.Invalid)
	s.class(s.CreatePartitions(s.ctx, name, 0), kafkaops.Invalid)

	s.ok(s.DeleteTopics(s.ctx, name))
	if got := s.describe(name); kafkaops.ClassOf(got.Err) != kafkaops.NotFound {
		t.Errorf("a deleted topic is %+v", got)
	}
	s.class(s.DeleteTopics(s.ctx, name), kafkaops.NotFound)
	s.ok(s.CreateTopics(s.ctx, kafkaops.NewTopic{Name: name, Partitions: 1, ReplicationFactor: -1}))
	s.eventually("the topic created again has another ID", func() bool { // a real broker may show the old one for a moment
		second := s.describe(name).ID
		return second != first && second != ""
	})

	t.Run("the broker's default partitions", func(t *testing.T) {
		s := s.in(t)
		if got := s.describe(s.topic(-1)); len(got.Partitions) == 0 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("configuration", func(t *testing.T) {
		s := s.in(t)
		entries, err := s.TopicConfigs(s.ctx, s.topic(1, "retention.ms", "86400000"))
		s.ok(err)
		i := slices.IndexFunc(entries, func(e kafkaops.ConfigEntry) bool { return e.Name == "retention.ms" })
		if i < 0 || entries[i].Value != "86400000" || entries[i].Default {
			t.Errorf("retention.ms is not among %+v", entries)
		}
		if !slices.IsSortedFunc(entries, func(a, b kafkaops.ConfigEntry) int { return strings.Compare(a.Name, b.Name) }) {
			t.Error("entries are not sorted")
		}
		_, err = s.TopicConfigs(s.ctx, s.name("absent"))
		s.class(err, kafkaops.NotFound)
	})
	t.Run("one bad topic does not stop the others", func(t *testing.T) {
		s := s.in(t)
		good, taken := s.name("good"), s.topic(1)
		err := s.CreateTopics(s.ctx,
			kafkaops.NewTopic{Name: taken, Partitions: 1, ReplicationFactor: -1},
			kafkaops.NewTopic{Name: good, Partitions: 2, ReplicationFactor: -1})
		s.class(err, kafkaops.AlreadyExists)
		if got := s.describe(good); len(got.Partitions) != 2 {
			t.Errorf("the good one is %+v", got)
		}
		s.ok(s.DeleteTopics(s.ctx, good))
	})
	t.Run("more replicas than brokers", func(t *testing.T) {
		s := s.in(t)
		// Differs: the embedded broker takes any replication factor below 32768 and has one replica.
		err := s.CreateTopics(s.ctx, kafkaops.NewTopic{Name: s.name("wide"), Partitions: 1, ReplicationFactor: 99})
		if err != nil {
			s.class(err, kafkaops.Invalid)
		}
	})
	t.Run("a bad configuration", func(t *testing.T) {
		s := s.in(t)
		name := s.name("bad")
		err := s.CreateTopics(s.ctx, kafkaops.NewTopic{
			Name: name, Partitions: 1, ReplicationFactor: -1, Configs: map[string]string{"no.such.config": "1"},
		})
		if err == nil { // Differs: the embedded broker takes and keeps any configuration.
			s.ok(s.DeleteTopics(s.ctx, name))
			return
		}
		s.class(err, kafkaops.Invalid)
	})
}

// describe describes one topic.
func (s *suite) describe(name string) kafkaops.Topic {
	s.t.Helper()
	topics, err := s.DescribeTopics(s.ctx, name)
	s.ok(err)
	if len(topics) != 1 || topics[0].Name != name {
		s.t.Fatalf("describing %s: got %+v", name, topics)
	}
	return topics[0]
}

// contractNames: names that no topic can have are refused and never cut short into another topic's name.
func contractNames(t *testing.T, s *suite) {
	existing := s.topic(1)
	bad := map[string]string{
		"empty": "", "dot": ".", "dots": "..", "too long": strings.Repeat("x", 250), "very long": strings.Repeat("x", 100_000),
		"slash": "a/b", "space": "a b", "escape": "a\x1b[31mb", "not UTF-8": "a\xff", "CJK": "日本", "newline": "a\nb",
		"cut by NUL": existing + "\x00", "comma": "a,b", "colon": "a:b",
	}
	for what, name := range bad {
		t.Run(what, func(t *testing.T) {
			s := s.in(t)
			nt := kafkaops.NewTopic{Name: name, Partitions: 1, ReplicationFactor: -1}
			s.class(s.CreateTopics(s.ctx, nt), kafkaops.Invalid)
			s.class(s.DeleteTopics(s.ctx, name), kafkaops.Invalid)
			s.class(s.describe(name).Err, kafkaops.Invalid)
			_, err := s.TopicExtents(s.ctx, kafkaops.ReadCommitted, name)
			s.class(err, kafkaops.Invalid)
			extents, err := s.Extents(s.ctx, kafkaops.ReadCommitted, []kafkaops.TopicPartition{at(name, 0)})
			s.ok(err)
			s.class(extents[at(name, 0)].Err, kafkaops.Invalid)
			_, err = s.Fetch(s.ctx, at(name, 0), 0, 1)
			s.class(err, kafkaops.Invalid)
			_, err = s.Tail(s.ctx, []string{name}, 1)
			s.class(err, kafkaops.Invalid)
			ds, err := s.ProduceSync(s.ctx, []kafkaops.Record{{Topic: name, Value: []byte("v")}})
			s.ok(err)
			s.class(ds[0].Err, kafkaops.Invalid)
		})
	}
	if got := s.describe(existing); got.Err != nil {
		t.Errorf("a topic has vanished: %v", got.Err)
	}
	longest := s.name("long")
	longest += strings.Repeat("y", 249-len(longest))
	s.ok(s.CreateTopics(s.ctx, kafkaops.NewTopic{Name: longest, Partitions: 1, ReplicationFactor: -1}))
	s.produce(kafkaops.Record{Topic: longest, Value: []byte("v")})
	s.ok(s.DeleteTopics(s.ctx, longest))
	t.Run("group names", func(t *testing.T) {
		s := s.in(t)
		for _, name := range []string{"", "a\x00b"} {
			_, err := s.Committed(s.ctx, name, nil)
			s.class(err, kafkaops.Invalid)
			_, err = s.DescribeGroups(s.ctx, name)
			s.class(err, kafkaops.Invalid)
		}
	})
	t.Run("counts", func(t *testing.T) {
		s := s.in(t)
		for _, n := range []int{0, -2} {
			s.class(s.CreateTopics(s.ctx, kafkaops.NewTopic{Name: "n", Partitions: n, ReplicationFactor: 1}), kafkaops.Invalid)
			s.class(s.CreateTopics(s.ctx, kafkaops.NewTopic{Name: "n", Partitions: 1, ReplicationFactor: n}), kafkaops.Invalid)
		}
	})
}
