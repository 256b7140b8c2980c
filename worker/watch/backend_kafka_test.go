//go:build kafka

package watch

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// brokers is the cluster that make test-kafka brought up; all tests share it.
func brokers(t *testing.T) []string {
	t.Helper()
	return kafkatest.Brokers(t)
}
