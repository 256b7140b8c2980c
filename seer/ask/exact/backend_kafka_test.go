//go:build kafka

package exact

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// client is of the cluster that make test-kafka brought up; all tests share it.
func client(t *testing.T) *rdkafka.Client {
	t.Helper()
	c, err := rdkafka.Connect(t.Context(), kafkaops.Context{Name: "test", Brokers: kafkatest.Brokers(t)}, nil)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

// create makes topics of three partitions, in the place of those that a test before left behind: what is counted has to be all there is.
func create(t *testing.T, c *rdkafka.Client, topics ...string) {
	t.Helper()
	for _, topic := range topics {
		if err := c.DeleteTopics(t.Context(), topic); err != nil && kafkaops.ClassOf(err) != kafkaops.NotFound {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(time.Minute)
	for _, topic := range topics {
		for {
			err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: topic, Partitions: 3, ReplicationFactor: 1})
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
