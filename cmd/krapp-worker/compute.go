package main

import (
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/compute"
	"github.com/krapp-io/krapp/worker/job"
)

func (h *host) computeCommand() *cobra.Command {
	var o compute.Options
	var name, writeTo string
	cmd := &cobra.Command{Use: "compute", Short: "Compute the rows of a job exactly once; any number of these share the work", Args: cobra.NoArgs,
		Long: `compute takes the chunks that krapp-worker read wrote, or the records of a stream's topics, and writes partial results in the
transactions that commit its offsets. Start as many as you like with the same job file, each with a slot of its own.
Rows that can't be read go to TOPIC.dlq with the reason. --write-to stdout and null are trials: they count for a group of their own
and change nothing in the job's answer.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := h.prepare(cmd); err != nil {
				return err
			}
			if name == "" {
				return cli.Usagef("Name a built-in job or a file, as in --job census.", "--job is missing")
			}
			var err error
			if o.Job, err = job.Load(name); err != nil {
				return err
			}
			saveMemory()
			return h.run(cmd, func(client *rdkafka.Client) (worker.Role, error) {
				o.Client, o.Worker, o.Slot, o.Registry, o.Log = client, h.name, h.slot, h.registry, h.log
				o.WriteTo, o.Out = compute.WriteTo(writeTo), cmd.OutOrStdout()
				return compute.New(o)
			})
		}}
	f := cmd.Flags()
	f.StringVar(&name, "job", "", "job to compute: a built-in one (census) or a file")
	f.StringVar(&writeTo, "write-to", string(compute.Kafka), "where results go: kafka, or for a trial stdout or null")
	f.DurationVar(&o.Delay, "delay", 0, "work that each chunk takes beside what it takes: a trial of scaling")
	f.BoolVar(&o.CreateTopics, "create-topics", false, "make topics that the job's routes name and that are missing")
	f.StringSliceVar(&o.Allow, "topics", nil, "topics that routes may write to, names or globs (default: every topic but krapp.*, __*, *.dlq and the job's own)")
	f.DurationVar(&o.BatchTime, "batch-time", compute.DefaultBatchTime, "how long a batch waits for more while little comes")
	f.DurationVar(&o.SessionTimeout, "session-timeout", 0, "after which a silent member is out (default 10s)")
	return cmd
}

// saveMemory keeps a worker that has many others beside it small: at full speed this was 68 and is 62 MB, at the same speed.
func saveMemory() {
	rdkafka.SaveMemory()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}
