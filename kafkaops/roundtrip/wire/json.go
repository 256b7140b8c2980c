package wire

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

// doneJSON is the form of a done report for applications that have no roaring bitmaps at hand: docs/reports.md.
type doneJSON struct {
	Version   int         `json:"v"`
	Kind      string      `json:"kind"`
	Run       string      `json:"run"`
	Group     string      `json:"group"`
	Topic     string      `json:"topic"`
	TopicID   string      `json:"topic_id"`
	Worker    string      `json:"worker"`
	Partition int32       `json:"partition"`
	First     int64       `json:"first"`
	Last      int64       `json:"last"`
	At        int64       `json:"at"` // unix nanoseconds
	Seqs      [][2]int64  `json:"seqs"`
	Again     [][2]int64  `json:"again"`
	Rejected  [][2]int64  `json:"rejected"`
	Latency   [][2]uint64 `json:"latency_us"` // [microseconds, how many]
}

func decodeJSON(value []byte) (Report, error) {
	var in doneJSON
	if err := json.Unmarshal(value, &in); err != nil {
		return Report{}, err
	}
	if in.Version != reportVersion {
		return Report{}, fmt.Errorf("version %d is not known here", in.Version)
	}
	if in.Kind != "done" {
		return Report{}, fmt.Errorf("kind %.20q is not known here", in.Kind)
	}
	d := &Done{
		Run: in.Run, Group: in.Group, Topic: in.Topic, TopicID: in.TopicID, Worker: in.Worker,
		Partition: in.Partition, First: in.First, Last: in.Last,
	}
	if in.At > 0 {
		d.At = time.Unix(0, in.At).UTC()
	}
	var err error
	if d.Processed, err = fromRanges(in.Seqs); err != nil {
		return Report{}, fmt.Errorf("seqs: %w", err)
	}
	if d.Again, err = fromRanges(in.Again); err != nil {
		return Report{}, fmt.Errorf("again: %w", err)
	}
	if d.Rejected, err = fromRanges(in.Rejected); err != nil {
		return Report{}, fmt.Errorf("rejected: %w", err)
	}
	for _, pair := range in.Latency {
		if pair[1] > math.MaxUint32 {
			return Report{}, fmt.Errorf("latency_us: %d is out of range", pair[1])
		}
		d.Latency.add(min(pair[0], 1<<maxBits-1), pair[1])
	}
	return Report{Done: d}, d.check()
}

func fromRanges(ranges [][2]int64) (*roaring.Bitmap, error) {
	bitmap := roaring.New()
	for _, r := range ranges {
		if r[0] < 0 || r[1] < r[0] || r[1] > math.MaxUint32 {
			return nil, fmt.Errorf("[%d,%d] is not a range of sequence numbers", r[0], r[1])
		}
		bitmap.AddRange(uint64(r[0]), uint64(r[1])+1)
	}
	return bitmap, nil
}
