package live

import (
	"math"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Partition is one row: offsets and lag, the records a second that come in and that the group commits, and how the lag went.
type Partition struct {
	kafkaops.Lag
	In, Out float64   // records a second over the last seconds; negative when unknown
	Trend   []float64 // of the lag (without a group: of In), oldest first, at most TrendSamples; NaN where it was not known
	Stale   bool      // the offsets or the group's progress are the last known: the newest could not be had
}

// TrendSamples is how far back a trend goes: about a second each.
const TrendSamples = 40

// Partitions is the picture of a topic's partitions and a group's progress on them.
type Partitions struct {
	Target
	Rows []Partition // by partition
	At   time.Time   // zero: nothing was fetched yet
	Err  error       // the newest fetch failed, or that of the group's commits did; the rows are then the last known
}

// Totals adds up the rows: negative where nothing is known. behind is that of the partition furthest behind, as far as it is known; where
// there is a lag it is never zero.
func (p Partitions) Totals() (in, out float64, lag int64, behind time.Duration) {
	if len(p.Rows) == 0 {
		return -1, -1, -1, -1
	}
	in, out, lag, behind = -1, -1, -1, -1
	unknown := false
	for _, r := range p.Rows {
		unknown = unknown || r.Records > 0 && r.Behind < 0
		in, out = plus(in, r.In), plus(out, r.Out)
		behind = max(behind, r.Behind)
		if r.Records >= 0 {
			lag = max(lag, 0) + r.Records
		}
	}
	if unknown && behind == 0 {
		behind = -1
	}
	return in, out, lag, behind
}

func plus(sum, v float64) float64 {
	if v < 0 {
		return sum
	}
	return max(sum, 0) + v
}

func samePartitions(a, b Partitions) bool {
	return a.Target == b.Target && sameErr(a.Err, b.Err) && a.At.IsZero() == b.At.IsZero() && slices.EqualFunc(a.Rows, b.Rows, samePartition)
}

func samePartition(a, b Partition) bool {
	return a.TopicPartition == b.TopicPartition && a.Start == b.Start && a.End == b.End && a.Committed == b.Committed && a.Records == b.Records &&
		a.Behind == b.Behind && a.Member == b.Member && a.In == b.In && a.Out == b.Out &&
		a.Stale == b.Stale && sameErr(a.Err, b.Err) && slices.EqualFunc(a.Trend, b.Trend, sameFloat)
}

func sameFloat(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// merge gives every partition of the topic its lag; those on which the group has neither a commit nor a member lag from their start.
func merge(t Target, extents kafkaops.Extents, lags []kafkaops.Lag, groupErr error) []kafkaops.Lag {
	all := kafkaops.LagOf(extents, nil)
	known := make(map[kafkaops.TopicPartition]kafkaops.Lag, len(lags))
	for _, l := range lags {
		known[l.TopicPartition] = l
	}
	for i := range all {
		if t.Group == "" || groupErr != nil {
			all[i].Records, all[i].Behind = -1, -1
			continue
		}
		if l, ok := known[all[i].TopicPartition]; ok {
			all[i] = l
		}
		all[i].Behind = steady(all[i].Behind)
		if all[i].Records > 0 && all[i].Behind == 0 {
			all[i].Behind = time.Millisecond // less than that, or clocks that differ: not nothing
		}
	}
	return all
}

// steady rounds an age down to what is worth drawing again: a group that stands still must not make the screen tick.
func steady(d time.Duration) time.Duration {
	switch {
	case d < 0:
		return -1 // not known
	case d < 10*time.Millisecond:
		return d.Truncate(time.Millisecond)
	case d < time.Second:
		return d.Truncate(10 * time.Millisecond)
	case d < 10*time.Second:
		return d.Truncate(100 * time.Millisecond)
	case d < time.Minute:
		return d.Truncate(time.Second)
	case d < time.Hour:
		return d.Truncate(time.Minute)
	}
	return d.Truncate(time.Hour)
}

// rows adds rates and trends to the lags, and forgets partitions that are gone.
func (l *look) rows(lags []kafkaops.Lag) []Partition {
	now := time.Now()
	rows := make([]Partition, len(lags))
	meters := make(map[kafkaops.TopicPartition]*meter, len(lags))
	for i, lag := range lags {
		m := l.meters[lag.TopicPartition]
		if m == nil {
			m = &meter{}
		}
		meters[lag.TopicPartition] = m
		m.add(now, lag)
		rows[i] = Partition{Lag: lag, In: m.in, Out: m.out, Trend: m.trend}
		if m.in > 0 || m.out > 0 {
			l.changed = now
		}
	}
	l.meters = meters
	return rows
}

// keepLast puts the last known numbers in the place of those that could not be had: a picture stays while brokers are away. Both are in order
// of the partitions. It returns the error of the first partition that has one.
func keepLast(rows, last []Partition, groupErr error) (err error) {
	for i := range rows {
		r := &rows[i]
		if err == nil {
			err = r.Err
		}
		if r.Err == nil && groupErr == nil {
			continue
		}
		at, found := slices.BinarySearchFunc(last, r.TopicPartition, func(l Partition, tp kafkaops.TopicPartition) int { return l.Compare(tp) })
		if !found || last[at].Err != nil && !last[at].Stale {
			continue
		}
		old := last[at].Lag
		switch {
		case r.Err != nil:
			old.Err = r.Err
			r.Lag, r.Stale = old, true
		default: // the group's
			r.Committed, r.Records, r.Behind, r.Member, r.Stale = old.Committed, old.Records, old.Behind, old.Member, true
		}
	}
	return err
}

// meter measures one partition.
type meter struct {
	points  []point // the last few
	in, out float64
	trend   []float64
}

type point struct {
	at             time.Time
	end, committed int64
}

// meterPoints is over how many samples a rate is taken: enough to be calm.
const meterPoints = 4

func (m *meter) add(now time.Time, l kafkaops.Lag) {
	if l.Err != nil {
		m.points, m.in, m.out = nil, -1, -1
		m.note(math.NaN())
		return
	}
	if n := len(m.points); n > 0 && l.End < m.points[n-1].end {
		m.points = nil // deleted and created again, or truncated
	}
	m.points = append(m.points, point{now, l.End, l.Committed})
	m.points = m.points[max(0, len(m.points)-meterPoints):]
	first := m.points[0]
	m.in, m.out = -1, -1
	if seconds := now.Sub(first.at).Seconds(); seconds > 0 {
		m.in = float64(l.End-first.end) / seconds
		if first.committed >= 0 && l.Committed >= first.committed {
			m.out = float64(l.Committed-first.committed) / seconds
		}
	}
	if l.Records >= 0 {
		m.note(float64(l.Records))
		return
	}
	m.note(m.in)
}

// note adds to the trend; pictures share the old one.
func (m *meter) note(v float64) {
	if v < 0 {
		v = math.NaN()
	}
	if m.trend == nil && !math.IsNaN(v) {
		// What was before the console looked is drawn as no movement, so that an idle topic's trend is complete and at rest at once.
		m.trend = slices.Repeat([]float64{v}, TrendSamples)
		return
	}
	from := max(0, len(m.trend)-TrendSamples+1)
	m.trend = append(slices.Clone(m.trend[from:]), v)
}
