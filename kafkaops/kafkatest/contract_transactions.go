package kafkatest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// txProducer makes a transactional producer whose deliveries are drained.
func (s *suite) txProducer(id string) *rdkafka.Producer {
	s.t.Helper()
	p, err := s.NewProducer(s.ctx, rdkafka.ProducerOptions{TransactionalID: id, Linger: -1})
	s.ok(err)
	k := drain(p)
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = p.Close(ctx)
		<-k.done
	})
	s.ok(p.InitTransactions(s.ctx))
	return p
}

func (s *suite) send(p *rdkafka.Producer, topic string, values ...string) {
	s.t.Helper()
	for i, v := range values {
		s.ok(p.Send(s.ctx, []kafkaops.Record{{Topic: topic, Value: []byte(v)}}, int64(i)))
	}
	s.ok(p.Flush(s.ctx))
}

// contractTransactions: read-committed readers see what was committed, and only that.
func contractTransactions(t *testing.T, s *suite) {
	topic := s.topic(1)
	tp := at(topic, 0)
	from := kafkaops.Offsets{tp: 0}
	p := s.txProducer(s.name("tx"))
	ends := func() (committed, uncommitted int64) {
		t.Helper()
		c, err := s.Extents(s.ctx, kafkaops.ReadCommitted, []kafkaops.TopicPartition{tp})
		s.ok(err)
		u, err := s.Extents(s.ctx, kafkaops.ReadUncommitted, []kafkaops.TopicPartition{tp})
		s.ok(err)
		return c[tp].End, u[tp].End
	}
	values := func(iso kafkaops.Isolation) string {
		t.Helper()
		records, reached := s.scan(rdkafka.ScanSpec{From: from, Isolation: iso})
		committed, uncommitted := ends()
		if want := map[kafkaops.Isolation]int64{kafkaops.ReadCommitted: committed, kafkaops.ReadUncommitted: uncommitted}[iso]; reached[tp] != want {
			t.Errorf("isolation %d reached %d, want %d", iso, reached[tp], want)
		}
		var got []string
		for _, r := range records {
			got = append(got, string(r.Value))
		}
		return fmt.Sprint(got)
	}

	s.ok(p.Begin(s.ctx))
	s.send(p, topic, "a", "b")
	if c, u := ends(); c != 0 || u != 2 {
		t.Errorf("with a transaction open the last stable offset is %d and the high watermark %d", c, u)
	}
	if c, u := values(kafkaops.ReadCommitted), values(kafkaops.ReadUncommitted); c != "[]" || u != "[a b]" {
		t.Errorf("with a transaction open: committed %s, uncommitted %s", c, u)
	}
	s.ok(p.Commit(s.ctx))
	s.eventually("the commit is visible", func() bool { c, _ := ends(); return c == 3 })
	if c, u := values(kafkaops.ReadCommitted), values(kafkaops.ReadUncommitted); c != "[a b]" || u != "[a b]" {
		t.Errorf("after the commit: committed %s, uncommitted %s", c, u)
	}

	s.ok(p.Begin(s.ctx))
	s.send(p, topic, "never")
	s.ok(p.Abort(s.ctx))
	s.eventually("the abort is done", func() bool { c, u := ends(); return c == 5 && u == 5 })
	if c, u := values(kafkaops.ReadCommitted), values(kafkaops.ReadUncommitted); c != "[a b]" || u != "[a b never]" {
		t.Errorf("after the abort: committed %s, uncommitted %s", c, u)
	}

	t.Run("an end behind a marker is reported", func(t *testing.T) {
		s := s.in(t)
		r, err := s.Reader(s.ctx, rdkafka.ReaderOptions{})
		s.ok(err)
		defer r.Close()
		s.ok(r.Add(from))
		s.eventually("the end comes", func() bool {
			b, err := r.Poll(s.ctx, 100*time.Millisecond)
			s.ok(err)
			return len(b.Ends()) == 1 && b.Ends()[0].Offset == 5
		})
	})
	t.Run("tail looks behind aborted records", func(t *testing.T) {
		s := s.in(t)
		got, err := s.Tail(s.ctx, []string{topic}, 2)
		s.ok(err)
		if len(got) != 2 || string(got[0].Value) != "b" || string(got[1].Value) != "a" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a scan to the high watermark waits for what is open", func(t *testing.T) {
		s := s.in(t)
		s.ok(p.Begin(s.ctx))
		s.send(p, topic, "late")
		_, high := ends()
		spec := rdkafka.ScanSpec{From: kafkaops.Offsets{tp: 5}, To: kafkaops.Offsets{tp: high}}
		short := spec
		short.Stall = 200 * time.Millisecond
		_, err := s.Scan(s.ctx, short, func(b *rdkafka.Batch) error { t.Error("it has seen what is not committed"); return nil })
		s.class(err, kafkaops.TimedOut)
		s.ok(p.Commit(s.ctx))
		if got, _ := s.scan(spec); len(got) != 1 || string(got[0].Value) != "late" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a second producer fences the first", func(t *testing.T) {
		s := s.in(t)
		id := s.name("fence")
		first := s.txProducer(id)
		s.ok(first.Begin(s.ctx))
		s.send(first, topic, "fenced")
		second := s.txProducer(id)
		err := first.Commit(s.ctx)
		if kind := rdkafka.TxKindOf(err); kind != rdkafka.TxFenced {
			t.Errorf("the first one's commit: %v, kind %q", err, kind)
		}
		s.ok(second.Begin(s.ctx))
		s.send(second, topic, "second")
		s.ok(second.Commit(s.ctx))
		got, _ := s.scan(rdkafka.ScanSpec{From: from})
		for _, r := range got {
			if string(r.Value) == "fenced" {
				t.Error("what the fenced producer sent was committed")
			}
		}
	})
	t.Run("calls in the wrong order", func(t *testing.T) {
		s := s.in(t)
		p := s.txProducer(s.name("order"))
		if err := p.Commit(s.ctx); err == nil {
			t.Error("a commit without a transaction")
		}
		plain, err := s.NewProducer(s.ctx, rdkafka.ProducerOptions{})
		s.ok(err)
		k := drain(plain)
		s.class(plain.Begin(s.ctx), kafkaops.Invalid)
		s.ok(plain.Close(s.ctx))
		<-k.done
	})
}
