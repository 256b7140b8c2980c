package record_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/page/internal/pagetest"
	"github.com/krapp-io/krapp/tui/page/record"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func sizes() [][2]int { return [][2]int{{80, 22}, {120, 38}, {200, 58}} }

const order = `{"id":42,"customer":{"name":"Ada","vip":true},"lines":[{"sku":"A-1","qty":2,"price":12.50},{"sku":"B-7","qty":1,"price":99}],"note":null,"tags":[]}`

func cluster(records ...kafkaops.Record) *pagetest.Cluster {
	c := pagetest.New(pagetest.Topic("orders", 2, 1))
	c.Add(records...)
	return c
}

func orders() *pagetest.Cluster {
	return cluster(
		kafkaops.Record{Topic: "orders", Key: []byte("order-42"), Value: []byte(order), Headers: []kafkaops.Header{
			{Key: "krapp-run", Value: []byte("01JD0000000000000000007QK3M")}, {Key: "krapp-seq", Value: []byte("42")}, {Key: "trace", Value: []byte{0, 1, 0xfe, 0xff}}, {Key: "null"},
		}},
		kafkaops.Record{Topic: "orders", Value: []byte("plain text\nof two lines")},
		kafkaops.Record{Topic: "orders", Key: []byte("order-42")},
		kafkaops.Record{Topic: "orders", Value: []byte{0, 1, 2, 0xff, 'k'}, TimestampKind: kafkaops.LogAppendTime},
	)
}

func deps(c *pagetest.Cluster) record.Deps {
	return record.Deps{Client: c, JSON: func(r *kafkaops.Record) ([]byte, error) { return json.Marshal(map[string]int64{"offset": r.Offset}) }}
}

func open(t *testing.T, c *pagetest.Cluster, until string, args ...string) ui.Page {
	t.Helper()
	p := record.New(uitest.Env(t), deps(c), ui.To("record", args...))
	uitest.Frame(t, p, 120, 38)
	run(t, p, p.Init(), until)
	return p
}

func run(t *testing.T, p ui.Page, cmd tea.Cmd, until string) {
	t.Helper()
	uitest.Run(t, p, cmd, func([]tea.Msg) bool { return strings.Contains(uitest.Frame(t, p, 120, 38), until) })
}

func TestFrames(t *testing.T) {
	at := func(offset string, keys ...string) func(*testing.T) ui.Page {
		return func(t *testing.T) ui.Page {
			p := open(t, orders(), "Headers", "orders", "0", offset)
			for _, k := range keys {
				uitest.Press(t, p, k)
			}
			return p
		}
	}
	pages := map[string]func(*testing.T) ui.Page{
		"json": at("0"), "json-raw": at("0", "u"), "json-hex": at("0", "v", "v"), "headers": at("0", "3"), "key": at("0", "tab"),
		"text": at("1"), "tombstone": at("2"), "binary": at("3"),
		"loading": func(t *testing.T) ui.Page {
			return record.New(uitest.Env(t), deps(orders()), ui.To("record", "orders", "0", "0"))
		},
		"beyond-end":    func(t *testing.T) ui.Page { return open(t, orders(), "there is no record", "orders", "0", "4") },
		"not-a-number":  func(t *testing.T) ui.Page { return open(t, orders(), "no offset", "orders", "0", "x") },
		"trimmed-away":  func(t *testing.T) ui.Page { return open(t, trimmed(), "there is no record at 0", "orders", "0", "0") },
		"no-such-topic": func(t *testing.T) ui.Page { return open(t, broken(), "unknown topic", "nope", "0", "0") },
	}
	for name, page := range pages {
		for _, wh := range sizes() {
			t.Run(fmt.Sprintf("%s/%dx%d", name, wh[0], wh[1]), func(t *testing.T) {
				p := page(t)
				p.Update(ui.SizeMsg{W: wh[0], H: wh[1]})
				golden.RequireEqual(t, uitest.Frame(t, p, wh[0], wh[1]))
			})
		}
	}
}

func trimmed() *pagetest.Cluster {
	c := orders()
	c.Trim(kafkaops.TopicPartition{Topic: "orders"}, 2)
	return c
}

