package brokers_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/page/brokers"
	"github.com/krapp-io/krapp/tui/page/internal/pagetest"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// cluster has three brokers, of which the third does not answer.
func cluster() *pagetest.Cluster {
	orders := pagetest.Topic("orders", 6, 1, 2, 3)
	for i := range orders.Partitions {
		orders.Partitions[i].Leader, orders.Partitions[i].ISR = int32(1+i%2), []int32{1, 2}
	}
	c := pagetest.New(orders)
	c.Nodes.Brokers = []kafkaops.Broker{{ID: 1, Host: "kafka-0.example", Port: 9092, Rack: "eu-1a"}, {ID: 2, Host: "kafka-1.example", Port: 9092}}
	return c
}

func open(t *testing.T, c *pagetest.Cluster, until string) ui.Page {
	t.Helper()
	p := brokers.New(uitest.Env(t), brokers.Deps{Client: c}, ui.To("brokers"))
	uitest.Frame(t, p, 120, 38)
	_, cmd := p.Update(ui.FocusMsg{Visible: true})
	uitest.Run(t, p, tea.Batch(p.Init(), cmd), func([]tea.Msg) bool { return strings.Contains(uitest.Frame(t, p, 120, 38), until) })
	return p
}

func TestFrames(t *testing.T) {
	pages := map[string]func(*testing.T) ui.Page{
		"one-offline": func(t *testing.T) ui.Page { return open(t, cluster(), "offline") },
		"unreachable": func(t *testing.T) ui.Page {
			c := cluster()
			c.Break(kafkaops.Errorf(kafkaops.Unreachable, "describing", "the cluster", "Check that the broker runs.", "connection refused"))
			return open(t, c, "connection refused")
		},
	}
	for name, page := range pages {
		for _, wh := range [][2]int{{80, 22}, {120, 38}, {200, 58}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, wh[0], wh[1]), func(t *testing.T) {
				golden.RequireEqual(t, uitest.Frame(t, page(t), wh[0], wh[1]))
			})
		}
	}
}

func TestAnyDataAtAnySize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := cluster()
	for i, s := range pagetest.Hostile() {
		c.Nodes.Brokers = append(c.Nodes.Brokers, kafkaops.Broker{ID: int32(100 + i), Host: s, Port: 1 << 30, Rack: s})
		c.Nodes.ID += s
	}
	p := open(t, c, "offline")
	for range 150 {
		uitest.Frame(t, p, 1+r.IntN(220), 1+r.IntN(70))
	}
}

func TestTheAddressIsCopied(t *testing.T) {
	p := open(t, cluster(), "offline")
	if msg := uitest.Press(t, p, "c")().(ui.CopyMsg); msg.Data != "kafka-0.example:9092" {
		t.Errorf("copied %q", msg.Data)
	}
}
