package send

import (
	"context"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// Cancels knows which runs were cancelled, by reading krapp.runs. It is for one goroutine.
type Cancels struct {
	scanner roundtrip.Scanner
	at      kafkaops.Offsets
	runs    map[string]bool
}

// NewCancels reads krapp.runs from the given positions; nil means all of it.
func NewCancels(scanner roundtrip.Scanner, from kafkaops.Offsets) *Cancels {
	at := kafkaops.Offsets{{Topic: roundtrip.RunsTopic, Partition: 0}: 0}
	for tp, offset := range from {
		if tp.Topic == roundtrip.RunsTopic {
			at[tp] = offset
		}
	}
	return &Cancels{scanner: scanner, at: at, runs: map[string]bool{}}
}

// Refresh reads what is new. After an error what was known is still known.
func (c *Cancels) Refresh(ctx context.Context) error {
	at, err := c.scanner.ScanRecords(ctx, c.at, nil, kafkaops.ReadCommitted, func(recs []kafkaops.Record) error {
		for i := range recs {
			run, kind, _, ok := roundtrip.ParseRunKey(recs[i].Key)
			if ok && kind == roundtrip.CancelRecord {
				c.runs[run] = recs[i].Value != nil
			}
		}
		return nil
	})
	for tp, offset := range at {
		c.at[tp] = max(c.at[tp], offset)
	}
	return err
}

// Cancelled says whether the run was cancelled, as of the last Refresh.
func (c *Cancels) Cancelled(runID string) bool { return c.runs[runID] }
