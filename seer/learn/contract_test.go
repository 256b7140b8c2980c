package learn_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

func TestLearningFromTheEmbeddedBroker(t *testing.T) {
	b, err := embedded.Start(t.Context(), embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	contract(t, b.Addrs())
}

// contract is what learning must do with any broker: transactions, trimming, deleting and creating again, and a restart after all of it.
func contract(t *testing.T, brokers []string) {
	connect := func() *rdkafka.Client {
		c, err := rdkafka.Connect(context.Background(), kafkaops.Context{Name: "test", Brokers: brokers}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	c := connect()
	topic := fmt.Sprintf("learn-%d", time.Now().UnixNano())
	create(t, c, topic, 2)
	t.Cleanup(func() { _ = connect().DeleteTopics(context.Background(), topic) })
	o := options(t, c, t.TempDir()+"/seer.snapshot")
	o.Regex, o.Topics = "", []string{topic}
	r := run(t, o)
	transact(t, c, topic, "pump 1 is stuck", true)
	transact(t, c, topic, "crane 1 never fell", false)
	transact(t, c, topic, "valve 1 is open", true)
	eventually(t, "both are learned and nothing is behind", func() bool { return len(r.Templates(topic)) == 2 && r.behind(topic) == 0 })
	patterns := func() string {
		var out []string
		for _, x := range r.Templates(topic) {
			out = append(out, fmt.Sprint(x.Count, " ", x.Pattern))
		}
		return strings.Join(out, ", ")
	}
	if got := patterns(); got != "1 pump <num> is stuck, 1 valve <num> is open" {
		t.Errorf("learned %s", got)
	}
	if err := c.DeleteRecords(t.Context(), kafkaops.Offsets{{Topic: topic}: 2}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what was trimmed is forgotten", func() bool { return patterns() == "1 valve <num> is open" })
	if err := c.DeleteTopics(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the topic is forgotten", func() bool { return patterns() == "" })
	create(t, c, topic, 1)
	kafkatest.Send(t, connect(), record(topic, 0, "belt 5 slips"), record(topic, 0, "belt 6 slips"))
	r.learned(c, topic)
	if got := patterns(); got != "2 belt <num> slips" {
		t.Errorf("learned %s", got)
	}
	r.stop()
	kafkatest.Send(t, connect(), record(topic, 0, "belt 7 slips"))
	o.Client = connect()
	r = run(t, o)
	if got := patterns(); !strings.HasSuffix(got, " belt <num> slips") {
		t.Errorf("at once after a restart it knows %s", got)
	}
	r.learned(o.Client, topic)
	if got := patterns(); got != "3 belt <num> slips" {
		t.Errorf("learned %s", got)
	}
}

// behind is how many offsets of the topic are not learned.
func (r *running) behind(topic string) (n int64) {
	for _, p := range r.Status().Fresh.Topics {
		if p.Topic == topic {
			n += p.End - p.Next
		}
	}
	return n
}

// transact sends a record to partition 0 in a transaction.
func transact(t *testing.T, c *rdkafka.Client, topic, value string, commit bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	p, err := c.NewProducer(ctx, rdkafka.ProducerOptions{TransactionalID: topic, Linger: -1})
	if err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for range p.Deliveries() {
			continue
		}
	}()
	steps := []func() error{
		func() error { return p.InitTransactions(ctx) }, func() error { return p.Begin(ctx) },
		func() error { return p.Send(ctx, []kafkaops.Record{record(topic, 0, "%s", value)}, 0) }, func() error { return p.Flush(ctx) },
		func() error {
			if commit {
				return p.Commit(ctx)
			}
			return p.Abort(ctx)
		},
		func() error { return p.Close(ctx) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	<-drained
}
