package measure

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops/eos"
)

func TestRolesShareARegistryAndNames(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	states := map[string]eos.State{
		"produce": {Phase: eos.Running, Commits: 7, Aborts: 1, Rebalances: 2, Partitions: make([]eos.PartitionState, 3)},
		"consume": {Phase: eos.BackOff},
	}
	for role, s := range states {
		registry.MustRegister(Loop(role, "g-"+role, func() eos.State { return s }), DeadLetters(role, "g-"+role, func() int64 { return 4 }))
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			got[f.GetName()+" "+m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	for series, want := range map[string]float64{
		"krapp_transactions_committed_total g-produce": 7, "krapp_transactions_aborted_total g-produce": 1, "krapp_rebalances_total g-produce": 2,
		"krapp_assigned_partitions g-produce": 3, "krapp_backing_off g-produce": 0, "krapp_backing_off g-consume": 1,
		"krapp_assigned_partitions g-consume": 0, "krapp_dead_letters_total g-consume": 4, "krapp_dead_letters_total g-produce": 4,
	} {
		if is, has := got[series]; !has || is != want {
			t.Errorf("%s is %v (there: %v), want %v", series, is, has, want)
		}
	}
	if err := registry.Register(Loop("produce", "g-produce", func() eos.State { return eos.State{} })); err == nil {
		t.Error("the same group was registered twice")
	}
}
