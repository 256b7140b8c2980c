package ledger_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/done"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// world is a cluster in memory with transactions as Kafka has them: a record of an open transaction moves the end that read-uncommitted
// readers see and holds back the read-committed; when the transaction ends, its marker reaches each partition, and its offsets the group, at
// moments of their own. It moves on by itself, a random number of steps before each answer.
type world struct {
	random *rand.Rand
	steps  []func() // what is to happen, in order
	logs   map[kafkaops.TopicPartition][]entry
	group  map[kafkaops.TopicPartition]int64
	ended  bool // no more steps are left
}

type entry struct {
	record kafkaops.Record
	state  txState
}

type txState uint8

const (
	committed txState = iota
	open
	aborted
	marker // takes an offset and is never read
)

var (
	runsLog    = kafkaops.TopicPartition{Topic: roundtrip.RunsTopic, Partition: 0}
	reportsLog = kafkaops.TopicPartition{Topic: roundtrip.ReportsTopic, Partition: 0}
)

// tick lets the world move on.
func (w *world) tick() {
	for range w.random.IntN(4) {
		if len(w.steps) == 0 {
			w.ended = true
			return
		}
		step := w.steps[0]
		w.steps = w.steps[1:]
		step()
	}
}

func (w *world) append(tp kafkaops.TopicPartition, r kafkaops.Record, state txState) int {
	r.Topic, r.Partition, r.Offset, r.Timestamp = tp.Topic, tp.Partition, int64(len(w.logs[tp])), time.Now()
	w.logs[tp] = append(w.logs[tp], entry{r, state})
	return int(r.Offset)
}

// end is the last stable offset, or for read-uncommitted readers the high watermark.
func (w *world) end(tp kafkaops.TopicPartition, iso kafkaops.Isolation) int64 {
	log := w.logs[tp]
	if iso == kafkaops.ReadCommitted {
		if i := slices.IndexFunc(log, func(e entry) bool { return e.state == open }); i >= 0 {
			return int64(i)
		}
	}
	return int64(len(log))
}

func (w *world) Cluster(context.Context) (kafkaops.Cluster, error) { return kafkaops.Cluster{}, nil }

func (w *world) CreateTopics(context.Context, ...kafkaops.NewTopic) error { return nil }

func (w *world) DescribeTopics(_ context.Context, names ...string) ([]kafkaops.Topic, error) {
	w.tick()
	var out []kafkaops.Topic
	for _, name := range names {
		t := kafkaops.Topic{Name: name, ID: name + "-id"}
		for tp := range w.logs {
			if tp.Topic == name {
				t.Partitions = append(t.Partitions, kafkaops.Partition{ID: tp.Partition})
			}
		}
		out = append(out, t)
	}
	return out, nil
}

func (w *world) TopicExtents(_ context.Context, iso kafkaops.Isolation, topics ...string) (kafkaops.Extents, error) {
	w.tick()
	out := kafkaops.Extents{}
	for tp := range w.logs {
		if slices.Contains(topics, tp.Topic) {
			out[tp] = kafkaops.Extent{End: w.end(tp, iso)}
		}
	}
	return out, nil
}

func (w *world) ProduceSync(_ context.Context, recs []kafkaops.Record) ([]kafkaops.Delivery, error) {
	w.tick()
	for _, r := range recs {
		w.append(kafkaops.TopicPartition{Topic: r.Topic}, r, committed)
	}
	return make([]kafkaops.Delivery, len(recs)), nil
}

func (w *world) ScanRecords(
	_ context.Context, from, to kafkaops.Offsets, iso kafkaops.Isolation, each func([]kafkaops.Record) error,
) (kafkaops.Offsets, error) {
	w.tick()
	reached := from.Clone()
	for tp, at := range from {
		end := w.end(tp, iso)
		if limit, ok := to[tp]; ok {
			end = min(end, limit)
		}
		for ; at < end; at++ {
			if e := w.logs[tp][at]; e.state == committed {
				if err := each([]kafkaops.Record{e.record}); err != nil {
					return reached, err
				}
			}
			reached[tp] = at + 1
		}
	}
	return reached, nil
}

func (w *world) Committed(context.Context, string, []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	w.tick()
	return kafkaops.Offsets(w.group).Clone(), nil
}

