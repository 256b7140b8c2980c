package eos

import (
	"context"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// New makes a loop over the client's cluster. The client stays the caller's.
func New(client *rdkafka.Client, o Options, h Handler) (*Loop, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Loop{o: o, cluster: &kafkaCluster{client, o}, handler: h}, nil
}

// Run makes a loop and runs it: see New and Loop.Run.
func Run(ctx context.Context, client *rdkafka.Client, o Options, h Handler, ready func()) error {
	l, err := New(client, o, h)
	if err != nil {
		return err
	}
	return l.Run(ctx, ready)
}

// kafkaCluster is the real thing.
type kafkaCluster struct {
	client *rdkafka.Client
	o      Options
}

func (k *kafkaCluster) join(ctx context.Context, assigned, revoked, lost func([]kafkaops.TopicPartition)) (member, error) {
	m, err := k.client.JoinGroup(ctx, rdkafka.GroupOptions{
		Group: k.o.Group, Topics: k.o.Topics, Regex: k.o.Regex, Allow: k.o.Allow, SessionTimeout: k.o.SessionTimeout,
		OnAssigned: assigned, OnRevoked: revoked, OnLost: lost,
	})
	if err != nil {
		return nil, err
	}
	return kafkaMember{m}, nil
}

type kafkaMember struct{ m *rdkafka.Member }

func (k kafkaMember) serve(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := k.m.Poll(ctx, time.Second); err != nil {
			return err
		}
	}
	return nil
}

func (k kafkaMember) close(ctx context.Context) error { return k.m.Close(ctx) }

func (k *kafkaCluster) start(ctx context.Context, tps []kafkaops.TopicPartition) (kafkaops.Commits, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*k.o.TxTimeout) // an open transaction of a predecessor ends by then
	defer cancel()
	at, err := k.client.CommittedStable(ctx, k.o.Group, tps)
	if err != nil {
		return nil, err
	}
	var fresh []kafkaops.TopicPartition
	for _, tp := range tps {
		if _, ok := at[tp]; !ok {
			fresh = append(fresh, tp)
		}
	}
	if len(fresh) == 0 {
		return at, nil
	}
	extents, err := k.client.Extents(ctx, kafkaops.ReadCommitted, fresh)
	if err != nil {
		return nil, err
	}
	for _, tp := range fresh {
		if x := extents[tp]; x.Err != nil {
			return nil, x.Err
		}
		at[tp] = kafkaops.Commit{Offset: extents[tp].Start}
	}
	return at, nil
}

// kafkaProducer collects delivery reports all the time, as the producer demands.
type kafkaProducer struct {
	p *rdkafka.Producer
	m *rdkafka.Member

	mu   sync.Mutex
	got  []kafkaops.Delivery
	from int64 // the transaction's first index: reports of what was aborted before are not wanted
	next int64
	more chan struct{}
}

func (k *kafkaCluster) producer(ctx context.Context, m member) (producer, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*k.o.TxTimeout) // what a predecessor left open may have to time out first
	defer cancel()
	p, err := k.client.NewProducer(ctx, rdkafka.ProducerOptions{
		TransactionalID: TransactionalID(k.o.Group, k.o.Slot), TxTimeout: k.o.TxTimeout, Linger: -1,
		Compression: k.o.Compression, BatchBytes: k.o.RequestBytes, QueueBytes: k.o.QueueBytes,
	})
	if err != nil {
		return nil, err
	}
	kp := &kafkaProducer{p: p, m: m.(kafkaMember).m, more: make(chan struct{}, 1)}
	go kp.collect()
	if err := p.InitTransactions(ctx); err != nil {
		kp.close(ctx)
		return nil, err
	}
	return kp, nil
}

// collect ends when the producer is closed.
func (k *kafkaProducer) collect() {
	for batch := range k.p.Deliveries() {
		k.mu.Lock()
		for _, d := range batch {
			if d.Index >= k.from {
				k.got = append(k.got, d)
			}
		}
		k.mu.Unlock()
		signal(k.more)
	}
}

