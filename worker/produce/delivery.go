package produce

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/httpd"
)

// producer sends in bulk; *rdkafka.Producer satisfies it.
type producer interface {
	TrySend(ctx context.Context, records []kafkaops.Record, firstIndex int64) (taken int, err error)
	Deliveries() <-chan []kafkaops.Delivery
	Close(ctx context.Context) error
}

// topicAdmin is what the role asks about topics; *rdkafka.Client satisfies it.
type topicAdmin interface {
	DescribeTopics(ctx context.Context, names ...string) ([]kafkaops.Topic, error)
	CreateTopics(ctx context.Context, topics ...kafkaops.NewTopic) error
}

// post sends single records through one producer that all requests share, and gives each request its own delivery report.
type post struct {
	make   func(ctx context.Context) (producer, error)
	admin  topicAdmin
	create *kafkaops.NewTopic // how to make a missing topic; nil: not at all

	mu      sync.Mutex
	current producer // nil: to be made
	routes  sync.WaitGroup
	next    int64
	waiting map[int64]chan<- kafkaops.Delivery
	there   map[string]time.Time // topics seen, and until when that is believed
}

// topicMemory is how long a topic is believed to be there. A produce to one that was deleted meanwhile fails by itself.
const topicMemory = 10 * time.Second

func newPost(open func(ctx context.Context) (producer, error), admin topicAdmin, create *kafkaops.NewTopic) *post {
	return &post{make: open, admin: admin, create: create, waiting: make(map[int64]chan<- kafkaops.Delivery), there: make(map[string]time.Time)}
}

// producer returns the producer, made when there is none.
func (p *post) producer(ctx context.Context) (producer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil {
		made, err := p.make(ctx)
		if err != nil {
			return nil, err
		}
		p.current = made
		p.routes.Go(func() { p.route(made.Deliveries()) })
	}
	return p.current, nil
}

// discard gives a producer up that takes nothing any more: an idempotent producer can fail for good. The next request makes another.
func (p *post) discard(ctx context.Context, broken producer) {
	p.mu.Lock()
	mine := p.current == broken
	if mine {
		p.current = nil
	}
	p.mu.Unlock()
	if mine {
		_ = broken.Close(ctx) // what is left in it gets failed deliveries
	}
}

// close waits, at most for the context, for what is on its way.
func (p *post) close(ctx context.Context) {
	p.mu.Lock()
	last := p.current
	p.mu.Unlock()
	if last != nil {
		p.discard(ctx, last)
	}
	p.routes.Wait()
}

// route hands deliveries to those who wait, until the producer is closed.
func (p *post) route(deliveries <-chan []kafkaops.Delivery) {
	for list := range deliveries {
		p.mu.Lock()
		for _, d := range list {
			if to, ok := p.waiting[d.Index]; ok {
				delete(p.waiting, d.Index)
				to <- d // has room
			}
		}
		p.mu.Unlock()
	}
}

func (p *post) ensure(ctx context.Context, topic string) error {
	p.mu.Lock()
	until := p.there[topic]
	p.mu.Unlock()
	if time.Now().Before(until) {
		return nil
	}
	err := p.find(ctx, topic)
	if kafkaops.ClassOf(err) == kafkaops.NotFound && p.create != nil {
		t := *p.create
		t.Name = topic
		if err = p.admin.CreateTopics(ctx, t); kafkaops.ClassOf(err) == kafkaops.AlreadyExists {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.there[topic] = time.Now().Add(topicMemory)
	return nil
}

func (p *post) find(ctx context.Context, topic string) error {
	topics, err := p.admin.DescribeTopics(ctx, topic)
	if err != nil {
		return err
	}
	err = topics[0].Err
	if kafkaops.ClassOf(err) == kafkaops.NotFound {
		return kafkaops.NewError(kafkaops.NotFound, "producing to topic", topic, "create it, or start the worker with --create-topics", err)
	}
	return err
}

// forget has topics looked for again.
func (p *post) forget(topic string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.there, topic)
}

func (p *post) deliver(ctx context.Context, r kafkaops.Record) (kafkaops.Delivery, error) {
	producer, err := p.producer(ctx)
	if err != nil {
		return kafkaops.Delivery{}, err
	}
	got := make(chan kafkaops.Delivery, 1)
	p.mu.Lock()
	index := p.next
	p.next++
	p.waiting[index] = got
	p.mu.Unlock()
	if n, err := producer.TrySend(ctx, []kafkaops.Record{r}, index); n == 0 {
		p.drop(index)
		return kafkaops.Delivery{}, p.notTaken(ctx, producer, r.Topic, err)
	}
	select {
	case d := <-got:
		if d.Err != nil {
			p.forget(r.Topic)
		}
		if d.Err != nil && d.Possibly {
			d.Err = uncertain(r.Topic, d.Err)
		}
		return d, nil
	case <-ctx.Done():
		p.drop(index)
		return kafkaops.Delivery{}, uncertain(r.Topic, ctx.Err())
	}
}

// notTaken is the error of a record that the producer did not queue.
func (p *post) notTaken(ctx context.Context, by producer, topic string, err error) error {
	if kafkaops.ClassOf(err) == kafkaops.Unavailable {
		return kafkaops.NewError(kafkaops.Unavailable, "producing to topic", topic, "try again in a second: the queue is full", err)
	}
	if ctx.Err() == nil {
		p.discard(ctx, by)
	}
	return kafkaops.NewError(kafkaops.Unavailable, "producing to topic", topic, "try again in a second", err)
}

func (p *post) drop(index int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, index)
}

// uncertain is the error of a record that may be stored all the same.
func uncertain(topic string, cause error) error {
	return kafkaops.NewError(kafkaops.TimedOut, "producing to topic", topic, "check the brokers' health; the record may be stored all the same", cause)
}

// statusOf is the HTTP status of a produce that failed.
func statusOf(err error) int {
	if rdkafka.TooLarge(err) {
		return http.StatusRequestEntityTooLarge
	}
	return httpd.StatusOf(err)
}
