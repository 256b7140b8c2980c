package rdkafka

import (
	"context"
	"reflect"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// GroupOptions say which group to join and for what.
type GroupOptions struct {
	Group          string
	Topics         []string
	Regex          string                  // instead of Topics: all topics whose whole name matches
	Allow          func(topic string) bool // with Regex: false leaves a topic out; nil allows all
	SessionTimeout time.Duration           // 0 means 10 s
	PollTimeout    time.Duration           // a member that does not Poll for so long leaves the group; 0 means 5 min
	InstanceID     string                  // static membership; "" for none

	// The callbacks run inside Poll or Close. Partitions come sorted. OnLost is for partitions that others may own already: what is in
	// progress there can no longer be committed. nil is allowed.
	OnAssigned func([]kafkaops.TopicPartition)
	OnRevoked  func([]kafkaops.TopicPartition)
	OnLost     func([]kafkaops.TopicPartition)
}

// Member is a member of a consumer group. It takes part in the group's rebalances and never fetches a record: whoever owns the member reads
// the assigned partitions with a Reader. Poll and Close are for one goroutine.
type Member struct {
	c        *Client
	o        GroupOptions
	consumer *kafka.Consumer
	pattern  *regexp.Regexp
	topics   []string // subscribed to
	looked   time.Time
	logs     chan kafka.LogEvent
	done     chan struct{}

	mu       sync.Mutex
	assigned []kafkaops.TopicPartition
	failed   error // of a rebalance callback
}

// JoinGroup makes a member; the first Poll makes it join.
func (c *Client) JoinGroup(ctx context.Context, o GroupOptions) (*Member, error) {
	const op = "joining group"
	if err := checkGroup(op, o.Group); err != nil {
		return nil, err
	}
	if (len(o.Topics) == 0) == (o.Regex == "") {
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, o.Group, "name topics or a pattern", "either topics or a pattern is needed")
	}
	if err := checkTopics(op, o.Topics); err != nil {
		return nil, err
	}
	m := &Member{c: c, o: o, logs: make(chan kafka.LogEvent, 64), done: make(chan struct{})}
	if o.Regex != "" {
		pattern, err := regexp.Compile("^(?:" + o.Regex + ")$")
		if err != nil {
			return nil, kafkaops.NewError(kafkaops.Invalid, op, o.Group, "correct the pattern", err)
		}
		m.pattern = pattern
	}
	if err := ctx.Err(); err != nil {
		return nil, fail(op, o.Group, err)
	}
	consumer, err := kafka.NewConsumer(m.config())
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, op, o.Group, "check the context's settings and the timeouts", err)
	}
	m.consumer = consumer
	go m.drainLogs()
	if m.pattern == nil {
		if err := m.subscribe(o.Topics); err != nil {
			_ = m.Close(ctx)
			return nil, err
		}
	}
	return m, nil
}

func (m *Member) config() *kafka.ConfigMap {
	session := m.o.SessionTimeout
	if session <= 0 {
		session = 10 * time.Second
	}
	poll := m.o.PollTimeout
	if poll <= 0 {
		poll = 5 * time.Minute
	}
	conf := configMap(with(m.c.conf, map[string]string{
		"group.id": m.o.Group, "enable.auto.commit": "false", "enable.auto.offset.store": "false",
		"auto.offset.reset": "earliest", "isolation.level": "read_committed",
		"partition.assignment.strategy": "range,roundrobin",
		"session.timeout.ms":            millis(session),
		"heartbeat.interval.ms":         millis(min(session/3, 3*time.Second)),
		"max.poll.interval.ms":          millis(max(poll, session)),
	}), m.logs)
	if m.o.InstanceID != "" {
		(*conf)["group.instance.id"] = m.o.InstanceID
	}
	return conf
}

func (m *Member) drainLogs() {
	for {
		select {
		case line := <-m.logs:
			logLine(m.c.log, line.Level, line.Tag, line.Message)
		case <-m.done:
			return
		}
	}
}

func (m *Member) subscribe(topics []string) error {
	if err := m.consumer.SubscribeTopics(topics, m.rebalanced); err != nil {
		return fail("joining group", m.o.Group, err)
	}
	m.topics = topics
	return nil
}

