package topic

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
)

func partitionTable() *table.Table[partition] {
	return table.New(table.Options[partition]{
		Key:   func(p partition) string { return strconv.Itoa(int(p.ID)) },
		Empty: safetext.Const("No partitions are known: the topic is being created or deleted. r looks again."),
		Note:  note,
		Columns: []table.Column[partition]{
			{Title: "p", Min: 4, Align: table.Right, Compare: func(a, b partition) int { return cmp.Compare(a.ID, b.ID) },
				Cell: func(p partition, _ int) table.Cell { return table.Cell{{Text: safetext.Sprintf("%d", p.ID)}} }},
			{Title: "leader", Min: 6, Align: table.Right, Drop: 1, Cell: leader},
			{Title: "replicas", Min: 8, Max: 20, Weight: 1, Drop: 4, Cell: func(p partition, _ int) table.Cell { return table.Cell{{Text: list(p.Replicas)}} }},
			{Title: "isr", Min: 6, Max: 20, Weight: 1, Drop: 3, Cell: isr},
			{Title: "start", Min: 11, Align: table.Right, Drop: 2, Cell: offset(func(p partition) int64 { return p.extent.Start })},
			{Title: "end", Min: 11, Align: table.Right, Cell: offset(func(p partition) int64 { return p.extent.End }),
				Compare: func(a, b partition) int { return cmp.Compare(a.extent.End, b.extent.End) }, Descending: true},
			{Title: "messages", Min: 10, Align: table.Right, Cell: offset(func(p partition) int64 { return p.extent.End - p.extent.Start }),
				Compare: func(a, b partition) int {
					return cmp.Compare(a.extent.End-a.extent.Start, b.extent.End-b.extent.Start)
				}, Descending: true},
			{Title: "rate", Min: 8, Align: table.Right, Drop: 5, Cell: rate, Descending: true,
				Compare: func(a, b partition) int { return cmp.Compare(a.rate, b.rate) }},
		},
	})
}

// note says under a partition what is wrong with it.
func note(p partition) table.Cell {
	if pr, bad := ui.ProblemOf(cmp.Or(p.Err, p.extent.Err)); bad {
		return table.Cell{theme.S(theme.Bad, safetext.Join(pr.What, safetext.Const(": "), pr.Why))}
	}
	return nil
}

func leader(p partition, _ int) table.Cell {
	if p.Leader < 0 {
		return table.Cell{theme.S(theme.Bad, safetext.Join(theme.Theme{}.Glyphs().Failed, safetext.Const(" none")))}
	}
	return table.Cell{{Text: safetext.Sprintf("%d", p.Leader)}}
}

func isr(p partition, _ int) table.Cell {
	if len(p.ISR) < len(p.Replicas) {
		return table.Cell{theme.S(theme.Warn, safetext.Join(safetext.Const("! "), list(p.ISR)))}
	}
	return table.Cell{theme.S(theme.Muted, list(p.ISR))}
}

// offset shows a number, or that it is not known.
func offset(of func(partition) int64) func(partition, int) table.Cell {
	return func(p partition, w int) table.Cell {
		if p.extent.Err != nil {
			return table.Cell{theme.S(theme.Bad, safetext.Const("unknown").Truncate(w))}
		}
		return table.Cell{{Text: ui.CountIn(of(p), w)}}
	}
}

func rate(p partition, _ int) table.Cell {
	if p.rate <= 0 {
		return table.Cell{theme.S(theme.Muted, ui.None())}
	}
	return table.Cell{{Text: ui.Rate(p.rate)}}
}

func list(ids []int32) safetext.Text {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = strconv.Itoa(int(id))
	}
	return safetext.Of(strings.Join(parts, ","))
}

func configTable() *table.Table[kafkaops.ConfigEntry] {
	return table.New(table.Options[kafkaops.ConfigEntry]{
		Key:   func(c kafkaops.ConfigEntry) string { return c.Name },
		Empty: safetext.Const("The brokers tell no configuration. r looks again."),
		Match: func(c kafkaops.ConfigEntry, text string) bool {
			return strings.Contains(strings.ToLower(c.Name+"="+c.Value), text)
		},
		Columns: []table.Column[kafkaops.ConfigEntry]{
			{Title: "configuration", Min: 18, Max: 44, Weight: 2, Cell: configName,
				Compare: func(a, b kafkaops.ConfigEntry) int { return cmp.Compare(a.Name, b.Name) }},
			{Title: "value", Min: 10, Weight: 3, Cell: configValue},
		},
	})
}

func configName(c kafkaops.ConfigEntry, _ int) table.Cell {
	if c.Default {
		return table.Cell{theme.S(theme.Muted, ui.T(c.Name))}
	}
	return table.Cell{{Text: ui.T(c.Name), Strong: true}}
}

func configValue(c kafkaops.ConfigEntry, _ int) table.Cell {
	switch {
	case c.Sensitive:
		return table.Cell{theme.S(theme.Muted, safetext.Const("(secret)"))}
	case c.Value == "":
		return table.Cell{theme.S(theme.Muted, ui.None())}
	case c.Default:
		return table.Cell{theme.S(theme.Muted, ui.T(c.Value))}
	}
	return table.Cell{{Text: ui.T(c.Value)}}
}

func groupTable() *table.Table[consumer] {
	return table.New(table.Options[consumer]{
		Key:   func(c consumer) string { return c.group },
		Empty: safetext.Const("No group has committed on this topic. :groups lists all groups."),
		Columns: []table.Column[consumer]{
			{Title: "group", Min: 14, Weight: 1, Cell: func(c consumer, _ int) table.Cell { return table.Cell{{Text: ui.T(c.group)}} },
				Compare: func(a, b consumer) int { return cmp.Compare(a.group, b.group) }},
			{Title: "state", Min: 8, Max: 20, Drop: 1, Cell: func(c consumer, _ int) table.Cell { return table.Cell{theme.S(theme.Muted, ui.T(c.state))} }},
			{Title: "lag", Min: 11, Align: table.Right, Cell: lag, Compare: func(a, b consumer) int { return cmp.Compare(a.lag, b.lag) }, Descending: true},
		},
	})
}

// lag never passes what is unknown for nothing.
func lag(c consumer, w int) table.Cell {
	switch {
	case c.complete:
		return table.Cell{{Text: ui.CountIn(c.lag, w)}}
	case c.lag > 0:
		return table.Cell{theme.S(theme.Warn, safetext.Join(safetext.Const("! "), ui.CountIn(c.lag, w-3), safetext.Const("+")))}
	}
	return table.Cell{theme.S(theme.Bad, safetext.Const("unknown"))}
}
