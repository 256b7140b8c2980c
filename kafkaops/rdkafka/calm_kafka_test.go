//go:build kafka && linux

package rdkafka_test

import (
	"slices"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// While a broker doesn't answer and messages go on coming, librdkafka's threads wait for it instead of spinning: each at most once a
// millisecond. Without the calm they ask a hundred times as often.
func TestAProducerWaitsForAStoppedBrokerWithoutSpinningOnReal(t *testing.T) {
	cluster := kafkatest.SharedCluster(t)
	c := connect(t, cluster.Brokers())
	topic := "calm-" + time.Now().Format("150405.000")
	must(t, c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: topic, Partitions: 6, ReplicationFactor: 3}))
	t.Cleanup(func() { rdkafka.LetSpin(false) })
	const threads = 16 // more than there are
	for _, spins := range []bool{true, false} {
		inSync(t, c, topic)
		polls, took := pollsWhileStopped(t, cluster, c, topic, spins)
		if limit := threads * (took.Milliseconds() + 1); (polls > limit) != spins {
			t.Errorf("let spin: %v; %d empty polls in %s, at most %d without spinning", spins, polls, took, limit)
		}
	}
}

// inSync waits until every replica is in sync: only then do acknowledgements wait for the broker that is stopped.
func inSync(t *testing.T, c *rdkafka.Client, topic string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		topics, err := c.DescribeTopics(t.Context(), topic)
		missing := 1
		if err == nil && topics[0].Err == nil {
			missing = 0
			for _, p := range topics[0].Partitions {
				missing += 3 - len(p.ISR)
			}
		}
		switch {
		case missing == 0:
			return
		case time.Now().After(deadline):
			t.Fatalf("%d replicas are never in sync: %v", missing, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func pollsWhileStopped(t *testing.T, cluster *kafkatest.Cluster, c *rdkafka.Client, topic string, spins bool) (int64, time.Duration) {
	t.Helper()
	p, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{})
	must(t, err)
	go func() {
		for range p.Deliveries() { // none is waited for here
		}
	}()
	defer p.Close(t.Context())
	send := func(i int64) {
		r := kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Value: []byte("v")}
		must(t, p.Send(t.Context(), slices.Repeat([]kafkaops.Record{r}, 10), 10*i))
	}
	for i := range int64(6) { // it has an id and connections before the broker is stopped
		send(i)
	}
	must(t, p.Flush(t.Context()))
	node := kafkatest.NodeIDs()[1]
	cluster.Pause(node)
	defer cluster.Resume(node)
	rdkafka.LetSpin(spins)
	defer rdkafka.LetSpin(false)
	began, before := time.Now(), rdkafka.EmptyPolls()
	for i := range int64(400) {
		send(6 + i)
		time.Sleep(10 * time.Millisecond)
	}
	return rdkafka.EmptyPolls() - before, time.Since(began)
}
