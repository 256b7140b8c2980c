//go:build !kafka

package eos_test

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// brokers starts an embedded broker for the test. With the build tag kafka the same tests run on the real cluster.
func brokers(t testing.TB) []string {
	t.Helper()
	b, err := embedded.Start(t.Context(), embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b.Addrs()
}
