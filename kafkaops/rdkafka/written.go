package rdkafka

import (
	"context"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// writtenFor is how long the client remembers its own changes. Brokers learn of them one by one, mostly within 100 ms, and each metadata
// request may go to another broker: without this memory a topic that was just created would flicker.
const writtenFor = 3 * time.Second

// written remembers which topics this client has just created, extended or deleted.
type written struct {
	mu     sync.Mutex
	topics map[string]writtenTopic
}

type writtenTopic struct {
	partitions int // 0: deleted
	until      time.Time
}

func (w *written) note(topic string, partitions int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.topics == nil {
		w.topics = map[string]writtenTopic{}
	}
	for name, t := range w.topics {
		if time.Now().After(t.until) {
			delete(w.topics, name)
		}
	}
	w.topics[topic] = writtenTopic{partitions, time.Now().Add(writtenFor)}
}

// stale says that what a broker knows of a topic is older than this client's change of it. partitions is -1 when it knows no such topic.
func (w *written) stale(topic string, partitions int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, ok := w.topics[topic]
	switch {
	case !ok || time.Now().After(t.until):
		return false
	case t.partitions == 0:
		return partitions >= 0
	default:
		return partitions < t.partitions
	}
}

// made says that this client has just made the partition.
func (w *written) made(tp kafkaops.TopicPartition) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, ok := w.topics[tp.Topic]
	return ok && int(tp.Partition) < t.partitions && time.Now().Before(t.until)
}

// anyStale is stale for a list of all topics.
func (w *written) anyStale(listed []kafkaops.Topic) bool {
	known := make(map[string]int, len(listed))
	for i := range listed {
		known[listed[i].Name] = countOf(&listed[i])
	}
	w.mu.Lock()
	names := make([]string, 0, len(w.topics))
	for name := range w.topics {
		names = append(names, name)
	}
	w.mu.Unlock()
	for _, name := range names {
		n, ok := known[name]
		if !ok {
			n = -1
		}
		if w.stale(name, n) {
			return true
		}
	}
	return false
}

// countOf is the number of partitions that are ready, -1 when the topic isn't known. Another error counts as ready: it is to be shown.
func countOf(t *kafkaops.Topic) int {
	switch {
	case kafkaops.ClassOf(t.Err) == kafkaops.NotFound:
		return -1
	case t.Err != nil:
		return 1 << 30
	}
	return len(t.Partitions) - t.Leaderless()
}

// settled asks until the answer isn't older than this client's own changes, at most as long as it remembers them.
func settled[T any](ctx context.Context, ask func() (T, error), stale func(T) bool) (T, error) {
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		answer, err := ask()
		if err != nil || !stale(answer) || pause(ctx, wait) != nil {
			return answer, err
		}
	}
}
