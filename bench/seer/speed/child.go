// Package speed measures how fast the seer learns, how long questions take meanwhile, and what memory it holds, in a process of its own.
package speed

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/bench/machine"
	"github.com/krapp-io/krapp/bench/seer/stage"
	"github.com/krapp-io/krapp/bench/seer/whole"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
)

// Order is what the child is to measure.
type Order struct {
	Brokers   []string
	Topics    []string // of messages
	Messages  int64    // stored in Topics
	Rounds    int
	Questions []string
	Asking    time.Duration // how long questions are asked
}

// Result is what the child measured, times in nanoseconds.
type Result struct {
	Want       string // "flow": it asks for messages to flow; "": this is the end
	Read       []time.Duration
	Learn      []time.Duration
	Resident   int64   // after the first learning: later ones find memory that the C library keeps from those before
	Heap       []int64 // of Go after each learning and a collection: what has been learned, and little else
	Templates  int
	Searches   []time.Duration
	Answers    []time.Duration
	Answerable []time.Duration // from producing to being found
	Behind     int64           // most that was seen while messages flowed
	LearnedAt  []int64         // messages learned when the asking began and ended
}

const (
	probeEvery = 100 * time.Millisecond
	partitions = 6
)

// Child measures what an order on standard input says, and writes results to out: one that wants the flow, then the last.
func Child(ctx context.Context, in io.Reader, out io.Writer) error {
	var o Order
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return err
	}
	c, err := rdkafka.Connect(ctx, kafkaops.Context{Brokers: o.Brokers}, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	var r Result
	var s *whole.Seer
	for range o.Rounds {
		if s != nil {
			if err := s.Stop(); err != nil {
				return err
			}
		}
		if err := r.read(ctx, c, o); err != nil {
			return err
		}
		if s, err = r.learn(ctx, c, o); err != nil {
			return err
		}
	}
	r.Want = "flow"
	if err := json.NewEncoder(out).Encode(r); err != nil {
		return err
	}
	if err := r.ask(ctx, c, s, o); err != nil {
		return err
	}
	r.Want = ""
	if err := s.Stop(); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(r)
}

// read reads all messages and does nothing with them.
func (r *Result) read(ctx context.Context, c *rdkafka.Client, o Order) error {
	extents, err := c.TopicExtents(ctx, kafkaops.ReadCommitted, o.Topics...)
	if err != nil {
		return err
	}
	var n int64
	began := time.Now()
	_, err = c.Scan(ctx, rdkafka.ScanSpec{From: extents.Starts()}, func(b *rdkafka.Batch) error {
		n += int64(b.Len())
		return nil
	})
	if err == nil && n != o.Messages {
		err = fmt.Errorf("read %d messages of %d", n, o.Messages)
	}
	r.Read = append(r.Read, time.Since(began))
	return err
}

// learn learns all messages from nothing.
func (r *Result) learn(ctx context.Context, c *rdkafka.Client, o Order) (*whole.Seer, error) {
	began := time.Now()
	s, err := whole.Start(ctx, whole.Options{Client: c, Topics: o.Topics})
	if err != nil {
		return nil, err
	}
	learned, err := s.Await(ctx, o.Messages)
	if err != nil {
		return nil, err
	}
	r.Learn = append(r.Learn, time.Since(began))
	r.Templates = learned.Templates
	if r.Resident == 0 {
		u, err := machine.Process(os.Getpid())
		if err != nil {
			return nil, err
		}
		r.Resident = u.Resident
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.Heap = append(r.Heap, int64(m.HeapAlloc))
	return s, nil
}

// ask asks while messages flow: one question after the other, beside probes that say how soon a new text is found.
func (r *Result) ask(ctx context.Context, c *rdkafka.Client, s *whole.Seer, o Order) error {
	r.LearnedAt = append(r.LearnedAt, s.Learner.Status().Messages)
	ending, cancel := context.WithTimeout(ctx, o.Asking)
	defer cancel()
	var group errgroup.Group
	group.Go(func() error { return r.questions(ctx, ending, s, o.Questions) })
	group.Go(func() error { return r.probes(ctx, ending, c, s) })
	err := group.Wait()
	r.LearnedAt = append(r.LearnedAt, s.Learner.Status().Messages)
	return err
}

func (r *Result) questions(ctx, ending context.Context, s *whole.Seer, questions []string) error {
	for i := 0; ending.Err() == nil; i++ {
		text := questions[i%len(questions)]
		began := time.Now()
		if _, err := s.Learner.Search(ctx, index.Query{Text: text}); err != nil {
			return err
		}
		r.Searches = append(r.Searches, time.Since(began))
		began = time.Now()
		a, err := s.Asker.Ask(ctx, seer.Question{Text: text}, nil)
		if err != nil {
			return err
		}
		if a.Way == seer.Meaning || a.Way == seer.Refused {
			r.Answers = append(r.Answers, time.Since(began))
		}
		r.Behind = max(r.Behind, a.Fresh.Behind)
		select {
		case <-ending.Done():
		case <-time.After(10 * time.Millisecond): // a person's pace would be slower still, but some hundred times are wanted
		}
	}
	return nil
}

// probes gives short texts, waits until each can be found, and takes them back in the end.
func (r *Result) probes(ctx, ending context.Context, c *rdkafka.Client, s *whole.Seer) error {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	var given []kafkaops.Record
	for i := 0; ; i++ {
		select {
		case <-ending.Done():
			_, err := c.ProduceSync(ctx, given)
			return err
		case <-tick.C:
		}
		text := fmt.Sprintf("The ferry of quay %d is painted violet and carries nobody but the harbour's own cats.", i)
		record := kafkaops.Record{Topic: stage.Statements, Partition: kafkaops.AnyPartition, Key: fmt.Appendf(nil, "bench-seer-%d", i), Value: []byte(text)}
		began := time.Now()
		stored, err := c.ProduceSync(ctx, []kafkaops.Record{record})
		if err != nil {
			return err
		}
		if stored[0].Err != nil {
			return stored[0].Err
		}
		at := seer.Place{Topic: record.Topic, Partition: stored[0].Partition, Offset: stored[0].Offset}
		if err := s.Learner.Learned(ctx, at); err != nil {
			return err
		}
		if err := found(ctx, s, text, at); err != nil {
			return err
		}
		r.Answerable = append(r.Answerable, time.Since(began))
		record.Value = nil
		given = append(given, record)
	}
}

// found is an error unless a search finds the record.
func found(ctx context.Context, s *whole.Seer, text string, at seer.Place) error {
	hits, err := s.Learner.Search(ctx, index.Query{Text: text, Kinds: []index.Kind{index.Passage}, K: index.MaxK})
	if err != nil {
		return err
	}
	for i := range hits {
		if p := hits[i].Place; p.Topic == at.Topic && p.Partition == at.Partition && p.Offset == at.Offset {
			return nil
		}
	}
	return fmt.Errorf("%s %d@%d is said to be learned, but is not found", at.Topic, at.Partition, at.Offset)
}
