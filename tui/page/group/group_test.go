package group_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/page/group"
	"github.com/krapp-io/krapp/tui/page/internal/pagetest"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func sizes() [][2]int { return [][2]int{{80, 22}, {120, 38}, {200, 58}} }

func tp(p int32) kafkaops.TopicPartition {
	return kafkaops.TopicPartition{Topic: "orders", Partition: p}
}

func cluster(id string) *pagetest.Cluster {
	c := pagetest.New()
	c.Groups = []kafkaops.Group{{
		ID: id, State: "Stable", Assignor: "cooperative-sticky", Coordinator: kafkaops.Broker{ID: 2, Host: "kafka-2"},
		Members: []kafkaops.Member{
			{ID: "worker-a-5e2f", ClientID: "worker-a", Host: "/10.0.0.7", Assigned: []kafkaops.TopicPartition{tp(0), tp(1)}},
			{ID: "worker-b-77c1", ClientID: "worker-b", InstanceID: "b", Host: "/10.0.0.8", Assigned: []kafkaops.TopicPartition{tp(2), tp(3)}},
		},
	}}
	x := kafkaops.Extent{Start: 10, End: 166_912}
	dark := kafkaops.Errorf(kafkaops.Unavailable, "reading the offsets of", "orders/3", "", "leader not available")
	c.GroupOf[id] = []kafkaops.Lag{
		{TopicPartition: tp(0), Extent: x, Committed: 166_704, Records: 208, Behind: 100 * time.Millisecond},
		{TopicPartition: tp(1), Extent: x, Committed: 166_912},
		{TopicPartition: tp(2), Extent: x, Committed: kafkaops.NoOffset, Records: 166_902, Behind: 26 * time.Hour},
		{TopicPartition: tp(3), Extent: kafkaops.Extent{Err: dark}, Committed: 5, Records: -1, Behind: -1, Err: dark},
		{TopicPartition: tp(4), Extent: x, Committed: 166_900, Records: 12, Behind: -1},
	}
	return c
}

func open(t *testing.T, c *pagetest.Cluster, id, until string) ui.Page {
	t.Helper()
	p := group.New(uitest.Env(t), group.Deps{Client: c}, ui.To("group", id))
	uitest.Frame(t, p, 120, 38)
	_, cmd := p.Update(ui.FocusMsg{Visible: true})
	uitest.Run(t, p, tea.Batch(p.Init(), cmd), func([]tea.Msg) bool { return strings.Contains(uitest.Frame(t, p, 120, 38), until) })
	return p
}

func TestFrames(t *testing.T) {
	pages := map[string]func(*testing.T) ui.Page{
		"filled":  func(t *testing.T) ui.Page { return open(t, cluster("app"), "app", "Stable") },
		"unknown": func(t *testing.T) ui.Page { return open(t, cluster("app"), "nope", "Dead") },
		"unreachable": func(t *testing.T) ui.Page {
			c := cluster("app")
			c.Break(kafkaops.Errorf(kafkaops.Unreachable, "describing group", "app", "Check that the broker runs.", "connection refused"))
			return open(t, c, "app", "connection refused")
		},
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
		c.Groups[0].State, c.Groups[0].Assignor, c.Groups[0].Members[0].ClientID, c.Groups[0].Members[0].Host = s, s, s, s
		c.GroupOf[s][3].Err, c.GroupOf[s][0].Topic, c.GroupOf[s][0].Records = errors.New(s), s, 1<<60
		p := open(t, c, s, "Partitions 5")
		for range 15 {
			uitest.Press(t, p, "tab")
			uitest.Press(t, p, []string{"j", "G", "s"}[r.IntN(3)])
			uitest.Frame(t, p, 1+r.IntN(220), 1+r.IntN(70))
		}
	}
}

func TestAnErrorIsNeverALagOfZero(t *testing.T) {
	f := uitest.Frame(t, open(t, cluster("app"), "app", "Stable"), 120, 38)
	for _, want := range []string{"unknown", "leader not available", "and what is not known", "167,122", "never", "! nobody"} {
		if !strings.Contains(f, want) {
			t.Errorf("%q is not in\n%s", want, f)
		}
	}
}

// TestEnterShowsWhatTheGroupStandsBefore: the messages from the committed offset on, or from the start.
func TestEnterShowsWhatTheGroupStandsBefore(t *testing.T) {
	p := open(t, cluster("app"), "app", "Stable")
	for _, want := range []string{"166704", "166912", "10"} {
		if msg := uitest.Press(t, p, "enter")().(ui.OpenMsg); msg.Route.Page != "messages" || msg.Route.Arg(2) != want {
			t.Errorf("it opens %v, not offset %s", msg.Route, want)
		}
		uitest.Press(t, p, "j")
	}
}

func TestTheLastPictureStays(t *testing.T) {
	c := cluster("app")
	p := open(t, c, "app", "Stable")
	c.Break(kafkaops.Errorf(kafkaops.Unreachable, "describing group", "app", "", "connection refused"))
	_, cmd := p.Update(ui.FocusMsg{Visible: true})
	uitest.Run(t, p, cmd, func([]tea.Msg) bool { return strings.Contains(uitest.Frame(t, p, 120, 38), "connection refused") })
	if f := uitest.Frame(t, p, 120, 38); !strings.Contains(f, "166,704") {
		t.Errorf("the picture is gone:\n%s", f)
	}
}
