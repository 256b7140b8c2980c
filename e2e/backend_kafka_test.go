//go:build kafka

package e2e

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// startBackend is the real cluster that make test-kafka brought up. It is shared: tests use topics and groups of their own.
func startBackend(t *testing.T) backend {
	t.Helper()
	brokers := kafkatest.Brokers(t)
	return backend{name: "kafka", brokers: brokers, home: newHome(t).with("KRAPP_BROKERS", brokers), real: true}
}
