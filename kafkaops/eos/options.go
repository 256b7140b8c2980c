package eos

import (
	"context"
	"log/slog"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// The defaults of Options.
const (
	DefaultBatchTime    = 36 * time.Millisecond // less meets brokers that still end the last transaction, which costs more than waiting
	DefaultBatchRecords = 100_000
	DefaultBatchBytes   = 24 << 20
	DefaultTxTimeout    = 10 * time.Second
	DefaultStopTimeout  = 10 * time.Second
)

// Options say what to consume and how. Group, Slot and Topics or Regex are required; zero values take the defaults.
type Options struct {
	Group  string
	Topics []string // the topics to consume; or
	Regex  string   // a pattern of topics; new topics that match join within seconds
	// Allow says which of the topics may be consumed; nil: all that were named. It is asked for patterns too.
	Allow func(topic string) bool
	// Slot tells this member's transactional id apart from those of other live members of the group, and is the same again after a
	// restart (a StatefulSet's pod name, a host name). Two live processes in one slot fence each other; Run then ends with Conflict.
	Slot string

	// BatchTime is the least time from the start of one transaction to the start of the next: a batch is what came meanwhile.
	BatchTime      time.Duration
	BatchRecords   int           // records a transaction, at most about
	BatchBytes     int           // bytes of records held for the next transaction, at most about
	SessionTimeout time.Duration // 0: the client's default; 6 s is the least that brokers allow by default
	TxTimeout      time.Duration // of each transactional call, and of a transaction at the broker
	StopTimeout    time.Duration // how long a stop may take; 0 means DefaultStopTimeout

	Compression  string // of what is produced: none, gzip, snappy, lz4, zstd; "" for none
	ReadAhead    int    // bytes that librdkafka fetches ahead, about; 0 means 16 MiB
	QueueBytes   int    // bytes produced that wait for acknowledgement, at most; 0 means 64 MiB
	RequestBytes int    // of what is produced to one partition at a time; 0 means 1,000,000

	// Due says when a record may be handled, and what of a transaction's MaxCost it takes. A record that is not due waits, and those behind
	// it in its partition with it, without holding a transaction open. nil: all at once.
	Due     func(r *kafkaops.Record) (due time.Time, cost int)
	MaxCost int // of a transaction, with Due; one record may cost more. 0 means 1
	// OneByOne puts at most one record of each partition into a batch, so that a handler may leave any of them unfinished. Needs Due.
	OneByOne bool
	// OnCommit is told what was committed, in order, before the next batch is handled.
	OnCommit func(Committed)
	// OnAssigned is told which partitions the member has now, whenever that changes, and none when it has left the group: what a handler
	// keeps open for other partitions is of no use any more. It is called by another goroutine than Handle: after Handle has returned, except
	// where the partitions are lost already or Handle goes on for longer than TxTimeout after its context has ended.
	OnAssigned func([]kafkaops.TopicPartition)
	// Observe is told of each transaction when it begins, and gives the context that the transaction and its handler work in; ended, if not nil,
	// is told when it is over: class is of the error that it failed with, "" for one that was committed or whose partitions were revoked.
	// nil: nobody is told.
	Observe func(ctx context.Context, group string, records, topics int) (in context.Context, ended func(o Outcome, class kafkaops.Class))
	// Hung is told when transactional calls keep hanging past their deadline (librdkafka's can), before Run returns that error. What hangs
	// can't be cleaned up: the process should end, and the slot's next one takes over. nil: Run's error alone tells.
	Hung func(error)
	Log  *slog.Logger // nil: silent
}

// Outcome is how a transaction ended.
type Outcome string

// The outcomes of a transaction.
const (
	Stored  Outcome = "committed"
	Revoked Outcome = "revoked" // aborted, for a partition is another member's now
	Aborted Outcome = "aborted"
)

// Committed is one transaction that was committed.
type Committed struct {
	Records int
	Offsets kafkaops.Offsets // the group's new positions
	Took    time.Duration    // from the start of the transaction
	At      time.Time
}

func (o Options) withDefaults() (Options, error) {
	const op = "starting to consume"
	switch {
	case o.Group == "":
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "", "name a group with --group", "no group given")
	case o.Slot == "":
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "", "name a slot of its own for each live worker with --slot", "no slot given")
	case len(o.Topics) == 0 && o.Regex == "":
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "", "name topics with --topics a,b or a pattern with --regex", "no topics given")
	case len(o.Topics) > 0 && o.Regex != "":
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "", "give --topics or --regex", "both topics and a pattern were given")
	}
	if o.OneByOne && o.Due == nil {
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "", "set Options.Due", "records one by one need to know when each is due")
	}
	switch o.Compression {
	case "", "none", "gzip", "snappy", "lz4", "zstd":
	default:
		return o, kafkaops.Errorf(kafkaops.Invalid, op, o.Compression, "use lz4, zstd, snappy, gzip or none", "no such compression")
	}
	for _, t := range o.Topics {
		if o.Allow != nil && !o.Allow(t) {
			return o, kafkaops.Errorf(kafkaops.Unauthorised, op, t, "add it to this worker's allowlist; krapp.* is never allowed",
				"the topic is not on the allowlist")
		}
	}
	if o.BatchTime <= 0 {
		o.BatchTime = DefaultBatchTime
	}
	if o.BatchRecords <= 0 {
		o.BatchRecords = DefaultBatchRecords
	}
	if o.BatchBytes <= 0 {
		o.BatchBytes = DefaultBatchBytes
	}
	o.MaxCost = max(1, o.MaxCost)
	if o.TxTimeout <= 0 {
		o.TxTimeout = DefaultTxTimeout
	}
	if o.StopTimeout <= 0 {
		o.StopTimeout = DefaultStopTimeout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Log = o.Log.With("group", o.Group, "slot", o.Slot)
	return o, nil
}

// TransactionalID is the id of a slot of a group.
func TransactionalID(group, slot string) string { return "krapp-eos-" + group + "-" + slot }
