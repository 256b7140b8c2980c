package stack

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/oracle"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// Stack is a broker and roles that run. Close it.
type Stack struct {
	o      Options
	broker *embedded.Broker       // nil: brokers were given, or joined
	joined *embedded.Announcement // the embedded broker of another process
	client *rdkafka.Client
	roles  *roles
	oracle *oracle.Host // nil: the role seer doesn't run here

	withdraw func() error
	mu       sync.Mutex
	services map[string]string // a role's URL
	notes    []string
	closing  sync.Once
	closeErr error
}

// Start starts the broker and the roles, and returns when they are ready. ctx bounds the start only; after an error nothing is left running.
// The errors are *kafkaops.OpError.
func Start(ctx context.Context, o Options) (*Stack, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Stack{o: o, services: map[string]string{}}
	if err := s.start(ctx); err != nil {
		_ = s.Close() // the start's error is the one to tell
		return nil, err
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context) error {
	if err := s.findBroker(ctx); err != nil {
		return err
	}
	client, err := rdkafka.Connect(ctx, s.o.Context, s.o.Log)
	if err != nil {
		return err
	}
	s.client = client
	if s.broker != nil {
		if err := s.prepareTopics(ctx); err != nil {
			return err
		}
	}
	if s.joined == nil && len(s.o.Roles) > 0 {
		if err := s.startRoles(ctx); err != nil {
			return err
		}
	}
	return s.announce(ctx)
}

// findBroker sets Context.Brokers: given ones stay, an embedded broker is joined or started.
func (s *Stack) findBroker(ctx context.Context) error {
	if len(s.o.Context.Brokers) > 0 {
		return nil
	}
	if s.o.Console && !s.o.Embedded.Ephemeral && s.o.Embedded.Dir == "" && s.join(ctx) {
		return nil
	}
	eo := s.o.Embedded
	eo.NextFreePort = s.o.Console
	if eo.Logger == nil {
		eo.Logger = s.o.Log
	}
	broker, err := embedded.Start(ctx, eo)
	if kafkaops.ClassOf(err) == kafkaops.Conflict && s.o.Console && eo.Dir == "" && s.awaitJoin(ctx) {
		return nil
	}
	if err != nil {
		return err
	}
	s.broker = broker
	if eo.Port != 0 && broker.Port() != eo.Port {
		s.note(portNote("The broker", eo.Port, broker.Addr()))
	}
	s.use(broker.Addrs())
	return nil
}

// join uses the broker that another process of this user announced.
func (s *Stack) join(ctx context.Context) bool {
	a, ok := embedded.Announced(ctx, "")
	if !ok {
		return false
	}
	s.joined = &a
	s.use(a.Brokers)
	s.note(joinNote(a))
	return true
}

// use talks to an embedded broker: in plain text on loopback, so that no credential is to go there.
func (s *Stack) use(brokers []string) {
	s.o.Context.Name, s.o.Context.Brokers, s.o.Context.Security = "embedded", brokers, kafkaops.Security{}
}

// awaitJoin is join where the data directory is locked: its holder may be just starting, and announce itself in a moment.
func (s *Stack) awaitJoin(ctx context.Context) bool {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if s.join(ctx) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// prepareTopics makes krapp's own topics on an embedded broker, and a first one to send to.
func (s *Stack) prepareTopics(ctx context.Context) error {
	if err := roundtrip.EnsureTopics(ctx, s.client); err != nil {
		return err
	}
	topics, err := s.client.ListTopics(ctx)
	if err != nil {
		return err
	}
	for _, t := range topics {
		if !ownTopic(t) {
			return nil
		}
	}
	err = s.client.CreateTopics(ctx, kafkaops.NewTopic{Name: DemoTopic, Partitions: -1, ReplicationFactor: -1})
	if kafkaops.ClassOf(err) == kafkaops.AlreadyExists {
		return nil
	}
	return err
}

// announce tells the other commands of this user where the broker is. One that is announced already stays what they find.
func (s *Stack) announce(ctx context.Context) error {
	if s.broker == nil {
		return nil
	}
	withdraw, err := embedded.Announce(ctx, "", embedded.Announcement{Brokers: s.broker.Addrs(), Services: s.Services(), Dir: s.broker.Dir()})
	if kafkaops.ClassOf(err) == kafkaops.Conflict {
		s.note(announcedNote(s.broker.Addr()))
		return nil
	}
	if err != nil {
		return err
	}
	s.withdraw = withdraw
	return nil
}

// Context says how to connect to the stack's broker.
func (s *Stack) Context() kafkaops.Context { return s.o.Context }

// Client is connected to the broker; it is closed with the stack.
func (s *Stack) Client() *rdkafka.Client { return s.client }

// Services are the URLs of the roles, by name; those of the process that was joined, if one was.
func (s *Stack) Services() map[string]string {
	if s.joined != nil {
		return maps.Clone(s.joined.Services)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.services)
}

// Notes say where what runs differs from what was asked for, a sentence each.
func (s *Stack) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes)
}

func (s *Stack) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, text)
}

// Embedded says that the broker ends with this stack; its data directory is "" when nothing is kept.
func (s *Stack) Embedded() (dir string, ok bool) {
	if s.broker == nil {
		return "", false
	}
	return s.broker.Dir(), true
}

// Joined says that the broker is another process's.
func (s *Stack) Joined() (embedded.Announcement, bool) {
	if s.joined == nil {
		return embedded.Announcement{}, false
	}
	return *s.joined, true
}

// Failed delivers the error of a role that ended by itself; nothing is delivered after an order to stop.
func (s *Stack) Failed() <-chan error {
	if s.roles == nil {
		return nil
	}
	return s.roles.failed
}

// Close stops everything, in the opposite order of the start: the announcement goes, the roles finish what is in hand, the broker writes
// what it keeps. It is bounded and may be called twice.
func (s *Stack) Close() error {
	s.closing.Do(func() {
		if s.withdraw != nil {
			s.closeErr = s.withdraw()
		}
		if s.roles != nil {
			s.closeErr = firstOf(s.closeErr, s.roles.stop())
		}
		if s.oracle != nil {
			s.oracle.Close()
		}
		if s.client != nil {
			s.client.Close()
		}
		if s.broker != nil {
			s.closeErr = firstOf(s.closeErr, s.broker.Close())
		}
	})
	return s.closeErr
}

func firstOf(first, next error) error {
	if first != nil {
		return first
	}
	return next
}
