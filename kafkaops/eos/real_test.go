//go:build kafka

package eos_test

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// brokers returns the real cluster's.
func brokers(t testing.TB) []string { return kafkatest.Brokers(t) }
