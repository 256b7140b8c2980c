// Package stage stores an examination's texts and messages in Kafka, and remembers where.
package stage

import (
	"context"
	"errors"
	"fmt"

	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

const (
	// Statements is the topic of texts that the seer is given.
	Statements = "seer-statement"
	// TitleHeader holds a text's title.
	TitleHeader = "krapp-title"

	partitions = 3
	aborted    = 200 // orders in a transaction that is given up: nobody may count them
	chunk      = 1000
)

// Stage is what is stored, and where.
type Stage struct {
	Topics []string // of the messages
	Stored []corpus.Stored
	Texts  map[At]corpus.Text
}

// At is the place of a record.
type At struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Fill makes the topics, which must not exist, and stores n messages and all texts.
func Fill(ctx context.Context, c *rdkafka.Client, set corpus.Corpus, n int, seed uint64) (*Stage, error) {
	s := &Stage{Topics: Topics(set), Texts: make(map[At]corpus.Text)}
	if err := CreateTopics(ctx, c, append([]string{Statements}, s.Topics...), partitions); err != nil {
		return nil, err
	}
	messages := set.Messages(n, seed)
	if err := s.storeMessages(ctx, c, messages[:n/2]); err != nil {
		return nil, err
	}
	if err := storeAborted(ctx, c, set, seed+1); err != nil {
		return nil, err
	}
	if err := s.storeMessages(ctx, c, messages[n/2:]); err != nil {
		return nil, err
	}
	return s, s.storeTexts(ctx, c, set.Texts)
}

// Topics lists the topics of the messages, in the order of their templates.
func Topics(set corpus.Corpus) []string {
	var topics []string
	seen := make(map[string]bool)
	for _, t := range set.Templates {
		if !seen[t.Topic] {
			seen[t.Topic], topics = true, append(topics, t.Topic)
		}
	}
	return topics
}

// CreateTopics makes topics that keep everything: the messages of an examination are of a fixed day.
func CreateTopics(ctx context.Context, c *rdkafka.Client, names []string, partitions int) error {
	specs := make([]kafkaops.NewTopic, len(names))
	for i, name := range names {
		specs[i] = kafkaops.NewTopic{Name: name, Partitions: partitions, ReplicationFactor: 1, Configs: map[string]string{"retention.ms": "-1"}}
	}
	return c.CreateTopics(ctx, specs...)
}

// Record is a message as it is produced. Those without a key are spread by number, so that each run stores them alike.
func Record(m *corpus.Message, number, partitions int) kafkaops.Record {
	r := kafkaops.Record{Topic: m.Topic, Partition: kafkaops.AnyPartition, Key: m.Key, Value: m.Value, Timestamp: m.At, TimestampKind: kafkaops.CreateTime}
	if m.Key == nil {
		r.Partition = int32(number % partitions)
	}
	return r
}

func (s *Stage) storeMessages(ctx context.Context, c *rdkafka.Client, messages []corpus.Message) error {
	for from := 0; from < len(messages); from += chunk {
		part := messages[from:min(from+chunk, len(messages))]
		records := make([]kafkaops.Record, len(part))
		for i := range part {
			records[i] = Record(&part[i], len(s.Stored)+i, partitions)
		}
		deliveries, err := produce(ctx, c, records)
		if err != nil {
			return err
		}
		for i, d := range deliveries {
			s.Stored = append(s.Stored, corpus.Stored{Message: part[i], Partition: d.Partition, Offset: d.Offset})
		}
	}
	return nil
}

func (s *Stage) storeTexts(ctx context.Context, c *rdkafka.Client, texts []corpus.Text) error {
	records := make([]kafkaops.Record, len(texts))
	for i, t := range texts {
		records[i] = kafkaops.Record{Topic: Statements, Partition: kafkaops.AnyPartition, Key: []byte(t.File), Value: []byte(t.Body), Timestamp: corpus.Now(),
			TimestampKind: kafkaops.CreateTime, Headers: []kafkaops.Header{{Key: TitleHeader, Value: []byte(t.Title)}}}
	}
	deliveries, err := produce(ctx, c, records)
	if err != nil {
		return err
	}
	for i, d := range deliveries {
		s.Texts[At{Statements, d.Partition, d.Offset}] = texts[i]
	}
	return nil
}

// produce stores records and says where each is, in their order.
func produce(ctx context.Context, c *rdkafka.Client, records []kafkaops.Record) ([]kafkaops.Delivery, error) {
	deliveries, err := c.ProduceSync(ctx, records)
	if err != nil {
		return nil, err
	}
	sorted := make([]kafkaops.Delivery, len(records))
	for _, d := range deliveries {
		if d.Err != nil || d.Offset < 0 {
			return nil, fmt.Errorf("storing record %d: offset %d: %w", d.Index, d.Offset, d.Err)
		}
		sorted[d.Index] = d
	}
	return sorted, nil
}

// storeAborted leaves orders behind that no read-committed reader may see.
func storeAborted(ctx context.Context, c *rdkafka.Client, set corpus.Corpus, seed uint64) error {
	p, err := c.NewProducer(ctx, rdkafka.ProducerOptions{TransactionalID: "bench-seer"})
	if err != nil {
		return err
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for range p.Deliveries() { // they are given up anyway
		}
	}()
	var records []kafkaops.Record
	for i, m := range set.Messages(4000, seed) {
		if m.Topic == "orders" && len(records) < aborted {
			records = append(records, Record(&m, i, partitions))
		}
	}
	err = errors.Join(p.InitTransactions(ctx), p.Begin(ctx))
	if err == nil {
		err = errors.Join(p.Send(ctx, records, 0), p.Flush(ctx), p.Abort(ctx))
	}
	err = errors.Join(err, p.Close(ctx))
	<-drained
	return err
}
