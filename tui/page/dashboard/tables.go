package dashboard

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/tui/chart"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/table"
	"github.com/krapp-io/krapp/tui/theme"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/verdict"
)

type partitionColumn = table.Column[live.Partition]

// partitionsTable drops columns in this order: member, rate, start, trend, end, behind, committed; partition and lag stay.
func partitionsTable(frame func() ui.Frame) *table.Table[live.Partition] {
	offset := func(title string, width, drop int, of func(live.Partition) int64) partitionColumn {
		return partitionColumn{Title: title, Min: width, Max: 15, Weight: 1, Align: table.Right, Drop: drop, Cell: func(r live.Partition, w int) table.Cell {
			n := of(r)
			if r.Extent.Err != nil || n < 0 {
				return table.Cell{theme.S(theme.Muted, ui.None())}
			}
			return table.Cell{theme.S(numberRole(r), ui.CountIn(n, w))}
		}}
	}
	return table.New(table.Options[live.Partition]{
		Key: func(r live.Partition) string { return strconv.Itoa(int(r.Partition)) },
		Match: func(r live.Partition, f string) bool {
			return strings.Contains(strconv.Itoa(int(r.Partition))+" "+strings.ToLower(r.Member), f)
		},
		Note: partitionNote,
		Columns: []partitionColumn{
			{Title: "p", Min: 3, Align: table.Right, Cell: func(r live.Partition, w int) table.Cell { return table.Cell{{Text: ui.CountIn(r.Partition, w)}} },
				Compare: func(a, b live.Partition) int { return cmp.Compare(a.Partition, b.Partition) }},
			offset("start", 5, 7, func(r live.Partition) int64 { return r.Start }),
			offset("end", 7, 4, func(r live.Partition) int64 { return r.End }),
			offset("committed", 9, 2, func(r live.Partition) int64 { return r.Committed }),
			{Title: "lag", Min: 6, Max: 13, Weight: 1, Align: table.Right, Cell: lagCell, Descending: true,
				Compare: func(a, b live.Partition) int { return cmp.Compare(a.Records, b.Records) }},
			{Title: "behind", Min: 6, Align: table.Right, Drop: 3, Cell: behindCell},
			{Title: "trend", Min: 6, Max: live.TrendSamples, Weight: 2, Drop: 5, Cell: func(r live.Partition, w int) table.Cell {
				return chart.Spark(frame().Theme, w, r.Trend, 0, lagRole(r))
			}},
			{Title: "in", Min: 7, Align: table.Right, Drop: 8, Cell: func(r live.Partition, _ int) table.Cell {
				return table.Cell{{Text: ui.Rate(r.In)}}
			}},
			{Title: "member", Min: 10, Max: 36, Weight: 2, Drop: 9, Cell: func(r live.Partition, _ int) table.Cell {
				if r.Member == "" {
					return table.Cell{theme.S(theme.Muted, ui.None())}
				}
				return table.Cell{theme.S(theme.Muted, ui.T(r.Member))}
			}},
		},
	})
}

// partitionNote says why nothing is known of a partition.
func partitionNote(r live.Partition) table.Cell {
	if p, bad := ui.ProblemOf(r.Err); bad && !r.Stale {
		return table.Cell{theme.S(theme.Bad, safetext.Join(p.What, safetext.Const(": "), p.Why))}
	}
	return nil
}

func lagCell(r live.Partition, w int) table.Cell {
	if r.Records < 0 {
		return table.Cell{theme.S(theme.Muted, ui.None())}
	}
	return table.Cell{theme.S(lagRole(r), ui.CountIn(r.Records, w))}
}

func behindCell(r live.Partition, _ int) table.Cell {
	if r.Records <= 0 || r.Behind < 0 {
		return table.Cell{theme.S(theme.Muted, ui.None())}
	}
	return table.Cell{theme.S(lagRole(r), verdict.Brief(r.Behind))}
}

// numberRole mutes what is only the last known.
func numberRole(r live.Partition) theme.Role {
	if r.Stale {
		return theme.Muted
	}
	return theme.Text
}

// lagRole: behind by seconds is worth a look; a lag without a member moves only when someone comes.
func lagRole(r live.Partition) theme.Role {
	switch {
	case r.Stale:
		return theme.Muted
	case r.Err != nil:
		return theme.Bad
	case r.Records > 0 && (r.Behind >= attentionAfter || r.Member == ""):
		return theme.Warn
	}
	return theme.Text
}

type messageColumn = table.Column[live.Message]

// messagesTable drops the time first, then the key; place and value stay.
func messagesTable(frame func() ui.Frame) *table.Table[live.Message] {
	return table.New(table.Options[live.Message]{
		Key: place,
		Match: func(m live.Message, f string) bool {
			return strings.Contains(strings.ToLower(place(m)+" "+string(m.Key)+" "+string(m.Value)), f)
		},
		FollowTop: true,
		NoHeader:  true,
		Columns: []messageColumn{
			{Title: "time", Min: 12, Drop: 2, Cell: func(m live.Message, _ int) table.Cell {
				return table.Cell{theme.S(theme.Muted, frame().Times.Clock(m.Timestamp))}
			}},
			{Title: "place", Min: 14, Cell: func(m live.Message, _ int) table.Cell { return table.Cell{{Text: ui.T(place(m))}} }},
			{Title: "key", Min: 10, Max: 24, Weight: 1, Drop: 1, Cell: func(m live.Message, _ int) table.Cell { return bytesCell(m.Key, safetext.Const("–"), theme.Accent) }},
			{Title: "value", Min: 14, Weight: 8, Cell: func(m live.Message, _ int) table.Cell {
				return bytesCell(m.Value, safetext.Const("tombstone"), theme.Text)
			}},
		},
	})
}

// place is where a message is: partition@offset.
func place(m live.Message) string {
	return strconv.Itoa(int(m.Partition)) + "@" + strconv.FormatInt(m.Offset, 10)
}

// cellBytes is more than any cell shows of a value; what is behind it need not be made safe at each drawing.
const cellBytes = 2 << 10

func bytesCell(b []byte, none safetext.Text, role theme.Role) table.Cell {
	switch {
	case b == nil:
		return table.Cell{theme.S(theme.Muted, none)}
	case len(b) == 0:
		return table.Cell{theme.S(theme.Muted, safetext.Const("empty"))}
	}
	return table.Cell{theme.S(role, ui.T(b[:min(len(b), cellBytes)]))}
}
