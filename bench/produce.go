package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/load"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// benchProduce compares krapp's three ways of producing with two peers, all idempotent with acks=all, on one topic.
func benchProduce(ctx context.Context, s *setting) (figure.Section, error) {
	out := figure.Section{Title: "Produce 1,000,000 × 100 bytes", Method: []string{
		"acks=all, idempotent, no compression, no keys, one topic of 6 partitions, replication factor 3.",
		"The producer is timed from the first `Send` to the last acknowledgement, `kafka-producer-perf-test` by its own figure (without the JVM's",
		"start), the commands from start to end: `kcat -P` and `krapp produce` read the same file of lines. `krapp doit` also registers the run,",
		"renders its messages, gives each three headers (about 90 bytes more), and reports what became of each."}}
	c, err := s.connect(ctx)
	if err != nil {
		return out, err
	}
	defer c.Close()
	topic, err := s.topic(ctx, c, "produce")
	if err != nil {
		return out, err
	}
	values, err := s.values()
	if err != nil {
		return out, err
	}
	if _, _, err := s.doit(ctx, topic, 1000, 0); err != nil { // krapp's own topics are created once
		return out, err
	}
	const unit = "messages/s"
	raw := &subject{name: "krapp's producer (`rdkafka.Producer`)", unit: unit, turn: func(ctx context.Context) (float64, error) { return produceRaw(ctx, c, topic) }}
	doit := &subject{name: "`krapp doit`", unit: unit, turn: func(ctx context.Context) (float64, error) {
		_, took, err := s.doit(ctx, topic, messages, 0)
		return perSecond(took), err
	}}
	lines := &subject{name: "`krapp produce` < file", unit: unit, turn: func(ctx context.Context) (float64, error) {
		_, took, err := child.Run(ctx, child.Spec{Stdin: values, Args: s.command("krapp", "produce", topic), Env: s.env})
		return perSecond(took), err
	}}
	java := &subject{name: "`kafka-producer-perf-test`", unit: unit, turn: func(ctx context.Context) (float64, error) { return s.javaProduce(ctx, topic) }}
	cat := &subject{name: "`kcat -P` < file", unit: unit}
	if kcat() {
		cat.turn = func(ctx context.Context) (float64, error) { return s.kcatProduce(ctx, topic, values) }
	} else {
		out.Note("kcat is missing (Debian: apt-get install kcat), so it is not compared.")
	}
	if err := s.takeTurns(ctx, raw, java, lines, cat, doit); err != nil {
		return out, err
	}
	best := java.got
	if kcat() {
		best = figure.Best(java.got, cat.got)
	}
	for _, it := range []*subject{raw, lines, doit, java, cat} {
		out.Add(it.name, it.unit, it.got)
	}
	for _, it := range []*subject{raw, lines, doit} {
		ratio := figure.Ratio(it.got, best)
		out.Add(it.name+" / the faster peer", "×", ratio)
		out.AtLeast(it.name+": at least 1.0× the faster peer", ratio, 1, "×")
	}
	return out, c.DeleteTopics(ctx, topic)
}

// produceRaw sends all messages through one producer.
func produceRaw(ctx context.Context, c *rdkafka.Client, topic string) (float64, error) {
	p, err := c.NewProducer(ctx, rdkafka.ProducerOptions{})
	if err != nil {
		return 0, err
	}
	defer p.Close(ctx)
	outcome := make(chan error, 1)
	go func() { outcome <- acknowledged(p, messages) }()
	rng := rand.New(rand.NewPCG(1, 2))
	const chunk = 1000
	recs := make([]kafkaops.Record, chunk)
	for i := range recs {
		recs[i] = kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Value: make([]byte, valueBytes)}
	}
	began := time.Now()
	for n := int64(0); n < messages; n += chunk {
		for i := range recs {
			load.Fill(rng, recs[i].Value)
		}
		if err := p.Send(ctx, recs, n); err != nil {
			return 0, err
		}
	}
	select {
	case err := <-outcome:
		return perSecond(time.Since(began)), err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// acknowledged reads so many delivery reports, all of which must be good.
func acknowledged(p *rdkafka.Producer, n int) error {
	for batch := range p.Deliveries() {
		for _, d := range batch {
			if d.Err != nil {
				return d.Err
			}
		}
		if n -= len(batch); n <= 0 {
			return nil
		}
	}
	return fmt.Errorf("%d messages have no delivery report", n)
}

// doit sends a run of messages of valueBytes and returns what the command says of it; the rate is 0 for as fast as possible.
func (s *setting) doit(ctx context.Context, topic string, count, rate int, more ...string) (string, time.Duration, error) {
	args := append([]string{"doit", topic, "--count", fmt.Sprint(count), "--value", valueTemplate(), "-o", "json"}, more...)
	if rate > 0 {
		args = append(args, "--rate", fmt.Sprint(rate))
	}
	return child.Run(ctx, child.Spec{Args: s.command("krapp", args...), Env: s.env})
}

// valueTemplate renders to valueBytes, of which the sequence number is a part.
func valueTemplate() string {
	const number = `{{seq}}`
	return `{"seq":` + number + `,"text":"` + strings.Repeat("x", valueBytes-len(`{"seq":123456,"text":""}`)) + `"}`
}
