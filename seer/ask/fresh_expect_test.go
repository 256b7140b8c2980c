package ask

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/seer"
)

type pick func(r *depotRecord) bool

func is(path string, values ...any) pick {
	return func(r *depotRecord) bool { return r.doc != nil && slices.Contains(values, r.at(path)) }
}

func since(from time.Time) pick {
	return func(r *depotRecord) bool { return !r.Timestamp.Before(from) }
}
func until(to time.Time) pick { return func(r *depotRecord) bool { return r.Timestamp.Before(to) } }
func over(path string, than float64) pick {
	return func(r *depotRecord) bool { n, ok := r.num(path); return ok && n > than }
}
func says(text string) pick {
	return func(r *depotRecord) bool { return strings.Contains(string(r.Value), text) }
}

// expect is what an answer must say: the number first written bold, and the numbers of the groups; refused: that it can't be known.
type expect struct {
	number  float64
	groups  map[string]float64
	winners []string
	refused bool
	quoted  string // from a text
}

// asked is a question with what is expected.
type asked struct {
	text string
	want expect
}

type depot []*depotRecord

func (d depot) of(topic string, picks ...pick) (out depot) {
	for _, r := range d {
		if r.Topic == topic && !slices.ContainsFunc(picks, func(p pick) bool { return !p(r) }) {
			out = append(out, r)
		}
	}
	return out
}

func (d depot) count() expect { return expect{number: float64(len(d))} }

func (d depot) fold(path string) (n, sum, least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, r := range d {
		if v, ok := r.num(path); ok {
			n, sum, least, most = n+1, sum+v, min(least, v), max(most, v)
		}
	}
	return n, sum, least, most
}

func (d depot) sum(path string) expect  { _, s, _, _ := d.fold(path); return expect{number: s} }
func (d depot) mean(path string) expect { n, s, _, _ := d.fold(path); return expect{number: s / n} }
func (d depot) min(path string) expect  { _, _, l, _ := d.fold(path); return expect{number: l} }
func (d depot) max(path string) expect  { _, _, _, m := d.fold(path); return expect{number: m} }

func (d depot) split(path string) map[string]depot {
	out := map[string]depot{}
	for _, r := range d {
		switch v, ok := r.at(path).(string); {
		case path == "@key":
			out[string(r.Key)] = append(out[string(r.Key)], r)
		case ok:
			out[v] = append(out[v], r)
		}
	}
	return out
}

func (d depot) distinct(path string) expect { return expect{number: float64(len(d.split(path)))} }

func (d depot) by(path string, f func(depot) expect) expect {
	e := expect{groups: map[string]float64{}}
	for name, g := range d.split(path) {
		e.groups[name] = f(g).number
	}
	return e
}

func (d depot) top(path string, f func(depot) expect) expect {
	all := d.by(path, f).groups
	best := slices.Max(slices.Collect(maps.Values(all)))
	e := expect{number: best}
	for name, n := range all {
		if n == best {
			e.winners = append(e.winners, name)
		}
	}
	return e
}

func (d depot) least(path string) expect {
	all := d.by(path, depot.count).groups
	best := slices.Min(slices.Collect(maps.Values(all)))
	e := expect{number: best}
	for name, n := range all {
		if n == best {
			e.winners = append(e.winners, name)
		}
	}
	return e
}

var boldNumber = regexp.MustCompile(`\*\*(?:about )?(-?[0-9][0-9,]*(?:\.[0-9]+)?)\*\*`)

func numberOf(s string) float64 {
	n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(b)) }

// lacks is what the answer doesn't say of what is expected.
func (e *expect) lacks(text string) string {
	found := boldNumber.FindStringSubmatch(text)
	if e.groups == nil && (found == nil || !near(numberOf(found[1]), e.number)) {
		return fmt.Sprintf("does not say %v first", e.number)
	}
	for _, w := range e.winners {
		if !strings.Contains(text, "**`"+w+"`**") {
			return "does not name " + w
		}
	}
	for name, n := range e.groups {
		_, rest, ok := strings.Cut(text, "`"+name+"`: ")
		found := boldNumber.FindStringSubmatch(rest)
		if !ok || found == nil || !near(numberOf(found[1]), n) {
			return fmt.Sprintf("does not say %v of %s", n, name)
		}
	}
	return ""
}

// examine stores and learns all, and asks the questions. More than one in eight that could be computed must not be refused.
func examine(t *testing.T, world depot, questions []asked, topics ...string) {
	t.Helper()
	c := client(t)
	create(t, c, topics...)
	records := make([]kafkaops.Record, len(world))
	for i, r := range world {
		records[i] = r.Record
	}
	kafkatest.Send(t, c, records...)
	k := learned(t, c, topics...)
	s := &shop{t: t, c: c, k: k, a: New(Options{Knowledge: k, Reader: c, Words: k.table, Now: func() time.Time { return now }})}
	right, refused := 0, 0
	for _, q := range questions {
		a := s.ask(q.text)
		switch lacks := q.want.lacks(a.Text); {
		case q.want.refused && a.Way == seer.Refused:
			right++
		case q.want.quoted != "" && a.Way == seer.Meaning && strings.Contains(a.Text, q.want.quoted) && !strings.Contains(a.Text, "I have read"):
			right++
		case q.want.refused || q.want.quoted != "":
			t.Errorf("%s\nis answered by %s:\n%s", q.text, a.Way, a.Text)
		case a.Way == seer.Refused:
			refused++
			t.Logf("refused: %s\n%s", q.text, a.Text)
		case a.Way != seer.Exact:
			t.Errorf("%s\nis answered by %s:\n%s", q.text, a.Way, a.Text)
		case lacks != "":
			t.Errorf("%s\n%s:\n%s", q.text, lacks, a.Text)
		default:
			right++
		}
	}
	t.Logf("of %d questions %d are right, %d refused though they could be computed", len(questions), right, refused)
	if refused > len(questions)/8 {
		t.Errorf("%d of %d questions are refused", refused, len(questions))
	}
}
