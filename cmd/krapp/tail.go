package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/tui/safetext"
)

// tail is one run of the command.
type tail struct {
	app       *app
	topic     string
	n         int
	limited   bool // n was given, and bounds a range too
	follow    bool
	from, to  string
	partition int32
	raw       bool
}

const defaultTail = 10

func (a *app) tailCommand() *cobra.Command {
	t := tail{app: a}
	cmd := &cobra.Command{Use: "tail TOPIC", Short: "Show the last records of a topic, or those from one position to another", Args: cobra.ExactArgs(1),
		Long: "Show the last records of a topic over all its partitions, oldest first; with --from those from there on, in each partition's order.\n" +
			"Positions are start, end, an offset, a time, or how long ago (-15m). Only committed records are shown.",
		Example: "  krapp tail orders -n 20 -f\n  krapp tail orders --from -15m --to -5m -o json\n  krapp tail orders --partition 2 --from 1042 -n 1 --raw",
		RunE: func(cmd *cobra.Command, args []string) error {
			t.topic, t.limited = args[0], cmd.Flags().Changed("lines")
			if err := t.check(); err != nil {
				return err
			}
			return a.with(cmd.Context(), func(client *rdkafka.Client) error { return t.run(cmd.Context(), client) })
		}}
	f := cmd.Flags()
	f.IntVarP(&t.n, "lines", "n", defaultTail, "how many records")
	f.BoolVarP(&t.follow, "follow", "f", false, "go on with what comes, until Ctrl-C")
	f.StringVar(&t.from, "from", "", "where to begin")
	f.StringVar(&t.to, "to", "", "where to end (default: where the topic ends now)")
	f.Int32Var(&t.partition, "partition", -1, "only this partition")
	f.BoolVar(&t.raw, "raw", false, "write the values' bytes and nothing else, a line end behind each")
	return cmd
}

func (t *tail) check() error {
	switch {
	case t.n < 0:
		return cli.Usagef("Give -n 1 or more.", "%d is no number of records", t.n)
	case t.follow && t.to != "":
		return cli.Usagef("Leave out one of the two.", "--follow has no end, and --to names one")
	case t.to != "" && t.from == "":
		return cli.Usagef("Add --from start.", "--to needs --from")
	case t.raw && t.app.format != cli.Table:
		return cli.Usagef("Leave out one of the two.", "--raw and -o %s exclude each other", t.app.format)
	}
	return nil
}

func (t *tail) run(ctx context.Context, client *rdkafka.Client) error {
	extents, err := t.extents(ctx, client)
	if err != nil {
		return err
	}
	if t.from != "" {
		return t.between(ctx, client, extents)
	}
	next := extents.Ends()
	records, err := t.last(ctx, client, extents)
	if err != nil {
		return err
	}
	for i := range records {
		if err := t.show(&records[i]); err != nil {
			return err
		}
		tp := records[i].TopicPartition()
		next[tp] = max(next[tp], records[i].Offset+1)
	}
	if !t.follow {
		return nil
	}
	return t.goOn(ctx, client, next)
}

// extents are those of the partitions that were asked for.
func (t *tail) extents(ctx context.Context, client *rdkafka.Client) (kafkaops.Extents, error) {
	extents, err := client.TopicExtents(ctx, kafkaops.ReadCommitted, t.topic)
	if err != nil {
		return nil, withHint(err, "See krapp topics list.")
	}
	for _, tp := range extents.Partitions() {
		if t.partition >= 0 && tp.Partition != t.partition {
			delete(extents, tp)
			continue
		}
		if err := extents[tp].Err; err != nil {
			return nil, err
		}
	}
	if len(extents) == 0 {
		return nil, kafkaops.Errorf(kafkaops.NotFound, "reading", t.topic, "See krapp topics describe "+t.topic+".", "there is no partition %d", t.partition)
	}
	return extents, nil
}

// last are the newest n records, oldest first.
func (t *tail) last(ctx context.Context, client *rdkafka.Client, extents kafkaops.Extents) ([]kafkaops.Record, error) {
	if t.partition < 0 {
		records, err := client.Tail(ctx, []string{t.topic}, t.n)
		slices.Reverse(records)
		return records, err
	}
	tp := extents.Partitions()[0]
	var records []kafkaops.Record
	for window := int64(t.n); ; window *= 4 { // offsets have gaps where transactions ended
		from := max(extents[tp].Start, extents[tp].End-window)
		read, err := client.Fetch(ctx, tp, from, int(extents[tp].End-from))
		if err != nil {
			return nil, err
		}
		records = read
		if len(records) >= t.n || from == extents[tp].Start {
			return records[max(0, len(records)-t.n):], nil
		}
	}
}

// errEnough ends a scan after -n records.
var errEnough = errors.New("enough records")

func (t *tail) between(ctx context.Context, client *rdkafka.Client, extents kafkaops.Extents) error {
	now := time.Now()
	begin, err := parsePosition("from", t.from, now)
	if err != nil {
		return err
	}
	from, err := begin.offsets(ctx, client, extents)
	if err != nil {
		return err
	}
	if t.follow {
		return t.goOn(ctx, client, from)
	}
	to := extents.Ends()
	if t.to != "" {
		end, err := parsePosition("to", t.to, now)
		if err != nil {
			return err
		}
		if to, err = end.offsets(ctx, client, extents); err != nil {
			return err
		}
	}
	shown := 0
	_, err = client.Scan(ctx, rdkafka.ScanSpec{From: from, To: to}, func(b *rdkafka.Batch) error {
		for i := range b.Len() {
			if t.limited && shown >= t.n {
				return errEnough
			}
			r := b.Record(i)
			if err := t.show(&r); err != nil {
				return err
			}
			shown++
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// goOn follows until Ctrl-C, which is how it is meant to end: the exit code says so.
func (t *tail) goOn(ctx context.Context, client *rdkafka.Client, from kafkaops.Offsets) error {
	err := client.Follow(ctx, []string{t.topic}, from, func(records []kafkaops.Record) error {
		for i := range records {
			if t.partition >= 0 && records[i].Partition != t.partition {
				continue
			}
			if err := t.show(&records[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return ctx.Err()
	}
	return err
}

func (t *tail) show(r *kafkaops.Record) error {
	if t.raw {
		_, err := t.app.out.Write(append(slices.Clone(r.Value), '\n'))
		return err
	}
	if t.app.format != cli.Table {
		return cli.Item(t.app.output(), cli.RecordOf(r), nil)
	}
	return writeRecord(t.app.out, r)
}

// writeRecord writes a record as a line: time, partition@offset, key, value, headers.
func writeRecord(w io.Writer, r *kafkaops.Record) error {
	when := "-"
	if r.TimestampKind != kafkaops.NoTimestamp {
		when = r.Timestamp.Local().Format("2006-01-02 15:04:05.000")
	}
	line := fmt.Sprintf("%-23s  %d@%d  %s  %s", when, r.Partition, r.Offset, shown(r.Key, "(no key)"), shown(r.Value, "(tombstone)"))
	for _, h := range r.Headers {
		line += fmt.Sprintf("  %s=%s", safetext.Of(h.Key), shown(h.Value, "(null)"))
	}
	_, err := io.WriteString(w, line+"\n")
	return err
}

func shown(b []byte, null string) safetext.Text {
	if b == nil {
		return safetext.Of(null)
	}
	return safetext.Of(b)
}
