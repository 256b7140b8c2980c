package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

const (
	steadyRate    = 1000 // messages a second
	steadySeconds = 20
	steadyTurns   = 3
	warmSeconds   = 10 // until the brokers have compiled what they run
)

// benchRoundTrip measures how long a message takes from the sender to a result that a read-committed reader sees.
func benchRoundTrip(ctx context.Context, s *setting) (figure.Section, error) {
	out := figure.Section{Title: "Round trip at a steady 1,000 messages a second", Method: []string{
		"`krapp doit --rate 1000` for 20 s, three times, through one `krapp-worker consume`, 6 partitions, replication factor 3, transactions. The verdict's",
		"latency is what the worker reported: sent → about when the commit is visible. A read-committed reader of `krapp.reports` beside it",
		"notes when each message's report really came: the same figure as an outsider sees it."}}
	c, err := s.connect(ctx)
	if err != nil {
		return out, err
	}
	defer c.Close()
	topic, err := s.topic(ctx, c, "steady")
	if err != nil {
		return out, err
	}
	group := "bench-steady-" + s.stamp
	w, err := s.startConsumer(ctx, topic, group, "steady")
	if err != nil {
		return out, err
	}
	defer w.Stop(5 * time.Second)
	// A run before it: topics, connections, the transaction and the brokers' compiled code are there then, as in a pipeline that runs.
	if _, _, err := s.doit(ctx, topic, steadyRate*warmSeconds, steadyRate, "--group", group, "--wait", "--timeout", "1m"); err != nil {
		return out, err
	}
	var said, seen quantiles
	for range steadyTurns {
		if err := steadyTurn(ctx, s, c, topic, group, &said, &seen); err != nil {
			return out, err
		}
	}
	said.tell(&out, "verdict")
	seen.tell(&out, "seen by a reader beside it")
	out.Below("p99 by the verdict: below 100 ms", said.p99, 100, " ms")
	out.Below("p99 as a reader beside it sees it: below 100 ms", seen.p99, 100, " ms")
	out.Note("%d messages a turn, each processed exactly once; all verdicts done.", steadyRate*steadySeconds)
	return out, nil
}

// steadyTurn is one run, measured by its verdict and by a reader beside it.
func steadyTurn(ctx context.Context, s *setting, c *rdkafka.Client, topic, group string, said, seen *quantiles) error {
	watched, err := watchReports(ctx, c, topic)
	if err != nil {
		return err
	}
	text, _, err := s.doit(ctx, topic, steadyRate*steadySeconds, steadyRate, "--group", group, "--wait", "--timeout", "1m")
	arrivals, watchErr := watched.end()
	if err := errors.Join(err, watchErr); err != nil {
		return err
	}
	v, err := readVerdict(text)
	if err != nil {
		return err
	}
	observed, err := latencies(ctx, c, topic, v.Run, arrivals)
	if err != nil {
		return err
	}
	if observed.Len() != steadyRate*steadySeconds {
		return fmt.Errorf("the reader beside it saw %d messages", observed.Len())
	}
	said.add(v.Latency.P50, v.Latency.P99, v.Latency.Max)
	seen.add(observed.Quantile(0.5), observed.Quantile(0.99), observed.Max())
	return nil
}

// quantiles are those of all turns.
type quantiles struct{ p50, p99, most figure.Spread }

func (q *quantiles) add(p50, p99, most float64) {
	q.p50.Add(p50)
	q.p99.Add(p99)
	q.most.Add(most)
}

func (q *quantiles) tell(out *figure.Section, who string) {
	out.Add(who+": p50", "ms", q.p50)
	out.Add(who+": p99", "ms", q.p99)
	out.Add(who+": max", "ms", q.most)
}

// verdict is what is read of the command's JSON.
type verdict struct {
	Run     string `json:"run"`
	Verdict string `json:"verdict"`
	Once    int64  `json:"once"`
	Latency struct {
		P50 float64 `json:"p50_ms"`
		P99 float64 `json:"p99_ms"`
		Max float64 `json:"max_ms"`
	} `json:"latency"`
}

func readVerdict(text string) (verdict, error) {
	var v verdict
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, fmt.Errorf("reading the verdict: %w\n%s", err, text)
	}
	if v.Verdict != string(roundtrip.Done) || v.Once != steadyRate*steadySeconds {
		return v, fmt.Errorf("the verdict is %s with %d processed once", v.Verdict, v.Once)
	}
	return v, nil
}

// arrival is a report, and when a read-committed reader saw it.
type arrival struct {
	at   time.Time
	done *wire.Done
}

// observer reads krapp.reports from the end on.
type observer struct {
	stop     context.CancelFunc
	done     chan error
	arrivals []arrival // of the goroutine until it is done
}

func watchReports(ctx context.Context, c *rdkafka.Client, topic string) (*observer, error) {
	extents, err := c.TopicExtents(ctx, kafkaops.ReadCommitted, roundtrip.ReportsTopic)
	if err != nil {
		return nil, err
	}
	from := make(kafkaops.Offsets, len(extents))
	for tp, x := range extents {
		from[tp] = x.End
	}
	r, err := c.Reader(ctx, rdkafka.ReaderOptions{Isolation: kafkaops.ReadCommitted})
	if err != nil {
		return nil, err
	}
	if err := r.Add(from); err != nil {
		r.Close()
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	o := &observer{stop: stop, done: make(chan error, 1)}
	go func() {
		defer r.Close()
		o.done <- o.watch(ctx, r, topic)
	}()
	return o, nil
}

func (o *observer) watch(ctx context.Context, r *rdkafka.Reader, topic string) error {
	for ctx.Err() == nil {
		batch, err := r.Poll(ctx, time.Second)
		at := time.Now()
		switch {
		case ctx.Err() != nil: // it was told to stop
			continue
		case err != nil:
			return err
		}
		for i := range batch.Len() {
			report, err := wire.DecodeReport(batch.Value(i))
			if err != nil {
				return err
			}
			if report.Done != nil && report.Done.Topic == topic {
				o.arrivals = append(o.arrivals, arrival{at, report.Done})
			}
		}
	}
	return nil
}

func (o *observer) end() ([]arrival, error) {
	o.stop()
	err := <-o.done
	return o.arrivals, err
}

// latencies joins the reports' arrivals with the messages' own word of when they were sent.
func latencies(ctx context.Context, c *rdkafka.Client, topic, run string, arrivals []arrival) (figure.Spread, error) {
	var out figure.Spread
	extents, err := c.TopicExtents(ctx, kafkaops.ReadCommitted, topic)
	if err != nil {
		return out, err
	}
	from := make(kafkaops.Offsets, len(extents))
	for tp, x := range extents {
		from[tp] = x.Start
	}
	sent := make(map[uint32]time.Time)
	_, err = c.Scan(ctx, rdkafka.ScanSpec{From: from, Isolation: kafkaops.ReadCommitted}, func(b *rdkafka.Batch) error {
		for i := range b.Len() {
			of, _ := b.Header(i, roundtrip.RunHeader)
			seq, _ := b.Header(i, roundtrip.SeqHeader)
			at, _ := b.Header(i, roundtrip.SentHeader)
			n, ok := wire.ParseUint(seq)
			nanos, timed := wire.ParseUint(at)
			if string(of) == run && ok && timed {
				sent[uint32(n)] = time.Unix(0, int64(nanos))
			}
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	for _, a := range arrivals {
		if a.done.Run != run {
			continue
		}
		for _, seq := range a.done.Processed.ToArray() {
			out.AddDuration(a.at.Sub(sent[seq]))
		}
	}
	return out, nil
}
