// Package results is the role that shows a job's answer over HTTP: as JSON and as a live page, with how complete it is. Everything it knows is in
// Kafka: a restart loses nothing, and any other instance gives the same answer.
package results

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/httpd"
	"github.com/krapp-io/krapp/worker/job"
)

// DefaultAddr is where results are served.
const DefaultAddr = "127.0.0.1:8888"

// Options say whose results to show. Client and Jobs are required.
type Options struct {
	Client *rdkafka.Client // connected; the caller closes it after the role has ended
	Jobs   []*job.Job      // of different names; the first is the one that is shown where none is named
	HTTP   httpd.Options   // Addr "" means DefaultAddr; Name, OpenPaths and, where they are zero, StopTimeout, Registry and Log are set here

	NoSnapshots     bool          // only read: write nothing to Kafka
	SnapshotTime    time.Duration // see materialise.Options; 0 means its default
	SnapshotRecords int64         // see materialise.Options; 0 means its default
	StopTimeout     time.Duration // for requests and snapshots in hand after the order to stop; 0 means 10 s
	MaxStreams      int           // pages open at a time; 0 means httpd.DefaultMaxStreams
	// OnListen is told the address once it is bound, which may differ from HTTP.Addr (port 0, next free port).
	OnListen func(addr string)
	Registry prometheus.Registerer // nil: no metrics
	Log      *slog.Logger          // nil: silent
}

func (o Options) withDefaults() (Options, error) {
	const op = "starting role"
	if o.Client == nil {
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "results", "connect first", "no client given")
	}
	if len(o.Jobs) == 0 {
		return o, kafkaops.Errorf(kafkaops.Invalid, op, "results", "name a job: krapp-worker results --job census", "no job given")
	}
	names := map[string]bool{}
	for _, j := range o.Jobs {
		if names[j.Name] {
			return o, kafkaops.Errorf(kafkaops.Invalid, op, "results", "give each job a name of its own", "two jobs are called %s", j.Name)
		}
		names[j.Name] = true
	}
	if o.StopTimeout <= 0 {
		o.StopTimeout = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.HTTP = o.HTTP.OfRole("results", DefaultAddr, o.StopTimeout, o.Registry, o.Log)
	return o, nil
}
