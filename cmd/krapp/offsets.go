package main

import (
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// offsetsRow is how far a partition reaches.
type offsetsRow struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Start     *int64 `json:"start"` // null: not known, see error
	End       *int64 `json:"end"`
	Isolation string `json:"isolation"`
	Error     string `json:"error,omitempty"`
}

const (
	readCommitted   = "read-committed"
	readUncommitted = "read-uncommitted"
)

func (a *app) offsetsCommand() *cobra.Command {
	var isolation string
	cmd := &cobra.Command{Use: "offsets TOPIC…", Short: "Show the start and end offset of each partition", Args: cobra.MinimumNArgs(1),
		Long: "Show the start and end offset of each partition. The end of read-committed is the last stable offset: below it every transaction has ended.\n" +
			"A difference of offsets is not a number of records: compaction and transaction markers take offsets too.",
		RunE: func(cmd *cobra.Command, args []string) error {
			level := kafkaops.ReadCommitted
			switch isolation {
			case readCommitted:
			case readUncommitted:
				level = kafkaops.ReadUncommitted
			default:
				return cli.Usagef("Give --isolation "+readCommitted+" or "+readUncommitted+".", "%q is no isolation level", isolation)
			}
			return a.with(cmd.Context(), func(client *rdkafka.Client) error {
				extents, err := client.TopicExtents(cmd.Context(), level, args...)
				if err != nil {
					return withHint(err, "See krapp topics list.")
				}
				rows, failed := offsetsRows(extents, isolation)
				if err := cli.List(a.output(), rows, offsetsColumns()...); err != nil {
					return err
				}
				return failed
			})
		}}
	cmd.Flags().StringVar(&isolation, "isolation", readCommitted, readCommitted+" or "+readUncommitted)
	return cmd
}

func offsetsRows(extents kafkaops.Extents, isolation string) (rows []offsetsRow, failed error) {
	rows = []offsetsRow{}
	for _, tp := range extents.Partitions() {
		x := extents[tp]
		row := offsetsRow{Topic: tp.Topic, Partition: tp.Partition, Isolation: isolation, Error: errText(x.Err)}
		if x.Err == nil {
			row.Start, row.End = &x.Start, &x.End
		}
		failed = firstError(failed, x.Err)
		rows = append(rows, row)
	}
	return rows, failed
}

func offsetsColumns() []cli.Column[offsetsRow] {
	return []cli.Column[offsetsRow]{
		{Title: "topic", Text: func(r offsetsRow) string { return r.Topic }},
		{Title: "partition", Right: true, Text: func(r offsetsRow) string { return strconv.Itoa(int(r.Partition)) }},
		{Title: "start", Right: true, Text: func(r offsetsRow) string { return numberOr(r.Start, "?") }},
		{Title: "end", Right: true, Text: func(r offsetsRow) string { return numberOr(r.End, "?") }},
		{Title: "error", Text: func(r offsetsRow) string { return r.Error }},
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
