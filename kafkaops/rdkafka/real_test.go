//go:build kafka

package rdkafka_test

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

func TestContractOnRealKafka(t *testing.T) { kafkatest.Contract(t, kafkatest.Brokers(t)) }
