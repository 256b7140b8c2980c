package group

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

func partitionTable() *table.Table[partition] {
	return table.New(table.Options[partition]{
		Key: func(p partition) string { return fmt.Sprintf("%s/%d", p.Topic, p.Partition) },
		Match: func(p partition, text string) bool {
			return strings.Contains(strings.ToLower(p.Topic+" "+p.member.ClientID+" "+p.member.Host), text)
		},
		Note:  note,
		Empty: safetext.Const("Nothing committed and nothing assigned yet. It fills when a member of the group reads or commits."),
		Columns: []table.Column[partition]{
			{Title: "topic", Min: 12, Max: 60, Weight: 2, Cell: func(p partition, _ int) table.Cell { return table.Cell{{Text: ui.T(p.Topic)}} },
				Compare: func(a, b partition) int { return a.Compare(b.TopicPartition) }},
			{Title: "p", Min: 4, Align: table.Right, Cell: func(p partition, _ int) table.Cell { return table.Cell{{Text: safetext.Sprintf("%d", p.Partition)}} }},
			{Title: "start", Min: 11, Align: table.Right, Drop: 4, Cell: offset(func(p partition) int64 { return p.Start })},
			{Title: "end", Min: 11, Align: table.Right, Drop: 2, Cell: offset(func(p partition) int64 { return p.End })},
			{Title: "committed", Min: 11, Align: table.Right, Drop: 1, Cell: committed},
			{Title: "lag", Min: 9, Align: table.Right, Descending: true, Cell: lag, Compare: func(a, b partition) int { return cmp.Compare(a.Records, b.Records) }},
			{Title: "behind", Min: 9, Align: table.Right, Descending: true, Cell: behind, Compare: func(a, b partition) int { return cmp.Compare(a.Behind, b.Behind) }},
			{Title: "member", Min: 14, Max: 40, Weight: 1, Drop: 3, Cell: member, Compare: func(a, b partition) int { return cmp.Compare(a.member.ID, b.member.ID) }},
		},
	})
}

// note says under a partition why its lag is not known.
func note(p partition) table.Cell {
	if pr, bad := ui.ProblemOf(cmp.Or(p.Err, p.Extent.Err)); bad {
		return table.Cell{theme.S(theme.Bad, safetext.Join(theme.Theme{}.Glyphs().Failed, safetext.Spaces(1), pr.What, safetext.Const(": "), pr.Why))}
	}
	return nil
}

func offset(of func(partition) int64) func(partition, int) table.Cell {
	return func(p partition, w int) table.Cell {
		if p.Extent.Err != nil {
			return table.Cell{theme.S(theme.Bad, safetext.Const("unknown").Truncate(w))}
		}
		return table.Cell{{Text: ui.CountIn(of(p), w)}}
	}
}

func committed(p partition, w int) table.Cell {
	if p.Committed == kafkaops.NoOffset {
		return table.Cell{theme.S(theme.Muted, safetext.Const("never"))}
	}
	return table.Cell{{Text: ui.CountIn(p.Committed, w)}}
}

func lag(p partition, w int) table.Cell {
	switch {
	case p.Records < 0:
		return table.Cell{theme.S(theme.Bad, safetext.Const("unknown"))}
	case p.Records == 0:
		return table.Cell{theme.S(theme.Muted, safetext.Const("0"))}
	}
	return table.Cell{{Text: ui.CountIn(p.Records, w)}}
}

func behind(p partition, _ int) table.Cell {
	if p.Behind <= 0 {
		return table.Cell{theme.S(theme.Muted, ui.None())}
	}
	return table.Cell{{Text: ui.Duration(p.Behind)}}
}

// member is who reads the partition; that nobody does is worth a word where records wait.
func member(p partition, _ int) table.Cell {
	switch {
	case p.member.ID != "":
		return table.Cell{theme.S(theme.Muted, safetext.Join(ui.T(p.member.ClientID), safetext.Spaces(1), host(p.member.Host)))}
	case p.Records > 0:
		return table.Cell{theme.S(theme.Warn, safetext.Const("! nobody"))}
	}
	return table.Cell{theme.S(theme.Muted, safetext.Const("nobody"))}
}

// host leaves out the slash that Java's brokers put before an address.
func host(s string) safetext.Text { return ui.T(strings.TrimPrefix(s, "/")) }

func memberTable() *table.Table[kafkaops.Member] {
	text := func(of func(kafkaops.Member) string, r theme.Role) func(kafkaops.Member, int) table.Cell {
		return func(m kafkaops.Member, _ int) table.Cell {
			if of(m) == "" {
				return table.Cell{theme.S(theme.Muted, ui.None())}
			}
			return table.Cell{theme.S(r, ui.T(of(m)))}
		}
	}
	return table.New(table.Options[kafkaops.Member]{
		Key:   func(m kafkaops.Member) string { return m.ID },
		Empty: safetext.Const("No member: nothing reads for this group now. Start a worker, or the application."),
		Columns: []table.Column[kafkaops.Member]{
			{Title: "client", Min: 14, Max: 40, Weight: 1, Cell: text(func(m kafkaops.Member) string { return m.ClientID }, theme.Text)},
			{Title: "host", Min: 15, Max: 40, Weight: 1, Cell: func(m kafkaops.Member, _ int) table.Cell { return table.Cell{{Text: host(m.Host)}} }},
			{Title: "partitions", Align: table.Right, Cell: func(m kafkaops.Member, w int) table.Cell { return table.Cell{{Text: ui.CountIn(len(m.Assigned), w)}} },
				Compare: func(a, b kafkaops.Member) int { return cmp.Compare(len(a.Assigned), len(b.Assigned)) }, Descending: true},
			{Title: "instance", Min: 12, Max: 30, Weight: 1, Drop: 2, Cell: text(func(m kafkaops.Member) string { return m.InstanceID }, theme.Text)},
			{Title: "id", Min: 20, Weight: 2, Drop: 3, Cell: text(func(m kafkaops.Member) string { return m.ID }, theme.Muted)},
		},
	})
}
