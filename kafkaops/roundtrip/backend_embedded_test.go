//go:build !kafka

package roundtrip_test

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// brokers starts a broker for one test, which runs beside the others.
func brokers(t *testing.T) []string {
	t.Helper()
	t.Parallel() // each has a broker of its own, and most of a test is waiting
	b, err := embedded.Start(t.Context(), embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b.Addrs()
}
