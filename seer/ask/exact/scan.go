package exact

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strconv"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask/route"
)

// Reader reads Kafka: *rdkafka.Client.
type Reader interface {
	TopicExtents(ctx context.Context, iso kafkaops.Isolation, topics ...string) (kafkaops.Extents, error)
	OffsetsAt(ctx context.Context, when time.Time, tps []kafkaops.TopicPartition) (kafkaops.Offsets, error)
	ScanRecords(
		ctx context.Context, from, to kafkaops.Offsets, iso kafkaops.Isolation, each func([]kafkaops.Record) error,
	) (kafkaops.Offsets, error)
}

// Query is what is to be computed.
type Query struct {
	Scopes     []route.Scope    // a topic each
	Partitions []int32          // empty: all
	Only       kafkaops.Offsets // not nil: these partitions only, whatever the offsets
	Span       route.Span
	Distinct   bool          // count different values of the field
	Limit      time.Duration // for the scan; 0: 30 s
	Groups     int           // kept at most; 0: 10,000
	// Each is handed every record that met the conditions. It is borrowed.
	Each func(r *kafkaops.Record)
	// Progress is told how far the scan is, in offsets, now and then.
	Progress func(topic string, read, total int64)
}

func (q *Query) maxGroups() int {
	if q.Groups > 0 {
		return q.Groups
	}
	return 10_000
}

func (q *Query) limit() time.Duration {
	if q.Limit > 0 {
		return q.Limit
	}
	return 30 * time.Second
}

// errEnough ends a scan whose time is up.
var errEnough = errors.New("enough")

// scan is the state of one.
type scan struct {
	q        *Query
	counters map[string]*counter
	read     map[kafkaops.TopicPartition]int64 // records
	done     int64
	total    int64
	told     int64
}

// Run computes q. When its time is up, the result covers what was read until then and says so; only what makes any answer impossible is an
// error. Its memory is bounded by q.Groups, and by about 40 MB for different values.
func Run(ctx context.Context, r Reader, q Query) (Result, error) {
	var res Result
	from, to, err := ranges(ctx, r, &q, &res)
	if err != nil {
		return res, err
	}
	s := scan{q: &q, counters: map[string]*counter{}, read: map[kafkaops.TopicPartition]int64{}}
	seeds := [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
	for _, scope := range q.Scopes {
		s.counters[scope.Topic] = newCounter(&q, scope, seeds)
	}
	todo := kafkaops.Offsets{}
	for tp, at := range from {
		if at < to[tp] {
			todo[tp] = at
			s.total += to[tp] - at
		}
	}
	reached := todo
	if len(todo) > 0 {
		reached, err = s.run(ctx, r, todo, to, &res)
		if err != nil {
			return res, err
		}
	}
	for _, tp := range from.Partitions() {
		end, ok := reached[tp]
		if !ok {
			end = from[tp]
		}
		res.Counted = append(res.Counted, seer.Counted{
			Topic: tp.Topic, Partition: tp.Partition, From: from[tp], To: max(from[tp], end), Records: s.read[tp],
		})
	}
	res.Until = s.total
	times := false
	for _, scope := range q.Scopes {
		t := s.counters[scope.Topic].tally
		res.merge(&t, q.maxGroups())
		res.Topics = append(res.Topics, t)
		times = times || scope.By == route.ByMinute || scope.By == route.ByHour || scope.By == route.ByDay
	}
	res.Groups = res.sorted(times)
	return res, nil
}

// ranges finds what there is to read. What isn't there is noted.
func ranges(ctx context.Context, r Reader, q *Query, res *Result) (from, to kafkaops.Offsets, err error) {
	from, to = kafkaops.Offsets{}, kafkaops.Offsets{}
	var known []route.Scope
	for _, scope := range q.Scopes {
		extents, err := r.TopicExtents(ctx, kafkaops.ReadCommitted, scope.Topic)
		if kafkaops.ClassOf(err) == kafkaops.NotFound {
			res.Absent = append(res.Absent, "topic "+scope.Topic)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		known = append(known, scope)
		for tp, x := range extents {
			if _, only := q.Only[tp]; !wanted(q.Partitions, tp.Partition) || q.Only != nil && !only {
				continue
			}
			if x.Err != nil {
				return nil, nil, x.Err
			}
			from[tp], to[tp] = x.Start, x.End
		}
		for _, p := range q.Partitions {
			if _, ok := extents[kafkaops.TopicPartition{Topic: scope.Topic, Partition: p}]; !ok {
				res.Absent = append(res.Absent, "partition "+strconv.Itoa(int(p))+" of "+scope.Topic+", which has "+strconv.Itoa(len(extents)))
			}
		}
	}
	q.Scopes = known
	if q.Span.From.IsZero() || len(from) == 0 {
		return from, to, nil
	}
	lower, err := r.OffsetsAt(ctx, q.Span.From, from.Partitions())
	if err != nil {
		return nil, nil, err
	}
	for tp, at := range lower {
		from[tp] = min(max(from[tp], at), to[tp])
	}
	return from, to, nil
}

func wanted(partitions []int32, p int32) bool {
	return len(partitions) == 0 || slices.Contains(partitions, p)
}

// run scans within the time that is allowed.
func (s *scan) run(ctx context.Context, r Reader, from, to kafkaops.Offsets, res *Result) (kafkaops.Offsets, error) {
	limited, cancel := context.WithTimeout(ctx, s.q.limit())
	defer cancel()
	until := kafkaops.Offsets{}
	for tp := range from {
		until[tp] = to[tp]
	}
	reached, err := r.ScanRecords(limited, from, until, kafkaops.ReadCommitted, func(records []kafkaops.Record) error {
		if limited.Err() != nil {
			return errEnough // the batch does not count: what was reached is behind the last one that did
		}
		s.batch(records)
		return nil
	})
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, errEnough) || limited.Err() != nil:
		res.Partial = "reading took longer than " + s.q.limit().String()
	default:
		return nil, err
	}
	return reached, nil
}

// progressEvery is after how many records progress is told.
const progressEvery = 50_000

func (s *scan) batch(records []kafkaops.Record) {
	var c *counter
	topic := ""
	for i := 0; i < len(records); {
		r := &records[i]
		if c == nil || r.Topic != topic {
			topic, c = r.Topic, s.counters[r.Topic]
		}
		first := i
		for ; i < len(records) && records[i].Partition == r.Partition && records[i].Topic == topic; i++ {
			c.add(&records[i])
		}
		s.read[r.TopicPartition()] += int64(i - first)
	}
	s.done += int64(len(records))
	if s.q.Progress != nil && s.done-s.told >= progressEvery {
		s.told = s.done
		s.q.Progress(topic, s.done, s.total)
	}
}
