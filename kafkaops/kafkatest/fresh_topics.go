package kafkatest

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// Shared is a client of the cluster that make test-kafka brought up; all tests share it.
func Shared(t testing.TB) *rdkafka.Client {
	t.Helper()
	c, err := rdkafka.Connect(t.Context(), kafkaops.Context{Name: "test", Brokers: Brokers(t)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// MakeAnew makes topics of one replica in the place of those that a test before left behind: what is counted has to be all there is.
func MakeAnew(t testing.TB, c *rdkafka.Client, partitions int, topics ...string) {
	t.Helper()
	for _, topic := range topics {
		if err := c.DeleteTopics(t.Context(), topic); err != nil && kafkaops.ClassOf(err) != kafkaops.NotFound {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(time.Minute)
	for _, topic := range topics {
		for {
			err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: topic, Partitions: partitions, ReplicationFactor: 1})
			if err == nil {
				break
			}
			if time.Now().After(deadline) { // a deleted topic goes after its deletion was acknowledged
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}
