package read

import (
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/read/source"
)

// WriteTo is where chunks go.
type WriteTo string

// The places where chunks go.
const (
	Kafka  WriteTo = "kafka"
	Stdout WriteTo = "stdout" // their rows, to Options.Out
	Null   WriteTo = "null"   // they are only counted
)

// DefaultStreams is how many sources a worker reads at a time.
const DefaultStreams = 2

// Options say what to read and where to. Job is required, and Client with WriteTo Kafka.
type Options struct {
	Client  *rdkafka.Client // connected; the caller closes it after the role has ended
	Job     *job.Job
	Sources []job.Source // what is wanted; other readers' sources are read too, as the group shares them out
	// Base is what took the place of scheme and host in the sources' URLs (see job.WithBase), "" for nothing. A reader reads only what it was
	// asked to, and what its job and Base make of a record's variables: a record can't send it to other files and hosts.
	Base string

	WriteTo WriteTo   // "" means Kafka
	Out     io.Writer // for Stdout

	Chunks  int64         // at most so many chunks of each source, a trial; 0: all
	Delay   time.Duration // after each chunk
	Streams int           // sources read at a time by this worker; 0 means DefaultStreams
	Source  source.Options

	Worker string // this worker's name in states; "" means host name and process id
	// Slot tells this worker apart from other live ones of the job and stays the same when it is started again, so that a successor ends at
	// once what a dead worker left open. "" means Worker.
	Slot           string
	StopTimeout    time.Duration // for the transaction in hand after the order to stop; 0 means 10 s
	SessionTimeout time.Duration // of the group membership; 0 means the client's default

	// Progress is told about four times a second how far the sources are, and once at the end.
	Progress func(Progress)
	Registry prometheus.Registerer // nil: no metrics
	Log      *slog.Logger          // nil: silent
}

func (o Options) withDefaults() (Options, error) {
	const op = "starting role"
	refuse := func(hint, format string, args ...any) (Options, error) {
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "read", hint, format, args...)
	}
	if o.WriteTo == "" {
		o.WriteTo = Kafka
	}
	switch {
	case o.Job == nil || o.Job.Files == nil:
		return refuse("name a job that reads files", "there is no job with sources")
	case len(o.Sources) == 0:
		return refuse("choose at least one", "no sources given")
	case o.WriteTo != Kafka && o.WriteTo != Stdout && o.WriteTo != Null:
		return refuse("write to kafka, stdout or null", "chunks can't be written to %q", o.WriteTo)
	case o.WriteTo == Kafka && o.Client == nil:
		return refuse("connect first", "no client given")
	case o.WriteTo == Stdout && o.Out == nil:
		return refuse("", "no output given")
	case o.Chunks < 0 || o.Delay < 0 || o.Streams < 0:
		return refuse("give numbers above zero", "chunks, delay and streams can't be negative")
	case o.Job.Chunk.Rows <= 0 || o.Job.Chunk.Bytes <= 0:
		return refuse("make the job with job.Parse", "the job doesn't say how large a chunk is")
	}
	if o.Streams == 0 {
		o.Streams = DefaultStreams
	}
	if o.Source.Buffer <= 0 {
		o.Source.Buffer = 2 << 20
	}
	if o.Worker == "" {
		o.Worker = worker.DefaultName()
	}
	if o.Slot == "" {
		o.Slot = o.Worker
	}
	if o.StopTimeout <= 0 {
		o.StopTimeout = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Log = o.Log.With("job", o.Job.Name)
	return o, nil
}
