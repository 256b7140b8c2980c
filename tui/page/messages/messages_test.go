package messages_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/page/internal/pagetest"
	"github.com/krapp-io/krapp/tui/page/messages"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func sizes() [][2]int { return [][2]int{{80, 22}, {120, 38}, {200, 58}} }

// cluster has a topic of two partitions with n messages each.
func cluster(n int) *pagetest.Cluster {
	c := pagetest.New(pagetest.Topic("orders", 2, 1))
	for i := range 2 * n {
		c.Add(kafkaops.Record{
			Topic: "orders", Partition: int32(i % 2), Key: []byte(fmt.Sprintf("order-%d", i)),
			Value: []byte(fmt.Sprintf(`{"id":%d,"total":%d.50}`, i, i%90)), Headers: []kafkaops.Header{{Key: "h"}},
		})
	}
	return c
}

// drive is a page and what it asked of the app.
type drive struct {
	t    *testing.T
	page ui.Page
}

func open(t *testing.T, c *pagetest.Cluster, until string, args ...string) *drive {
	t.Helper()
	d := &drive{t: t, page: messages.New(uitest.Env(t), messages.Deps{Client: c}, ui.To("messages", args...))}
	uitest.Frame(t, d.page, 120, 38)
	_, cmd := d.page.Update(ui.FocusMsg{Visible: true})
	d.run(tea.Batch(d.page.Init(), cmd), until)
	return d
}

// run runs a command until the frame has a text; what it says to the app is returned.
func (d *drive) run(cmd tea.Cmd, until string) []tea.Msg {
	d.t.Helper()
	_, forApp := uitest.Run(d.t, d.page, cmd, func([]tea.Msg) bool { return strings.Contains(d.frame(), until) })
	return forApp
}

func (d *drive) frame() string { return uitest.Frame(d.t, d.page, 120, 38) }

func (d *drive) press(key, until string) {
	d.t.Helper()
	d.run(uitest.Press(d.t, d.page, key), until)
}

// goTo answers the prompt of "o".
func (d *drive) goTo(where string) tea.Cmd {
	d.t.Helper()
	prompt := uitest.Press(d.t, d.page, "o")().(ui.PromptMsg).Prompt
	if err := prompt.Check(where); err != nil {
		d.t.Fatal(err)
	}
	return prompt.Run(where)
}

