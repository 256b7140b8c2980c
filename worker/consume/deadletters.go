package consume

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// The headers that a dead letter has beside its own.
const (
	dlqTopic     = "krapp-dlq-topic"
	dlqPartition = "krapp-dlq-partition"
	dlqOffset    = "krapp-dlq-offset"
	dlqError     = "krapp-dlq-error"
	dlqAttempt   = "krapp-dlq-attempt"
)

// deadLetter is the record that goes to the dead letters: key, value and headers as they were, and why it is there. It shares r's memory.
func deadLetter(r *kafkaops.Record, reason string, attempt int) kafkaops.Record {
	headers := make([]kafkaops.Header, 0, len(r.Headers)+5)
	headers = append(headers, r.Headers...)
	headers = append(headers,
		kafkaops.Header{Key: dlqTopic, Value: []byte(r.Topic)},
		kafkaops.Header{Key: dlqPartition, Value: strconv.AppendInt(nil, int64(r.Partition), 10)},
		kafkaops.Header{Key: dlqOffset, Value: strconv.AppendInt(nil, r.Offset, 10)},
		kafkaops.Header{Key: dlqError, Value: []byte(reason)},
		kafkaops.Header{Key: dlqAttempt, Value: strconv.AppendInt(nil, int64(attempt), 10)},
	)
	return kafkaops.Record{
		Topic: r.Topic + DeadLetterSuffix, Partition: kafkaops.AnyPartition, Key: r.Key, Value: r.Value, Headers: headers,
	}
}

// topicAdmin is what the role asks about topics.
type topicAdmin interface {
	DescribeTopics(ctx context.Context, names ...string) ([]kafkaops.Topic, error)
	CreateTopics(ctx context.Context, topics ...kafkaops.NewTopic) error
}

// topicBook remembers what is known of topics, for a while and until the assignment changes: a topic that was deleted and created again has
// another ID.
type topicBook struct {
	admin topicAdmin
	limit time.Duration // of a request

	mu    sync.Mutex
	known map[string]knownTopic
}

type knownTopic struct {
	kafkaops.Topic
	at time.Time
}

const topicMemory = 30 * time.Second

func newTopicBook(admin topicAdmin) *topicBook {
	return &topicBook{admin: admin, limit: 5 * time.Second, known: make(map[string]knownTopic)}
}

// forget has everything asked for again.
func (b *topicBook) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.known)
}

// describe returns a topic as it was not long ago.
func (b *topicBook) describe(ctx context.Context, name string) (kafkaops.Topic, error) {
	b.mu.Lock()
	t, ok := b.known[name]
	b.mu.Unlock()
	if ok && time.Since(t.at) < topicMemory {
		return t.Topic, nil
	}
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	got, err := b.admin.DescribeTopics(ctx, name)
	if err != nil {
		return kafkaops.Topic{}, err
	}
	if got[0].Err != nil {
		return kafkaops.Topic{}, got[0].Err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known[name] = knownTopic{got[0], time.Now()}
	return got[0], nil
}

// id returns the topic's ID, "" when it can't be had now: then the name alone must do.
func (b *topicBook) id(ctx context.Context, name string) string {
	t, err := b.describe(ctx, name)
	if err != nil {
		return ""
	}
	return t.ID
}

// ensureDeadLetters creates a topic's dead-letter topic if it is missing, with as many partitions and replicas as the topic has.
func (b *topicBook) ensureDeadLetters(ctx context.Context, topic string) error {
	name := topic + DeadLetterSuffix
	_, err := b.describe(ctx, name)
	if err == nil || kafkaops.ClassOf(err) != kafkaops.NotFound {
		return err
	}
	like, err := b.describe(ctx, topic)
	if err != nil {
		return err
	}
	replicas := -1
	if len(like.Partitions) > 0 {
		replicas = len(slices.MaxFunc(like.Partitions, func(a, b kafkaops.Partition) int { return len(a.Replicas) - len(b.Replicas) }).Replicas)
	}
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	err = b.admin.CreateTopics(ctx, kafkaops.NewTopic{Name: name, Partitions: max(1, len(like.Partitions)), ReplicationFactor: max(-1, replicas)})
	if err != nil && kafkaops.ClassOf(err) != kafkaops.AlreadyExists {
		return err
	}
	return nil
}
