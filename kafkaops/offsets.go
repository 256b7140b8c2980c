package kafkaops

import (
	"maps"
	"slices"
	"time"
)

// Isolation is what a reader may see of transactions.
type Isolation uint8

// The isolation levels.
const (
	ReadCommitted Isolation = iota
	ReadUncommitted
)

// NoOffset stands for "none": a group that never committed, a time after the last record.
const NoOffset int64 = -1

// Offsets maps partitions to offsets.
type Offsets map[TopicPartition]int64

// Partitions lists the partitions in order.
func (o Offsets) Partitions() []TopicPartition {
	return slices.SortedFunc(maps.Keys(o), TopicPartition.Compare)
}

// Clone copies the map.
func (o Offsets) Clone() Offsets { return maps.Clone(o) }

// Extent is how far a partition reaches: [Start, End) for the isolation level it was asked with. With ReadCommitted, End is the last stable
// offset. Records in between may be fewer than End-Start (compaction, transaction markers).
type Extent struct {
	Start int64
	End   int64
	Err   error // set: the offsets aren't known
}

// Extents maps partitions to extents.
type Extents map[TopicPartition]Extent

// Ends returns the end offsets of the partitions without an error.
func (e Extents) Ends() Offsets {
	o := make(Offsets, len(e))
	for tp, x := range e {
		if x.Err == nil {
			o[tp] = x.End
		}
	}
	return o
}

// Starts returns the start offsets of the partitions without an error.
func (e Extents) Starts() Offsets {
	o := make(Offsets, len(e))
	for tp, x := range e {
		if x.Err == nil {
			o[tp] = x.Start
		}
	}
	return o
}

// Partitions lists the partitions in order.
func (e Extents) Partitions() []TopicPartition {
	return slices.SortedFunc(maps.Keys(e), TopicPartition.Compare)
}

// Lag is how far a group is behind on one partition.
type Lag struct {
	TopicPartition
	Extent
	Committed int64         // NoOffset: the group never committed here
	Records   int64         // offsets between Committed and End; -1 with Err
	Behind    time.Duration // age of the oldest record not yet committed; -1 when not known, 0 when Records is 0
	Member    string        // the member the partition is assigned to; ""
	Err       error
}

// LagOf computes the lag of each partition in extents. A partition without a commit lags from its start; a commit past the end (after a
// truncation) lags 0; an error gives Records -1 and the error, never 0. Behind is left -1 where there is lag: it takes reading a record.
func LagOf(extents Extents, committed Offsets) []Lag {
	lags := make([]Lag, 0, len(extents))
	for _, tp := range extents.Partitions() {
		x := extents[tp]
		l := Lag{TopicPartition: tp, Extent: x, Committed: NoOffset, Behind: -1, Err: x.Err}
		if c, ok := committed[tp]; ok && c >= 0 {
			l.Committed = c
		}
		switch {
		case x.Err != nil:
			l.Records = -1
		default:
			l.Records = max(0, x.End-max(x.Start, l.Committed))
			if l.Records == 0 {
				l.Behind = 0
			}
		}
		lags = append(lags, l)
	}
	return lags
}

// TotalLag adds up the lags that are known; complete is false when one isn't.
func TotalLag(lags []Lag) (records int64, complete bool) {
	complete = true
	for _, l := range lags {
		if l.Records < 0 {
			complete = false
			continue
		}
		records += l.Records
	}
	return records, complete
}
