// Package compute is the role that computes the rows of a job: chunks that readers wrote, or the records of a stream. It is a consumer group:
// any number of workers share the partitions. One batch is one transaction: its partial result, its dead letters and what it routes are stored
// with the offsets or not at all, so every row is in the answer exactly once, whoever dies.
package compute

import (
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/job"
)

// WriteTo is where results go.
type WriteTo string

// The values of WriteTo. All but Kafka are trials: they compute for a consumer group of their own, so that they take nothing away from the
// job's answer, and write nothing to Kafka but that group's offsets: no dead letters, and nothing is routed.
const (
	Kafka  WriteTo = "kafka"
	Stdout WriteTo = "stdout" // partial results as JSON lines, once their transaction is committed
	Null   WriteTo = "null"   // they are counted
)

// Options say what to compute and how. Client and Job are required; zero values take the defaults.
type Options struct {
	Client  *rdkafka.Client // connected; the caller closes it after the role has ended
	Job     *job.Job
	WriteTo WriteTo   // "" means Kafka
	Out     io.Writer // of Stdout
	// Delay is work that each chunk takes (each record of a stream), for trials of scaling: a worker does one after another. It is spent outside
	// of transactions.
	Delay time.Duration

	CreateTopics bool     // make topics that routes name and that are missing
	Allow        []string // topics that routes may write to, names or globs; none: all but krapp's own, dead letters and the job's

	Worker string // this worker's name in results; "" means host name and process id
	// Slot tells this worker apart from others of the group that live at the same time, and is the same when it is started again; see
	// consume.Options. "" means Worker.
	Slot           string
	SessionTimeout time.Duration // after which a member that is silent is out; 0 means 10 s
	BatchTime      time.Duration // how long a batch waits for more while little comes; 0 means DefaultBatchTime
	StopTimeout    time.Duration // for the transaction in hand after the order to stop; 0 means 10 s
	Registry       prometheus.Registerer
	Log            *slog.Logger

	wrap  func(eos.Handler) eos.Handler // tests have batches fail on purpose
	batch int                           // what a transaction takes in; 0 means batchBytes
}

// DefaultBatchTime keeps partial results few while little comes. When much comes, batches are bounded by their size and follow each other at once.
const DefaultBatchTime = 250 * time.Millisecond

// Group is the consumer group that computes a job.
func Group(j *job.Job) string { return "krapp-compute-" + j.Name }

func (o Options) group() string {
	if o.WriteTo == Kafka {
		return Group(o.Job)
	}
	return Group(o.Job) + "-" + string(o.WriteTo)
}

func (o Options) withDefaults() (Options, error) {
	const op = "starting role"
	switch {
	case o.Client == nil:
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "compute", "connect first", "no client given")
	case o.Job == nil:
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "compute", "name a job with --job", "no job given")
	case o.Delay < 0:
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "compute", "give a duration above zero, as in 20ms", "a delay of %s", o.Delay)
	}
	switch o.WriteTo {
	case "":
		o.WriteTo = Kafka
	case Kafka, Null:
	case Stdout:
		if o.Out == nil {
			return o, kafkaops.Errorf(kafkaops.Invalid, op, "compute", "set Options.Out", "nothing to write to")
		}
	default:
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "compute", "use kafka, stdout or null", "results can't be written to %q", o.WriteTo)
	}
	if o.Worker == "" {
		o.Worker = worker.DefaultName()
	}
	if o.Slot == "" {
		o.Slot = o.Worker
	}
	if o.batch <= 0 {
		o.batch = batchBytes
	}
	if o.BatchTime <= 0 {
		o.BatchTime = DefaultBatchTime
	}
	if o.StopTimeout <= 0 {
		o.StopTimeout = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Log = o.Log.With("role", "compute", "job", o.Job.Name)
	return o, nil
}

// inputs are the topics that the job is computed from.
func (o Options) inputs() []string {
	if o.Job.Stream != nil {
		return o.Job.Stream.Topics
	}
	return []string{o.Job.ChunksTopic()}
}
