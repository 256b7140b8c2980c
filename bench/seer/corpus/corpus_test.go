package corpus_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/bench/seer/corpus"
)

func load(t *testing.T) corpus.Corpus {
	t.Helper()
	c, err := corpus.Load(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheSetIsAsLargeAsTheIssueAsks(t *testing.T) {
	c := load(t)
	count := map[string]int{}
	for _, q := range c.Questions {
		count[string(q.Kind)]++
		count[string(q.Split)]++
		if q.Kind != corpus.Unanswerable {
			count["answerable"]++
			count[string(q.Style)]++
			if q.Style != corpus.Words {
				count["otherwise"]++
			}
		}
	}
	t.Log(count, len(c.Texts), len(c.Templates))
	if count["answerable"] < 100 || 2*count["otherwise"] < count["answerable"] || count["paraphrased"] < 50 || count["unanswerable"] < 30 || count["prose"] < 60 ||
		count["event"] < 45 || count["exact"] < 25 || len(c.Texts) < 30 || len(c.Templates) < 60 {
		t.Errorf("too small: %v, %d texts, %d templates", count, len(c.Texts), len(c.Templates))
	}
	if d := count["dev"] - count["held-out"]; d < -5 || d > 5 {
		t.Errorf("the halves are uneven: %v", count)
	}
}

func TestMessagesAreWhatTheirTopicPromises(t *testing.T) {
	c := load(t)
	g := corpus.NewGenerator(c.Templates, 1, time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC))
	g.Tallied = true
	seen := map[string]string{}
	for i := range 20_000 {
		m := g.Next(time.Date(2026, 3, 11, 12, 0, i/4, 0, time.UTC))
		if seen[m.Template] == "" {
			seen[m.Template] = string(m.Value)
		}
		if strings.HasPrefix(string(m.Value), "{") {
			checkJSON(t, m)
		}
	}
	if len(seen) != len(c.Templates) {
		t.Errorf("%d of %d templates came", len(seen), len(c.Templates))
	}
	if testing.Verbose() {
		for name, v := range seen {
			t.Log(name, v)
		}
	}
}

// checkJSON reads a message as anybody would: what was tallied must be in it.
func checkJSON(t *testing.T, m corpus.Message) {
	t.Helper()
	var v map[string]any
	d := json.NewDecoder(strings.NewReader(string(m.Value)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", m.Value, err)
	}
	values := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		if inner, ok := v.(map[string]any); ok {
			for _, v := range inner {
				walk(v)
			}
			return
		}
		values[fmt.Sprint(v)] = true
	}
	walk(v)
	for name, value := range m.Fields {
		if !values[value] {
			t.Fatalf("%s: no value %q for %s", m.Value, value, name)
		}
	}
}

func TestTheSameSeedMakesTheSameMessages(t *testing.T) {
	c := load(t)
	start := time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)
	one, two, other := corpus.NewGenerator(c.Templates, 1, start), corpus.NewGenerator(c.Templates, 1, start), corpus.NewGenerator(c.Templates, 2, start)
	differ := false
	for range 1000 {
		a, b, o := one.Next(start), two.Next(start), other.Next(start)
		if string(a.Value) != string(b.Value) || string(a.Key) != string(b.Key) {
			t.Fatalf("%s\n%s", a.Value, b.Value)
		}
		differ = differ || string(a.Value) != string(o.Value)
	}
	if !differ {
		t.Error("another seed made the same")
	}
}

func TestATallyCountsByHand(t *testing.T) {
	at := func(clock string) time.Time {
		v, err := time.Parse("15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	m := func(clock, hall, celsius string, offset int64) corpus.Stored {
		return corpus.Stored{Message: corpus.Message{Topic: "s", At: at(clock), Fields: map[string]string{"hall": hall, "celsius": celsius}}, Offset: offset}
	}
	all := []corpus.Stored{m("12:00", "A", "20.5", 0), m("12:10", "B", "30.1", 1), m("12:05", "A", "9.9", 2), m("12:20", "A", "30.1", 3),
		{Message: corpus.Message{Topic: "s", At: at("12:30")}, Offset: 4}, {Message: corpus.Message{Topic: "other", At: at("12:30")}}}
	for _, c := range []struct {
		tally corpus.Tally
		want  string
	}{
		{corpus.Tally{Op: "count"}, "5"},
		{corpus.Tally{Op: "count", Since: "12:05", Until: "12:20"}, "2"},
		{corpus.Tally{Op: "count", Where: map[string]string{"celsius": ">10", "hall": "A"}}, "2"},
		{corpus.Tally{Op: "count", Where: map[string]string{"@partition": "1"}}, "0"},
		{corpus.Tally{Op: "distinct", Field: "hall"}, "2"},
		{corpus.Tally{Op: "sum", Field: "celsius"}, "453/5"},
		{corpus.Tally{Op: "mean", Field: "celsius"}, "453/20"},
		{corpus.Tally{Op: "min", Field: "celsius"}, "99/10 @2"},
		{corpus.Tally{Op: "max", Field: "celsius"}, "301/10 @1 @3"},
		{corpus.Tally{Op: "first"}, "@0"},
		{corpus.Tally{Op: "last", Where: map[string]string{"hall": "A"}}, "@3"},
		{corpus.Tally{Op: "top", By: "hall"}, "3 A"},
		{corpus.Tally{Op: "groupsum", By: "hall", Field: "celsius"}, "A=121/2 B=301/10"},
	} {
		c.tally.Topic = "s"
		e, err := c.tally.Compute(all)
		if err != nil {
			t.Errorf("%+v: %v", c.tally, err)
			continue
		}
		if got := say(e); got != c.want {
			t.Errorf("%+v: %q, want %q", c.tally, got, c.want)
		}
	}
	if _, err := (corpus.Tally{Topic: "s", Op: "top", By: "hall", Until: "12:11", Since: "12:05"}).Compute(all); err == nil {
		t.Error("a tie has a winner")
	}
}

func say(e corpus.Expected) string {
	var parts []string
	if e.Number != nil {
		parts = append(parts, e.Number.RatString())
	}
	if e.Group != "" {
		parts = append(parts, e.Group)
	}
	if e.Record != nil {
		parts = append(parts, fmt.Sprintf("@%d", e.Record.Offset))
	}
	for _, m := range e.Having {
		parts = append(parts, fmt.Sprintf("@%d", m.Offset))
	}
	for _, name := range []string{"A", "B"} {
		if v := e.Groups[name]; v != nil {
			parts = append(parts, name+"="+v.RatString())
		}
	}
	return strings.Join(parts, " ")
}
