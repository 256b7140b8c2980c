package contexts_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/page/contexts"
	"github.com/krapp-io/krapp/tui/page/internal/pagetest"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// conf is a configuration; going to a context is noticed.
type conf struct {
	items []contexts.Item
	err   error
}

func (c conf) Contexts() ([]contexts.Item, error) { return c.items, c.err }
func (c conf) Switch(name string) tea.Cmd {
	return ui.Notify(ui.Success, safetext.Of("at "+name))
}

func sample() conf {
	return conf{items: []contexts.Item{
		{Name: "embedded", Brokers: []string{"127.0.0.1:9092"}, Source: "announced by krapp up"},
		{Name: "prod-eu", Brokers: []string{"kafka-0.example:9093", "kafka-1.example:9093"}, Source: "config.yaml", Security: "TLS, SCRAM-SHA-512", ReadOnly: true, Current: true},
		{Name: "test", Brokers: []string{"kafka-test.example:9092"}, Source: "config.yaml"},
	}}
}

func open(t *testing.T, d contexts.Deps) ui.Page {
	t.Helper()
	p := contexts.New(uitest.Env(t), d, ui.To("contexts"))
	uitest.Frame(t, p, 120, 38)
	p.Update(p.Init()())
	return p
}

func TestFrames(t *testing.T) {
	for name, c := range map[string]conf{
		"filled": sample(), "empty": {}, "broken": {err: kafkaops.Errorf(kafkaops.Invalid, "reading", "config.yaml", "Correct line 3.", "unknown key brokerz")},
	} {
		for _, wh := range [][2]int{{80, 22}, {120, 38}, {200, 58}} {
			t.Run(fmt.Sprintf("%s/%dx%d", name, wh[0], wh[1]), func(t *testing.T) {
				golden.RequireEqual(t, uitest.Frame(t, open(t, contexts.Deps{Lister: c, Switcher: c}), wh[0], wh[1]))
			})
		}
	}
}

func TestAnyDataAtAnySize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := conf{}
	for i, s := range pagetest.Hostile() {
		c.items = append(c.items, contexts.Item{Name: fmt.Sprint(s, i), Brokers: []string{s, s}, Source: s, Security: s, Current: i%2 == 0, ReadOnly: i%3 == 0})
	}
	p := open(t, contexts.Deps{Lister: c})
	for range 150 {
		uitest.Frame(t, p, 1+r.IntN(220), 1+r.IntN(70))
	}
}

func TestEnterGoesToAnotherContext(t *testing.T) {
	p := open(t, contexts.Deps{Lister: sample(), Switcher: sample()})
	if msg := uitest.Press(t, p, "enter")().(ui.NoticeMsg); !strings.Contains(msg.Text.String(), "present") {
		t.Errorf("the cursor is not on the present context: %v", msg.Text)
	}
	uitest.Press(t, p, "j")
	if msg := uitest.Press(t, p, "enter")().(ui.NoticeMsg); msg.Text.String() != "at test" {
		t.Errorf("it says %v", msg.Text)
	}
}

func TestAConfigurationThatBreaksLeavesTheList(t *testing.T) {
	c := sample()
	p := open(t, contexts.Deps{Lister: &c, Switcher: c})
	c.err = errors.New("permission denied")
	p.Update(uitest.Press(t, p, "r")())
	if f := uitest.Frame(t, p, 120, 38); !strings.Contains(f, "prod-eu") || !strings.Contains(f, "permission denied") {
		t.Errorf("the frame is\n%s", f)
	}
}
