package topics_test

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
	"github.com/krapp-io/krapp/tui/page/topics"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// sizes are a page's, on terminals of 80×24, 120×40 and 200×60.
func sizes() [][2]int { return [][2]int{{80, 22}, {120, 38}, {200, 58}} }

func cluster() *pagetest.Cluster {
	orders, stream, broken := pagetest.Topic("orders", 6, 1, 2, 3), pagetest.Topic("stream", 3, 1, 2, 3), pagetest.Topic("broken", 4, 2, 3)
	stream.Partitions[1].ISR = []int32{1, 2}
	broken.Partitions[0].Leader, broken.Partitions[0].ISR = -1, nil
	own, offsets := pagetest.Topic("krapp.runs", 1, 1), pagetest.Topic("__consumer_offsets", 50, 1)
	offsets.Internal = true
	c := pagetest.New(broken, own, offsets, orders, stream)
	for i := range 1234 {
		c.Add(kafkaops.Record{Topic: "orders", Partition: int32(i % 6), Value: []byte("v")})
	}
	c.BreakPartition(kafkaops.TopicPartition{Topic: "broken", Partition: 0}, errors.New("leader not available"))
	return c
}

// open shows the page until its frame has a text.
func open(t *testing.T, d topics.Deps, until string) ui.Page {
	t.Helper()
	p := topics.New(uitest.Env(t), d, ui.To("topics"))
	uitest.Frame(t, p, 80, 22)
	_, cmd := p.Update(ui.FocusMsg{Visible: true})
	p, _ = uitest.Run(t, p, tea.Batch(p.Init(), cmd), func([]tea.Msg) bool { return strings.Contains(uitest.Frame(t, p, 80, 22), until) })
	return p
}

