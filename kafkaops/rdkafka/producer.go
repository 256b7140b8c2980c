package rdkafka

/*
#include "shim.h"
*/
import "C"

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// ProducerOptions say how to produce. Zero values are good for most uses.
type ProducerOptions struct {
	TransactionalID string        // "" for no transactions
	Linger          time.Duration // how long a batch waits to fill; 0 means 15 ms, negative none
	Compression     string        // none, gzip, snappy, lz4, zstd; "" for none
	BatchBytes      int           // of one request's batch for one partition; 0 means 1,000,000
	QueueMessages   int           // records that wait for acknowledgement at most; 0 means 100,000
	QueueBytes      int           // the same in bytes; 0 means 64 MiB
	MessageTimeout  time.Duration // a record not acknowledged by then has failed; 0 means 2 min (Kafka's own default), or TxTimeout in transactions
	TxTimeout       time.Duration // the broker aborts a transaction left open for so long; 0 means 10 s
	MaxMessageBytes int           // refuse larger records without asking the broker; 0 means 16 MiB
}

// defaultLinger is three times librdkafka's: at 1,000 records a second 5 ms made more requests than three brokers on a small machine answered.
// 15 ms costs nothing that can be measured at the other end.
const defaultLinger = 15 * time.Millisecond

// Producer sends records: acks=all, idempotent, never creating topics. Send may be called by several goroutines; Deliveries has one reader,
// which must read it all the time, for a full channel holds everything up.
type Producer struct {
	c          *Client
	h          *handle
	tx         bool
	deliveries chan []kafkaops.Delivery

	mu     sync.Mutex // guards packing, the handle's topics, and closed
	pack   packed
	topics []*C.rd_kafka_topic_t // the table of one call
	closed bool

	refreshes map[string]time.Time // when a topic's metadata was asked for because of an unknown partition

	sent     atomic.Int64 // records that were given to Send
	reported atomic.Int64 // records whose delivery is in the channel
	refused  refusals
	room     chan struct{} // a token after deliveries made room
	quit     chan struct{}
	done     chan struct{} // the poller has ended
	stuck    atomic.Bool   // a transactional call outlived its deadline
}

// NewProducer makes a producer; with a TransactionalID, call InitTransactions first.
func (c *Client) NewProducer(ctx context.Context, o ProducerOptions) (*Producer, error) {
	if err := ctx.Err(); err != nil {
		return nil, fail("making a producer", "", err)
	}
	h, err := newHandle(producing, with(c.conf, o.config()), c.log)
	if err != nil {
		return nil, err
	}
	p := &Producer{
		c: c, h: h, tx: o.TransactionalID != "", deliveries: make(chan []kafkaops.Delivery, 64),
		refreshes: map[string]time.Time{}, room: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go p.poll()
	if !p.tx {
		go p.metadata(ctx, nil) // has librdkafka connect: else it may look for a broker that gives it a producer id twice a second only
	}
	return p, nil
}

// config spells the options as librdkafka's settings.
func (o ProducerOptions) config() map[string]string {
	linger := o.Linger
	switch {
	case linger == 0:
		linger = defaultLinger
	case linger < 0:
		linger = 0
	}
	txTimeout := o.TxTimeout
	if txTimeout <= 0 {
		txTimeout = 10 * time.Second
	}
	timeout := o.MessageTimeout
	if timeout <= 0 {
		timeout = 2 * time.Minute
	}
	conf := map[string]string{
		"enable.idempotence": "true", "acks": "all",
		"partitioner":                       "murmur2_random", // Java's choice for keys
		"linger.ms":                         millis(linger),
		"message.timeout.ms":                millis(timeout),
		"batch.size":                        strconv.Itoa(orDefault(o.BatchBytes, 1_000_000)),
		"queue.buffering.max.messages":      strconv.Itoa(orDefault(o.QueueMessages, 100_000)),
		"queue.buffering.max.kbytes":        strconv.Itoa(max(1, orDefault(o.QueueBytes, 64<<20)>>10)),
		"message.max.bytes":                 strconv.Itoa(orDefault(o.MaxMessageBytes, 16<<20)),
		"topic.metadata.propagation.max.ms": "5000",
	}
	if o.Compression != "" {
		conf["compression.codec"] = o.Compression
	}
	if o.TransactionalID != "" {
		conf["transactional.id"] = o.TransactionalID
		conf["transaction.timeout.ms"] = millis(txTimeout)
		conf["message.timeout.ms"] = millis(min(timeout, txTimeout))
		conf["retry.backoff.ms"] = "10" // decides a commit's time: 38 ms instead of 105 ms
	}
	return conf
}

func orDefault(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}

// Deliveries returns the channel of delivery reports, which Close closes. Every record given to Send comes up exactly once, with the index
// that Send gave it. Offset is NoOffset where the broker acknowledged a repeated request, which doesn't say it.
func (p *Producer) Deliveries() <-chan []kafkaops.Delivery { return p.deliveries }

// Flush waits until every record given to Send before has its report in Deliveries.
func (p *Producer) Flush(ctx context.Context) error {
	target := p.sent.Load()
	for p.reported.Load() < target {
		select {
		case <-ctx.Done():
			return p.c.fail("flushing", "", ctx.Err())
		case <-p.done:
			return errProducerClosed()
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

// Close waits, as long as the context lasts, for what was sent, then gives up on the rest (their reports say so), closes Deliveries and frees
// the producer. An open transaction is aborted by the broker when its timeout has passed.
func (p *Producer) Close(ctx context.Context) error {
	p.mu.Lock()
	was := p.closed
	p.closed = true
	p.mu.Unlock()
	if was {
		return nil
	}
	err := p.Flush(ctx)
	if err != nil {
		const queued, inFlight, nonBlocking = 0x1, 0x2, 0x4
		C.rd_kafka_purge(p.h.rk, queued|inFlight|nonBlocking)
		short, cancel := context.WithTimeout(context.Background(), closeLimit/8)
		_ = p.Flush(short)
		cancel()
	}
	close(p.quit)
	p.wake()
	<-p.done
	close(p.deliveries)
	p.h.destroy(closeLimit / 4)
	return err
}

func (p *Producer) wake() { p.h.yield(p.h.events) }

func errProducerClosed() error {
	return kafkaops.Errorf(kafkaops.Conflict, "producing", "", "", "the producer is closed")
}
