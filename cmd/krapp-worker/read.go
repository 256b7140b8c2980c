package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/read"
)

// readFlags are those of the role.
type readFlags struct {
	o             read.Options
	job           string
	years, months []string
	lists         []string
	file          string
	writeTo       string
	partitions    int
	replicas      int
	dryRun        bool
}

func (h *host) readCommand() *cobra.Command {
	var f readFlags
	cmd := &cobra.Command{Use: "read", Short: "Read the sources of a job into chunks of rows, each exactly once",
		Long: `Read streams a job's sources (files or URLs, gzip, zstd or plain) and stores their rows in chunks.

Several readers share the sources. Stopped or killed, another start goes on where it was. A source that fails is reported
with its URL and position and the others go on; the exit code is then 1, and starting the same again takes the failed ones up.`,
		Example: `  krapp-worker read --job census --years 2019,2020 --months jan,feb
  krapp-worker read --job census --from-file jan19pub.dat.gz --years 2019
  krapp-worker read --job ./my-job.yaml --list region=north,south --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return h.read(cmd, &f) }}
	fs := cmd.Flags()
	fs.StringVar(&f.job, "job", "census", "job: a built-in one ("+strings.Join(job.Builtin(), ", ")+") or a file")
	fs.StringSliceVar(&f.years, "years", nil, "short for --list year=…; * is all of the job's")
	fs.StringSliceVar(&f.months, "months", nil, "short for --list mon=…; * is all of the job's")
	fs.StringArrayVar(&f.lists, "list", nil, "values of one of the job's lists, as in region=north,south; may be repeated (default: all)")
	fs.StringVar(&f.file, "from-file", "", "read this file as the one source that the chosen values name")
	fs.StringVar(&f.o.Base, "base-url", "", "scheme and host, or directory, in the place of the sources' own; http is allowed for its host")
	fs.StringSliceVar(&f.o.Source.AllowHosts, "allow-host", nil, "host that may be reached over plain http; may be repeated")
	fs.Int64Var(&f.o.Chunks, "chunks", 0, "at most so many chunks of each source (default: all)")
	fs.StringVar(&f.writeTo, "write-to", string(read.Kafka), "kafka, stdout (rows) or null (only counted)")
	fs.IntVar(&f.partitions, "partitions", 0, "of topics that are created (default: the job's)")
	fs.IntVar(&f.replicas, "replication-factor", 0, "of topics that are created (default: the job's, else the broker's)")
	fs.DurationVar(&f.o.Delay, "delay", 0, "pause after each chunk")
	fs.IntVar(&f.o.Streams, "streams", read.DefaultStreams, "sources read at a time by this worker")
	fs.DurationVar(&f.o.Source.StallTimeout, "stall-timeout", 30*time.Second, "how long a server may send nothing")
	fs.IntVar(&f.o.Source.Retries, "retries", 8, "how often in a row a connection is made again without progress; none if negative")
	fs.Int64Var(&f.o.Source.MaxBytes, "max-bytes", 64<<30, "largest source, in bytes decompressed")
	fs.Float64Var(&f.o.Source.MaxRatio, "max-ratio", 200, "largest ratio of decompressed to compressed bytes")
	fs.IntVar(&f.o.Source.MaxLine, "max-line", 1<<20, "longest row, in bytes")
	fs.DurationVar(&f.o.SessionTimeout, "session-timeout", 0, "of the group membership (default: the client's)")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the job and its sources, touch nothing")
	return cmd
}

// read runs the role, or says what it would read.
func (h *host) read(cmd *cobra.Command, f *readFlags) error {
	show := newReport(h.errs)
	if show.terminal {
		h.errs = show // what is logged goes above the bar
		if !cmd.Flags().Changed("log-level") {
			h.logLevel = "warn"
		}
	}
	if err := h.prepare(cmd); err != nil {
		return err
	}
	if err := f.resolve(); err != nil {
		return err
	}
	if f.dryRun {
		fmt.Fprint(cmd.OutOrStdout(), f.o.Job.Describe(f.o.Sources))
		return nil
	}
	show.log = h.log
	defer show.end()
	o := f.o
	o.Out, o.Progress = cmd.OutOrStdout(), show.tell
	o.Worker, o.Slot, o.Registry, o.Log, o.Source.Log = h.name, h.slot, h.registry, h.log, h.log
	if o.WriteTo == read.Kafka {
		return h.run(cmd, func(client *rdkafka.Client) (worker.Role, error) {
			o.Client = client
			return read.New(o)
		})
	}
	role, err := read.New(o)
	if err != nil {
		return err
	}
	runner := worker.Runner{Roles: []worker.Role{role}, ShutdownTimeout: h.shutdown, Log: h.log}
	return runner.Run(cmd.Context())
}

// resolve finds the job and what is to be read of it.
func (f *readFlags) resolve() error {
	j, err := job.Load(f.job)
	if err != nil {
		return err
	}
	if f.partitions < 0 || f.replicas < 0 {
		return cli.Usagef("Give numbers above zero.", "--partitions is %d, --replication-factor %d", f.partitions, f.replicas)
	}
	if f.partitions > 0 {
		j.Topics.Partitions = f.partitions
	}
	if f.replicas > 0 {
		j.Topics.ReplicationFactor = f.replicas
	}
	choose, err := f.chosen()
	if err != nil {
		return err
	}
	f.o.Job, f.o.WriteTo = j, read.WriteTo(f.writeTo)
	switch f.o.WriteTo {
	case read.Kafka, read.Stdout, read.Null:
	default:
		return cli.Usagef("Give --write-to kafka, stdout or null.", "--write-to is %q", f.writeTo)
	}
	if f.file != "" {
		if f.o.Base != "" {
			return cli.Usagef("Give one of the two.", "--from-file and --base-url both say where the rows are")
		}
		src, err := j.FileSource(f.file, choose)
		f.o.Sources = []job.Source{src}
		return err
	}
	if f.o.Sources, err = j.Sources(choose); err != nil {
		return err
	}
	return f.rebase()
}

// rebase puts the base in the place of the sources' own.
func (f *readFlags) rebase() error {
	if f.o.Base == "" {
		return nil
	}
	for i, src := range f.o.Sources {
		based, err := job.WithBase(src.URL, f.o.Base)
		if err != nil {
			return err
		}
		f.o.Sources[i].URL = based
	}
	if u, err := url.Parse(f.o.Base); err == nil && u.Host != "" {
		f.o.Source.AllowHosts = append(f.o.Source.AllowHosts, u.Host)
	}
	return nil
}

// chosen is the values of the lists that were given.
func (f *readFlags) chosen() (map[string][]string, error) {
	choose := make(map[string][]string)
	add := func(flag, name string, values []string) error {
		if _, twice := choose[name]; twice {
			return cli.Usagef("Give each list once, its values with commas between.", "%s: the list %s is given twice", flag, name)
		}
		choose[name] = values
		return nil
	}
	for _, l := range f.lists {
		name, values, ok := strings.Cut(l, "=")
		if !ok || name == "" || values == "" {
			return nil, cli.Usagef("Give it as --list region=north,south.", "--list is %q", l)
		}
		if err := add("--list", name, strings.Split(values, ",")); err != nil {
			return nil, err
		}
	}
	if len(f.years) > 0 {
		if err := add("--years", "year", f.years); err != nil {
			return nil, err
		}
	}
	if len(f.months) > 0 {
		if err := add("--months", "mon", f.months); err != nil {
			return nil, err
		}
	}
	return choose, nil
}
