// Package send sends a run's messages: from this process (Send), or by handing slices to the produce workers (Enqueue, RenderSlice, SentReport).
// Whoever sends says each second how far it is, and reports every message's outcome.
package send

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// Client is what a sender needs of a Kafka client; *rdkafka.Client satisfies it.
type Client interface {
	roundtrip.Cluster
	roundtrip.Scanner
}

// Producer sends in bulk; *rdkafka.Producer satisfies it. Records are copied by Send, and each gets exactly one delivery.
type Producer interface {
	Send(ctx context.Context, recs []kafkaops.Record, firstIndex int64) error
	Deliveries() <-chan []kafkaops.Delivery
	Flush(ctx context.Context) error
}

// Progress is how far a sender is.
type Progress struct {
	Sent      int64 // handed to the client library; Enqueue: messages handed to the workers
	Acked     int64
	Failed    int64
	Possibly  int64
	PerSecond float64 // over the last second
	Started   time.Time
	Ended     bool // the last call
}