func broken() *pagetest.Cluster {
	c := orders()
	c.BreakPartition(kafkaops.TopicPartition{Topic: "nope"}, kafkaops.Errorf(kafkaops.NotFound, "reading the offsets of", "nope/0", "See :topics.", "unknown topic or partition"))
	return c
}

func TestAnyDataAtAnySize(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var records []kafkaops.Record
	for i, s := range pagetest.Hostile() {
		quoted, err := json.Marshal(map[string]any{s: []any{s, i, nil}})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range [][]byte{[]byte(s), quoted, pagetest.HostileValue(r, 3000)} {
			records = append(records, kafkaops.Record{Topic: "orders", Key: []byte(s), Value: v, Headers: []kafkaops.Header{{Key: s, Value: []byte(s)}, {Key: s, Value: v}}})
		}
	}
	c := cluster(records...)
	for i := range records {
		p := open(t, c, "Headers", "orders", "0", fmt.Sprint(i))
		for range 12 {
			key := []string{"tab", "v", "u", "G", "pgdown", "g"}[r.IntN(6)]
			for _, b := range p.Bindings() {
				if b.Keys[0] == key && b.On() {
					b.Run()
				}
			}
			uitest.Frame(t, p, 1+r.IntN(220), 1+r.IntN(70))
		}
	}
}

func TestFourMebibytesAreLaidOutOutsideUpdate(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for name, v := range map[string][]byte{
		"noise": pagetest.HostileValue(r, 4<<20), "json": []byte(`["` + strings.Repeat(`x","`, 1<<20) + `"]`), "one line": []byte(strings.Repeat("x", 4<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, cluster(kafkaops.Record{Topic: "orders", Value: v}), "· lines 1–", "orders", "0", "0")
			for range 3 {
				run(t, p, uitest.Press(t, p, "v"), "· lines 1–")
				uitest.Press(t, p, "G")
				uitest.Frame(t, p, 120, 38)
			}
		})
	}
}

func TestNeighboursAndGaps(t *testing.T) {
	c := orders()
	c.Remove(kafkaops.TopicPartition{Topic: "orders"}, 1)
	c.Remove(kafkaops.TopicPartition{Topic: "orders"}, 2)
	p := open(t, c, "Headers", "orders", "0", "0")
	run(t, p, uitest.Press(t, p, "."), "orders 0@3")
	run(t, p, uitest.Press(t, p, ","), "orders 0@0")
	_, forApp := uitest.Run(t, p, uitest.Press(t, p, ","), func(m []tea.Msg) bool { return len(m) > 0 })
	if msg, ok := forApp[0].(ui.FailMsg); !ok || !strings.Contains(msg.Err.Error(), "first") {
		t.Errorf("beyond the edge it says %v", forApp[0])
	}
}

func TestCopy(t *testing.T) {
	p := open(t, orders(), "Headers", "orders", "0", "0")
	for _, c := range []struct{ part, key, what, data string }{
		{"1", "c", "value", order}, {"2", "c", "key", "order-42"}, {"3", "c", "headers", "krapp-run=01JD0000000000000000007QK3M\nkrapp-seq=42\ntrace=\x00\x01\xfe\xff\nnull=\n"},
		{"1", "y", "record", `{"offset":0}`},
	} {
		uitest.Press(t, p, c.part)
		msg, ok := uitest.Press(t, p, c.key)().(ui.CopyMsg)
		if !ok || msg.What.String() != c.what || msg.Data != c.data {
			t.Errorf("%s copies %v", c.what, msg)
		}
	}
}

func TestWhatFailsLaterLeavesTheRecord(t *testing.T) {
	c := orders()
	p := open(t, c, "Headers", "orders", "0", "0")
	c.Break(errors.New("connection refused"))
	_, forApp := uitest.Run(t, p, uitest.Press(t, p, "."), func(m []tea.Msg) bool { return len(m) > 0 })
	if _, ok := forApp[0].(ui.FailMsg); !ok || !strings.Contains(uitest.Frame(t, p, 120, 38), "Ada") {
		t.Errorf("it says %v", forApp)
	}
}
