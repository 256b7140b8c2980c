package main

import (
	"context"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/load"
	"github.com/krapp-io/krapp/bench/machine"
	"github.com/krapp-io/krapp/bench/terminal"
)

// replay lets as many messages flow as the time allows, and watches the console's memory.
func (b *consoles) replay(ctx context.Context, t *terminal.Terminal) error {
	flow, err := load.Start(ctx, b.client, b.topic, 0)
	if err != nil {
		return err
	}
	defer flow.Stop()
	var resident figure.Spread
	const samples = 24
	for range samples {
		if err := child.Wait(ctx, replayTime/samples); err != nil {
			return err
		}
		u, err := machine.Process(t.PID())
		if err != nil {
			return err
		}
		resident.Add(megabytes(u.Resident))
	}
	flow.Stop()
	v := resident.Values()
	first, second := figure.Spread{}, figure.Spread{}
	for i, mb := range v {
		switch {
		case i < samples/4: // the heap finds its size
		case i < samples*5/8:
			first.Add(mb)
		default:
			second.Add(mb)
		}
	}
	b.out.Add("resident memory during the replay", "MB", resident)
	growth := figure.Spread{}
	growth.Add(100 * (second.Median()/first.Median() - 1))
	b.out.Add("growth of it between the replay's second and last part", "%", growth)
	b.out.Below("resident memory flat (grows less than 5 %)", growth, 5, " %")
	b.out.Note("Replay: %d messages in %.0f s, as many as at 50,000 a second flow in %.0f minutes, at the full rate of the producer; the console "+
		"fetches the newest messages and all offsets at each look however many came between, so its work goes by time and not by messages. "+
		"The growth compares the medians of its resident memory from 25 to 62 %% and from 62 to 100 %% of that time.",
		flow.Sent, flow.Took.Seconds(), float64(flow.Sent)/flowRate/60)
	return nil
}
