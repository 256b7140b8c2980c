package live_test

import (
	"context"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/live"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/page/dashboard"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

// BenchmarkFiftySubscribers is what one look at a moving topic costs with fifty views of it, from asking to the last view's mailbox: the look
// and what is handed on, without any drawing.
func BenchmarkFiftySubscribers(b *testing.B) {
	for name, views := range map[string]int{"one": 1, "fifty": 50} {
		b.Run(name, func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			c := &growing{}
			h := live.NewHub(c, nil, live.HubOptions{})
			var all sync.WaitGroup
			defer all.Wait()
			defer cancel()
			all.Go(func() { h.Run(ctx) })
			boxes := make([]*live.Watch, views)
			for i := range boxes {
				boxes[i] = h.Watch(live.Options{})
				boxes[i].Choose(live.Target{Topic: "stream", Group: "g"})
				boxes[i].Show(true)
				all.Go(func() { boxes[i].Run(ctx) })
			}
			b.ReportAllocs()
			for b.Loop() {
				end := c.grow()
				for _, w := range boxes {
					for m, _ := w.LatestMessages(); len(m.Records) == 0 || m.Records[0].Offset < end-1; m, _ = w.LatestMessages() {
						time.Sleep(time.Millisecond)
					}
				}
			}
		})
	}
}

// BenchmarkDashboardFrame is what each dashboard costs by itself: a picture taken in, and a frame of 120×40 with 20 messages drawn.
func BenchmarkDashboardFrame(b *testing.B) {
	none := func() []string { return nil }
	d := dashboard.Deps{Runs: live.NewRuns(livetest.Nothing{}), Topics: none, Groups: none, Seer: live.NewSeer(livetest.Oracle{})}
	d.Watch = live.NewWatch(livetest.Nothing{}, live.Options{})
	p := dashboard.New(uitest.Env(b), d, ui.Route{})
	var pictures [2]live.Messages
	for i := range pictures {
		pictures[i] = livetest.Messages(20)
		for j := range pictures[i].Records {
			pictures[i].Records[j].Offset += int64(i * 20)
		}
	}
	for _, m := range []tea.Msg{ui.Snapshot[live.RunsPicture]{Value: livetest.Runs()}, ui.Snapshot[live.Partitions]{Value: livetest.Partitions()}} {
		p.Update(m)
	}
	uitest.Frame(b, p, 120, 40)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Update(ui.Snapshot[live.Messages]{Value: pictures[i%2]})
		uitest.Frame(b, p, 120, 40)
	}
}

// growing is a topic of one partition into which messages come when told.
type growing struct {
	livetest.Nothing

	mu  sync.Mutex
	end int64
}

func (g *growing) grow() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.end += 100
	return g.end
}

func (g *growing) now() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.end
}

func (g *growing) TopicExtents(context.Context, kafkaops.Isolation, ...string) (kafkaops.Extents, error) {
	return kafkaops.Extents{{Topic: "stream"}: {End: g.now()}}, nil
}

func (g *growing) Ends(context.Context, kafkaops.Isolation, []kafkaops.TopicPartition) (kafkaops.Offsets, error) {
	return kafkaops.Offsets{{Topic: "stream"}: g.now()}, nil
}

func (g *growing) Tail(_ context.Context, _ []string, n int) ([]kafkaops.Record, error) {
	out := make([]kafkaops.Record, n)
	for i, end := 0, g.now(); i < n; i++ {
		out[i] = kafkaops.Record{Topic: "stream", Offset: end - 1 - int64(i), Key: []byte("key-of-the-message"), Value: make([]byte, 200)}
	}
	return out, nil
}
