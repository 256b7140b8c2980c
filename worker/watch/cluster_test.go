package watch

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
	"github.com/krapp-io/krapp/worker/consume"
)

// eventually scrapes until it holds; the role looks meanwhile.
func eventually(t *testing.T, g prometheus.Gatherer, what string, holds func(map[string]string) bool) map[string]string {
	t.Helper()
	for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		got := scrape(t, g)
		if holds(got) {
			return got
		}
		if time.Now().After(deadline) {
			for series, value := range got {
				if strings.HasPrefix(series, "krapp_group") || strings.HasPrefix(series, "krapp_run") {
					t.Log(series, value)
				}
			}
			t.Fatalf("not within 40 s: %s", what)
		}
	}
}

// background runs a role until the test ends.
func background(t *testing.T, role interface {
	Run(ctx context.Context, ready func()) error
}) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- role.Run(ctx, func() { close(ready) }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	select {
	case <-ready:
	case <-time.After(40 * time.Second):
		t.Fatal("not ready within 40 s")
	}
}

// sent registers a run of a topic of its own, processed by a group of its own, and sends it.
func sent(t *testing.T, c *rdkafka.Client, own string) roundtrip.Run {
	t.Helper()
	run, err := roundtrip.Register(t.Context(), c, roundtrip.Spec{
		Topic: own, Count: 50, Value: "{{id}}", CreateTopic: true, Partitions: 2, Sender: roundtrip.SendHere,
		Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: "g-" + own, Within: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(context.WithoutCancel(t.Context())) }()
	if err := send.Send(t.Context(), c, p, run, nil); err != nil {
		t.Fatal(err)
	}
	return run
}

func number(t *testing.T, got map[string]string, series string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(got[series], 64)
	if err != nil {
		return -1
	}
	return n
}

func TestAStalledConsumerAndAStalledRunAreTold(t *testing.T) {
	c, err := rdkafka.Connect(t.Context(), kafkaops.Context{Name: "test", Brokers: brokers(t)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	own := strings.ToLower(ulid.Make().String())
	stuck, silent, well := "stuck-"+own, "silent-"+own, "well-"+own
	stuckRun, silentRun := sent(t, c, stuck), sent(t, c, silent)
	role, err := consume.New(consume.Options{Client: c, Topics: []string{well}, Group: "g-" + well, Slot: "s", NoHTTP: true})
	if err != nil {
		t.Fatal(err)
	}
	wellRun := sent(t, c, well)
	background(t, role)
	// A group that has a member, which takes the partitions and gets no further; and one that commits and never says what it processed.
	hang := make(chan struct{})
	for topic, handle := range map[string]eos.HandlerFunc{
		stuck: func(ctx context.Context, _ *eos.Batch, _ eos.Tx) error {
			select {
			case <-hang:
			case <-ctx.Done():
			}
			return errors.New("stuck")
		},
		silent: func(context.Context, *eos.Batch, eos.Tx) error { return nil },
	} {
		loop, err := eos.New(c, eos.Options{Group: "g-" + topic, Slot: "s", Topics: []string{topic}}, handle)
		if err != nil {
			t.Fatal(err)
		}
		background(t, loop)
	}
	t.Cleanup(func() { close(hang) })

	registry := prometheus.NewPedanticRegistry()
	watch, err := New(Options{
		Cluster: c, Ledger: ledger.New(c, ledger.Options{ReadOnly: true}), Registry: registry, Interval: 200 * time.Millisecond, Groups: []string{"*-" + own},
	})
	if err != nil {
		t.Fatal(err)
	}
	background(t, watch)

	behind := fmt.Sprintf(`krapp_group_lag_seconds{group="g-%s",topic="%s"}`, stuck, stuck)
	records := fmt.Sprintf(`krapp_group_lag_records{group="g-%s",topic="%s"}`, stuck, stuck)
	verdict := func(run roundtrip.Run, v string) string {
		return fmt.Sprintf(`krapp_run_verdict{run="%s",topic="%s",verdict="%s"}`, run.ID, run.Topic, v)
	}
	got := eventually(t, registry, "the stuck group is behind and its run stalled, the silent one lost, the other is done", func(got map[string]string) bool {
		return number(t, got, behind) > 0 && got[verdict(stuckRun, "stalled")] == "1" && got[verdict(silentRun, "lost")] == "1" &&
			got[verdict(wellRun, "done")] == "1"
	})
	before := number(t, got, behind)
	if n := number(t, got, records); n < 50 || n > 60 { // transaction markers count
		t.Errorf("%s is %v", records, n)
	}
	got = eventually(t, registry, "its lag in seconds grows with the clock", func(got map[string]string) bool { return number(t, got, behind) > before+1 })
	want(t, got,
		fmt.Sprintf(`krapp_group_members{group="g-%s"}`, stuck), "1",
		fmt.Sprintf(`krapp_group_lag_seconds{group="g-%s",topic="%s"}`, well, well), "0",
		fmt.Sprintf(`krapp_group_lag_records{group="g-%s",topic="%s"}`, well, well), "0",
		fmt.Sprintf(`krapp_group_lag_seconds{group="g-%s",topic="%s"}`, silent, silent), "0", // nothing but the verdict shows the loss
		verdict(wellRun, "stalled"), "absent", verdict(silentRun, "done"), "absent",
		fmt.Sprintf(`krapp_run_messages{outcome="once",run="%s",topic="%s"}`, wellRun.ID, well), "50",
	)
	if number(t, got, fmt.Sprintf(`krapp_run_messages{outcome="waiting",run="%s",topic="%s"}`, stuckRun.ID, stuck)) <= 0 {
		t.Error("the stalled run waits for nothing")
	}
}
