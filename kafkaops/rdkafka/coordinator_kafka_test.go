//go:build kafka

package rdkafka_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// Brokers that are not, or not yet, a group's coordinator say so; librdkafka crashes at that answer on a handle without a group of its own
// (see coordinators). Groups are asked for all the time while a broker goes and comes back.
func TestOffsetsAreAskedForWhileCoordinatorsMoveOnReal(t *testing.T) {
	cluster := kafkatest.SharedCluster(t)
	c := connect(t, cluster.Brokers())
	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	for i := range 12 {
		asking.Go(func() {
			for ctx.Err() == nil {
				_, _ = c.Committed(ctx, fmt.Sprintf("moving-%d", i), nil) // it may fail while brokers are away; it may not crash
			}
		})
	}
	node := kafkatest.NodeIDs()[0]
	cluster.Kill(node)
	cluster.Start(node)
	defer func() { stop(); asking.Wait() }()
	// Others are coordinators now: the broker that is back answers that it is none any more, and goes on being asked.
	deadline := time.Now().Add(time.Minute)
	for i := range 12 {
		for {
			_, err := c.Committed(t.Context(), fmt.Sprintf("moving-%d", i), nil)
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("offsets of moving-%d can't be read although all brokers are back: %v", i, err)
			}
		}
	}
}

func TestGroupsAreAskedForThroughAnOutageOnReal(t *testing.T) {
	cluster := kafkatest.SharedCluster(t)
	c := connect(t, cluster.Brokers())
	asked(t, c)
	for _, node := range kafkatest.NodeIDs() {
		cluster.Kill(node)
	}
	askInVain(t, c)
	cluster.StartAll()
	answered(t, c)
}
