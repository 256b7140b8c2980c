package rdkafka

import (
	"context"
	"sync"

	"github.com/krapp-io/krapp/kafkaops"
)

// ProduceSync sends the records and returns what became of each, in their order (Index counts from 0), when all is known. It is for small
// things: single messages, reports. The error is the context's or the client's; what is wrong with a record is in its delivery. Deliveries
// not yet known when the context ends have Err and Possibly set.
func (c *Client) ProduceSync(ctx context.Context, records []kafkaops.Record) ([]kafkaops.Delivery, error) {
	if len(records) == 0 {
		return nil, nil
	}
	small, err := c.smallProducer(ctx)
	if err != nil {
		return nil, err
	}
	return small.produce(ctx, records)
}

// smallProducer is the producer that all calls of ProduceSync share.
type smallProducer struct {
	p       *Producer
	mu      sync.Mutex
	next    int64
	waiting map[int64]waiter // by index
}

type waiter struct {
	first int64
	to    chan kafkaops.Delivery // has room for all of the call's
}

func (c *Client) smallProducer(ctx context.Context) (*smallProducer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errProducerClosed()
	}
	if c.small == nil {
		p, err := c.NewProducer(ctx, ProducerOptions{Linger: -1, QueueMessages: 10_000, QueueBytes: 64 << 20})
		if err != nil {
			return nil, err
		}
		c.small = &smallProducer{p: p, waiting: map[int64]waiter{}}
		go c.small.route()
	}
	return c.small, nil
}

// route hands deliveries to their callers.
func (s *smallProducer) route() {
	for list := range s.p.Deliveries() {
		s.mu.Lock()
		for _, d := range list {
			w, ok := s.waiting[d.Index]
			if !ok {
				continue // its caller has given up
			}
			delete(s.waiting, d.Index)
			d.Index -= w.first
			w.to <- d
		}
		s.mu.Unlock()
	}
}

func (s *smallProducer) produce(ctx context.Context, records []kafkaops.Record) ([]kafkaops.Delivery, error) {
	n := int64(len(records))
	s.mu.Lock()
	w := waiter{first: s.next, to: make(chan kafkaops.Delivery, n)}
	s.next += n
	for i := range n {
		s.waiting[w.first+i] = w
	}
	s.mu.Unlock()

	deliveries := make([]kafkaops.Delivery, n)
	known := make([]bool, n)
	_ = s.p.Send(ctx, records, w.first) // the records that it could not send fail in their deliveries
	for range n {
		select {
		case d := <-w.to:
			deliveries[d.Index], known[d.Index] = d, true
		case <-ctx.Done():
			err := s.p.c.fail("producing", "", ctx.Err())
			s.giveUp(w.first, known, deliveries, err)
			return deliveries, err
		}
	}
	return deliveries, nil
}

// giveUp fills in the deliveries that are not known.
func (s *smallProducer) giveUp(first int64, known []bool, deliveries []kafkaops.Delivery, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range deliveries {
		delete(s.waiting, first+int64(i))
		if !known[i] {
			deliveries[i] = kafkaops.Delivery{
				Index: int64(i), Partition: kafkaops.AnyPartition, Offset: kafkaops.NoOffset, Err: err, Possibly: true,
			}
		}
	}
}

// close gives what is still on its way a quarter of the time that Client.Close may take.
func (s *smallProducer) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit/4)
	defer cancel()
	_ = s.p.Close(ctx)
}
