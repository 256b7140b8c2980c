package roundtrip_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
)

var (
	_ send.Client   = (*rdkafka.Client)(nil)
	_ send.Producer = (*rdkafka.Producer)(nil)
	_ ledger.Client = (*rdkafka.Client)(nil)
)

// cluster connects to the backend that the build tags choose.
func cluster(t *testing.T) *rdkafka.Client {
	t.Helper()
	c, err := rdkafka.Connect(t.Context(), kafkaops.Context{Name: "test", Brokers: brokers(t)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// orders is a spec of n messages to a topic of its own, to be processed by a group of its own: the cluster may be shared.
func orders(n int64) roundtrip.Spec {
	own := strings.ToLower(ulid.Make().String())
	return roundtrip.Spec{
		Topic: "orders-" + own, Count: n, Key: "{{randInt 1 50}}", Value: `{"order":{"id":"{{id}}"},"name":"{{name}}"}`, CreateTopic: true, Partitions: 4,
		Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: "g-" + own, Within: 2 * time.Second, Grace: time.Second},
		Sender:   roundtrip.SendHere,
	}
}

func register(t *testing.T, c *rdkafka.Client, s roundtrip.Spec) roundtrip.Run {
	t.Helper()
	run, err := roundtrip.Register(t.Context(), c, s)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// sendAll sends a run from this process, as the console does.
func sendAll(t *testing.T, c *rdkafka.Client, run roundtrip.Run) error {
	t.Helper()
	p, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close(context.WithoutCancel(t.Context())) }()
	return send.Send(t.Context(), c, p, run, nil)
}

// judged refreshes until the verdict is one of those wanted.
func judged(t *testing.T, l *ledger.Ledger, run roundtrip.Run, want ...roundtrip.Verdict) roundtrip.Judgement {
	t.Helper()
	return judgedWhen(t, l, run, func(j roundtrip.Judgement) bool { return slices.Contains(want, j.Verdict) })
}

// judgedWhen refreshes until the judgement is one that fits.
func judgedWhen(t *testing.T, l *ledger.Ledger, run roundtrip.Run, fits func(roundtrip.Judgement) bool) roundtrip.Judgement {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		j, err := l.Judge(t.Context(), run.ID)
		if err != nil {
			t.Fatalf("judging: %v (%s)", err, kafkaops.HintOf(err))
		}
		if fits(j) {
			return j
		}
		if j.Final || time.Now().After(deadline) {
			t.Fatalf("verdict %q is not the one expected: %s\ncause %s\n%+v\nnotes %v", j.Verdict, j.Said, j.Cause, j.Outcome, j.Notes)
		}
		select {
		case <-t.Context().Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}
