// Package load is the stream of messages that consoles are measured beside.
package load

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// ValueBytes is the size of a message.
const ValueBytes = 100

// Flow is a stream of messages into one topic.
type Flow struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	began  time.Time
	Sent   int64         // messages; once it was stopped
	Took   time.Duration // for them
}

// Start sends messages at a rate until the flow is stopped; 0 means as fast as they are acknowledged.
func Start(ctx context.Context, client *rdkafka.Client, topic string, rate int) (*Flow, error) {
	p, err := client.NewProducer(ctx, rdkafka.ProducerOptions{Compression: "lz4"})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &Flow{cancel: cancel, began: time.Now()}
	f.done.Go(func() {
		for range p.Deliveries() { // what became of each doesn't matter here
		}
	})
	f.done.Go(func() {
		f.run(ctx, p, topic, rate)
		f.Took = time.Since(f.began)
		closing, end := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer end()
		_ = p.Close(closing)
	})
	return f, nil
}

func (f *Flow) run(ctx context.Context, p *rdkafka.Producer, topic string, rate int) {
	const chunk = 500
	rng := rand.New(rand.NewPCG(3, 4))
	recs := make([]kafkaops.Record, chunk)
	for i := range recs {
		recs[i] = kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Value: make([]byte, ValueBytes)}
		Fill(rng, recs[i].Value)
	}
	for ctx.Err() == nil {
		if rate > 0 {
			due := f.began.Add(time.Duration(f.Sent) * time.Second / time.Duration(rate))
			if child.Wait(ctx, time.Until(due)) != nil {
				return
			}
		}
		if p.Send(ctx, recs, f.Sent) != nil {
			return
		}
		f.Sent += chunk
	}
}

// Stop ends the flow and returns how many messages a second were sent. It may be called twice.
func (f *Flow) Stop() (perSecond float64) {
	f.cancel()
	f.done.Wait()
	return float64(f.Sent) / f.Took.Seconds()
}

// Fill makes printable bytes that don't compress to nothing.
func Fill(rng *rand.Rand, b []byte) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
	for i := 0; i < len(b); {
		for r, n := rng.Uint64(), 0; n < 10 && i < len(b); n, i, r = n+1, i+1, r>>6 {
			b[i] = letters[r&63]
		}
	}
}
