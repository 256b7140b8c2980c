//go:build kafka

package rdkafka_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// Topics that a client has just made can be asked for their offsets at once, though brokers learn of leaders one by one: the one that is asked
// for leaders may know of none, and librdkafka keeps that in mind. Without asking anew some of these fail.
func TestFreshTopicsHaveOffsetsAtOnceOnReal(t *testing.T) {
	brokers := kafkatest.Brokers(t)
	stamp := time.Now().UnixNano()
	var all sync.WaitGroup
	for maker := range 3 { // brokers have more to learn
		all.Go(func() {
			c := connect(t, brokers)
			for round := range 8 {
				name := fmt.Sprintf("fresh-%d-%d-%d", stamp, maker, round)
				if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: name, Partitions: 4, ReplicationFactor: 3}); err != nil {
					t.Error(err)
					return
				}
				if _, err := c.TopicExtents(t.Context(), kafkaops.ReadUncommitted, name); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			}
		})
	}
	all.Wait()
}