func TestFrames(t *testing.T) {
	pages := map[string]func(*testing.T) ui.Page{
		"filled": func(t *testing.T) ui.Page { return open(t, topics.Deps{Client: cluster()}, "1,234") },
		"empty":  func(t *testing.T) ui.Page { return open(t, topics.Deps{Client: pagetest.New()}, "No topics") },
		"loading": func(t *testing.T) ui.Page {
			return topics.New(uitest.Env(t), topics.Deps{Client: cluster()}, ui.To("topics"))
		},
		"unreachable": func(t *testing.T) ui.Page {
			c := cluster()
			c.Break(kafkaops.Errorf(kafkaops.Unreachable, "listing topics", "127.0.0.1:9092", "Check that the broker runs.", "connection refused"))
			return open(t, topics.Deps{Client: c}, "connection refused")
		},
		"internal": func(t *testing.T) ui.Page {
			p := open(t, topics.Deps{Client: cluster()}, "1,234")
			uitest.Press(t, p, "I")
			return p
		},
		"create": func(t *testing.T) ui.Page {
			p := open(t, topics.Deps{Client: cluster()}, "1,234")
			uitest.Press(t, p, "C")
			return p
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
	var all []kafkaops.Topic
	for i, name := range pagetest.Hostile() {
		topic := pagetest.Topic(fmt.Sprintf("%s%d", name, i), 1+i%3, 1, 2)
		topic.Err = errors.New(name)
		all = append(all, topic)
	}
	c := pagetest.New(all...)
	p := open(t, topics.Deps{Client: c}, "Topics 22")
	for range 150 {
		uitest.Frame(t, p, 1+r.IntN(220), 1+r.IntN(70))
	}
	uitest.Press(t, p, "C")
	for _, s := range pagetest.Hostile() {
		p.Update(tea.PasteMsg{Content: s})
		uitest.Frame(t, p, 1+r.IntN(220), 1+r.IntN(70))
	}
}

func TestKeysLeadToTheTopic(t *testing.T) {
	p := open(t, topics.Deps{Client: cluster()}, "1,234")
	p.(ui.Filterer).SetFilter("ord")
	for key, page := range map[string]string{"enter": "topic", "m": "messages", "P": "produce"} {
		msg, ok := uitest.Press(t, p, key)().(ui.OpenMsg)
		if !ok || !msg.Route.Same(ui.To(page, "orders")) {
			t.Errorf("%s leads to %v", key, msg)
		}
	}
}

func TestDeletingIsAPlanWithTheNameTyped(t *testing.T) {
	c := cluster()
	p := open(t, topics.Deps{Client: c}, "1,234")
	p.(ui.Filterer).SetFilter("orders")
	plan := uitest.Press(t, p, "x")().(ui.PlanMsg)
	if plan.Plan.Typed != "orders" || plan.Plan.Reversible() || !strings.Contains(plan.Plan.Command, "krapp topics delete orders") {
		t.Errorf("the plan is %+v", plan.Plan)
	}
	if len(c.Deleted()) > 0 {
		t.Error("deleted before it was confirmed")
	}
	_, forApp := uitest.Run(t, p, plan.Apply(), func(m []tea.Msg) bool { return len(m) > 0 })
	if n, ok := forApp[0].(ui.NoticeMsg); !ok || n.Kind != ui.Success {
		t.Errorf("the page says %v", forApp)
	}
	if got := c.Deleted(); len(got) != 1 || got[0] != "orders" {
		t.Errorf("deleted %v", got)
	}
}

func TestMarkedTopicsAreDeletedTogether(t *testing.T) {
	p := open(t, topics.Deps{Client: cluster()}, "1,234")
	uitest.Press(t, p, "space")
	uitest.Press(t, p, "space")
	plan := uitest.Press(t, p, "x")().(ui.PlanMsg).Plan
	if plan.Typed != "2 topics" || len(plan.Table) != 3 {
		t.Errorf("the plan is %+v", plan)
	}
}

func TestReadOnlyContextsRefuse(t *testing.T) {
	c := cluster()
	p := open(t, topics.Deps{Client: c, ReadOnly: true}, "1,234")
	msg, ok := uitest.Press(t, p, "x")().(ui.FailMsg)
	if !ok || kafkaops.ClassOf(msg.Err) != kafkaops.Unauthorised || kafkaops.HintOf(msg.Err) == "" {
		t.Errorf("deleting says %v", msg)
	}
	uitest.Press(t, p, "C")
	p.Update(tea.PasteMsg{Content: "new"})
	if msg, ok := uitest.Press(t, p, "enter")().(ui.FailMsg); !ok || kafkaops.ClassOf(msg.Err) != kafkaops.Unauthorised {
		t.Errorf("creating says %v", msg)
	}
}

func TestCreate(t *testing.T) {
	c := cluster()
	p := open(t, topics.Deps{Client: c}, "1,234")
	uitest.Press(t, p, "C")
	for _, text := range []string{"new.topic", "12", "3", "retention.ms=1000 cleanup.policy=compact"} {
		p.Update(tea.PasteMsg{Content: text})
		uitest.Press(t, p, "tab")
	}
	plan := uitest.Press(t, p, "enter")().(ui.PlanMsg)
	want := "krapp topics create new.topic --partitions 12 --replication-factor 3 --set cleanup.policy=compact --set retention.ms=1000"
	if plan.Plan.Command != want || !plan.Plan.Reversible() {
		t.Errorf("the plan is %+v", plan.Plan)
	}
	uitest.Run(t, p, plan.Apply(), func(m []tea.Msg) bool { return len(m) > 0 })
	if got := c.Created(); len(got) != 1 || got[0].Partitions != 12 || got[0].Configs["retention.ms"] != "1000" {
		t.Errorf("created %+v", got)
	}
	if p.(ui.Capturer).CapturesText() {
		t.Error("the form is still there")
	}
}

func TestCreateRefusesWhatKafkaWould(t *testing.T) {
	for name, typed := range map[string][]string{
		"no name": {""}, "dots": {".."}, "slash": {"a/b"}, "escape": {"a\x1bb"}, "taken": {"orders"}, "long": {strings.Repeat("x", 250)},
		"no partitions": {"a", "0"}, "words for partitions": {"a", "many"}, "replicas": {"a", "1", "-1"}, "config": {"a", "1", "1", "retention"},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, topics.Deps{Client: cluster()}, "1,234")
			uitest.Press(t, p, "C")
			for _, text := range typed {
				p.Update(tea.PasteMsg{Content: text})
				uitest.Press(t, p, "tab")
			}
			if msg, ok := uitest.Press(t, p, "enter")().(ui.FailMsg); !ok || kafkaops.ClassOf(msg.Err) != kafkaops.Invalid {
				t.Errorf("it says %v", msg)
			}
		})
	}
}

func TestWhatIsUnknownIsNotShownAsNothing(t *testing.T) {
	c := pagetest.New(pagetest.Topic("dark", 2, 1))
	for i := range int32(2) {
		c.BreakPartition(kafkaops.TopicPartition{Topic: "dark", Partition: i}, errors.New("no leader"))
	}
	open(t, topics.Deps{Client: c}, "unknown")
}
