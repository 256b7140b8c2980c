package topic_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/page/internal/pagetest"
	"github.com/krapp-io/krapp/tui/page/topic"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func sizes() [][2]int { return [][2]int{{80, 22}, {120, 38}, {200, 58}} }

func cluster(name string) *pagetest.Cluster {
	t := pagetest.Topic(name, 6, 1, 2, 3)
	t.Partitions[2].ISR = []int32{1}
	t.Partitions[4].Leader, t.Partitions[4].ISR = -1, nil
	c := pagetest.New(t)
	records := make([]kafkaops.Record, 12_345)
	for i := range records {
		records[i] = kafkaops.Record{Topic: name, Partition: int32(i % 4), Value: []byte("v")}
	}
	c.Add(records...)
	c.BreakPartition(kafkaops.TopicPartition{Topic: name, Partition: 4}, kafkaops.Errorf(kafkaops.Unavailable, "reading the offsets of", name+"/4", "", "leader not available"))
	c.Configs = []kafkaops.ConfigEntry{
		{Name: "cleanup.policy", Value: "delete", Default: true}, {Name: "compression.type", Value: "producer", Default: true},
		{Name: "max.message.bytes", Value: "1048588", Default: true}, {Name: "min.insync.replicas", Value: "2"}, {Name: "retention.ms", Value: "86400000"},
		{Name: "secret.thing", Sensitive: true},
	}
	lag := func(p int32, records int64) kafkaops.Lag {
		l := kafkaops.Lag{TopicPartition: kafkaops.TopicPartition{Topic: name, Partition: p}, Records: records}
		if records < 0 {
			l.Err = errors.New("leader not available")
		}
		return l
	}
	c.Groups = []kafkaops.Group{{ID: "orders-app", State: "Stable"}, {ID: "audit", State: "Empty"}, {ID: "dark", State: "Stable"}, {ID: "elsewhere", State: "Stable"}}
	c.GroupOf = map[string][]kafkaops.Lag{
		"orders-app": {lag(0, 12), lag(1, 3)}, "audit": {lag(0, 1000), lag(4, -1)}, "dark": {lag(4, -1)},
		"elsewhere": {{TopicPartition: kafkaops.TopicPartition{Topic: "other"}, Records: 77_777}},
	}
	return c
}

func open(t *testing.T, c *pagetest.Cluster, name, until string) ui.Page {
	t.Helper()
	p := topic.New(uitest.Env(t), topic.Deps{Client: c}, ui.To("topic", name))
	uitest.Frame(t, p, 120, 38)
	_, cmd := p.Update(ui.FocusMsg{Visible: true})
	uitest.Run(t, p, tea.Batch(p.Init(), cmd), func([]tea.Msg) bool {
		f := uitest.Frame(t, p, 160, 40)
		return strings.Contains(f, until) && !strings.Contains(f, "Asking")
	})
	return p
}

func TestFrames(t *testing.T) {
	pages := map[string]func(*testing.T) ui.Page{
		"filled": func(t *testing.T) ui.Page { return open(t, cluster("orders"), "orders", "12,345") },
		"configuration": func(t *testing.T) ui.Page {
			p := open(t, cluster("orders"), "orders", "12,345")
			uitest.Press(t, p, "2")
			return p
		},
		"groups": func(t *testing.T) ui.Page {
			p := open(t, cluster("orders"), "orders", "12,345")
			uitest.Press(t, p, "3")
			return p
		},
		"no-such-topic": func(t *testing.T) ui.Page { return open(t, cluster("orders"), "nope", "not found") },
	}
	for name, page := range pages {
		for _, wh := range sizes() {
			t.Run(fmt.Sprintf("%s/%dx%d", name, wh[0], wh[1]), func(t *testing.T) {
				golden.RequireEqual(t, uitest.Frame(t, page(t), wh[0], wh[1]))
			})
		}
	}
}

func TestAnyDataAtAnySize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range pagetest.Hostile() {
		c := cluster(s)
		c.Topics[0].Partitions[1].Err = errors.New(s)
		for i := range c.Configs {
			c.Configs[i].Name, c.Configs[i].Value = s, s
		}
		c.Groups = []kafkaops.Group{{ID: s, State: s}}
		c.GroupOf = map[string][]kafkaops.Lag{s: {{TopicPartition: kafkaops.TopicPartition{Topic: s}, Records: 1 << 60}}}
		p := open(t, c, s, "12,345")
		for range 15 {
			uitest.Press(t, p, "tab")
			uitest.Frame(t, p, 1+r.IntN(220), 1+r.IntN(70))
		}
	}
}

func TestKeys(t *testing.T) {
	p := open(t, cluster("orders"), "orders", "12,345")
	uitest.Press(t, p, "j")
	for _, c := range []struct {
		pane, key string
		want      ui.Route
	}{
		{"1", "enter", ui.To("messages", "orders", "1")}, {"1", "m", ui.To("messages", "orders")}, {"2", "P", ui.To("produce", "orders")},
		{"3", "enter", ui.To("group", "audit")},
	} {
		uitest.Press(t, p, c.pane)
		if msg, ok := uitest.Press(t, p, c.key)().(ui.OpenMsg); !ok || !msg.Route.Same(c.want) {
			t.Errorf("%s in pane %s leads to %v", c.key, c.pane, msg.Route)
		}
	}
	uitest.Press(t, p, "2")
	if msg, ok := uitest.Press(t, p, "c")().(ui.CopyMsg); !ok || msg.Data != "min.insync.replicas=2" {
		t.Errorf("copying a configuration gives %q", msg.Data)
	}
}

func TestLagThatIsNotKnownIsNotZero(t *testing.T) {
	f := uitest.Frame(t, open(t, cluster("orders"), "orders", "12,345"), 160, 40)
	for _, want := range []string{"! 1,000+", "unknown"} {
		if !strings.Contains(f, want) {
			t.Errorf("%q is not in\n%s", want, f)
		}
	}
	if strings.Contains(f, "77,777") {
		t.Error("the lag on another topic is counted")
	}
}