func TestFrames(t *testing.T) {
	pages := map[string]func(*testing.T) ui.Page{
		"following": func(t *testing.T) ui.Page { return open(t, cluster(200), "1@199", "orders").page },
		"loading": func(t *testing.T) ui.Page {
			return messages.New(uitest.Env(t), messages.Deps{Client: cluster(1)}, ui.To("messages", "orders"))
		},
		"empty": func(t *testing.T) ui.Page { return open(t, cluster(0), "No messages", "orders").page },
		"paused": func(t *testing.T) ui.Page {
			d := open(t, cluster(200), "1@199", "orders")
			uitest.Press(t, d.page, "p")
			return d.page
		},
		"went-to-an-offset": func(t *testing.T) ui.Page { return open(t, cluster(200), "1@42", "orders", "1", "42").page },
		"no-such-topic":     func(t *testing.T) ui.Page { return open(t, cluster(1), "not found", "nope").page },
		"filter-without-match": func(t *testing.T) ui.Page {
			d := open(t, cluster(200), "1@199", "orders")
			d.page.(ui.Filterer).SetFilter("needle")
			return d.page
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
	r := rand.New(rand.NewPCG(3, 4))
	c := pagetest.New(pagetest.Topic("orders", 2, 1))
	for i, s := range pagetest.Hostile() {
		c.Add(kafkaops.Record{Topic: "orders", Partition: int32(i % 2), Key: []byte(s), Value: []byte(s + s), Headers: []kafkaops.Header{{Key: s, Value: []byte(s)}}})
		c.Add(kafkaops.Record{Topic: "orders", Key: pagetest.HostileValue(r, 300), Value: pagetest.HostileValue(r, 5000)})
	}
	c.Add(kafkaops.Record{Topic: "orders", Value: pagetest.HostileValue(r, 4<<20)}, kafkaops.Record{Topic: "orders"})
	d := open(t, c, "4.0 MiB", "orders")
	for range 150 {
		uitest.Frame(t, d.page, 1+r.IntN(220), 1+r.IntN(70))
	}
	for _, s := range pagetest.Hostile() {
		d.page.(ui.Filterer).SetFilter(s)
		uitest.Frame(t, d.page, 1+r.IntN(220), 1+r.IntN(70))
	}
}

func TestWhatComesIsFollowed(t *testing.T) {
	c := cluster(10)
	d := open(t, c, "1@9", "orders")
	next := make(chan struct{})
	go func() { // arrives while the page waits
		c.Add(kafkaops.Record{Topic: "orders", Partition: 1, Value: []byte("the newest")})
		close(next)
	}()
	<-next
	d.run(d.focus(true), "the newest")
}

func (d *drive) focus(on bool) tea.Cmd {
	_, cmd := d.page.Update(ui.FocusMsg{Visible: on})
	return cmd
}

func TestPausedMeansFrozen(t *testing.T) {
	c := cluster(10)
	d := open(t, c, "1@9", "orders")
	uitest.Press(t, d.page, "p")
	before := d.frame()
	c.Add(kafkaops.Record{Topic: "orders", Value: []byte("meanwhile")})
	d.focus(false)
	if cmd := d.focus(true); cmd != nil {
		t.Error("a paused page reads again when it is shown again")
	}
	if d.frame() != before {
		t.Error("the frame changed")
	}
	d.press("p", "meanwhile")
}

func TestJumps(t *testing.T) {
	for where, first := range map[string]string{
		"1@42": "1@42", "start": "0@0", "0@start": "0@0", "1@-5": "1@199", "-3": "1@199", "2026-11-21T14:02:11.300Z": "0@96", "199": "0@199", "1@200": "No messages",
	} {
		t.Run(where, func(t *testing.T) {
			d := open(t, cluster(200), "1@199", "orders")
			d.run(d.goTo(where), "went to")
			d.run(nil, first)
			body := strings.Split(d.frame(), "\n")[2]
			if !strings.Contains(body, first) {
				t.Errorf("the first line is %q, not %s", body, first)
			}
		})
	}
}

func TestAJumpThatFailsLeavesThePicture(t *testing.T) {
	for where, why := range map[string]string{"1@999": "the end is at 200", "7@0": "there is no partition 7"} {
		t.Run(where, func(t *testing.T) {
			d := open(t, cluster(200), "1@199", "orders")
			_, forApp := uitest.Run(t, d.page, d.goTo(where), func(m []tea.Msg) bool { return len(m) > 0 })
			msg, ok := forApp[0].(ui.FailMsg)
			if !ok || !strings.Contains(msg.Err.Error(), why) || kafkaops.HintOf(msg.Err) == "" {
				t.Errorf("it says %v", forApp[0])
			}
			if f := d.frame(); !strings.Contains(f, "all partitions") || !strings.Contains(f, "1@199") {
				t.Errorf("the frame is\n%s", f)
			}
		})
	}
}

func TestTheCommandLineGoesToo(t *testing.T) {
	d := open(t, cluster(200), "1@199", "orders")
	for _, b := range d.page.Bindings() {
		if b.Command.Name == "at" {
			d.run(b.Command.Run([]string{"1@50"}), "went to 1@50")
			return
		}
	}
	t.Error("there is no :at")
}

// TestPagingSeesEveryMessageOnce goes from the end to the start and back.
func TestPagingSeesEveryMessageOnce(t *testing.T) {
	c := cluster(330)
	for o := int64(100); o < 180; o++ { // a gap, as compaction leaves it
		c.Remove(kafkaops.TopicPartition{Topic: "orders", Partition: 0}, o)
	}
	d := open(t, c, "1@329", "orders")
	seen := map[string]int{}
	collect := func() int {
		for _, l := range strings.Split(uitest.Frame(t, d.page, 120, 110), "\n")[2:] {
			if f := strings.Fields(l); len(f) > 2 {
				for _, w := range f[:3] {
					if strings.Contains(w, "@") {
						seen[w]++
					}
				}
			}
		}
		return len(seen)
	}
	collect()
	for range 20 {
		before := d.frame()
		_, said := uitest.Run(t, d.page, uitest.Press(t, d.page, "<"), func(m []tea.Msg) bool {
			return len(m) > 0 || d.frame() != before && !strings.Contains(d.frame(), "… reading")
		})
		if len(said) > 0 {
			break
		}
		collect()
	}
	if len(seen) != 2*330-80 {
		t.Errorf("%d messages were seen of %d", len(seen), 2*330-80)
	}
	for at, n := range seen {
		if n != 1 {
			t.Errorf("%s was shown %d times", at, n)
		}
	}
}

func TestOnePartition(t *testing.T) {
	d := open(t, cluster(20), "0@19", "orders")
	prompt := uitest.Press(t, d.page, "#")().(ui.PromptMsg).Prompt
	if prompt.Check("x") == nil || prompt.Check("-1") == nil || prompt.Check("") != nil {
		t.Error("the prompt takes anything")
	}
	d.run(prompt.Run("1"), "1@19")
	if strings.Contains(d.frame(), "0@19") {
		t.Error("the other partition is still there")
	}
}

func TestEnterOpensTheWholeMessage(t *testing.T) {
	d := open(t, cluster(20), "1@19", "orders")
	uitest.Press(t, d.page, "j")
	msg := uitest.Press(t, d.page, "enter")().(ui.OpenMsg)
	if !msg.Route.Same(ui.To("record", "orders", "0", "19")) {
		t.Errorf("it opens %v", msg.Route)
	}
}

func TestAValueThatIsCutIsNotCopied(t *testing.T) {
	c := cluster(0)
	c.Add(kafkaops.Record{Topic: "orders", Value: []byte("short")}, kafkaops.Record{Topic: "orders", Value: make([]byte, 1<<20)})
	d := open(t, c, "0@1", "orders")
	if msg, ok := uitest.Press(t, d.page, "c")().(ui.NoticeMsg); !ok || msg.Kind != ui.Warning {
		t.Errorf("copying the beginning of a value says %v", msg)
	}
	uitest.Press(t, d.page, "j")
	if msg, ok := uitest.Press(t, d.page, "c")().(ui.CopyMsg); !ok || msg.Data != "short" {
		t.Errorf("copying says %v", msg)
	}
}

func TestARouteThatMakesNoSense(t *testing.T) {
	for _, args := range [][]string{{"orders", "x"}, {"orders", "-1"}, {"orders", "0", "never"}} {
		p := messages.New(uitest.Env(t), messages.Deps{Client: cluster(1)}, ui.To("messages", args...))
		p.Update(ui.SizeMsg{W: 120, H: 38})
		if _, cmd := p.Update(ui.FocusMsg{Visible: true}); cmd != nil {
			t.Error("it reads all the same")
		}
		if f := uitest.Frame(t, p, 120, 38); !strings.Contains(f, "Press o") {
			t.Errorf("the frame is\n%s", f)
		}
	}
}

func TestAPartitionThatCannotBeReadIsSaid(t *testing.T) {
	c := cluster(5)
	c.BreakPartition(kafkaops.TopicPartition{Topic: "orders", Partition: 1}, fmt.Errorf("no leader"))
	open(t, c, "can't read partitions 1", "orders")
}
