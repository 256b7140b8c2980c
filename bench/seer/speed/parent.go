package speed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/stage"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

const (
	// FlowRate is how many messages a second flow while questions are asked.
	FlowRate = 10_000
	chunk    = 1000
	flowStep = 10 * time.Millisecond
)

// Prepare makes topics of its own and stores the messages. Drop removes the topics.
func Prepare(ctx context.Context, c *rdkafka.Client, set corpus.Corpus, o *Order, prefix string) (*Flow, error) {
	f := &Flow{client: c, generator: corpus.NewGenerator(set.Templates, 7, time.Now()), prefix: prefix}
	for _, topic := range stage.Topics(set) {
		o.Topics = append(o.Topics, prefix+topic)
	}
	f.topics = o.Topics
	if err := stage.CreateTopics(ctx, c, f.topics, partitions); err != nil {
		return nil, err
	}
	switch err := stage.CreateTopics(ctx, c, []string{stage.Statements}, partitions); {
	case err == nil:
		f.topics = append(f.topics[:len(f.topics):len(f.topics)], stage.Statements)
	case kafkaops.ClassOf(err) != kafkaops.AlreadyExists: // somebody's: what is given to it is taken back
		return nil, err
	}
	return f, f.send(ctx, int(o.Messages), 0)
}

// Flow sends generated messages.
type Flow struct {
	client    *rdkafka.Client
	generator *corpus.Generator
	prefix    string
	topics    []string
	number    int
}

// Drop removes the topics.
func (f *Flow) Drop(ctx context.Context) error { return f.client.DeleteTopics(ctx, f.topics...) }

// send sends n messages, or with a rate, a second each, until the context ends.
func (f *Flow) send(ctx context.Context, n, rate int) error {
	p, err := f.client.NewProducer(ctx, rdkafka.ProducerOptions{Compression: "lz4"})
	if err != nil {
		return err
	}
	var failed error
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for list := range p.Deliveries() {
			for _, d := range list {
				failed = errors.Join(failed, d.Err)
			}
		}
	}()
	err = f.produce(ctx, p, n, rate)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	err = errors.Join(err, p.Close(closing))
	<-drained
	return errors.Join(err, failed)
}

func (f *Flow) produce(ctx context.Context, p *rdkafka.Producer, n, rate int) error {
	began := time.Now()
	for sent := 0; n == 0 || sent < n; {
		due := min(chunk, n-sent)
		if rate > 0 {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(flowStep):
			}
			due = min(chunk*10, int(time.Since(began).Seconds()*float64(rate))-sent)
		}
		records := make([]kafkaops.Record, max(due, 0))
		for i := range records {
			m := f.generator.Next(time.Now())
			records[i] = stage.Record(&m, f.number, partitions)
			records[i].Topic = f.prefix + m.Topic
			f.number++
		}
		if err := p.Send(ctx, records, int64(sent)); err != nil {
			return endOf(ctx, rate, err)
		}
		sent += len(records)
	}
	return nil
}

// endOf is nil when a flow was told to end.
func endOf(ctx context.Context, rate int, err error) error {
	if rate > 0 && ctx.Err() != nil {
		return nil //nolint:nilerr // that is how a flow ends
	}
	return err
}

// Measure runs the child, and has messages flow when it asks for them. self is the command that becomes the child.
func Measure(ctx context.Context, f *Flow, o Order, self []string) (Result, error) {
	order, err := os.CreateTemp("", "krapp-bench-order-")
	if err != nil {
		return Result{}, err
	}
	defer os.Remove(order.Name())
	if err := errors.Join(json.NewEncoder(order).Encode(o), order.Close()); err != nil {
		return Result{}, err
	}
	r, w := io.Pipe()
	p, err := child.Start(ctx, child.Spec{Args: self, Stdin: order.Name(), Out: w})
	if err != nil {
		return Result{}, err
	}
	var ended error
	var waiting sync.WaitGroup
	waiting.Go(func() {
		ended = p.Err()
		_ = w.Close()
	})
	result, err := follow(ctx, f, r)
	_ = r.Close() // whatever it still writes has no reader
	waiting.Wait()
	return result, errors.Join(err, ended)
}

// follow reads the child's results and sends messages from the first to the last.
func follow(ctx context.Context, f *Flow, r io.Reader) (Result, error) {
	d := json.NewDecoder(r)
	var result Result
	if err := d.Decode(&result); err != nil {
		return result, fmt.Errorf("the child's first result: %w", err)
	}
	if result.Want != "flow" {
		return result, fmt.Errorf("the child wants %q", strings.TrimSpace(result.Want))
	}
	flowing, stop := context.WithCancel(ctx)
	defer stop()
	var sending error
	var done sync.WaitGroup
	done.Go(func() { sending = f.send(flowing, 0, FlowRate) })
	result = Result{}
	err := d.Decode(&result)
	stop()
	done.Wait()
	return result, errors.Join(err, sending)
}
