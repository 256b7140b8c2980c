package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/machine"
	"github.com/krapp-io/krapp/bench/terminal"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// flow is a stream of messages into the watched topic.
type flow struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	began  time.Time
	sent   int64
	took   time.Duration
}

// flow sends messages at a rate until it is stopped; 0 means as fast as they are acknowledged.
func (b *consoles) flow(ctx context.Context, rate int) (*flow, error) {
	p, err := b.client.NewProducer(ctx, rdkafka.ProducerOptions{Compression: "lz4"})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &flow{cancel: cancel, began: time.Now()}
	f.done.Go(func() {
		for range p.Deliveries() { // what became of each doesn't matter here
		}
	})
	f.done.Go(func() {
		f.run(ctx, p, b.topic, rate)
		f.took = time.Since(f.began)
		closing, end := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer end()
		_ = p.Close(closing)
	})
	return f, nil
}

func (f *flow) run(ctx context.Context, p *rdkafka.Producer, topic string, rate int) {
	const chunk = 500
	rng := rand.New(rand.NewPCG(3, 4))
	recs := make([]kafkaops.Record, chunk)
	for i := range recs {
		recs[i] = kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Value: make([]byte, valueBytes)}
		fill(rng, recs[i].Value)
	}
	for ctx.Err() == nil {
		if rate > 0 {
			due := f.began.Add(time.Duration(f.sent) * time.Second / time.Duration(rate))
			if wait(ctx, time.Until(due)) != nil {
				return
			}
		}
		if p.Send(ctx, recs, f.sent) != nil {
			return
		}
		f.sent += chunk
	}
}

// stop ends the flow and returns how many messages a second were sent. It may be called twice.
func (f *flow) stop() (perSecond float64) {
	f.cancel()
	f.done.Wait()
	return float64(f.sent) / f.took.Seconds()
}

// replay lets as many messages flow as the time allows, and watches the console's memory.
func (b *consoles) replay(ctx context.Context, t *terminal.Terminal) error {
	flow, err := b.flow(ctx, 0)
	if err != nil {
		return err
	}
	defer flow.stop()
	var resident figure.Spread
	const samples = 24
	for range samples {
		if err := wait(ctx, replayTime/samples); err != nil {
			return err
		}
		u, err := machine.Process(t.PID())
		if err != nil {
			return err
		}
		resident.Add(megabytes(u.Resident))
	}
	flow.stop()
	v := resident.Values()
	first, second := figure.Spread{}, figure.Spread{}
	for i, mb := range v {
		switch {
		case i < samples/4: // the heap finds its size
		case i < samples*5/8:
			first.Add(mb)
		default:
			second.Add(mb)
		}
	}
	b.out.Add("resident memory during the replay", "MB", resident)
	growth := figure.Spread{}
	growth.Add(100 * (second.Median()/first.Median() - 1))
	b.out.Add("growth of it between the replay's second and last part", "%", growth)
	b.out.Below("resident memory flat (grows less than 5 %)", growth, 5, " %")
	b.out.Note("Replay: %d messages in %.0f s, as many as at 50,000 a second flow in %.0f minutes, at the full rate of the producer; the console "+
		"fetches the newest messages and all offsets at each look however many came between, so its work goes by time and not by messages. "+
		"The growth compares the medians of its resident memory from 25 to 62 %% and from 62 to 100 %% of that time.",
		flow.sent, flow.took.Seconds(), float64(flow.sent)/flowRate/60)
	return nil
}
