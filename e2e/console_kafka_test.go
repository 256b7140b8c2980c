//go:build tmux && kafka

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// All brokers stop and start again under the open console: it says so, keeps the last picture, recovers, and no frame is ever torn or holds a
// line of librdkafka's.
func TestConsoleOutlivesItsBrokers(t *testing.T) {
	cluster := kafkatest.StartCluster(t)
	brokers := cluster.Brokers()
	b := backend{name: "kafka", brokers: brokers, home: newHome(t).with("KRAPP_BROKERS", brokers), real: true}
	topic := b.topic(t, 3)
	b.home.must(t, "doit", topic, "--count", "100")
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			term := b.home.open(t, size.w, size.h, "krapp-tui")
			term.shows(t, "! stalled") // nobody consumes
			for _, node := range kafkatest.NodeIDs() {
				cluster.Kill(node)
			}
			rows := term.shows(t, "✘")
			if !strings.Contains(strings.Join(rows, "\n"), "! stalled") {
				t.Errorf("the last picture is gone:\n%s", strings.Join(rows, "\n"))
			}
			cluster.StartAll()
			term.shows(t, "●")
			term.keys(t, "q")
		})
	}
}
