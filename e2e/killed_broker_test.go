//go:build !kafka

package e2e

import (
	"path/filepath"
	"strconv"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// upIn runs an embedded broker that keeps its data in dir.
func upIn(t *testing.T, h home, dir string) (*process, backend) {
	t.Helper()
	up := h.start(t, "krapp", "up", "--data-dir", dir, "--roles", "", "-o", "json")
	var served struct {
		Brokers []string `json:"brokers"`
	}
	up.firstJSON(t, &served)
	return up, backend{name: "embedded", brokers: served.Brokers, home: h.with("KRAPP_BROKERS", served.Brokers)}
}

func TestWhatTheEmbeddedBrokerAcknowledgedSurvivesSIGKILL(t *testing.T) {
	h, dir := newHome(t), filepath.Join(t.TempDir(), "data")
	up, b := upIn(t, h, dir)
	topic, plain := b.topic(t, 3), b.topic(t, 1)
	whole, doit := b.sending(t, topic, "--count", "20000", "--stall-after", "2s")
	<-doit.done
	half, sender := b.sending(t, topic, "--count", "100000", "--rate", "5000", "--stall-after", "2s")
	b.await(t, half, "some of the second run is stored", func(j judgement) bool { return j.Stored > 5000 })
	acknowledged := 0
	c := b.client(t)
	for ; acknowledged < 500; acknowledged++ {
		record := kafkaops.Record{Topic: plain, Partition: 0, Value: []byte(strconv.Itoa(acknowledged))}
		if err := produced(t.Context(), c, []kafkaops.Record{record}); err != nil {
			t.Fatal(err)
		}
	}
	up.kill(t)
	sender.kill(t)

	_, b = upIn(t, h, dir)
	c = b.client(t)
	records, err := c.Fetch(t.Context(), kafkaops.TopicPartition{Topic: plain, Partition: 0}, 0, acknowledged+1)
	if err != nil || len(records) != acknowledged {
		t.Fatalf("%d records were acknowledged, %d are there: %v", acknowledged, len(records), err)
	}
	for i := range records {
		if string(records[i].Value) != strconv.Itoa(i) {
			t.Fatalf("record %d is %q", i, records[i].Value)
		}
	}
	wantEachOnce(t, c, topic, whole, 20000)
	j := b.isdone(t, whole) // nobody else is there
	j.want(t, "stalled")
	if j.Stored != 20000 || j.Waiting != 20000 {
		t.Errorf("of the run that was sent: %s", j.short())
	}
	b.consumer(t, "krapp-consume", "one", topic)
	b.await(t, whole, "the run is done", func(j judgement) bool { return j.Final }).wantOnce(t, 20000)
	j = b.await(t, half, "what the killed sender stored is processed", func(j judgement) bool { return j.Verdict == "stalled" && j.Waiting == 0 })
	if stored := wantTruth(t, c, topic, j); stored < 5000 {
		t.Errorf("%d messages are left of more than 5000 that were acknowledged", stored)
	}
}
