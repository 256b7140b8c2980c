package kafkatest

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// Embedded starts an embedded broker that keeps nothing and connects to it, with c's bounds; both end with the test.
func Embedded(t testing.TB, c kafkaops.Context) (*embedded.Broker, *rdkafka.Client) {
	t.Helper()
	b, err := embedded.Start(t.Context(), embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	c.Name, c.Brokers = "test", b.Addrs()
	client, err := rdkafka.Connect(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return b, client
}

// Client is a client of an embedded broker of its own; both end with the test.
func Client(t testing.TB) *rdkafka.Client {
	t.Helper()
	_, c := Embedded(t, kafkaops.Context{})
	return c
}

// Send stores records; the test fails unless all are acknowledged.
func Send(t testing.TB, c *rdkafka.Client, records ...kafkaops.Record) {
	t.Helper()
	deliveries, err := c.ProduceSync(t.Context(), records)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range deliveries {
		if d.Err != nil {
			t.Fatal(d.Err)
		}
	}
}

// All reads a topic as a read-committed reader does.
func All(t testing.TB, c *rdkafka.Client, topic string) []kafkaops.Record {
	t.Helper()
	extents, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	if err != nil {
		t.Fatal(err)
	}
	var all []kafkaops.Record
	if _, err := c.Scan(t.Context(), rdkafka.ScanSpec{From: extents.Starts()}, func(b *rdkafka.Batch) error {
		all = append(all, b.Records()...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}