func (w *world) DescribeGroups(_ context.Context, ids ...string) ([]kafkaops.Group, error) {
	return make([]kafkaops.Group, len(ids)), nil
}

func (w *world) Fetch(context.Context, kafkaops.TopicPartition, int64, int) ([]kafkaops.Record, error) {
	return nil, nil
}

// newWorld has a run of n messages, stored on two partitions in transactions of a produce worker, and a group that processes them in
// transactions of its own, some of which are aborted and taken up again.
func newWorld(seed uint64, n int64) (*world, roundtrip.Run) {
	w := &world{random: rand.New(rand.NewPCG(seed, 1)), logs: map[kafkaops.TopicPartition][]entry{}, group: map[kafkaops.TopicPartition]int64{}}
	w.logs[reportsLog] = nil
	run := roundtrip.Run{ID: "01JDZ8T3Q5W0000000000ABCDE", TopicID: "orders-id", Created: time.Now(), Spec: roundtrip.Spec{
		Topic: "orders", Count: n, Value: "{{seq}}", Sender: roundtrip.SendWorkers,
		Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: "g", Within: time.Hour},
	}}
	value, err := roundtrip.EncodeRun(run)
	if err != nil {
		panic(err)
	}
	w.append(runsLog, kafkaops.Record{Key: roundtrip.RunKey(run.ID, roundtrip.RunRecord, ""), Value: value}, committed)
	for p := range int32(2) {
		w.logs[kafkaops.TopicPartition{Topic: "orders", Partition: p}] = nil
	}
	for first := int64(0); first < n; first += 5 {
		w.store(run, first, min(n, first+5)-1)
		if w.random.IntN(3) == 0 {
			w.consume(run)
		}
	}
	w.consume(run)
	return w, run
}

// store plans the transaction of a slice.
func (w *world) store(run roundtrip.Run, first, last int64) {
	tp := kafkaops.TopicPartition{Topic: "orders", Partition: int32(w.random.IntN(2))}
	w.steps = append(w.steps, func() {
		slice := wire.Slice{Run: run, First: first, Last: last}
		recs, err := send.RenderSlice(run, slice)
		if err != nil {
			panic(err)
		}
		var deliveries []kafkaops.Delivery
		for _, r := range recs {
			deliveries = append(deliveries, kafkaops.Delivery{Partition: tp.Partition, Offset: int64(w.append(tp, r, committed))})
		}
		report, err := send.SentReport(run, slice, "p", deliveries)
		if err != nil {
			panic(err)
		}
		w.append(reportsLog, report, committed)
	})
}

// consume plans transactions that process what is stored by then.
func (w *world) consume(run roundtrip.Run) {
	for p := range int32(2) {
		tp := kafkaops.TopicPartition{Topic: "orders", Partition: p}
		if w.random.IntN(4) == 0 {
			w.steps = append(w.steps, w.transaction(run, tp, true)...)
		}
		w.steps = append(w.steps, w.transaction(run, tp, false)...)
	}
}

// transaction is the steps of one: the report is written; then, in any order, the marker reaches krapp.reports and the offsets the group.
func (w *world) transaction(run roundtrip.Run, tp kafkaops.TopicPartition, abort bool) []func() {
	report, position := -1, int64(0)
	steps := []func(){func() {
		a := done.New(done.Options{Group: "g", Worker: "c", TopicID: func(topic string) string { return topic + "-id" }})
		position = int64(len(w.logs[tp]))
		for _, e := range w.logs[tp][w.group[tp]:] {
			a.Add(&e.record)
		}
		recs, err := a.Records(time.Now())
		if err != nil {
			panic(err)
		}
		for _, r := range recs {
			report = w.append(reportsLog, r, open)
		}
	}}
	mark := func() {
		if report < 0 {
			return
		}
		w.logs[reportsLog][report].state = committed
		if abort {
			w.logs[reportsLog][report].state = aborted
		}
		w.append(reportsLog, kafkaops.Record{Key: []byte(strconv.Itoa(report))}, marker)
	}
	commit := func() {
		if !abort {
			w.group[tp] = position
		}
	}
	if w.random.IntN(2) == 0 {
		return append(steps, mark, commit)
	}
	return append(steps, commit, mark)
}
