package consume

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// BenchmarkConsume measures the whole role: 100-byte messages of a run, read, reported and committed in transactions. With KRAPP_TEST_KAFKA it
// runs on that cluster, else on an embedded broker. One iteration is one message: -benchtime 1000000x.
func BenchmarkConsume(b *testing.B) {
	c := benchClient(b)
	topic := fmt.Sprintf("bench-%d", time.Now().UnixNano())
	if err := c.CreateTopics(b.Context(), kafkaops.NewTopic{Name: topic, Partitions: 3, ReplicationFactor: -1}); err != nil {
		b.Fatal(err)
	}
	fillTopic(b, c, topic, b.N)
	b.ResetTimer()
	r, err := New(Options{Client: c, NoHTTP: true, Topics: []string{topic}, Group: topic, Worker: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	runUntil(b, r, int64(b.N))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.ReportMetric(float64(r.State().Commits), "transactions")
}

func benchClient(b *testing.B) *rdkafka.Client {
	b.Helper()
	var brokers []string
	if servers := os.Getenv("KRAPP_TEST_KAFKA"); servers != "" {
		brokers = strings.Split(servers, ",")
	} else {
		e, err := embedded.Start(b.Context(), embedded.Options{Ephemeral: true})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = e.Close() })
		brokers = e.Addrs()
	}
	c, err := rdkafka.Connect(b.Context(), kafkaops.Context{Name: "bench", Brokers: brokers}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

// fillTopic stores n messages of a run, of 100 bytes.
func fillTopic(b *testing.B, c *rdkafka.Client, topic string, n int) {
	b.Helper()
	p, err := c.NewProducer(b.Context(), rdkafka.ProducerOptions{Linger: 20 * time.Millisecond})
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		for range p.Deliveries() {
		}
	}()
	value := []byte(strings.Repeat("x", 100))
	sent := strconv.AppendInt(nil, time.Now().UnixNano(), 10)
	for first := 0; first < n; first += 1000 {
		recs := make([]kafkaops.Record, min(1000, n-first))
		for i := range recs {
			recs[i] = kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Value: value, Headers: []kafkaops.Header{
				{Key: roundtrip.RunHeader, Value: []byte(runID)}, {Key: roundtrip.SeqHeader, Value: strconv.AppendInt(nil, int64(first+i), 10)},
				{Key: roundtrip.SentHeader, Value: sent},
			}}
		}
		if err := p.Send(b.Context(), recs, int64(first)); err != nil {
			b.Fatal(err)
		}
	}
	if err := p.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}
