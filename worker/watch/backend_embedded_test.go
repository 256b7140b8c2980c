//go:build !kafka

package watch

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// brokers starts a broker for one test.
func brokers(t *testing.T) []string {
	t.Helper()
	b, _ := kafkatest.Embedded(t, kafkaops.Context{})
	return b.Addrs()
}
