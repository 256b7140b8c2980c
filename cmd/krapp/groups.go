package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

func (a *app) groupsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "groups", Short: "List and describe consumer groups"}
	cmd.AddCommand(a.groupsListCommand(), a.groupsDescribeCommand())
	return cmd
}

// groupRow is a group in the list.
type groupRow struct {
	Group string `json:"group"`
	State string `json:"state"`
	Type  string `json:"type,omitempty"`
}

func (a *app) groupsListCommand() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List consumer groups", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return a.with(cmd.Context(), func(client *rdkafka.Client) error {
			groups, err := client.ListGroups(cmd.Context())
			if err != nil {
				return err
			}
			rows := []groupRow{}
			for _, g := range groups {
				rows = append(rows, groupRow{g.ID, g.State, g.Type})
			}
			return cli.List(a.output(), rows,
				cli.Column[groupRow]{Title: "group", Text: func(g groupRow) string { return g.Group }},
				cli.Column[groupRow]{Title: "state", Text: func(g groupRow) string { return g.State }},
				cli.Column[groupRow]{Title: "type", Text: func(g groupRow) string { return g.Type }},
			)
		})
	}}
}

// groupDetail is a group described, with its lag.
type groupDetail struct {
	Group       string       `json:"group"`
	State       string       `json:"state"`
	Type        string       `json:"type,omitempty"`
	Assignor    string       `json:"assignor,omitempty"`
	Coordinator string       `json:"coordinator,omitempty"` // host:port
	Members     []memberJSON `json:"members"`
	Lag         []lagJSON    `json:"lag"`
	TotalLag    int64        `json:"total_lag"`
	LagComplete bool         `json:"lag_complete"` // false: the lag of a partition isn't known, total_lag is that of the others
}

type memberJSON struct {
	Member   string         `json:"member"`
	Instance string         `json:"instance,omitempty"`
	Client   string         `json:"client"`
	Host     string         `json:"host"`
	Assigned []assignedJSON `json:"assigned"`
}

type assignedJSON struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

type lagJSON struct {
	Topic         string   `json:"topic"`
	Partition     int32    `json:"partition"`
	Start         *int64   `json:"start"`
	End           *int64   `json:"end"`
	Committed     *int64   `json:"committed"`      // null: never
	Lag           *int64   `json:"lag"`            // offsets; null: not known
	BehindSeconds *float64 `json:"behind_seconds"` // age of the oldest record not committed; null: not known
	Member        string   `json:"member,omitempty"`
	Error         string   `json:"error,omitempty"`
}

func (a *app) groupsDescribeCommand() *cobra.Command {
	return &cobra.Command{Use: "describe GROUP…", Short: "Describe groups: members, assignments, lag in offsets and seconds", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(client *rdkafka.Client) error {
				return a.describeGroups(cmd.Context(), client, args)
			})
		}}
}

func (a *app) describeGroups(ctx context.Context, client *rdkafka.Client, ids []string) error {
	groups, err := client.DescribeGroups(ctx, ids...)
	if err != nil {
		return err
	}
	var failed error
	for _, g := range groups {
		if g.Err != nil {
			failed = firstError(failed, withHint(g.Err, "See krapp groups list."))
			continue
		}
		lags, err := client.Lag(ctx, g.ID)
		if err != nil {
			return err
		}
		if g.State == "Dead" && len(lags) == 0 { // what Kafka says of a group that never was
			failed = firstError(failed, kafkaops.NewError(kafkaops.NotFound, "describing group", g.ID, "See krapp groups list.", nil))
			continue
		}
		if err := cli.Item(a.output(), groupDetailOf(g, lags), writeGroup); err != nil {
			return err
		}
	}
	return failed
}

