//go:build kafka

package ask

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

func client(t *testing.T) *rdkafka.Client { return kafkatest.Shared(t) }

func create(t *testing.T, c *rdkafka.Client, topics ...string) {
	kafkatest.MakeAnew(t, c, 3, topics...)
}
