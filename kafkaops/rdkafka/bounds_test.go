package rdkafka_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// TestEveryRecordHasADeliveryThoughTheBrokerIsGone: what can't be sent fails in its delivery; nothing is silently dropped.
func TestEveryRecordHasADeliveryThoughTheBrokerIsGone(t *testing.T) {
	c, b, ctx := start(t)
	must(t, c.CreateTopics(ctx, kafkaops.NewTopic{Name: "t", Partitions: 1, ReplicationFactor: 1}))
	p, err := c.NewProducer(ctx, rdkafka.ProducerOptions{})
	must(t, err)
	got := map[int64]error{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for batch := range p.Deliveries() {
			for _, d := range batch {
				got[d.Index] = d.Err
			}
		}
	}()
	record := []kafkaops.Record{{Topic: "t", Value: []byte("v")}}
	must(t, p.Send(ctx, record, 0))
	must(t, p.Flush(ctx))
	must(t, b.Close())
	must(t, p.Send(ctx, record, 1))
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if err := p.Close(short); err == nil {
		t.Error("Close says that all was delivered")
	}
	<-done
	if err, known := got[1]; !known || err == nil {
		t.Errorf("the record sent to nobody has the delivery %v, known %t", err, known)
	}
	if err, known := got[0]; !known || err != nil {
		t.Errorf("the record before has the delivery %v, known %t", err, known)
	}
}

// TestCallsEndWithTheirContext: librdkafka would wait for its own timeouts.
func TestCallsEndWithTheirContext(t *testing.T) {
	c, b, _ := start(t)
	must(t, b.Close())
	tp := []kafkaops.TopicPartition{{Topic: "t"}}
	calls := map[string]func(context.Context) error{
		"ListTopics":     func(ctx context.Context) error { _, err := c.ListTopics(ctx); return err },
		"DescribeTopics": func(ctx context.Context) error { _, err := c.DescribeTopics(ctx, "t"); return err },
		"CreateTopics": func(ctx context.Context) error {
			return c.CreateTopics(ctx, kafkaops.NewTopic{Name: "t", Partitions: 1, ReplicationFactor: 1})
		},
		"DeleteTopics": func(ctx context.Context) error { return c.DeleteTopics(ctx, "t") },
		"Cluster":      func(ctx context.Context) error { _, err := c.Cluster(ctx); return err },
		"ListGroups":   func(ctx context.Context) error { _, err := c.ListGroups(ctx); return err },
		"DescribeGroups": func(ctx context.Context) error { // each group has its own error
			groups, err := c.DescribeGroups(ctx, "g")
			if err == nil {
				err = groups[0].Err
			}
			return err
		},
		"Committed":    func(ctx context.Context) error { _, err := c.Committed(ctx, "g", nil); return err },
		"AlterOffsets": func(ctx context.Context) error { return c.AlterOffsets(ctx, "g", kafkaops.Offsets{tp[0]: 0}) },
		"Extents":      func(ctx context.Context) error { _, err := c.Extents(ctx, kafkaops.ReadCommitted, tp); return err },
		"Lag":          func(ctx context.Context) error { _, err := c.Lag(ctx, "g"); return err },
		"Fetch":        func(ctx context.Context) error { _, err := c.Fetch(ctx, tp[0], 0, 1); return err },
		"Tail":         func(ctx context.Context) error { _, err := c.Tail(ctx, []string{"t"}, 1); return err },
		"ProduceSync": func(ctx context.Context) error {
			_, err := c.ProduceSync(ctx, []kafkaops.Record{{Topic: "t", Value: []byte("v")}})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			returned := make(chan error, 1)
			go func() { returned <- call(ctx) }()
			select {
			case err := <-returned:
				var op *kafkaops.OpError
				if !errors.As(err, &op) || (op.Class != kafkaops.TimedOut && op.Class != kafkaops.Unreachable) || op.Hint == "" {
					t.Errorf("got %v, want an OpError with a hint that says timed out or unreachable", err)
				}
			case <-time.After(20 * time.Second):
				t.Error("it still runs")
			}
		})
	}
}

// TestAClosedClientRefuses: a call on a freed handle would crash the process.
func TestAClosedClientRefuses(t *testing.T) {
	c, _, ctx := start(t)
	c.Close()
	_, err := c.ListTopics(ctx)
	if kafkaops.ClassOf(err) != kafkaops.Conflict {
		t.Errorf("ListTopics: %v", err)
	}
	_, err = c.ProduceSync(ctx, []kafkaops.Record{{Topic: "t"}})
	if kafkaops.ClassOf(err) != kafkaops.Conflict {
		t.Errorf("ProduceSync: %v", err)
	}
	if _, err = c.Committed(ctx, "g", nil); kafkaops.ClassOf(err) != kafkaops.Conflict {
		t.Errorf("Committed: %v", err)
	}
}
