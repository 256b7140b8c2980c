//go:build !kafka

package exact

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// client is of an embedded broker that this test has for itself.
func client(t *testing.T) *rdkafka.Client {
	t.Helper()
	return kafkatest.Client(t)
}

// create makes topics of three partitions.
func create(t *testing.T, c *rdkafka.Client, topics ...string) {
	t.Helper()
	for _, topic := range topics {
		must(t, c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: topic, Partitions: 3, ReplicationFactor: 1}))
	}
}
