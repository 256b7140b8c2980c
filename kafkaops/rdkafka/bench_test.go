package rdkafka_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// benchmarkClient connects to KRAPP_TEST_KAFKA when it is set, else to an embedded broker.
func benchmarkClient(b *testing.B) *rdkafka.Client {
	b.Helper()
	brokers := strings.Split(os.Getenv("KRAPP_TEST_KAFKA"), ",")
	if brokers[0] == "" {
		broker, err := embedded.Start(context.Background(), embedded.Options{Ephemeral: true})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = broker.Close() })
		brokers = broker.Addrs()
	}
	c, err := rdkafka.Connect(context.Background(), kafkaops.Context{Brokers: brokers}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

// benchmarkTopic makes a topic of six partitions.
func benchmarkTopic(b *testing.B, c *rdkafka.Client) string {
	b.Helper()
	topic := fmt.Sprintf("bench-%d", time.Now().UnixNano())
	if err := c.CreateTopics(context.Background(), kafkaops.NewTopic{Name: topic, Partitions: 6, ReplicationFactor: -1}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.DeleteTopics(context.Background(), topic) })
	return topic
}

// produceMany sends n records of 100 B and waits for all deliveries.
func produceMany(b *testing.B, c *rdkafka.Client, topic string, n int, headers []kafkaops.Header) {
	b.Helper()
	ctx := context.Background()
	p, err := c.NewProducer(ctx, rdkafka.ProducerOptions{})
	if err != nil {
		b.Fatal(err)
	}
	failed := make(chan int, 1)
	go func() {
		count := 0
		for batch := range p.Deliveries() {
			for i := range batch {
				if batch[i].Err != nil {
					count++
				}
			}
		}
		failed <- count
	}()
	value := []byte(strings.Repeat("x", 100))
	records := make([]kafkaops.Record, 1000)
	for i := range records {
		records[i] = kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Value: value, Headers: headers}
	}
	for sent := 0; sent < n; sent += len(records) {
		if err := p.Send(ctx, records[:min(len(records), n-sent)], int64(sent)); err != nil {
			b.Fatal(err)
		}
	}
	if err := p.Close(ctx); err != nil {
		b.Fatal(err)
	}
	if count := <-failed; count > 0 {
		b.Fatalf("%d failed", count)
	}
}

// runHeaders are the headers of a run's messages.
func runHeaders() []kafkaops.Header {
	return []kafkaops.Header{
		{Key: "krapp-run", Value: []byte("01ARZ3NDEKTSV4RRFFQ69G5FAV")}, {Key: "krapp-seq", Value: []byte("123456")},
		{Key: "krapp-sent", Value: []byte("1700000000000000000")},
	}
}

func BenchmarkProduce(b *testing.B) {
	for name, headers := range map[string][]kafkaops.Header{"plain": nil, "headers": runHeaders()} {
		b.Run(name, func(b *testing.B) {
			c := benchmarkClient(b)
			topic := benchmarkTopic(b, c)
			produceMany(b, c, topic, 1000, headers)
			b.ResetTimer()
			produceMany(b, c, topic, b.N, headers)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func BenchmarkScan(b *testing.B) {
	for name, headers := range map[string][]kafkaops.Header{"plain": nil, "headers": runHeaders()} {
		b.Run(name, func(b *testing.B) {
			c := benchmarkClient(b)
			topic := benchmarkTopic(b, c)
			produceMany(b, c, topic, b.N, headers)
			extents, err := c.TopicExtents(context.Background(), kafkaops.ReadCommitted, topic)
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			n := 0
			if _, err := c.Scan(context.Background(), rdkafka.ScanSpec{From: extents.Starts()}, func(batch *rdkafka.Batch) error {
				n += batch.Len()
				return nil
			}); err != nil {
				b.Fatal(err)
			}
			if n != b.N {
				b.Fatalf("read %d of %d", n, b.N)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkLags is a refresh of 1,000 groups that commit on ten partitions each.
func BenchmarkLags(b *testing.B) {
	ctx := context.Background()
	c := benchmarkClient(b)
	const topics, groups = 100, 1000
	names := make([]string, topics)
	for t := range names {
		names[t] = fmt.Sprintf("lags-%d-%d", time.Now().UnixNano(), t)
		if err := c.CreateTopics(ctx, kafkaops.NewTopic{Name: names[t], Partitions: 100, ReplicationFactor: -1}); err != nil {
			b.Fatal(err)
		}
	}
	ids := make([]string, groups)
	for g := range ids {
		ids[g] = fmt.Sprintf("group-%d", g)
		offsets := kafkaops.Offsets{}
		for p := range 10 {
			offsets[kafkaops.TopicPartition{Topic: names[g/10], Partition: int32(g%10*10 + p)}] = 0
		}
		if err := c.AlterOffsets(ctx, ids[g], offsets); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for range b.N {
		lags, err := c.Lags(ctx, ids)
		if err != nil {
			b.Fatal(err)
		}
		if len(lags) != groups || len(lags[ids[0]]) != 10 {
			b.Fatalf("%d groups", len(lags))
		}
	}
}
