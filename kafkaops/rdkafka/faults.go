package rdkafka

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// faults keeps what the connections complained of last, so that a timeout can say why.
type faults struct {
	mu    sync.Mutex
	last  kafka.Error
	at    time.Time
	fatal chan kafka.Error // the complaints that no waiting will cure, while Connect listens
}

// faultMemory is how long a complaint explains a later timeout.
const faultMemory = 15 * time.Second

func newFaults() *faults { return &faults{fatal: make(chan kafka.Error, 1)} }

func (f *faults) note(err kafka.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	// "all brokers down" says less than the complaint before it
	if err.Code() != kafka.ErrAllBrokersDown || f.last.Code() == kafka.ErrNoError {
		f.last, f.at = err, time.Now()
	}
	if classOf(err.Code()) == kafkaops.Unauthenticated {
		select {
		case f.fatal <- err:
		default:
		}
	}
}

func (f *faults) recent() (kafka.Error, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last, !f.at.IsZero() && time.Since(f.at) < faultMemory
}

// clear forgets the complaints, once a broker has answered.
func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last, f.at = kafka.Error{}, time.Time{}
}

// watch drains the handle's events and log lines until done is closed.
func (c *Client) watch(events <-chan kafka.Event, logs <-chan kafka.LogEvent) {
	for {
		select {
		case ev, open := <-events:
			if !open {
				events = nil
				continue
			}
			if err, ok := ev.(kafka.Error); ok {
				c.faults.note(err)
				c.log.Debug("kafka client", "error", err.String())
			}
		case line := <-logs:
			logLine(c.log, line.Level, line.Tag, line.Message)
		case <-c.done:
			return
		}
	}
}

// logLine hands a line of librdkafka's log on. Its levels are syslog's.
func logLine(log *slog.Logger, level int, tag, text string) {
	to := slog.LevelDebug
	switch {
	case level <= 3:
		to = slog.LevelWarn
	case level <= 5:
		to = slog.LevelInfo
	}
	log.Log(context.Background(), to, "librdkafka", "tag", tag, "text", text)
}
