package groups_test

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
	"github.com/krapp-io/krapp/tui/page/groups"
	"github.com/krapp-io/krapp/tui/page/internal/pagetest"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func sizes() [][2]int { return [][2]int{{80, 22}, {120, 38}, {200, 58}} }

func lag(topic string, p int32, records int64, behind time.Duration) kafkaops.Lag {
	l := kafkaops.Lag{TopicPartition: kafkaops.TopicPartition{Topic: topic, Partition: p}, Records: records, Behind: behind}
	if records < 0 {
		l.Err = errors.New("leader not available")
	}
	return l
}

func cluster() *pagetest.Cluster {
	c := pagetest.New()
	c.Groups = []kafkaops.Group{
		{ID: "audit", State: "Empty"}, {ID: "billing", State: "PreparingRebalance", Members: make([]kafkaops.Member, 3)},
		{ID: "forbidden", State: "Stable", Members: make([]kafkaops.Member, 1)}, {ID: "krapp-consume", State: "Stable", Members: make([]kafkaops.Member, 2)},
		{ID: "new", State: "Stable", Members: make([]kafkaops.Member, 1)}, {ID: "partial", State: "Stable", Members: make([]kafkaops.Member, 1)},
	}
	c.GroupOf = map[string][]kafkaops.Lag{
		"audit": {lag("orders", 0, 2_999, 3200*time.Millisecond), lag("stream", 0, 208, 100*time.Millisecond)}, "billing": {lag("orders", 0, 12, 2*time.Hour)},
		"krapp-consume": {lag("stream", 0, 0, 0)}, "new": {}, "partial": {lag("orders", 0, 5, -1), lag("orders", 1, -1, -1)},
	}
	return c
}

func open(t *testing.T, c *pagetest.Cluster, until string) ui.Page {
	t.Helper()
	p := groups.New(uitest.Env(t), groups.Deps{Client: c}, ui.To("groups"))
	uitest.Frame(t, p, 120, 38)
	_, cmd := p.Update(ui.FocusMsg{Visible: true})
	uitest.Run(t, p, tea.Batch(p.Init(), cmd), func([]tea.Msg) bool { return strings.Contains(uitest.Frame(t, p, 120, 38), until) })
	return p
}

func TestFrames(t *testing.T) {
	pages := map[string]func(*testing.T) ui.Page{
		"filled": func(t *testing.T) ui.Page { return open(t, cluster(), "krapp-consume") },
		"empty":  func(t *testing.T) ui.Page { return open(t, pagetest.New(), "No groups") },
		"unreachable": func(t *testing.T) ui.Page {
			c := cluster()
			c.Break(kafkaops.Errorf(kafkaops.Unreachable, "listing groups", "127.0.0.1:9092", "Check that the broker runs.", "connection refused"))
			return open(t, c, "connection refused")
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

// TestAnErrorIsNeverALagOfZero is what makes the list worth reading.
func TestAnErrorIsNeverALagOfZero(t *testing.T) {
	p := open(t, cluster(), "krapp-consume")
	for group, want := range map[string]string{"forbidden": "unknown", "partial": "! 5+", "audit": "3,207", "billing": "2 h 00 m"} {
		p.(ui.Filterer).SetFilter(group)
		if line := strings.Split(uitest.Frame(t, p, 120, 38), "\n")[2]; !strings.Contains(line, want) {
			t.Errorf("%s is shown as %q, without %s", group, line, want)
		}
	}
	p.(ui.Filterer).SetFilter("forbidden")
	if f := uitest.Frame(t, p, 120, 38); !strings.Contains(f, "not authorised") {
		t.Errorf("the reason is not in\n%s", f)
	}
	p.(ui.Filterer).SetFilter("krapp-consume") // the control: a lag that is known to be 0 is shown as 0
	if line := strings.Split(uitest.Frame(t, p, 120, 38), "\n")[2]; !strings.Contains(line, " 0 ") || strings.Contains(line, "unknown") {
		t.Errorf("a lag of 0 is shown as %q", line)
	}
}

func TestAnyDataAtAnySize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := pagetest.New()
	for i, s := range pagetest.Hostile() {
		id := fmt.Sprintf("%s-%d", s, i)
		c.Groups = append(c.Groups, kafkaops.Group{ID: id, State: s})
		if i%3 == 0 {
			c.Groups[i].Err = errors.New(s)
		}
		c.GroupOf[id] = []kafkaops.Lag{lag(s, 0, 1<<60, time.Duration(1<<62)), lag(s, 1, -1, -1)}
	}
	p := open(t, c, "Groups 22")
	for range 150 {
		uitest.Frame(t, p, 1+r.IntN(220), 1+r.IntN(70))
		uitest.Press(t, p, []string{"j", "G", "pgup", "s"}[r.IntN(4)])
	}
}

func TestEnterOpensTheGroup(t *testing.T) {
	p := open(t, cluster(), "krapp-consume")
	uitest.Press(t, p, "j")
	if msg := uitest.Press(t, p, "enter")().(ui.OpenMsg); !msg.Route.Same(ui.To("group", "billing")) {
		t.Errorf("it opens %v", msg.Route)
	}
}

func TestAHiddenPageAsksNothing(t *testing.T) {
	c := cluster()
	p := open(t, c, "krapp-consume")
	_, cmd := p.Update(ui.FocusMsg{})
	if cmd != nil {
		t.Error("going out of sight starts something")
	}
	before := uitest.Frame(t, p, 120, 38)
	c.Break(errors.New("nobody should ask"))
	uitest.Press(t, p, "r")
	if uitest.Frame(t, p, 120, 38) != before {
		t.Error("it asked")
	}
}
