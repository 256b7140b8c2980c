package exact

import (
	"cmp"
	"slices"

	"github.com/krapp-io/krapp/seer"
)

// Tally is what was computed over the records that met the conditions.
type Tally struct {
	Topic     string // "" for the sum of several topics
	Read      int64  // records read, those out of the time range and not meeting the conditions among them
	InRange   int64  // records of the time range
	Matched   int64  // records that met all conditions
	Tomb      int64  // of InRange: tombstones
	NotJSON   int64  // of InRange: not JSON, where JSON was needed; tombstones are not among them
	Missing   int64  // of Matched: without the field that was aggregated or grouped by
	NotNumber int64  // values at the field that are no numbers

	First, Last Example // of Matched, by timestamp, then partition and offset
	FirstAt     int64   // milliseconds since the epoch
	LastAt      int64

	Sum      Sum // of the field
	Min, Max Extreme
	Distinct int64 // different values of the field
	Capped   bool  // there are more groups, or different values, than were kept

	groups map[string]*Group
	seen   map[[2]uint64]struct{}
}

// Example is a record, by where it is. Topic "" is none.
type Example = seer.Place

// Extreme is a least or greatest value and the first record that had it.
type Extreme struct {
	Value Decimal
	Place Example
	at    int64
	have  bool
}

// Have says that there is one.
func (e *Extreme) Have() bool { return e.have }

// Group is one value of what was grouped by.
type Group struct {
	Name     string
	Count    int64
	Sum      Sum
	Min, Max Extreme
	Last     Example
	lastAt   int64
}

// Result is what a scan found.
type Result struct {
	Tally           // over all topics
	Topics  []Tally // by topic, in the order asked
	Groups  []Group // all that were kept, the largest first; times in their order
	Counted []seer.Counted
	Absent  []string // topics, and partitions, that aren't there
	// Partial says why not all was read; "" when all was.
	Partial string
	Until   int64 // with Partial: how many offsets there were to be read
}

// groupOrder puts the largest first, equal ones by name.
func groupOrder(a, b Group) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
}

// before orders records by time, then by place.
func before(at int64, p *Example, bt int64, q *Example) bool {
	return cmp.Or(cmp.Compare(at, bt), cmp.Compare(p.Topic, q.Topic), cmp.Compare(p.Partition, q.Partition), cmp.Compare(p.Offset, q.Offset)) < 0
}

// merge adds the tally of another topic.
func (t *Tally) merge(o *Tally, limit int) {
	t.Read += o.Read
	t.InRange += o.InRange
	t.Tomb += o.Tomb
	t.NotJSON += o.NotJSON
	t.Missing += o.Missing
	t.NotNumber += o.NotNumber
	if o.Matched > 0 {
		if t.Matched == 0 || before(o.FirstAt, &o.First, t.FirstAt, &t.First) {
			t.First, t.FirstAt = o.First, o.FirstAt
		}
		if t.Matched == 0 || before(t.LastAt, &t.Last, o.LastAt, &o.Last) {
			t.Last, t.LastAt = o.Last, o.LastAt
		}
	}
	t.Matched += o.Matched
	t.Sum.merge(&o.Sum)
	t.Min.less(o.Min)
	t.Max.more(o.Max)
	t.Capped = t.Capped || o.Capped
	for h := range o.seen {
		t.see(h)
	}
	t.Distinct = int64(len(t.seen))
	for name, g := range o.groups {
		have := t.group([]byte(name), limit)
		if have == nil {
			continue
		}
		have.Count += g.Count
		have.Sum.merge(&g.Sum)
		have.Min.less(g.Min)
		have.Max.more(g.Max)
		if have.Last.Topic == "" || before(have.lastAt, &have.Last, g.lastAt, &g.Last) {
			have.Last, have.lastAt = g.Last, g.lastAt
		}
	}
}

func (e *Extreme) less(o Extreme) {
	if o.have && (!e.have || o.Value.Compare(e.Value) < 0 || o.Value.Compare(e.Value) == 0 && before(o.at, &o.Place, e.at, &e.Place)) {
		*e = o
	}
}

func (e *Extreme) more(o Extreme) {
	if o.have && (!e.have || o.Value.Compare(e.Value) > 0 || o.Value.Compare(e.Value) == 0 && before(o.at, &o.Place, e.at, &e.Place)) {
		*e = o
	}
}

// maxSeen bounds the different values that are told apart: about 40 MB.
const maxSeen = 1 << 20

func (t *Tally) see(h [2]uint64) {
	if _, have := t.seen[h]; have {
		return
	}
	if len(t.seen) >= maxSeen {
		t.Capped = true
		return
	}
	if t.seen == nil {
		t.seen = map[[2]uint64]struct{}{}
	}
	t.seen[h] = struct{}{}
}

// group is the group of that name, nil when there are too many.
func (t *Tally) group(name []byte, limit int) *Group {
	if g, have := t.groups[string(name)]; have {
		return g
	}
	if len(t.groups) >= limit {
		t.Capped = true
		return nil
	}
	if t.groups == nil {
		t.groups = map[string]*Group{}
	}
	g := &Group{Name: string(name)}
	t.groups[g.Name] = g
	return g
}

// sorted are the groups, largest first; by name where the names are times.
func (t *Tally) sorted(times bool) []Group {
	all := make([]Group, 0, len(t.groups))
	for _, g := range t.groups {
		all = append(all, *g)
	}
	slices.SortFunc(all, func(a, b Group) int {
		if times {
			return cmp.Compare(a.Name, b.Name)
		}
		return groupOrder(a, b)
	})
	return all
}
