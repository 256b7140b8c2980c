package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// benchConsume compares the consume worker, exactly once, with two peers that only read.
func benchConsume(ctx context.Context, s *setting) (figure.Section, error) {
	out := figure.Section{Title: "Consume 1,000,000 × 100 bytes", Method: []string{
		"`krapp-worker consume` processes each message exactly once: reports of the run's messages and the group's offsets are stored in one",
		"transaction a batch. Its time is from the assignment of its partitions to the commit of the last message (as its /metrics say, asked for",
		"every 20 ms). The peers only read, without headers: `kafka-consumer-perf-test` by its own figure without the time to join its group,",
		"`kcat -C` from start to end; it joins no group. All read-committed, 6 partitions, each in a new group from the start."}}
	c, err := s.connect(ctx)
	if err != nil {
		return out, err
	}
	defer c.Close()
	plain, ofRun, err := s.fillTopics(ctx, c)
	if err != nil {
		return out, err
	}
	groups := 0
	group := func() string { groups++; return fmt.Sprintf("bench-consume-%s-%d", s.stamp, groups) }
	worker := func(name, topic string, n int) *subject {
		return &subject{name: name, unit: "messages/s", turn: func(ctx context.Context) (float64, error) {
			took, err := s.consume(ctx, topic, group(), n)
			return perSecond(took), err
		}}
	}
	one, two, other := worker("one worker, with `done` reports", ofRun, 1), worker("two workers, with `done` reports", ofRun, 2),
		worker("one worker, messages of no run", plain, 1)
	java := &subject{name: "`kafka-consumer-perf-test`, the run's messages", unit: "messages/s",
		turn: func(ctx context.Context) (float64, error) { return s.javaConsume(ctx, ofRun, group()) }}
	cat := &subject{name: "`kcat -C`, the run's messages", unit: "messages/s"}
	catPlain := &subject{name: "`kcat -C`, messages of no run", unit: "messages/s"}
	if kcat() {
		cat.turn = func(ctx context.Context) (float64, error) { return s.kcatConsume(ctx, ofRun) }
		catPlain.turn = func(ctx context.Context) (float64, error) { return s.kcatConsume(ctx, plain) }
	} else {
		out.Note("kcat is missing (Debian: apt-get install kcat), so it is not compared.")
	}
	all := []*subject{one, cat, two, java, other, catPlain}
	if err := s.takeTurns(ctx, all...); err != nil {
		return out, err
	}
	for _, it := range all {
		out.Add(it.name, it.unit, it.got)
	}
	ratio := figure.Ratio(one.got, cat.got)
	out.Add("one worker / `kcat -C`, the run's messages", "×", ratio)
	out.Add("two workers / `kcat -C`, the run's messages", "×", figure.Ratio(two.got, cat.got))
	out.Add("one worker / `kafka-consumer-perf-test`", "×", figure.Ratio(one.got, java.got))
	out.Add("one worker / `kcat -C`, messages of no run", "×", figure.Ratio(other.got, catPlain.got))
	out.AtLeast("one worker with `done` reports: at least 0.6× `kcat -C`", ratio, 0.6, "×")
	return out, c.DeleteTopics(ctx, plain, ofRun)
}

// fillTopics makes a topic of plain messages and one of a run.
func (s *setting) fillTopics(ctx context.Context, c *rdkafka.Client) (plain, ofRun string, err error) {
	if plain, err = s.topic(ctx, c, "plain"); err != nil {
		return "", "", err
	}
	if ofRun, err = s.topic(ctx, c, "run"); err != nil {
		return "", "", err
	}
	if _, err = produceRaw(ctx, c, plain); err != nil {
		return "", "", err
	}
	_, _, err = s.doit(ctx, ofRun, messages, 0)
	return plain, ofRun, err
}

// consume runs workers until they have committed all, and returns how long that took from the assignment on.
func (s *setting) consume(ctx context.Context, topic, group string, workers int) (time.Duration, error) {
	running := make([]*consumer, workers)
	for i := range running {
		w, err := s.startConsumer(ctx, topic, group, fmt.Sprint("w", i))
		if err != nil {
			return 0, err
		}
		defer w.Stop(5 * time.Second)
		running[i] = w
	}
	var began time.Time
	err := child.Eventually(ctx, turnLimit, "the workers", func() (bool, error) {
		total, owned := 0.0, 0.0
		for _, w := range running {
			n, assigned, err := w.progress(ctx)
			if err != nil {
				return false, err
			}
			total, owned = total+n, owned+assigned
		}
		if began.IsZero() && owned > 0 {
			began = time.Now()
		}
		return total >= messages, nil
	})
	return time.Since(began), err
}

// consumer is a running consume worker.
type consumer struct {
	*child.Process
	metrics string
}

func (s *setting) startConsumer(ctx context.Context, topic, group, name string) (*consumer, error) {
	monitor, err := child.FreeAddress()
	if err != nil {
		return nil, err
	}
	p, err := child.Start(ctx, child.Spec{Env: s.env, Args: s.command("krapp-worker", "consume", "--topics", topic, "--group", group,
		"--worker", name, "--slot", name, "--listen", "127.0.0.1:0", "--monitor-listen", monitor, "--log-level", "warn")})
	if err != nil {
		return nil, err
	}
	return &consumer{p, "http://" + monitor + "/metrics"}, nil
}

// progress is how many messages the worker has committed, and how many partitions it has; 0 before it listens.
func (w *consumer) progress(ctx context.Context) (consumed, assigned float64, err error) {
	values, err := w.read(ctx)
	return values["krapp_consumed_records_total"], values["krapp_assigned_partitions"], err
}

// metric is one of the worker's figures; 0 before it listens.
func (w *consumer) metric(ctx context.Context, name string) (float64, error) {
	values, err := w.read(ctx)
	return values[name], err
}

func (w *consumer) read(ctx context.Context) (map[string]float64, error) {
	select {
	case <-w.Done():
		return nil, fmt.Errorf("the worker ended: %w", w.Err())
	default:
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.metrics, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, ctx.Err() // it does not listen yet
	}
	defer resp.Body.Close()
	return readMetrics(resp.Body), nil
}

// readMetrics reads the text format of Prometheus, without labels.
func readMetrics(r io.Reader) map[string]float64 {
	values := make(map[string]float64)
	for lines := bufio.NewScanner(r); lines.Scan(); {
		line := lines.Text()
		name, rest, labelled := strings.Cut(line, "{")
		if labelled {
			_, rest, _ = strings.Cut(rest, "} ")
		} else {
			name, rest, _ = strings.Cut(line, " ")
		}
		if v, err := strconv.ParseFloat(rest, 64); err == nil {
			values[name] += v
		}
	}
	return values
}
