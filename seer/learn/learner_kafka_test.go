//go:build kafka

package learn_test

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

func TestLearningFromRealKafka(t *testing.T) { contract(t, kafkatest.Brokers(t)) }
