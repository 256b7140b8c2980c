package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// Contract is what every backend must do for rdkafka.Client: each operation, with hostile input too. It runs against the embedded broker and
// against real Kafka; where the two differ, the difference is written beside the check.
func Contract(t *testing.T, brokers []string) {
	t.Run("connect", func(t *testing.T) { contractConnect(t, brokers) })
	parts := []struct {
		name string
		test func(*testing.T, *suite)
	}{
		{"cluster", contractCluster},
		{"topics", contractTopics},
		{"hostile names", contractNames},
		{"records", contractRecords},
		{"offsets", contractOffsets},
		{"reading", contractReading},
		{"reader", contractReader},
		{"tail and fetch", contractTail},
		{"follow", contractFollow},
		{"producer", contractProducer},
		{"deleted topic", contractDeletedTopic},
		{"transactions", contractTransactions},
		{"groups", contractGroups},
		{"membership", contractMembership},
		{"notes", contractNotes},
		{"lag", contractLag},
	}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) {
			part.test(t, &suite{t: t, brokers: brokers, Client: connect(t, brokers), ctx: deadline(t), names: new(atomic.Int32)})
		})
	}
}

// suite is one part's client and helpers. Topics and groups get names of their own, so that parts don't meet on a shared cluster.
type suite struct {
	*rdkafka.Client
	t       *testing.T
	ctx     context.Context
	brokers []string
	names   *atomic.Int32
}

// in is the suite for a subtest.
func (s *suite) in(t *testing.T) *suite {
	sub := *s
	sub.t = t
	return &sub
}

// partTimeout bounds a part; nothing asserts it.
const partTimeout = 90 * time.Second

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), partTimeout)
	t.Cleanup(cancel)
	return ctx
}

func connect(t *testing.T, brokers []string) *rdkafka.Client {
	t.Helper()
	c, err := rdkafka.Connect(deadline(t), kafkaops.Context{Name: "test", Brokers: brokers}, nil)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

func (s *suite) name(kind string) string {
	return fmt.Sprintf("contract-%s-%d-%d", kind, time.Now().UnixNano(), s.names.Add(1))
}

// topic creates a topic that is deleted when the test ends.
func (s *suite) topic(partitions int, configs ...string) string {
	s.t.Helper()
	name := s.name("topic")
	nt := kafkaops.NewTopic{Name: name, Partitions: partitions, ReplicationFactor: -1, Configs: map[string]string{}}
	for i := 0; i+1 < len(configs); i += 2 {
		nt.Configs[configs[i]] = configs[i+1]
	}
	s.ok(s.CreateTopics(s.ctx, nt))
	s.t.Cleanup(func() { _ = s.DeleteTopics(context.Background(), name) })
	return name
}

// produce sends records and fails the test unless each is stored.
func (s *suite) produce(records ...kafkaops.Record) []kafkaops.Delivery {
	s.t.Helper()
	ds, err := s.ProduceSync(s.ctx, records)
	s.ok(err)
	for _, d := range ds {
		s.ok(d.Err)
	}
	return ds
}

// fill produces n records "0", "1" … to a partition.
func (s *suite) fill(topic string, partition int32, n int) {
	s.t.Helper()
	records := make([]kafkaops.Record, n)
	for i := range records {
		records[i] = kafkaops.Record{Topic: topic, Partition: partition, Value: fmt.Append(nil, i)}
	}
	s.produce(records...)
}

func (s *suite) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%v (hint: %s)", err, kafkaops.HintOf(err))
	}
}

// class fails the test unless err is an OpError of one of the classes.
func (s *suite) class(err error, want ...kafkaops.Class) {
	s.t.Helper()
	wantClass(s.t, err, want...)
}

func wantClass(t *testing.T, err error, want ...kafkaops.Class) {
	t.Helper()
	var op *kafkaops.OpError
	if !errors.As(err, &op) {
		t.Fatalf("got %v, want an OpError of class %q", err, want)
	}
	for _, class := range want {
		if op.Class == class {
			return
		}
	}
	t.Fatalf("got class %q of %v, want %q", op.Class, err, want)
}

// eventually waits until the condition holds.
func (s *suite) eventually(what string, holds func() bool) {
	s.t.Helper()
	for wait := time.Millisecond; !holds(); wait = min(2*wait, 100*time.Millisecond) {
		select {
		case <-s.ctx.Done():
			s.t.Fatalf("it never came to pass that %s", what)
		case <-time.After(wait):
		}
	}
}

func at(topic string, partition int32) kafkaops.TopicPartition {
	return kafkaops.TopicPartition{Topic: topic, Partition: partition}
}
