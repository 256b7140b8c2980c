// Package produce is the role that takes messages over HTTP and sends the slices of runs that were registered for workers.
//
// A 2xx answer is given only after the broker acknowledged the record.
package produce

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/httpd"
)

// The defaults of Options.
const (
	DefaultAddr            = "127.0.0.1:8000"
	DefaultTopic           = "demo"
	DefaultGroup           = "krapp-produce" // takes the slices of krapp.work
	DefaultAckTimeout      = 10 * time.Second
	DefaultIdempotencyKeys = 1_000_000
	IdempotencyTime        = 10 * time.Minute
)

// Options say what the role may send where. Zero values take the defaults, only Client is required.
type Options struct {
	Client *rdkafka.Client // connected; the caller closes it after the role has ended
	HTTP   httpd.Options   // Addr "" means DefaultAddr; Name, OpenPaths and, where they are zero, StopTimeout, Registry and Log are set here
	NoHTTP bool            // only send the slices of runs

	Topic  string   // the topic of POST /send; "" means DefaultTopic
	Topics []string // allowlist of names and globs, for HTTP and for runs; none: every topic but krapp.* and __*
	// CreateTopics creates a topic that HTTP names and that is missing, with Partitions (0: the broker's default).
	CreateTopics bool
	Partitions   int

	AckTimeout      time.Duration // how long an acknowledgement may take; 0 means DefaultAckTimeout
	QueueMessages   int           // messages waiting for the broker, more get 503; 0 means 100,000
	IdempotencyKeys int           // keys remembered at a time, more get 503; 0 means DefaultIdempotencyKeys

	NoRuns bool   // do not send the slices of runs
	Worker string // this worker's name in reports and heartbeats; "" means host name and process id
	// Slot tells this worker apart from others that live at the same time, and stays the same when it is started again: its transactional
	// id is made of it, so that a successor ends what a dead worker left open. In a StatefulSet: the pod's name. "" means Worker.
	Slot           string
	SessionTimeout time.Duration // of the group membership; 0 means the broker's usual 10 s

	StopTimeout time.Duration // for requests and slices in hand after the order to stop; 0 means 10 s
	// OnListen is told the address once it is bound, which may differ from HTTP.Addr (port 0, next free port).
	OnListen func(addr string)
	Registry prometheus.Registerer // nil: no metrics
	Log      *slog.Logger          // nil: silent
}

// withDefaults fills the zero values in and checks the rest.
func (o Options) withDefaults() (Options, worker.Topics, error) {
	if o.Client == nil {
		return o, worker.Topics{}, kafkaops.Errorf(kafkaops.Invalid, "starting role", "produce", "connect first", "no client given")
	}
	topics, err := worker.NewTopics(o.Topics)
	if err != nil {
		return o, topics, err
	}
	if o.Topic == "" {
		o.Topic = DefaultTopic
	}
	if o.AckTimeout <= 0 {
		o.AckTimeout = DefaultAckTimeout
	}
	if o.QueueMessages <= 0 {
		o.QueueMessages = 100_000
	}
	if o.IdempotencyKeys <= 0 {
		o.IdempotencyKeys = DefaultIdempotencyKeys
	}
	if o.StopTimeout <= 0 {
		o.StopTimeout = 10 * time.Second
	}
	if o.Worker == "" {
		o.Worker = worker.DefaultName()
	}
	if o.Slot == "" {
		o.Slot = o.Worker
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.HTTP = o.HTTP.OfRole("produce", DefaultAddr, o.StopTimeout, o.Registry, o.Log)
	return o, topics, nil
}
