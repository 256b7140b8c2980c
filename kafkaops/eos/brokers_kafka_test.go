//go:build kafka

package eos_test

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// Brokers that are killed, stopped and frozen one after the other under a working loop delay it and change nothing.
func TestKilledBrokersLoseAndDoubleNothing(t *testing.T) {
	cluster := kafkatest.SharedCluster(t)
	c := connect(t, cluster.Brokers())
	names := newTopics(t, c, 4, "brokers-in", "brokers-out")
	r := start(t, c, eos.Options{Group: names[0], Topics: names[:1], Slot: "a", SessionTimeout: 6 * time.Second}, copyTo(names[1]))
	n := 0
	more := func() {
		produce(t, c, names[0], n, 2000)
		n += 2000
	}
	steps := []struct {
		down, up func(int)
	}{{cluster.Kill, cluster.Start}, {cluster.Stop, cluster.Start}, {cluster.Pause, cluster.Resume}}
	for i, s := range steps {
		more()
		s.down(i + 1)
		more()
		s.up(i + 1)
		more()
		t.Logf("after step %d: %+v", i, r.loop.State())
	}
	r.await(t, "everything is committed", func() bool { return r.loop.State().Records == int64(n) || lag(t, c, names[0], names[0]) == 0 })
	checkOnce(t, c, names[1], n)
}
