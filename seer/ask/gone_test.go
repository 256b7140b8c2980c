package ask

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
)

// compacted is a cluster from which single records were removed, as compaction does, and whose clock can be made to stand.
type compacted struct {
	Reader
	removed func(tp kafkaops.TopicPartition, offset int64) bool
	slow    bool
}

func (c compacted) Fetch(ctx context.Context, tp kafkaops.TopicPartition, offset int64, most int) ([]kafkaops.Record, error) {
	if c.slow {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if c.removed != nil && c.removed(tp, offset) {
		return c.Reader.Fetch(ctx, tp, offset+1, most)
	}
	return c.Reader.Fetch(ctx, tp, offset, most)
}

// A citation whose record can't be read any more says why.
func TestRecordsThatAreGone(t *testing.T) {
	s := newShop(t)
	const question = "Who are the Wilymajinkas?"
	gone := func(a seer.Answer) string {
		t.Helper()
		if a.Way != seer.Meaning || len(a.Citations) == 0 {
			t.Fatalf("%s: %s", a.Way, a.Text)
		}
		return a.Citations[0].Gone
	}
	a := s.ask(question)
	if why := gone(a); why != "" { // the control: it is there
		t.Fatalf("gone at once: %s", why)
	}
	place := a.Citations[0].Place
	tp := kafkaops.TopicPartition{Topic: place.Topic, Partition: place.Partition}

	t.Run("compaction", func(t *testing.T) {
		o := s.o
		o.Reader = compacted{Reader: s.c, removed: func(at kafkaops.TopicPartition, offset int64) bool { return at == tp && offset == place.Offset }}
		with := *s
		with.a = New(o)
		if why := gone(with.ask(question)); why != goneCompaction {
			t.Errorf("gone: %q", why)
		}
	})
	t.Run("it could not be told in time", func(t *testing.T) {
		o := s.o
		o.Reader, o.CheckLimit = compacted{Reader: s.c, slow: true}, time.Millisecond
		with := *s
		with.a = New(o)
		a := with.ask(question)
		if why := gone(a); why != "" || !strings.Contains(strings.Join(a.Notes, " "), "could not be checked") {
			t.Errorf("gone: %q, notes %q", why, a.Notes)
		}
	})
	t.Run("retention", func(t *testing.T) {
		must(t, s.c.DeleteRecords(t.Context(), kafkaops.Offsets{tp: place.Offset + 1}))
		a := s.ask(question)
		if why := gone(a); why != goneRetention || !strings.Contains(strings.Join(a.Notes, " "), "can't be read any more") {
			t.Errorf("gone: %q, notes %q", why, a.Notes)
		}
	})
	t.Run("deleted", func(t *testing.T) {
		must(t, s.c.DeleteTopics(t.Context(), place.Topic))
		if why := gone(s.ask(question)); why != goneTopic {
			t.Errorf("gone: %q", why)
		}
	})
	t.Run("made again", func(t *testing.T) {
		must(t, s.c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: place.Topic, Partitions: 3, ReplicationFactor: 1}))
		if why := gone(s.ask(question)); why != goneRecreated {
			t.Errorf("gone: %q", why)
		}
		fresh, err := rdkafka.Connect(t.Context(), s.c.Context(), nil) // a producer that remembers the topic as it was would number on
		must(t, err)
		t.Cleanup(fresh.Close)
		deliveries, err := fresh.ProduceSync(t.Context(), []kafkaops.Record{{Topic: place.Topic, Partition: place.Partition, Value: []byte("Something else."), Timestamp: now}})
		must(t, errors.Join(err, deliveries[0].Err))
		if why := gone(s.ask(question)); why != goneRecreated {
			t.Errorf("with another record at that place: %q", why)
		}
	})
}
