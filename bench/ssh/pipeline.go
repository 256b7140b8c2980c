package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/bench/load"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

const partitions = 6

// cluster finds the brokers, or starts one.
func (s *setting) cluster(ctx context.Context) (stop func(), err error) {
	if s.real {
		s.brokers = strings.Split(os.Getenv("KRAPP_TEST_KAFKA"), ",")
		return func() {}, nil
	}
	address, err := child.FreeAddress()
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
	flow   *load.Flow
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
		p.flow.Stop()
	}
	p.worker.Stop(10 * time.Second)
	p.client.Close()
}

// start sends so many messages a second until the flow is stopped.
func (p *pipeline) start(ctx context.Context, rate int) (err error) {
	p.flow, err = load.Start(ctx, p.client, p.topic, rate)
	return err
}
