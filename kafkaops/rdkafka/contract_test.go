package rdkafka_test

import (
	"context"
	"testing"

	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

func TestContractOnTheEmbeddedBroker(t *testing.T) {
	b, err := embedded.Start(context.Background(), embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	kafkatest.Contract(t, b.Addrs())
}
