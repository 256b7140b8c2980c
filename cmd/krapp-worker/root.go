package main

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/cmd/internal/config"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/httpd"
)

// envPrefix begins the variable that stands for a flag.
const envPrefix = "KRAPP_WORKER"

// noMonitor is the --monitor-listen that serves neither health nor metrics.
const noMonitor = "none"

// host is what every role runs in.
type host struct {
	cluster   *cli.Cluster
	errs      io.Writer
	http      httpd.Options
	monitor   string
	shutdown  time.Duration
	logFormat string
	logLevel  string
	name      string
	slot      string
	otlp      string

	log      *slog.Logger
	registry *prometheus.Registry
	resolved *config.Resolved // once connected
}

func newRoot(out, errs io.Writer) *cobra.Command {
	h := &host{errs: errs}
	root := &cobra.Command{
		Use:   "krapp-worker ROLE",
		Short: "Run one role of a Kafka pipeline: produce, consume, read, compute, results, seer or watch",
		Long: `krapp-worker runs one role until SIGTERM or SIGINT, which drain it within --shutdown-timeout.

Every flag can be given as an environment variable: --shutdown-timeout is KRAPP_WORKER_SHUTDOWN_TIMEOUT.
The cluster is found as by krapp: flags, KRAPP_* environment, .env, contexts, announced embedded broker.
Traces go to the OpenTelemetry collector that --otlp-endpoint or OTEL_EXPORTER_OTLP_ENDPOINT names, if one does.
Logs go to stderr. Exit codes: 0 after a clean stop, 1 failure, 2 wrong usage.`,
	}
	root.SetOut(out)
	root.SetErr(errs)
	f := root.PersistentFlags()
	h.cluster = cli.AddCluster(f)
	f.StringVar(&h.http.Addr, "listen", "", "HTTP address of the role (default: its own port on loopback)")
	f.StringVar(&h.http.TokenFile, "token-file", "", "file with the bearer token that requests need (mode 0600)")
	f.BoolVar(&h.http.AllowAnonymous, "allow-anonymous", false, "listen off loopback without a token")
	f.StringSliceVar(&h.http.AllowHosts, "allow-host", nil, "name by which the server may be called, beside its own addresses; may be repeated")
	f.StringSliceVar(&h.http.AllowOrigins, "allow-origin", nil, "origin whose pages may call; may be repeated")
	f.StringVar(&h.monitor, "monitor-listen", httpd.DefaultMonitorAddr, "address of /livez, /readyz and /metrics, or "+noMonitor)
	f.DurationVar(&h.shutdown, "shutdown-timeout", worker.DefaultShutdownTimeout, "how long a stop may take")
	f.DurationVar(&h.http.Linger, "linger", 0, "how long, in a stop, requests over connections that clients keep are still answered, each told to connect anew")
	f.StringVar(&h.logFormat, "log-format", "text", "text or json")
	f.StringVar(&h.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&h.otlp, "otlp-endpoint", "", "URL of an OpenTelemetry collector that takes OTLP over HTTP, as http://127.0.0.1:4318 (default: OTEL_EXPORTER_OTLP_ENDPOINT, else no traces)")
	f.StringVar(&h.name, "worker", "", "this worker's name in reports (default: host name and process id)")
	f.StringVar(&h.slot, "slot", "", "what tells this worker apart from others alive and stays the same after a restart: the pod's name")
	root.AddCommand(h.produceCommand(), h.consumeCommand(), h.computeCommand(), h.resultsCommand(), h.readCommand(), h.seerCommand(), h.watchCommand())
	cli.Root(root)
	return root
}

// prepare reads the environment for the flags that were not given, and checks those of the host.
func (h *host) prepare(cmd *cobra.Command) error {
	if err := cli.FromEnvironment(cmd.Flags(), envPrefix, os.LookupEnv); err != nil {
		return err
	}
	if h.shutdown <= 0 {
		return cli.Usagef("Give a duration above zero, as in 25s.", "--shutdown-timeout is %s", h.shutdown)
	}
	if h.http.Linger < 0 || h.http.Linger >= h.shutdown {
		return cli.Usagef("Give less than --shutdown-timeout, as in 3s.", "--linger is %s", h.http.Linger)
	}
	log, err := cli.Logger(h.errs, h.logFormat, h.logLevel)
	if err != nil {
		return err
	}
	h.log = log
	h.registry = prometheus.NewRegistry()
	h.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return nil
}

// run connects, makes the role and runs it until it is told to stop.
func (h *host) run(cmd *cobra.Command, build func(*rdkafka.Client) (worker.Role, error)) error {
	client, err := h.connect(cmd.Context())
	if err != nil {
		return err
	}
	defer client.Close()
	role, err := build(client)
	if err != nil {
		return err
	}
	tracer, err := h.tracer(cmd.Context())
	if err != nil {
		return err
	}
	defer h.lastTraces(tracer)
	runner := worker.Runner{Roles: []worker.Role{role}, ShutdownTimeout: h.shutdown, Log: h.log}
	if h.monitor != noMonitor {
		o := h.http
		o.Name, o.Addr, o.Linger, o.Registry, o.Log = "monitor", h.monitor, 0, h.registry, h.log
		runner.Monitor = httpd.Monitor(o, h.registry)
	}
	return runner.Run(tracer.Into(cmd.Context()))
}

func (h *host) connect(ctx context.Context) (*rdkafka.Client, error) {
	notes := &noteLog{log: h.log}
	r, err := h.cluster.Locate(ctx, notes)
	if err != nil {
		return nil, err
	}
	if r.Context.ClientID == "" {
		r.Context.ClientID = cmp.Or(h.name, worker.DefaultName()) // under which members of a group are told apart
	}
	h.resolved = r
	client, err := rdkafka.Connect(ctx, r.Context, h.log)
	if err != nil {
		return nil, err
	}
	h.log.Info("connected", "brokers", r.Context.Brokers)
	return client, nil
}

// noteLog turns notes for people into log lines.
type noteLog struct{ log *slog.Logger }

func (n *noteLog) Write(p []byte) (int, error) {
	n.log.Warn("configuration", "note", strings.TrimPrefix(strings.TrimSpace(string(p)), "note: "))
	return len(p), nil
}
