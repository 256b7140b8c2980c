package deadletter

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Admin is what is asked about topics.
type Admin interface {
	DescribeTopics(ctx context.Context, names ...string) ([]kafkaops.Topic, error)
	CreateTopics(ctx context.Context, topics ...kafkaops.NewTopic) error
}

// Book remembers what is known of topics, for a while and until it is told to forget: a topic that was deleted and created again has another
// ID. NewBook makes it.
type Book struct {
	admin Admin

	mu    sync.Mutex
	known map[string]knownTopic
}

type knownTopic struct {
	kafkaops.Topic
	at time.Time
}

const (
	topicMemory  = 30 * time.Second
	requestLimit = 5 * time.Second
)

// NewBook returns a book that knows nothing yet.
func NewBook(admin Admin) *Book {
	return &Book{admin: admin, known: make(map[string]knownTopic)}
}

// Forget has everything asked for again.
func (b *Book) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.known)
}

// Describe returns a topic as it was not long ago.
func (b *Book) Describe(ctx context.Context, name string) (kafkaops.Topic, error) {
	b.mu.Lock()
	t, ok := b.known[name]
	b.mu.Unlock()
	if ok && time.Since(t.at) < topicMemory {
		return t.Topic, nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
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

// ID returns the topic's ID, "" when it can't be had now: then the name alone must do.
func (b *Book) ID(ctx context.Context, name string) string {
	t, err := b.Describe(ctx, name)
	if err != nil {
		return ""
	}
	return t.ID
}

// Ensure creates a topic's dead-letter topic if it is missing, with as many partitions and replicas as the topic has.
func (b *Book) Ensure(ctx context.Context, topic string) error {
	name := topic + Suffix
	_, err := b.Describe(ctx, name)
	if err == nil || kafkaops.ClassOf(err) != kafkaops.NotFound {
		return err
	}
	like, err := b.Describe(ctx, topic)
	if err != nil {
		return err
	}
	replicas := -1
	if len(like.Partitions) > 0 {
		replicas = len(slices.MaxFunc(like.Partitions, func(a, b kafkaops.Partition) int { return len(a.Replicas) - len(b.Replicas) }).Replicas)
	}
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	err = b.admin.CreateTopics(ctx, kafkaops.NewTopic{Name: name, Partitions: max(1, len(like.Partitions)), ReplicationFactor: max(-1, replicas)})
	if err != nil && kafkaops.ClassOf(err) != kafkaops.AlreadyExists {
		return err
	}
	return nil
}