func groupDetailOf(g kafkaops.Group, lags []kafkaops.Lag) groupDetail {
	d := groupDetail{Group: g.ID, State: g.State, Type: g.Type, Assignor: g.Assignor, Members: []memberJSON{}, Lag: []lagJSON{}}
	if g.Coordinator.Host != "" {
		d.Coordinator = g.Coordinator.Host + ":" + strconv.Itoa(g.Coordinator.Port)
	}
	for _, m := range g.Members {
		row := memberJSON{Member: m.ID, Instance: m.InstanceID, Client: m.ClientID, Host: m.Host, Assigned: []assignedJSON{}}
		for _, tp := range m.Assigned {
			row.Assigned = append(row.Assigned, assignedJSON{tp.Topic, tp.Partition})
		}
		d.Members = append(d.Members, row)
	}
	for _, l := range lags {
		d.Lag = append(d.Lag, lagOf(l))
	}
	d.TotalLag, d.LagComplete = kafkaops.TotalLag(lags)
	return d
}

func lagOf(l kafkaops.Lag) lagJSON {
	row := lagJSON{Topic: l.Topic, Partition: l.Partition, Member: l.Member, Error: errText(l.Err)}
	if l.Err == nil {
		row.Start, row.End = &l.Start, &l.End
	}
	if l.Committed >= 0 {
		row.Committed = &l.Committed
	}
	if l.Records >= 0 {
		row.Lag = &l.Records
	}
	if l.Behind >= 0 {
		seconds := l.Behind.Seconds()
		row.BehindSeconds = &seconds
	}
	return row
}

func writeGroup(w io.Writer, d groupDetail) error {
	fields := []cli.Field{{Name: "Group", Text: d.Group}, {Name: "State", Text: d.State}, {Name: "Assignor", Text: d.Assignor}, {Name: "Coordinator", Text: d.Coordinator}}
	total := strconv.FormatInt(d.TotalLag, 10)
	if !d.LagComplete {
		total += " and more: not every partition's is known"
	}
	if err := cli.Fields(w, append(fields, cli.Field{Name: "Lag", Text: total})...); err != nil {
		return err
	}
	out := cli.Output{W: w, Format: cli.Table}
	if len(d.Members) > 0 {
		err := cli.List(out, d.Members,
			cli.Column[memberJSON]{Title: "member", Text: func(m memberJSON) string { return m.Member }},
			cli.Column[memberJSON]{Title: "host", Text: func(m memberJSON) string { return m.Host }},
			cli.Column[memberJSON]{Title: "partitions", Right: true, Text: func(m memberJSON) string { return strconv.Itoa(len(m.Assigned)) }},
		)
		if err != nil {
			return err
		}
	}
	if len(d.Lag) == 0 {
		return nil
	}
	return cli.List(out, d.Lag,
		cli.Column[lagJSON]{Title: "topic", Text: func(l lagJSON) string { return l.Topic }},
		cli.Column[lagJSON]{Title: "partition", Right: true, Text: func(l lagJSON) string { return strconv.Itoa(int(l.Partition)) }},
		cli.Column[lagJSON]{Title: "committed", Right: true, Text: func(l lagJSON) string { return numberOr(l.Committed, "-") }},
		cli.Column[lagJSON]{Title: "end", Right: true, Text: func(l lagJSON) string { return numberOr(l.End, "?") }},
		cli.Column[lagJSON]{Title: "lag", Right: true, Text: func(l lagJSON) string { return numberOr(l.Lag, "?") }},
		cli.Column[lagJSON]{Title: "behind", Right: true, Text: func(l lagJSON) string { return behindText(l.BehindSeconds) }},
		cli.Column[lagJSON]{Title: "member", Text: func(l lagJSON) string { return l.Member }},
		cli.Column[lagJSON]{Title: "error", Text: func(l lagJSON) string { return l.Error }},
	)
}

func behindText(seconds *float64) string {
	if seconds == nil {
		return "?"
	}
	return fmt.Sprint(time.Duration(*seconds * float64(time.Second)).Round(100 * time.Millisecond))
}
