package embedded_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// start runs a broker that ends with the test.
func start(t *testing.T, o embedded.Options) *embedded.Broker {
	t.Helper()
	b, err := embedded.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// client connects to a broker, for this test.
func client(t *testing.T, addr string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(addr)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func createTopic(t *testing.T, addr, topic string, partitions int32, configs map[string]*string) {
	t.Helper()
	if _, err := kadm.NewClient(client(t, addr)).CreateTopic(deadline(t), partitions, -1, configs, topic); err != nil {
		t.Fatal(err)
	}
}

// produce writes n records, numbered from 0, to partition 0 and returns when they are acknowledged.
func produce(t *testing.T, addr, topic string, n int, size int) {
	t.Helper()
	c := client(t, addr, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	for i := range n {
		value := make([]byte, size)
		copy(value, strconv.Itoa(i))
		c.Produce(deadline(t), &kgo.Record{Topic: topic, Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := c.Flush(deadline(t)); err != nil {
		t.Fatal(err)
	}
}

// extent returns where partition 0 starts and ends.
func extent(t *testing.T, addr, topic string) (start, end int64) {
	t.Helper()
	adm := kadm.NewClient(client(t, addr))
	starts, err := adm.ListStartOffsets(deadline(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	ends, err := adm.ListEndOffsets(deadline(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := starts.Lookup(topic, 0)
	e, _ := ends.Lookup(topic, 0)
	return s.Offset, e.Offset
}
