package live

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestABehindThatIsNotKnownIsNotZero(t *testing.T) {
	tp := kafkaops.TopicPartition{Topic: "stream"}
	extents := kafkaops.Extents{tp: {End: 5}}
	for name, c := range map[string]struct {
		lags []kafkaops.Lag
		want time.Duration
	}{
		"never committed": {nil, -1},
		"just now":        {[]kafkaops.Lag{{TopicPartition: tp, Records: 5}}, time.Millisecond},
		"for a while":     {[]kafkaops.Lag{{TopicPartition: tp, Records: 5, Behind: 3456 * time.Millisecond}}, 3400 * time.Millisecond},
		"caught up":       {[]kafkaops.Lag{{TopicPartition: tp}}, 0},
	} {
		if got := merge(Target{"stream", "g"}, extents, c.lags, nil); got[0].Behind != c.want {
			t.Errorf("%s: behind %v, want %v", name, got[0].Behind, c.want)
		}
	}
}

func TestNumbersThatCannotBeHadAreTheLastKnown(t *testing.T) {
	tp := kafkaops.TopicPartition{Topic: "stream"}
	known := Partition{Lag: kafkaops.Lag{TopicPartition: tp, Extent: kafkaops.Extent{End: 9}, Committed: 4, Records: 5, Member: "w1"}}
	failed := Partition{Lag: kafkaops.Lag{TopicPartition: tp, Extent: kafkaops.Extent{Err: errDown}, Committed: -1, Records: -1, Err: errDown}}
	for name, c := range map[string]struct {
		last     []Partition
		now      Partition
		groupErr error
		want     kafkaops.Lag
		stale    bool
		err      error
	}{
		"nothing failed":       {[]Partition{known}, known, nil, known.Lag, false, nil},
		"the partition":        {[]Partition{known}, failed, nil, with(known.Lag, errDown), true, errDown},
		"and before as well":   {[]Partition{{Lag: with(known.Lag, errDown), Stale: true}}, failed, nil, with(known.Lag, errDown), true, errDown},
		"it was never known":   {nil, failed, nil, failed.Lag, false, errDown},
		"nor the time before":  {[]Partition{failed}, failed, nil, failed.Lag, false, errDown},
		"the group's progress": {[]Partition{known}, Partition{Lag: kafkaops.Lag{TopicPartition: tp, Extent: kafkaops.Extent{End: 9}, Committed: -1, Records: -1}}, errDown, known.Lag, true, nil},
	} {
		rows := []Partition{c.now}
		err := keepLast(rows, c.last, c.groupErr)
		if r := rows[0]; !reflect.DeepEqual(r.Lag, c.want) || r.Stale != c.stale || !errors.Is(err, c.err) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func with(l kafkaops.Lag, err error) kafkaops.Lag {
	l.Err = err
	return l
}

func TestTotalsDoNotSayZeroOfWhatIsNotKnown(t *testing.T) {
	at := func(records int64, behind time.Duration) Partition {
		return Partition{Lag: kafkaops.Lag{Records: records, Behind: behind}, In: 1, Out: -1}
	}
	for name, c := range map[string]struct {
		rows   []Partition
		lag    int64
		behind time.Duration
	}{
		"nothing":               {nil, -1, -1},
		"caught up":             {[]Partition{at(0, 0), at(0, 0)}, 0, 0},
		"one behind":            {[]Partition{at(0, 0), at(7, time.Second)}, 7, time.Second},
		"not known how long":    {[]Partition{at(0, 0), at(7, -1)}, 7, -1},
		"no group":              {[]Partition{at(-1, -1)}, -1, -1},
		"one not known at all":  {[]Partition{at(-1, -1), at(3, time.Second)}, 3, time.Second},
		"the furthest is known": {[]Partition{at(7, -1), at(3, time.Second)}, 10, time.Second},
	} {
		in, out, lag, behind := Partitions{Rows: c.rows}.Totals()
		if lag != c.lag || behind != c.behind || len(c.rows) > 0 && in != float64(len(c.rows)) || out != -1 {
			t.Errorf("%s: in %v, out %v, lag %d, behind %v", name, in, out, lag, behind)
		}
	}
}
