package rdkafka

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// TestATransactionalCallThatHangsIsLeftBehind: librdkafka's calls can outlive their deadline; the caller must get away, and the producer must
// neither be used again nor freed under the call.
func TestATransactionalCallThatHangsIsLeftBehind(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b, err := embedded.Start(ctx, embedded.Options{Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	c, err := Connect(ctx, kafkaops.Context{Brokers: b.Addrs()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p, err := c.NewProducer(ctx, ProducerOptions{TransactionalID: "hangs"})
	if err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	short, done := context.WithTimeout(ctx, 20*time.Millisecond)
	defer done()
	err = p.transact(short, "hanging", func(int) error { <-release; return nil })
	if TxKindOf(err) != TxStuck || kafkaops.ClassOf(err) != kafkaops.TimedOut {
		t.Errorf("got %v of kind %q", err, TxKindOf(err))
	}
	if err := p.Begin(ctx); TxKindOf(err) != TxStuck {
		t.Errorf("the next call: %v", err)
	}
	if err := p.Close(ctx); err != nil { // returns although the call still runs
		t.Error(err)
	}
	if p.h.enter() {
		t.Error("a closed producer can be entered")
	}
	close(release)
	p.h.calls.Wait() // the call has ended, and its producer is freed only now
}

func TestTxKindOf(t *testing.T) {
	if TxKindOf(nil) != "" || TxKindOf(errors.New("x")) != "" {
		t.Error("what is no transactional error has a kind")
	}
	err := kafkaops.NewError(kafkaops.Conflict, "committing", "", "", &TxError{TxFenced, errors.New("x")})
	if TxKindOf(err) != TxFenced {
		t.Error("the kind is hidden")
	}
}
