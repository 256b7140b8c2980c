//go:build kafka

package kafkatest_test

import (
	"net"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// answers says whether something listens; a killed broker's port is refused at once.
func answers(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

func TestABrokerOfTheSharedClusterStopsAndComesBack(t *testing.T) {
	brokers := kafkatest.Brokers(t)
	t.Run("disturbed", func(t *testing.T) {
		c := kafkatest.SharedCluster(t)
		c.Stop(2)
		if answers(brokers[1]) {
			t.Error("broker 2 answers after Stop")
		}
		c.Start(2)
		if !answers(brokers[1]) {
			t.Error("broker 2 does not answer after Start")
		}
		c.Kill(3)
		if answers(brokers[2]) {
			t.Error("broker 3 answers after Kill")
		}
		c.Pause(1)
	})
	for node, addr := range brokers {
		if !answers(addr) {
			t.Errorf("broker %d does not answer after the test that disturbed it", node+1)
		}
	}
}