func (k *kafkaProducer) begin(ctx context.Context) error {
	k.mu.Lock()
	k.from, k.got = k.next, nil
	k.mu.Unlock()
	return k.p.Begin(ctx)
}

func (k *kafkaProducer) send(ctx context.Context, recs []kafkaops.Record) error {
	first := k.next
	k.next += int64(len(recs))
	return k.p.Send(ctx, recs, first)
}

// reports returns what was collected, with indices that count from 0 in the transaction.
func (k *kafkaProducer) reports() []kafkaops.Delivery {
	k.mu.Lock()
	defer k.mu.Unlock()
	got := k.got
	k.got = nil
	for i := range got {
		got[i].Index -= k.from
	}
	return got
}

func (k *kafkaProducer) changed() <-chan struct{} { return k.more }

// sendOffsets reads the membership's metadata now: it changes with every rebalance.
func (k *kafkaProducer) sendOffsets(ctx context.Context, c kafkaops.Commits) error {
	metadata, err := k.m.Metadata()
	if err != nil {
		return err
	}
	return k.p.SendOffsets(ctx, c, metadata)
}

func (k *kafkaProducer) commit(ctx context.Context) error { return k.p.Commit(ctx) }
func (k *kafkaProducer) abort(ctx context.Context) error  { return k.p.Abort(ctx) }

func (k *kafkaProducer) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_ = k.p.Close(ctx) // what is left in it belongs to no transaction that anybody waits for
}

// kafkaSource copies what the bulk reader shows into batches.
type kafkaSource struct {
	r    *rdkafka.Reader
	keys map[string]string // header keys seen, so that each is copied once
}

func (k *kafkaCluster) source(ctx context.Context) (source, func(), error) {
	r, err := k.client.Reader(ctx, rdkafka.ReaderOptions{
		Isolation: kafkaops.ReadCommitted, MaxBatch: k.o.BatchRecords, ReadAhead: k.o.ReadAhead,
	})
	if err != nil {
		return nil, nil, err
	}
	return &kafkaSource{r: r, keys: make(map[string]string)}, r.Close, nil
}

func (k *kafkaSource) place(from kafkaops.Offsets) error     { return k.r.Add(from) }
func (k *kafkaSource) remove(tps ...kafkaops.TopicPartition) { k.r.Remove(tps...) }

func (k *kafkaSource) read(ctx context.Context, wait time.Duration, into *Batch) error {
	got, err := k.r.Poll(ctx, wait)
	if ctx.Err() != nil {
		err = nil // interrupted
	}
	for _, run := range got.Runs() {
		first := len(into.Records)
		for i := run.First; i <= run.Last; i++ {
			into.Records = append(into.Records, k.record(got, i, run.TopicPartition, into))
		}
		into.Runs = append(into.Runs, Stretch{run.TopicPartition, first, len(into.Records) - 1})
	}
	for _, end := range got.Ends() {
		into.ends[end.TopicPartition] = end.Offset
	}
	return err
}

func (k *kafkaSource) record(b *rdkafka.Batch, i int, tp kafkaops.TopicPartition, into *Batch) kafkaops.Record {
	r := kafkaops.Record{
		Topic: tp.Topic, Partition: tp.Partition, Offset: b.Offset(i), Key: into.hold(b.Key(i)), Value: into.hold(b.Value(i)),
		Timestamp: time.UnixMilli(b.TimestampMillis(i)), TimestampKind: kafkaops.CreateTime, Headers: into.holdHeaders(b.HeaderCount(i)),
	}
	for n := range r.Headers {
		key, value := b.HeaderAt(i, n)
		r.Headers[n] = kafkaops.Header{Key: k.intern(key), Value: into.hold(value)}
	}
	return r
}

// maxKeys bounds what is remembered of header keys: who makes up a new one for each record gains nothing by it.
const maxKeys = 1024

// intern copies a header key out of librdkafka's memory, once.
func (k *kafkaSource) intern(key string) string {
	if own, ok := k.keys[key]; ok {
		return own
	}
	own := string([]byte(key))
	if len(k.keys) < maxKeys {
		k.keys[own] = own
	}
	return own
}
