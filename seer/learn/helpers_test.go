package learn_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/embed"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn"
)

func table(t testing.TB) index.Options {
	t.Helper()
	words, err := embed.Load()
	if err != nil {
		t.Fatal(err)
	}
	return index.Options{Embedder: index.Offline(words)}
}

// running is a learner at work.
type running struct {
	*learn.Learner
	t      testing.TB
	cancel func()
	done   chan error
}

func run(t testing.TB, o learn.Options) *running {
	t.Helper()
	if o.Index.Embedder == nil {
		o.Index = table(t)
	}
	if o.Refresh == 0 {
		o.Refresh = 200 * time.Millisecond
	}
	l, err := learn.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Learner: l, t: t, cancel: cancel, done: make(chan error, 1)}
	ready := make(chan struct{})
	go func() { r.done <- l.Run(ctx, func() { close(ready) }) }()
	t.Cleanup(r.stop)
	select {
	case <-ready:
	case err := <-r.done:
		r.done <- err
		t.Fatal(err)
	}
	return r
}

// stop ends it cleanly.
func (r *running) stop() {
	r.t.Helper()
	r.cancel()
	if err := <-r.done; err != nil {
		r.t.Error(err)
	}
	r.done <- nil
}

// eventually waits until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came to pass that %s", what)
		}
	}
}

// current waits until all that is there has been learned.
func (r *running) current() {
	r.t.Helper()
	eventually(r.t, "all is learned", func() bool { return r.Status().State == seer.Current })
}

// learned waits until the topic's end, as it is now, can be found.
func (r *running) learned(c *rdkafka.Client, topics ...string) {
	r.t.Helper()
	extents, err := c.TopicExtents(context.Background(), kafkaops.ReadCommitted, topics...)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for tp, x := range extents {
		if x.End == x.Start {
			continue
		}
		if err := r.Learned(ctx, seer.Place{Topic: tp.Topic, Partition: tp.Partition, Offset: x.End - 1}); err != nil {
			r.t.Fatalf("%v\n%+v", err, r.Status())
		}
	}
}

// find is the texts found, best first.
func (r *running) find(question string, kinds ...index.Kind) []index.Hit {
	r.t.Helper()
	hits, err := r.Search(context.Background(), index.Query{Text: question, Kinds: kinds})
	if err != nil {
		r.t.Fatal(err)
	}
	return hits
}

func create(t testing.TB, c *rdkafka.Client, name string, partitions int) {
	t.Helper()
	if err := c.CreateTopics(context.Background(), kafkaops.NewTopic{Name: name, Partitions: partitions, ReplicationFactor: -1}); err != nil {
		t.Fatal(err)
	}
}

func record(topic string, partition int32, format string, args ...any) kafkaops.Record {
	return kafkaops.Record{Topic: topic, Partition: partition, Value: fmt.Appendf(nil, format, args...)}
}

func statement(key, title, text string) kafkaops.Record {
	r := kafkaops.Record{Topic: seer.StatementTopic, Partition: kafkaops.AnyPartition, Key: []byte(key)}
	if text != "" {
		r.Value = []byte(text)
	}
	if title != "" {
		r.Headers = []kafkaops.Header{{Key: seer.TitleHeader, Value: []byte(title)}}
	}
	return r
}

const tribe = `The Wilymajinkas are a people of the northern marshes.
They build their houses on stilts of black alder.
They are small, quick and fond of riddles.
A Wilymajinka never eats before the moon has risen.
Strangers are given a bowl of smoked eel and a song.`

func words(t testing.TB) *embed.Table {
	t.Helper()
	w, err := embed.Load()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func client(t testing.TB) *rdkafka.Client { return kafkatest.Client(t) }

// another connects anew: the idempotent producer of a client goes on counting where the deleted topic was.
func another(t testing.TB, b *embedded.Broker) *rdkafka.Client {
	t.Helper()
	c, err := rdkafka.Connect(context.Background(), kafkaops.Context{Name: "test", Brokers: b.Addrs()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
