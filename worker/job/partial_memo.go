package job

// memo remembers what became of short packed rows. What becomes of a row depends on its bytes alone (expressions have no clock and no chance),
// and a chunk of coded columns has few different rows: a repeated one is then counted, not computed. It is of one chunk, and of jobs that
// only count.
type memo struct {
	rows [1 << memoBits]memoRow
}

const memoBits = 8

type memoRow struct {
	row   uint64
	known bool
	group *group // nil: left out
}

// newMemo returns nil where rows can't be remembered.
func newMemo(aggregators []aggregator, width int) *memo {
	if width < 1 || width > 8 {
		return nil
	}
	for _, a := range aggregators {
		if a.Kind != Count {
			return nil
		}
	}
	return new(memo)
}

// row computes a row of c, or counts it as the one before that was the same.
func (m *memo) row(c *chunkRows, line []byte) error {
	if m == nil {
		return c.row(line)
	}
	var row uint64
	for _, b := range line {
		row = row<<8 | uint64(b)
	}
	slot := &m.rows[row*0x9e3779b97f4a7c15>>(64-memoBits)]
	counts := &c.into.counts
	if slot.known && slot.row == row {
		counts.Rows++
		if slot.group == nil {
			counts.LeftOut++
		} else {
			slot.group.rows++
		}
		return nil
	}
	before := *counts
	if err := c.row(line); err != nil {
		return err
	}
	switch {
	case counts.Dead != before.Dead: // each is a dead letter of its own
	case counts.LeftOut != before.LeftOut:
		*slot = memoRow{row: row, known: true}
	default:
		*slot = memoRow{row: row, known: true, group: c.into.last}
	}
	return nil
}
