package watch

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

func TestLagIsToldByTopicAndWhatIsNotKnownIsNot(t *testing.T) {
	f := &fake{groups: []string{"billing", "idle"}, lags: map[string][]kafkaops.Lag{
		"billing": {
			lag("orders", 0, 90, 100, 7*time.Second), lag("orders", 1, 5, 25, 90*time.Second), lag("orders", 2, 3, 3, 0),
			unknown("dark", 0), lag("half", 0, 1, 2, -1), unknown("half", 1),
		},
		"idle": {lag("orders", 0, 100, 100, 0)},
	}}
	w := newWatching(t, f, Options{})
	w.look(t)
	want(t, w.scrape(t),
		`krapp_group_lag_records{group="billing",topic="orders"}`, "30",
		`krapp_group_lag_seconds{group="billing",topic="orders"}`, "90",
		`krapp_group_lag_unknown_partitions{group="billing",topic="orders"}`, "0",
		`krapp_group_lag_records{group="idle",topic="orders"}`, "0",
		`krapp_group_lag_seconds{group="idle",topic="orders"}`, "0",
		`krapp_group_members{group="idle"}`, "2",
		`krapp_group_lag_records{group="billing",topic="dark"}`, "absent",
		`krapp_group_lag_seconds{group="billing",topic="dark"}`, "absent",
		`krapp_group_lag_unknown_partitions{group="billing",topic="dark"}`, "1",
		`krapp_group_lag_records{group="billing",topic="half"}`, "1",
		`krapp_group_lag_seconds{group="billing",topic="half"}`, "absent",
	)
}

func TestProgressCountsWhatMovedWhileItWasWatched(t *testing.T) {
	f := &fake{groups: []string{"g"}, lags: map[string][]kafkaops.Lag{"g": {lag("orders", 0, 1000, 5000, 1)}}}
	w := newWatching(t, f, Options{})
	w.look(t)
	const moved, stored = `krapp_group_committed_offsets_total{group="g",topic="orders"}`, `krapp_topic_stored_offsets_total{topic="orders"}`
	want(t, w.scrape(t), moved, "0", stored, "0")
	f.set(func() { f.lags["g"] = []kafkaops.Lag{lag("orders", 0, 1200, 5300, 1), lag("orders", 1, 9000, 9000, 0)} }) // a partition joins in
	w.look(t)
	want(t, w.scrape(t), moved, "200", stored, "300")
	f.set(func() { f.lags["g"] = []kafkaops.Lag{unknown("orders", 0), lag("orders", 1, 9001, 9002, 0)} })
	w.look(t)
	f.set(func() { f.lags["g"] = []kafkaops.Lag{lag("orders", 0, 1210, 5300, 1), lag("orders", 1, 100, 9002, 1)} }) // a reset backwards is no progress
	w.look(t)
	want(t, w.scrape(t), moved, "211", stored, "302")
}

func TestAGapForWhatIsStaleAndNotForAMoment(t *testing.T) {
	f := &fake{groups: []string{"a", "b"}, lags: map[string][]kafkaops.Lag{"a": {lag("t", 0, 1, 2, 1)}, "b": {lag("t", 0, 1, 2, 1)}}}
	w := newWatching(t, f, Options{Interval: 15 * time.Second})
	f.runs = []roundtrip.Judgement{judgement("R1", roundtrip.Done, w.now)}
	w.look(t)
	const a, b, run = `krapp_group_lag_records{group="a",topic="t"}`, `krapp_group_lag_records{group="b",topic="t"}`, `krapp_runs{verdict="done"}`
	f.set(func() {
		f.broken = map[string]error{"a": kafkaops.Errorf(kafkaops.TimedOut, "reading the lag of group", "a", "", "no answer")}
	})
	w.now = w.now.Add(15 * time.Second)
	w.look(t)
	want(t, w.scrape(t), a, "1", b, "1", run, "1")
	w.now = w.now.Add(50 * time.Second) // a was last seen 65 s ago
	w.look(t)
	want(t, w.scrape(t), a, "absent", b, "1", run, "1")
	f.set(func() { f.down = kafkaops.Errorf(kafkaops.Unreachable, "listing groups", "", "", "refused") })
	w.now = w.now.Add(61 * time.Second)
	w.look(t)
	want(t, w.scrape(t), a, "absent", b, "absent", run, "absent")
	f.set(func() { f.partly = true }) // krapp.runs can be read, what runs are judged by can't
	if saw := w.runs.look(t.Context()); !saw.told || saw.fresh {
		t.Errorf("judgements of before were taken for new: %+v", saw)
	}
	f.set(func() { f.runs = append(f.runs, judgement("R2", roundtrip.InFlight, w.now)) })
	if saw := w.runs.look(t.Context()); !saw.told || !saw.fresh {
		t.Errorf("one that was judged now was not taken for new: %+v", saw)
	}
	f.set(func() { f.down, f.broken = nil, nil; f.groups = []string{"b"} }) // a was deleted
	w.look(t)
	want(t, w.scrape(t), a, "absent", b, "1", run, "1")
}

func TestOnlyTheGroupsThatAreWanted(t *testing.T) {
	f := &fake{groups: []string{"orders", "orders-2", "billing"}}
	w := newWatching(t, f, Options{Groups: []string{"orders*"}})
	w.look(t)
	want(t, w.scrape(t), `krapp_group_members{group="orders"}`, "2", `krapp_group_members{group="orders-2"}`, "2", `krapp_group_members{group="billing"}`, "absent")
}

