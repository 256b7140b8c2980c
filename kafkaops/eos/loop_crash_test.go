package eos_test

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// A worker that dies between producing and committing leaves a transaction open; its successor in the slot ends it at once, and what it had
// produced is never seen.
func TestASuccessorEndsWhatADeadWorkerLeftOpen(t *testing.T) {
	c := connect(t, brokers(t))
	names := newTopics(t, c, 1, "in", "out")
	produce(t, c, names[0], 0, 100)
	dead, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{
		TransactionalID: eos.TransactionalID(names[0], "a"), TxTimeout: 50 * time.Second, // far too long to be waited out
	})
	must(t, err)
	go func() {
		for range dead.Deliveries() {
		}
	}()
	defer dead.Close(t.Context())
	must(t, dead.InitTransactions(t.Context()))
	must(t, dead.Begin(t.Context()))
	must(t, dead.Send(t.Context(), []kafkaops.Record{{Topic: names[1], Partition: 0, Value: []byte("0")}}, 0))
	must(t, dead.Flush(t.Context()))

	r := start(t, c, eos.Options{Group: names[0], Topics: names[:1], Slot: "a"}, copyTo(names[1]))
	r.await(t, "the successor has committed all", func() bool { return r.loop.State().Records == 100 })
	checkOnce(t, c, names[1], 100)
}

// The control: in another slot the dead worker's transaction stays open, and readers wait behind it.
func TestInAnotherSlotReadersWaitForTheDeadWorker(t *testing.T) {
	c := connect(t, brokers(t))
	names := newTopics(t, c, 1, "in", "out")
	produce(t, c, names[0], 0, 100)
	dead, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{TransactionalID: eos.TransactionalID(names[0], "a"), TxTimeout: 50 * time.Second})
	must(t, err)
	go func() {
		for range dead.Deliveries() {
		}
	}()
	defer dead.Close(t.Context())
	must(t, dead.InitTransactions(t.Context()))
	must(t, dead.Begin(t.Context()))
	must(t, dead.Send(t.Context(), []kafkaops.Record{{Topic: names[1], Partition: 0, Value: []byte("0")}}, 0))
	must(t, dead.Flush(t.Context()))

	r := start(t, c, eos.Options{Group: names[0], Topics: names[:1], Slot: "b"}, copyTo(names[1]))
	r.await(t, "all is committed", func() bool { return r.loop.State().Records == 100 })
	if n := len(values(t, c, names[1])); n != 0 {
		t.Errorf("%d records are visible past an open transaction: this pair of tests can't tell", n)
	}
	must(t, dead.Abort(t.Context()))
	checkOnce(t, c, names[1], 100)
}
