package wire

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"time"
)

// Latencies is a histogram in microseconds with the log-linear buckets of an HDR histogram: 64 for each power of two, so that a value is known
// to within 1.6 %, up to 19 hours. The zero value is empty and ready; recording allocates nothing.
type Latencies struct {
	counts [buckets]uint64
	total  uint64
	max    uint64 // µs, exact up to the limit
}

const (
	subBits = 6
	maxBits = 36
	buckets = (maxBits-subBits)<<subBits + 1<<subBits
)

// bucket gives the index of a value in µs, below 1<<maxBits.
func bucket(us uint64) int {
	if us < 1<<(subBits+1) {
		return int(us)
	}
	shift := bits.Len64(us) - subBits - 1
	return shift<<subBits + int(us>>shift)
}

// bucketTop gives the greatest value in µs that falls in bucket i.
func bucketTop(i int) uint64 {
	if i < 1<<(subBits+1) {
		return uint64(i)
	}
	shift := i>>subBits - 1
	return uint64(i-shift<<subBits+1)<<shift - 1
}

// Record adds one latency; a negative one, as differing clocks give, counts as 0.
func (l *Latencies) Record(d time.Duration) { l.add(uint64(max(0, d)/time.Microsecond), 1) }

func (l *Latencies) add(us, n uint64) {
	us = min(us, 1<<maxBits-1)
	l.counts[bucket(us)] += n
	l.total += n
	l.max = max(l.max, us)
}

// Merge adds all of another histogram.
func (l *Latencies) Merge(o *Latencies) {
	for i, n := range o.counts {
		l.counts[i] += n
	}
	l.total += o.total
	l.max = max(l.max, o.max)
}

// Reset empties it.
func (l *Latencies) Reset() { *l = Latencies{} }

// Count is how many were recorded.
func (l *Latencies) Count() int64 { return int64(l.total) }

// Max is the greatest recorded.
func (l *Latencies) Max() time.Duration { return time.Duration(l.max) * time.Microsecond }

// Least is the least recorded, to the bucket.
func (l *Latencies) Least() time.Duration {
	for i, n := range l.counts {
		if n > 0 {
			return time.Duration(bucketTop(i)) * time.Microsecond
		}
	}
	return 0
}

// Quantile is the latency that a share q (0 to 1) does not exceed; 0 when nothing was recorded.
func (l *Latencies) Quantile(q float64) time.Duration {
	if l.total == 0 {
		return 0
	}
	rank := max(1, uint64(q*float64(l.total)+0.5))
	seen := uint64(0)
	for i, n := range l.counts {
		if seen += n; seen >= rank {
			return time.Duration(min(bucketTop(i), l.max)) * time.Microsecond
		}
	}
	return l.Max()
}

// Each calls f for each bucket that holds something, in order: its greatest value and its count.
func (l *Latencies) Each(f func(upTo time.Duration, count int64)) {
	for i, n := range l.counts {
		if n > 0 {
			f(time.Duration(bucketTop(i))*time.Microsecond, int64(n))
		}
	}
}

// append writes the number of buckets that hold something, then for each the distance of its index from the one before and its count, then
// the greatest value.
func (l *Latencies) append(b []byte) []byte {
	used := 0
	for _, n := range l.counts {
		if n > 0 {
			used++
		}
	}
	b = binary.AppendUvarint(b, uint64(used))
	last := 0
	for i, n := range l.counts {
		if n > 0 {
			b = binary.AppendUvarint(b, uint64(i-last))
			b = binary.AppendUvarint(b, n)
			last = i
		}
	}
	return binary.AppendUvarint(b, l.max)
}

func (r *reader) latencies(l *Latencies) {
	used, index := r.uvarint(), uint64(0)
	for range used {
		step, n := r.uvarint(), r.uvarint()
		if r.err != nil {
			return
		}
		if index += step; step >= buckets || index >= buckets || n > 1<<40 {
			r.err = errors.New("a latency bucket is out of range")
			return
		}
		l.counts[index] += n
		l.total += n
	}
	l.max = min(r.uvarint(), 1<<maxBits-1)
}
