package produce_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/page/internal/pagetest"
	"github.com/krapp-io/krapp/tui/page/produce"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func open(t *testing.T, c *pagetest.Cluster, args ...string) ui.Page {
	t.Helper()
	p := produce.New(uitest.Env(t), produce.Deps{Client: c}, ui.To("produce", args...))
	uitest.Frame(t, p, 120, 38)
	p.Update(p.Init()())
	return p
}

func cluster() *pagetest.Cluster {
	return pagetest.New(pagetest.Topic("orders", 6, 1), pagetest.Topic("orders.dlq", 1, 1), pagetest.Topic("krapp.runs", 1, 1))
}

// fill types into the fields from the present one on.
func fill(t *testing.T, p ui.Page, texts ...string) {
	t.Helper()
	for _, s := range texts {
		p.Update(tea.PasteMsg{Content: s})
		uitest.Press(t, p, "down")
	}
}

// send confirms the plan and waits until the page says something of it.
func send(t *testing.T, p ui.Page, until string) kafkaops.Plan {
	t.Helper()
	plan := uitest.Press(t, p, "enter")().(ui.PlanMsg)
	uitest.Run(t, p, plan.Apply(), func([]tea.Msg) bool { return strings.Contains(uitest.Frame(t, p, 120, 38), until) })
	return plan.Plan
}

func TestFrames(t *testing.T) {
	pages := map[string]func(*testing.T) ui.Page{
		"empty": func(t *testing.T) ui.Page { return open(t, cluster()) },
		"filled": func(t *testing.T) ui.Page {
			p := open(t, cluster(), "orders")
			fill(t, p, "order-42", `{"total":12}`, `source=till "by=Ada L."`, "3")
			return p
		},
		"no-such-topic": func(t *testing.T) ui.Page { return open(t, cluster(), "order") },
		"stored": func(t *testing.T) ui.Page {
			p := open(t, cluster(), "orders")
			fill(t, p, "order-42", `{"total":12}`)
			send(t, p, "stored in orders 0@0")
			return p
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

func TestAnyTextAtAnySize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p := open(t, pagetest.New())
	for range 5 {
		for _, s := range pagetest.Hostile() {
			p.Update(tea.PasteMsg{Content: s})
			uitest.Press(t, p, "down")
			uitest.Frame(t, p, 1+r.IntN(220), 1+r.IntN(70))
		}
	}
}

func TestOneMessage(t *testing.T) {
	c := cluster()
	p := open(t, c, "orders")
	fill(t, p, "it's", `{"a":1}`, `x=1 "y=two words" z=`, "3")
	plan := send(t, p, "stored in orders 3@0")
	want := `krapp produce orders --key 'it'\''s' --value '{"a":1}' -H x=1 -H 'y=two words' -H z= --partition 3`
	if plan.Command != want || plan.Reversible() || len(plan.Lost) == 0 {
		t.Errorf("the plan is %+v", plan)
	}
	got := c.Produced()
	if len(got) != 1 || string(got[0].Key) != "it's" || string(got[0].Value) != `{"a":1}` || len(got[0].Headers) != 3 || got[0].Partition != 3 {
		t.Errorf("produced %+v", got)
	}
	if msg := uitest.Press(t, p, "ctrl+o")().(ui.OpenMsg); !msg.Route.Same(ui.To("record", "orders", "3", "0")) {
		t.Errorf("it opens %v", msg.Route)
	}
}

func TestNullAndEmptyDiffer(t *testing.T) {
	c := cluster()
	p := open(t, c, "orders")
	send(t, p, "stored in orders 0@0")
	uitest.Press(t, p, "ctrl+t")
	send(t, p, "stored in orders 0@1")
	got := c.Produced()
	if got[0].Key != nil || got[0].Value == nil || got[1].Value != nil {
		t.Errorf("produced %+v", got)
	}
}

func TestWhatCannotBeSent(t *testing.T) {
	for name, texts := range map[string][]string{
		"no topic": {}, "unknown topic": {"nope"}, "header": {"orders", "", "", "novalue"}, "quote": {"orders", "", "", `"a=b`},
		"partition": {"orders", "", "", "", "x"}, "no such partition": {"orders", "", "", "", "6"},
	} {
		t.Run(name, func(t *testing.T) {
			c := cluster()
			p := open(t, c)
			fill(t, p, texts...)
			if msg, ok := uitest.Press(t, p, "enter")().(ui.FailMsg); !ok || kafkaops.ClassOf(msg.Err) != kafkaops.Invalid || kafkaops.HintOf(msg.Err) == "" {
				t.Errorf("it says %v", msg)
			}
			if len(c.Produced()) > 0 {
				t.Error("it was sent")
			}
		})
	}
}

func TestAFailureIsSaidAndListed(t *testing.T) {
	c := cluster()
	p := open(t, c, "orders")
	c.Break(kafkaops.Errorf(kafkaops.Unreachable, "producing to", "orders", "Check that the broker runs.", "connection refused"))
	send(t, p, "not stored in orders: unreachable")
}

func TestReadOnlyContextsRefuse(t *testing.T) {
	p := produce.New(uitest.Env(t), produce.Deps{Client: cluster(), ReadOnly: true}, ui.To("produce", "orders"))
	if msg, ok := uitest.Press(t, p, "enter")().(ui.FailMsg); !ok || kafkaops.ClassOf(msg.Err) != kafkaops.Unauthorised {
		t.Errorf("it says %v", msg)
	}
}

func TestTabCompletesTheTopicAndGoesOn(t *testing.T) {
	p := open(t, cluster())
	p.Update(tea.PasteMsg{Content: "ord"})
	uitest.Press(t, p, "tab")
	uitest.Press(t, p, "tab") // orders is a topic: on to the key
	p.Update(tea.PasteMsg{Content: "k"})
	if f := uitest.Frame(t, p, 120, 38); !strings.Contains(f, "krapp produce orders --key k") {
		t.Errorf("the frame is\n%s", f)
	}
}