func TestSeriesAreBounded(t *testing.T) {
	f := &fake{lags: map[string][]kafkaops.Lag{}}
	for i := range 30 {
		g := fmt.Sprintf("g%02d", i)
		f.groups = append(f.groups, g)
		for p := range 7 {
			f.lags[g] = append(f.lags[g], lag(fmt.Sprintf("t%d", p), 0, 1, 2, 1))
		}
	}
	w := newWatching(t, f, Options{MaxGroups: 10, MaxTopics: 25, MaxRuns: 5})
	for i := range 40 {
		verdict := roundtrip.Done
		if i == 39 { // the oldest
			verdict = roundtrip.Lost
		}
		f.runs = append(f.runs, judgement(fmt.Sprintf("R%02d", i), verdict, w.now.Add(-time.Duration(i)*time.Minute)))
	}
	f.runs = append(f.runs, judgement("OLD", roundtrip.Lost, w.now.Add(-25*time.Hour)))
	w.look(t)
	got := w.scrape(t)
	count := map[string]int{}
	for series := range got {
		name, _, _ := strings.Cut(series, "{")
		count[name]++
	}
	for name, want := range map[string]int{"krapp_group_lag_records": 25, "krapp_group_members": 10, "krapp_run_verdict": 5, "krapp_run_messages": 55, "krapp_runs": 11} {
		if count[name] != want {
			t.Errorf("%d series of %s, want %d", count[name], name, want)
		}
	}
	want(t, got,
		`krapp_watch_left_out{of="groups"}`, "20", `krapp_watch_left_out{of="topics"}`, "45", `krapp_watch_left_out{of="runs"}`, "35",
		`krapp_run_verdict{run="R39",topic="orders",verdict="lost"}`, "1", // not pushed out by newer ones that went well
		`krapp_run_verdict{run="R00",topic="orders",verdict="done"}`, "1", `krapp_run_verdict{run="R10",topic="orders",verdict="done"}`, "absent",
		`krapp_run_verdict{run="OLD",topic="orders",verdict="lost"}`, "absent",
		`krapp_runs{verdict="lost"}`, "1", `krapp_runs{verdict="done"}`, "39", `krapp_runs{verdict="stalled"}`, "0",
	)
}

func TestNamesOfForeignersCannotFailTheScrape(t *testing.T) {
	bad := "\xff\x1b[31m" + strings.Repeat("x", 3000)
	f := &fake{groups: []string{bad, bad + "y", label(bad), "plain", "with\nnewline", `quo"te\`}, lags: map[string][]kafkaops.Lag{}}
	for _, g := range f.groups {
		f.lags[g] = []kafkaops.Lag{lag("t", 0, 1, 3, 1)}
	}
	w := newWatching(t, f, Options{})
	f.runs = []roundtrip.Judgement{judgement("R\xfe", roundtrip.Verdict("\xfd"), w.now)}
	w.look(t)
	got := w.scrape(t)
	n := 0
	for series, value := range got {
		if strings.HasPrefix(series, "krapp_group_lag_records") && value == "2" {
			n++
		}
		if len(series) > 700 || strings.Contains(series, "\x1b") {
			t.Errorf("series %q", series)
		}
	}
	if n != len(f.groups) {
		t.Errorf("%d groups told, want %d", n, len(f.groups))
	}
}

func TestReadyAfterTheFirstLookAndSoonAgainAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{down: kafkaops.Errorf(kafkaops.Unreachable, "listing groups", "", "", "connection refused")}
		registry := prometheus.NewRegistry()
		r, err := New(Options{Cluster: f, Ledger: f, Registry: registry})
		if err != nil {
			t.Fatal(err)
		}
		ready, ended := make(chan struct{}), make(chan error, 1)
		ctx := t.Context()
		go func() { ended <- r.Run(ctx, func() { close(ready) }) }()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		select {
		case <-ready:
			t.Error("ready without having seen anything")
		default:
		}
		if why := r.Reason(); !strings.Contains(why, "refused") {
			t.Errorf("Reason = %q", why)
		}
		f.set(func() { f.down = nil })
		<-ready
		if why := r.Reason(); why != "" {
			t.Errorf("Reason = %q when ready", why)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		errs, last := 0.0, 0
		for _, family := range families {
			for _, m := range family.GetMetric() {
				switch family.GetName() {
				case "krapp_watch_errors_total":
					errs += m.GetCounter().GetValue()
				case "krapp_watch_last_success_timestamp_seconds":
					last++
				}
			}
		}
		if errs < 2 || last != 2 {
			t.Errorf("%v errors counted, %d successes", errs, last)
		}
	})
}

func TestWait(t *testing.T) {
	for failures, want := range map[int]float64{0: 16, 1: 4, 2: 8, 3: 16, 4: 32, 5: 64, 6: 64, 99: 64} {
		if got := wait(16*time.Second, failures).Seconds(); got != want {
			t.Errorf("after %d failures %v s, want %v s", failures, got, want)
		}
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	f := &fake{}
	for name, o := range map[string]Options{
		"no registry": {Cluster: f, Ledger: f}, "a broken glob": {Cluster: f, Ledger: f, Registry: prometheus.NewRegistry(), Groups: []string{"[a"}},
		"a negative interval": {Cluster: f, Ledger: f, Registry: prometheus.NewRegistry(), Interval: -1},
	} {
		if _, err := New(o); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
