package materialise

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

func TestTroubleIsShownAndWaitedOut(t *testing.T) {
	dir := t.TempDir()
	first, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	j := census(t)
	client, err := rdkafka.Connect(t.Context(), kafkaops.Context{Name: "test", Brokers: first.Addrs(), Timeout: time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	createTopics(t, client, j)
	commit(t, client, source(t, j, "2019-jan", 3, 5)...)
	m := New(client, j, Options{})
	run(t, m)
	before := caughtUp(t, m)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	v := await(t, m, "the trouble is shown", func(v *View) bool { return v.Phase == BackOff })
	if v.Err == nil || v.RetryAt.IsZero() || !v.CaughtUp || string(v.Results) != string(before.Results) {
		t.Errorf("in trouble: %v, caught up %v, %s", v.Err, v.CaughtUp, v.Results)
	}
	second, err := embedded.Start(t.Context(), embedded.Options{Dir: dir, Port: first.Port()})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close() // a test's broker
	await(t, m, "it is live again", func(v *View) bool { return v.Phase == Live && v.Err == nil })
	commit(t, client, source(t, j, "2020-jan", 2, 5)...)
	if v := caughtUp(t, m); !v.Completeness.Complete || v.Completeness.Chunks != 5 || v.Read != 5 {
		t.Errorf("afterwards: %s, read %d", v.Completeness.Sentence, v.Read)
	}
}
