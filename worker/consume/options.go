// Package consume is the role that processes the records of a consumer group: it validates them, sends what fails to dead letters, and
// reports what it did to each run, all in the transaction that commits the offsets. It shows what passes over HTTP.
package consume

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/deadletter"
	"github.com/krapp-io/krapp/worker/httpd"
)

// The defaults of Options.
const (
	DefaultAddr = "127.0.0.1:8072"
	DefaultLast = 10
)

// DeadLetterSuffix makes the name of a topic's dead-letter topic.
const DeadLetterSuffix = deadletter.Suffix

// requestLimit bounds a question to the brokers that an HTTP request waits for.
const requestLimit = 5 * time.Second

// Options say what to consume and how. Zero values take the defaults; Client, and Topics or Regex, are required.
type Options struct {
	Client *rdkafka.Client // connected; the caller closes it after the role has ended
	HTTP   httpd.Options   // Addr "" means DefaultAddr; Name, OpenPaths and, where they are zero, StopTimeout, Registry and Log are set here
	NoHTTP bool            // serve nothing

	Topics []string // topics to consume; or
	Regex  string   // a pattern of topics; it never takes in krapp.*, __* and *.dlq, and topics that appear later join within seconds
	// Except is names and globs of topics that Regex does not take in.
	Except []string
	// Allow is the allowlist of names and globs for consuming and for GET /consume; none: every topic but krapp.* and __*.
	Allow []string
	Group string // "" means roundtrip.DefaultGroup, "krapp-consume"
	// Validate says which records are good: "" all; "json"; or an expression of github.com/expr-lang/expr over topic, partition, offset,
	// timestamp, key, value (strings), json (the value decoded) and headers (a map), such as `json.amount > 0 && key != ""`. A record
	// for which it is false or fails goes to the dead letters.
	Validate string

	Worker string // this worker's name in reports; "" means host name and process id
	// Slot tells this worker apart from others of the group that live at the same time, and is the same when it is started again: its
	// transactional id is made of it, so that a successor ends at once what a dead worker left open. In a StatefulSet: the pod's name.
	// "" means Worker, which is safe, but the transaction of a killed worker then stays open until it times out (10 s).
	Slot           string
	SessionTimeout time.Duration // after which a member that is silent is out; 0 means 10 s
	BatchTime      time.Duration // the least time between the starts of two transactions; 0 means eos.DefaultBatchTime
	BatchRecords   int           // records a transaction at most; 0 means eos.DefaultBatchRecords
	StopTimeout    time.Duration // for the transaction in hand after the order to stop; 0 means 10 s

	Last       int // how many records GET / shows; 0 means DefaultLast
	MaxStreams int // clients of GET /consume and of the page at a time; 0 means httpd.DefaultMaxStreams
	// OnListen is told the address once it is bound, which may differ from HTTP.Addr (port 0, next free port).
	OnListen func(addr string)
	Registry prometheus.Registerer // nil: no metrics
	Log      *slog.Logger          // nil: silent
}

// topics are the allowlist, and what of it may be consumed: a pattern never takes dead letters in, who wants them names them.
func (o Options) topics() (allowed worker.Topics, subscribable func(string) bool, err error) {
	if allowed, err = worker.NewTopics(o.Allow); err != nil || o.Regex == "" {
		return allowed, allowed.Allows, err
	}
	except, err := worker.NewTopics(append([]string{"*" + DeadLetterSuffix}, o.Except...))
	return allowed, allowed.Without(except), err
}

func (o Options) withDefaults() (Options, error) {
	if o.Client == nil {
		return o, kafkaops.Errorf(kafkaops.Invalid, "starting role", "consume", "connect first", "no client given")
	}
	if o.Group == "" {
		o.Group = roundtrip.DefaultGroup
	}
	if o.Worker == "" {
		o.Worker = worker.DefaultName()
	}
	if o.Slot == "" {
		o.Slot = o.Worker
	}
	if o.Last <= 0 {
		o.Last = DefaultLast
	}
	if o.StopTimeout <= 0 {
		o.StopTimeout = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.HTTP = o.HTTP.OfRole("consume", DefaultAddr, o.StopTimeout, o.Registry, o.Log)
	return o, nil
}
