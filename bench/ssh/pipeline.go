package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

const (
	partitions = 6
	valueBytes = 100
	chunk      = 500 // messages a Send
)

// cluster finds the brokers, or starts one.
func (s *setting) cluster(ctx context.Context) (stop func(), err error) {
	if s.real {
		s.brokers = strings.Split(os.Getenv("KRAPP_TEST_KAFKA"), ",")
		return func() {}, nil
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(address)
	p, err := child.Start(ctx, child.Spec{Env: s.env, Args: s.command("krapp", "up", "--port", port, "--ephemeral", "--roles", "", "--monitor-listen", "none")})
	if err != nil {
		return nil, err
	}
	s.brokers = []string{address}
	if err := listens(ctx, p, address); err != nil {
		p.Stop(10 * time.Second)
		return nil, err
	}
	return func() { p.Stop(10 * time.Second) }, nil
}

// pipeline is the topic that is watched: a worker consumes it, and messages flow into it when told.
type pipeline struct {
	topic  string
	client *rdkafka.Client
	worker *child.Process
	flow   *flow
}

// newPipeline makes the topic, its worker, and a run that is done: consoles watch the topic of the newest run.
func (s *setting) newPipeline(ctx context.Context) (*pipeline, error) {
	c, err := rdkafka.Connect(ctx, kafkaops.Context{Brokers: s.brokers}, nil)
	if err != nil {
		return nil, err
	}
	p := &pipeline{client: c, topic: fmt.Sprintf("bench-ssh-%d", time.Now().Unix())}
	replicas := 1
	if s.real {
		replicas = 3
	}
	if err := c.CreateTopics(ctx, kafkaops.NewTopic{Name: p.topic, Partitions: partitions, ReplicationFactor: replicas}); err != nil {
		c.Close()
		return nil, err
	}
	group := "group-of-" + p.topic
	p.worker, err = child.Start(ctx, child.Spec{Env: s.clustered(), Args: s.command("krapp-worker", "consume", "--topics", p.topic, "--group", group,
		"--listen", "127.0.0.1:0", "--monitor-listen", "127.0.0.1:0", "--log-level", "warn")})
	if err != nil {
		c.Close()
		return nil, err
	}
	if _, _, err = child.Run(ctx, child.Spec{Env: s.clustered(), Args: s.command("krapp", "doit", p.topic, "--count", "1000", "--group", group,
		"--wait", "--timeout", "1m")}); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *pipeline) close() {
	if p.flow != nil {
		p.flow.stop()
	}
	p.worker.Stop(10 * time.Second)
	p.client.Close()
}

// flow is a stream of messages.
type flow struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	began  time.Time
	sent   int64
	took   time.Duration
}

// start sends so many messages a second until the flow is stopped.
func (p *pipeline) start(ctx context.Context, rate int) error {
	producer, err := p.client.NewProducer(ctx, rdkafka.ProducerOptions{Compression: "lz4"})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &flow{cancel: cancel, began: time.Now()}
	p.flow = f
	f.done.Go(func() {
		for range producer.Deliveries() { // what became of each doesn't matter here
		}
	})
	f.done.Go(func() {
		f.run(ctx, producer, p.topic, rate)
		f.took = time.Since(f.began)
		closing, end := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer end()
		_ = producer.Close(closing)
	})
	return nil
}

func (f *flow) run(ctx context.Context, p *rdkafka.Producer, topic string, rate int) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	rng := rand.New(rand.NewPCG(3, 4))
	records := make([]kafkaops.Record, chunk)
	for i := range records {
		value := make([]byte, valueBytes)
		for j := range value {
			value[j] = letters[rng.IntN(len(letters))]
		}
		records[i] = kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Value: value}
	}
	for ctx.Err() == nil {
		if wait(ctx, time.Until(f.began.Add(time.Duration(f.sent)*time.Second/time.Duration(rate)))) != nil || p.Send(ctx, records, f.sent) != nil {
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

// freeAddress is an address on loopback where nobody listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
