package e2e

import (
	"context"
	"sync"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// copier is an application between two topics that knows nothing of krapp: it copies records, with or without their headers, and may make
// mistakes by its own count. Which messages it made them with is noted for the test alone.
type copier struct {
	from, to    string
	keepHeaders bool
	copies      func(n int) int // of the n-th record that it reads, from 0; nil: one

	mu      sync.Mutex
	read    int
	touched []kafkaops.Record // copied more or less often than once
}

// start has the copier run until the test ends. It reads everything from the start of the topic.
func (c *copier) start(t *testing.T, b backend) {
	t.Helper()
	client := b.client(t)
	ends, err := client.TopicExtents(t.Context(), kafkaops.ReadCommitted, c.from)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- client.Follow(ctx, []string{c.from}, ends.Starts(), func(records []kafkaops.Record) error {
			return c.copy(ctx, client, records)
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the copying application failed: %v", err)
		}
	})
}

func (c *copier) copy(ctx context.Context, client *rdkafka.Client, records []kafkaops.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []kafkaops.Record
	for _, r := range records {
		times := 1
		if c.copies != nil {
			times = c.copies(c.read)
		}
		c.read++
		if times != 1 {
			c.touched = append(c.touched, r)
		}
		copied := kafkaops.Record{Topic: c.to, Partition: kafkaops.AnyPartition, Key: r.Key, Value: r.Value}
		if c.keepHeaders {
			copied.Headers = r.Headers
		}
		for range times {
			out = append(out, copied)
		}
	}
	if err := produced(ctx, client, out); ctx.Err() == nil {
		return err
	}
	return nil
}

// mistakes are the sequence numbers of the run's messages that were not copied once, after the copier has read count of them.
func (c *copier) mistakes(t *testing.T, run string, count int) []int64 {
	t.Helper()
	eventually(t, "the application has read everything", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.read >= count
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	var seqs []int64
	for i := range c.touched {
		if n := seqOf(&c.touched[i], run); n >= 0 {
			seqs = append(seqs, n)
		}
	}
	if len(c.touched) != len(seqs) {
		t.Fatalf("the application read %d other messages", len(c.touched)-len(seqs))
	}
	return seqs
}
