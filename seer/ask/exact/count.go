package exact

import (
	"hash/maphash"
	"strconv"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/ask/route"
)

// counter computes what is asked of one topic.
type counter struct {
	tally      Tally
	scope      route.Scope
	x          *Extractor // nil: no JSON is looked into
	field, by  int        // slots, -1: none
	conditions []condition
	from, to   int64 // milliseconds, to exclusive
	distinct   bool
	limit      int
	zone       *time.Location
	seeds      [2]maphash.Seed
	each       func(r *kafkaops.Record)
	buf        []byte
}

func newCounter(q *Query, s route.Scope, seeds [2]maphash.Seed) *counter {
	c := &counter{
		tally: Tally{Topic: s.Topic}, scope: s, field: -1, by: -1, limit: q.maxGroups(), distinct: q.Distinct, seeds: seeds,
		from: -1 << 63, to: 1<<63 - 1, zone: time.UTC, each: q.Each,
	}
	if !q.Span.From.IsZero() {
		c.from = ceilMilli(q.Span.From)
		c.zone = q.Span.From.Location()
	}
	if !q.Span.To.IsZero() {
		c.to = ceilMilli(q.Span.To)
	}
	var paths []string
	slots := map[string]int{}
	slot := func(path string) int {
		if path == "" || path[0] == '@' {
			return -1
		}
		if _, have := slots[path]; !have {
			slots[path] = len(paths)
			paths = append(paths, path)
		}
		return slots[path]
	}
	c.field, c.by = slot(s.Field), slot(s.By)
	for _, f := range s.Filters {
		c.conditions = append(c.conditions, newCondition(f, slot(f.Path)))
	}
	if len(paths) > 0 {
		c.x = NewExtractor(paths...)
	}
	return c
}

// ceilMilli is the first whole millisecond that is not before t: record timestamps have no finer ones.
func ceilMilli(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.After(time.UnixMilli(ms)) {
		ms++
	}
	return ms
}

// add takes a record into account.
func (c *counter) add(r *kafkaops.Record) {
	t := &c.tally
	t.Read++
	at := int64(0)
	if r.TimestampKind != kafkaops.NoTimestamp {
		at = r.Timestamp.UnixMilli()
	}
	if at < c.from || at >= c.to {
		return
	}
	t.InRange++
	if r.Value == nil {
		t.Tomb++
	}
	if c.x != nil && !c.x.Extract(r.Value) {
		if r.Value != nil {
			t.NotJSON++
		}
		for i := range c.x.values {
			c.x.values[i] = c.x.values[i][:0]
		}
		if c.needsJSON() {
			return
		}
	}
	for i := range c.conditions {
		if !c.conditions[i].match(r, c.x) {
			return
		}
	}
	c.matched(r, at)
}

// needsJSON says that a condition can't be met by what is no JSON.
func (c *counter) needsJSON() bool {
	for i := range c.conditions {
		if c.conditions[i].slot >= 0 {
			return true
		}
	}
	return false
}

func (c *counter) matched(r *kafkaops.Record, at int64) {
	t := &c.tally
	place := Example{Topic: c.scope.Topic, Partition: r.Partition, Offset: r.Offset, At: r.Timestamp}
	if t.Matched == 0 || before(at, &place, t.FirstAt, &t.First) {
		t.First, t.FirstAt = place, at
	}
	if t.Matched == 0 || before(t.LastAt, &t.Last, at, &place) {
		t.Last, t.LastAt = place, at
	}
	t.Matched++
	if c.each != nil {
		c.each(r)
	}
	if c.distinct {
		c.different(r)
		return
	}
	group := c.groupOf(r, at)
	if group != nil {
		group.Count++
		if group.Last.Topic == "" || before(group.lastAt, &group.Last, at, &place) {
			group.Last, group.lastAt = place, at
		}
	}
	if c.field >= 0 {
		c.aggregate(group, place, at)
	}
}

// aggregate adds the field's numbers up.
func (c *counter) aggregate(group *Group, place Example, at int64) {
	t := &c.tally
	found := c.x.At(c.field)
	if len(found) == 0 && c.scope.By == "" {
		t.Missing++
	}
	for _, v := range found {
		d, ok := Decimal{}, v.Kind == Number
		if ok {
			d, ok = ParseDecimal(v.Raw)
		}
		if !ok {
			t.NotNumber++
			continue
		}
		e := Extreme{Value: d, Place: place, at: at, have: true}
		t.Sum.Add(d)
		t.Min.less(e)
		t.Max.more(e)
		if group != nil {
			group.Sum.Add(d)
			group.Min.less(e)
			group.Max.more(e)
		}
	}
}

// different notes the field's values, or the key.
func (c *counter) different(r *kafkaops.Record) {
	t := &c.tally
	note := func(kind Kind, b []byte) {
		c.buf = append(append(c.buf[:0], byte(kind)), b...)
		t.see([2]uint64{maphash.Bytes(c.seeds[0], c.buf), maphash.Bytes(c.seeds[1], c.buf)})
		t.Distinct = int64(len(t.seen))
	}
	if c.scope.Field == route.ByKey {
		if r.Key == nil {
			t.Missing++
			return
		}
		note(String, r.Key)
		return
	}
	if c.field < 0 {
		return
	}
	found := c.x.At(c.field)
	if len(found) == 0 {
		t.Missing++
	}
	for _, v := range found {
		if v.Kind == Null {
			t.Missing++
			continue
		}
		note(v.Kind, c.plain(v))
	}
}

// plain is a value's text; of a number, the number: 1 and 1.0 are the same.
func (c *counter) plain(v Value) []byte {
	switch {
	case v.Kind == Number:
		if d, ok := ParseDecimal(v.Raw); ok && (d.scale > 0 || !d.exact) {
			return []byte(d.String())
		}
	case v.Escaped:
		return []byte(v.Text())
	}
	return v.Raw
}

// maxGroupName bounds the name of a group, in bytes; what is longer is told apart by its beginning only.
const maxGroupName = 256

// groupOf is the group that a record belongs to; of an array, its first element's.
func (c *counter) groupOf(r *kafkaops.Record, at int64) *Group {
	var name []byte
	switch c.scope.By {
	case "":
		return nil
	case route.ByKey:
		if r.Key == nil {
			c.tally.Missing++
			return nil
		}
		name = r.Key
	case route.ByPartition:
		name = strconv.AppendInt(append(c.buf[:0], "partition "...), int64(r.Partition), 10)
	case route.ByTopic:
		name = []byte(c.scope.Topic)
	case route.ByMinute:
		name = time.UnixMilli(at).In(c.zone).AppendFormat(c.buf[:0], "2006-01-02 15:04")
	case route.ByHour:
		name = time.UnixMilli(at).In(c.zone).AppendFormat(c.buf[:0], "2006-01-02 15:00")
	case route.ByDay:
		name = time.UnixMilli(at).In(c.zone).AppendFormat(c.buf[:0], "2006-01-02")
	default:
		found := c.x.At(c.by)
		if len(found) == 0 || found[0].Kind == Null {
			c.tally.Missing++
			return nil
		}
		name = c.plain(found[0])
	}
	return c.tally.group(name[:min(len(name), maxGroupName)], c.limit)
}
