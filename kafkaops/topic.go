package kafkaops

import "cmp"

// TopicPartition names one partition.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// Compare orders by topic, then partition.
func (a TopicPartition) Compare(b TopicPartition) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
}

// Broker is one node of the cluster.
type Broker struct {
	ID   int32
	Host string
	Port int
	Rack string
}

// Cluster is what the brokers say of themselves.
type Cluster struct {
	ID         string
	Controller int32 // -1: none known
	Brokers    []Broker
}

// Partition is one partition of a topic. Leader is -1 when there is none.
type Partition struct {
	ID       int32
	Leader   int32
	Replicas []int32
	ISR      []int32
	Err      error
}

// Topic is one topic as the cluster describes it.
type Topic struct {
	Name       string
	ID         string // the topic ID (base64 UUID): another after the topic was deleted and created again; "" when not described
	Internal   bool
	Partitions []Partition // sorted by ID
	Err        error
}

// UnderReplicated counts the partitions whose in-sync replicas are fewer than their replicas.
func (t *Topic) UnderReplicated() int {
	n := 0
	for _, p := range t.Partitions {
		if len(p.ISR) < len(p.Replicas) {
			n++
		}
	}
	return n
}

// Leaderless counts the partitions without a leader.
func (t *Topic) Leaderless() int {
	n := 0
	for _, p := range t.Partitions {
		if p.Leader < 0 {
			n++
		}
	}
	return n
}

// TopicPartitions lists the topic's partitions by name.
func (t *Topic) TopicPartitions() []TopicPartition {
	tps := make([]TopicPartition, len(t.Partitions))
	for i, p := range t.Partitions {
		tps[i] = TopicPartition{Topic: t.Name, Partition: p.ID}
	}
	return tps
}

// NewTopic asks for a topic. Partitions and ReplicationFactor of -1 mean the broker's default.
type NewTopic struct {
	Name              string
	Partitions        int
	ReplicationFactor int
	Configs           map[string]string
}

// ConfigEntry is one configuration value of a topic or broker.
type ConfigEntry struct {
	Name      string
	Value     string // "" when sensitive
	Default   bool   // not set on the resource itself
	ReadOnly  bool
	Sensitive bool
}
