package rdkafka

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	connectLimit = 2700 * time.Millisecond // the design promises an answer in under 3 s
	closeLimit   = 2 * time.Second
)

// Client talks to one cluster. It is safe for concurrent use; Close it when done.
type Client struct {
	context kafkaops.Context
	conf    map[string]string
	log     *slog.Logger
	timeout time.Duration
	handle  *kafka.Producer // for metadata and administration; it never produces
	admin   *kafka.AdminClient
	faults  *faults
	logs    chan kafka.LogEvent // of every handle

	gate   gate // of the handle
	own    written
	mu     sync.Mutex
	small  *smallProducer // of ProduceSync, made when first used
	groups coordinators
	idle   []*Reader
	closed bool
	done   chan struct{}
	closer sync.Once
}

// Connect returns a client after a broker has answered, or within 3 s the reason why none did: nothing listens, a port accepts but never
// answers, TLS or SASL don't match. log takes librdkafka's log lines; nil discards them.
func Connect(ctx context.Context, c kafkaops.Context, log *slog.Logger) (*Client, error) {
	conf, err := baseConfig(c)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	client := &Client{context: c, conf: conf, log: log, timeout: c.Timeout, faults: newFaults(), logs: make(chan kafka.LogEvent, 64), done: make(chan struct{})}
	if client.timeout <= 0 {
		client.timeout = defaultTimeout
	}
	m := configMap(conf, client.logs)
	(*m)["go.events.channel.size"] = 64 // the default of a million takes 16 MB
	(*m)["go.produce.channel.size"] = 1
	if client.handle, err = kafka.NewProducer(m); err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, "connecting to", client.brokers(), "check the context's settings", err)
	}
	go client.watch(client.handle.Events(), client.logs)
	if client.admin, err = kafka.NewAdminClientFromProducer(client.handle); err != nil {
		client.Close()
		return nil, fail("connecting to", client.brokers(), err)
	}
	if err := client.prove(ctx); err != nil {
		client.Close()
		return nil, err
	}
	client.faults.clear()
	return client, nil
}

// prove waits for a broker's answer to a metadata request, or for the proof that none will come.
func (c *Client) prove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	answer := make(chan error, 1)
	refused := make(chan error, 1)
	go func() { answer <- c.firstAnswer(ctx) }()
	go func() { refused <- dialAll(ctx, c.context.Brokers) }()
	listening := false
	for {
		select {
		case err := <-answer:
			if err == nil {
				return nil
			}
			return c.unanswered(err, listening)
		case err := <-refused:
			if err != nil {
				return kafkaops.NewError(kafkaops.Unreachable, "connecting to", c.brokers(),
					"start a broker there (krapp up starts one), or name other brokers", err)
			}
			listening, refused = true, nil
		case fault := <-c.faults.fatal:
			return kafkaops.NewError(kafkaops.Unauthenticated, "connecting to", c.brokers(),
				hintOf(0, kafkaops.Unauthenticated), errors.New(plainFault(fault)))
		case <-ctx.Done():
			return c.unanswered(ctx.Err(), listening)
		}
	}
}

// firstAnswer waits for any broker's metadata. A broker that goes away with the question in hand is no answer: librdkafka fails the call then,
// though it may have asked the one that just dies of many. It may outlive Connect by the length of one call.
func (c *Client) firstAnswer(ctx context.Context) error {
	if !c.gate.enter() {
		return context.Canceled
	}
	defer c.gate.leave()
	for {
		_, err := c.handle.GetMetadata(nil, false, int(remaining(ctx, connectLimit).Milliseconds()))
		var kerr kafka.Error
		if err == nil || ctx.Err() != nil || !errors.As(err, &kerr) || kerr.Code() != kafka.ErrTransport {
			return err
		}
		if pause(ctx, 50*time.Millisecond) != nil {
			return err
		}
	}
}

// unanswered explains a connection that never gave an answer.
func (c *Client) unanswered(err error, listening bool) error {
	if errors.Is(err, context.Canceled) {
		return fail("connecting to", c.brokers(), err)
	}
	if fault, ok := c.faults.recent(); ok {
		class := faultClass(fault)
		return kafkaops.NewError(class, "connecting to", c.brokers(), hintOf(fault.Code(), class), errors.New(plainFault(fault)))
	}
	if listening {
		return kafkaops.NewError(kafkaops.Unreachable, "connecting to", c.brokers(),
			"check that it is a Kafka listener, and that TLS is on exactly where the broker has it",
			errors.New("the port accepts connections but never answers"))
	}
	return kafkaops.NewError(kafkaops.Unreachable, "connecting to", c.brokers(), hintOf(0, kafkaops.Unreachable), err)
}

// dialAll returns nil as soon as one address accepts a connection, else the first address's error.
func dialAll(ctx context.Context, addresses []string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(addresses))
	var accepted sync.Once
	var group errgroup.Group
	ok := false
	for i, address := range addresses {
		group.Go(func() error {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
			if err == nil {
				_ = conn.Close()
				accepted.Do(func() { ok = true; cancel() })
			}
			errs[i] = err
			return nil
		})
	}
	_ = group.Wait()
	if ok {
		return nil
	}
	return errs[0]
}

// Context returns what the client was connected with.
func (c *Client) Context() kafkaops.Context { return c.context }

func (c *Client) brokers() string { return c.conf["bootstrap.servers"] }

// Close ends the client within 2 s. Producers, readers and members made from it are closed by their owners. It may be called twice.
func (c *Client) Close() {
	c.closer.Do(func() {
		c.mu.Lock()
		small := c.small
		c.small, c.closed = nil, true
		c.mu.Unlock()
		c.closeIdle()
		if small != nil {
			small.close()
		}
		ctx, cancel := context.WithTimeout(context.Background(), closeLimit/2)
		defer cancel()
		c.gate.shut()
		_, err := bounded(ctx, func() (struct{}, error) {
			defer close(c.done) // only now: until then log lines and events are drained
			c.gate.calls.Wait()
			c.groups.close()
			awake(c.handle.Close)
			return struct{}{}, nil
		})
		if err != nil {
			c.log.Warn("kafka client left behind: librdkafka did not close in time", "brokers", c.brokers())
		}
	})
}