// Poll serves the membership for at most wait: rebalances run their callbacks here. It must be called all the time, as a member that
// doesn't poll is thrown out. An error is fatal for this member (fenced, not authorised): Close it.
func (m *Member) Poll(ctx context.Context, wait time.Duration) error {
	if err := m.lookForTopics(ctx); err != nil {
		return err
	}
	until := time.Now().Add(wait)
	for {
		slice := min(100*time.Millisecond, time.Until(until)) // a context that ends is seen so late
		if err := m.serve(m.consumer.Poll(int(max(0, slice).Milliseconds()))); err != nil {
			return err
		}
		if ctx.Err() != nil || time.Until(until) <= 0 {
			return nil //nolint:nilerr // there is no more time to serve it, which is no failure of the membership
		}
	}
}

// serve handles one event.
func (m *Member) serve(ev kafka.Event) error {
	m.mu.Lock()
	failed := m.failed
	m.failed = nil
	m.mu.Unlock()
	if failed != nil {
		return failed
	}
	err, ok := ev.(kafka.Error)
	if !ok {
		return nil
	}
	m.c.faults.note(err)
	m.c.log.Debug("kafka group", "group", m.o.Group, "error", err.String())
	class := classOf(err.Code())
	if err.IsFatal() || class == kafkaops.Unauthorised || err.Code() == kafka.ErrMaxPollExceeded {
		return fail("being a member of group", m.o.Group, err)
	}
	return nil
}

// lookForTopics keeps the subscription to a pattern up to date.
func (m *Member) lookForTopics(ctx context.Context) error {
	if m.pattern == nil || time.Since(m.looked) < awaitedRefresh {
		return nil
	}
	topics, err := m.c.ListTopics(ctx)
	m.looked = time.Now()
	if err != nil {
		return nil //nolint:nilerr // a broker that is away must not end the membership
	}
	var matching []string
	for _, t := range topics {
		if t.Err == nil && !t.Internal && m.pattern.MatchString(t.Name) && (m.o.Allow == nil || m.o.Allow(t.Name)) {
			matching = append(matching, t.Name)
		}
	}
	if slices.Equal(matching, m.topics) || len(matching) == 0 {
		return nil
	}
	return m.subscribe(matching)
}

// rebalanced is librdkafka's callback. It acknowledges every assignment with an empty one: the group doesn't notice, and nothing is fetched.
func (m *Member) rebalanced(consumer *kafka.Consumer, ev kafka.Event) error {
	var err error
	switch e := ev.(type) {
	case kafka.AssignedPartitions:
		tps := partitionsOf(e.Partitions)
		slices.SortFunc(tps, kafkaops.TopicPartition.Compare)
		err = consumer.Assign(nil)
		m.set(tps)
		if m.o.OnAssigned != nil {
			m.o.OnAssigned(tps)
		}
	case kafka.RevokedPartitions:
		tps := partitionsOf(e.Partitions)
		slices.SortFunc(tps, kafkaops.TopicPartition.Compare)
		lost := consumer.AssignmentLost()
		m.set(nil)
		if lost && m.o.OnLost != nil {
			m.o.OnLost(tps)
		} else if !lost && m.o.OnRevoked != nil {
			m.o.OnRevoked(tps)
		}
		err = consumer.Unassign()
	}
	if err != nil {
		m.mu.Lock()
		m.failed = fail("rebalancing group", m.o.Group, err)
		m.mu.Unlock()
	}
	return err
}

func (m *Member) set(tps []kafkaops.TopicPartition) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.assigned = tps
}

// Assigned returns the partitions that are the member's now, sorted.
func (m *Member) Assigned() []kafkaops.TopicPartition {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.assigned)
}

// Metadata returns the member's identity for SendOffsets. It changes with every rebalance: read it after each Poll.
func (m *Member) Metadata() (GroupMetadata, error) {
	const op = "reading the metadata of group"
	metadata, err := m.consumer.GetConsumerGroupMetadata()
	if err != nil {
		return GroupMetadata{}, fail(op, m.o.Group, err)
	}
	// The ordinary client keeps librdkafka's serialised form to itself, and the producer of the shim needs it.
	field := reflect.ValueOf(metadata).Elem().FieldByName("serialized")
	if field.Kind() != reflect.Slice {
		return GroupMetadata{}, kafkaops.Errorf(kafkaops.Internal, op, m.o.Group, "", "confluent-kafka-go has changed")
	}
	return GroupMetadata{slices.Clone(field.Bytes())}, nil
}

// Close leaves the group, running the callback of what is revoked, within the context and at most 5 s; whatever hangs longer is left behind.
func (m *Member) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := bounded(ctx, func() (_ struct{}, err error) {
		defer close(m.done)
		awake(func() { err = m.consumer.Close() })
		return struct{}{}, err
	})
	return fail("leaving group", m.o.Group, err)
}
