package main

import (
	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/results"
	"github.com/krapp-io/krapp/worker/results/materialise"
)

func (h *host) resultsCommand() *cobra.Command {
	var o results.Options
	var names []string
	cmd := &cobra.Command{Use: "results", Short: "Show the results of jobs over HTTP, with how complete they are", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := h.prepare(cmd); err != nil {
				return err
			}
			jobs, err := loadJobs(names)
			if err != nil {
				return err
			}
			return h.run(cmd, func(client *rdkafka.Client) (worker.Role, error) {
				o.Client, o.Jobs, o.HTTP, o.Registry, o.Log = client, jobs, h.http, h.registry, h.log
				return results.New(o)
			})
		}}
	f := cmd.Flags()
	f.StringSliceVar(&names, "job", nil, "job whose results to show: a built-in one, or a file; may be repeated, the first is the one that / and /results show")
	f.BoolVar(&o.NoSnapshots, "no-snapshots", false, "write nothing to Kafka; another instance should, or a start takes longer and longer")
	f.DurationVar(&o.SnapshotTime, "snapshot-time", materialise.DefaultSnapshotTime, "between two snapshots, while results change")
	f.Int64Var(&o.SnapshotRecords, "snapshot-records", materialise.DefaultSnapshotRecords, "partial results after which a snapshot is written at once")
	f.IntVar(&o.MaxStreams, "max-streams", 0, "pages open at a time (default: the shell's)")
	return cmd
}

// loadJobs finds the jobs that were named on the command line.
func loadJobs(names []string) ([]*job.Job, error) {
	if len(names) == 0 {
		return nil, cli.Usagef("Name a job: krapp-worker results --job census, or --job FILE.yaml.", "no job given")
	}
	jobs := make([]*job.Job, len(names))
	for i, name := range names {
		var err error
		if jobs[i], err = job.Load(name); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}
