package stage_test

import (
	"os"
	"testing"

	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/stage"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// TestWhatIsStoredIsWhereItSays reads all topics back, read-committed, and compares: the aborted orders must not be among them.
func TestWhatIsStoredIsWhereItSays(t *testing.T) {
	set, err := corpus.Load(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	c := kafkatest.Client(t)
	s, err := stage.Fill(t.Context(), c, set, 2000, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[stage.At]*corpus.Stored)
	for i := range s.Stored {
		m := &s.Stored[i]
		want[stage.At{Topic: m.Topic, Partition: m.Partition, Offset: m.Offset}] = m
	}
	if len(want) != 2000 || len(s.Texts) != len(set.Texts) {
		t.Fatalf("%d places, %d texts", len(want), len(s.Texts))
	}
	for _, topic := range s.Topics {
		for _, r := range kafkatest.All(t, c, topic) {
			at := stage.At{Topic: topic, Partition: r.Partition, Offset: r.Offset}
			m := want[at]
			if m == nil || string(m.Value) != string(r.Value) || (m.Value == nil) != (r.Value == nil) || !m.At.Equal(r.Timestamp) {
				t.Fatalf("%v: %s at %s, stored as %+v", at, r.Value, r.Timestamp, m)
			}
			delete(want, at)
		}
	}
	if len(want) > 0 {
		t.Errorf("%d messages are not there", len(want))
	}
	for _, r := range kafkatest.All(t, c, stage.Statements) {
		if string(r.Value) != s.Texts[stage.At{Topic: stage.Statements, Partition: r.Partition, Offset: r.Offset}].Body {
			t.Errorf("%d@%d holds another text", r.Partition, r.Offset)
		}
	}
}

// TestEachTallyHasAnAnswer also keeps the set honest: an answer that is a tie, or of a few messages only, would prove nothing.
func TestEachTallyHasAnAnswer(t *testing.T) {
	set, err := corpus.Load(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	var stored []corpus.Stored
	for _, m := range set.Messages(20_000, 1) {
		stored = append(stored, corpus.Stored{Message: m, Partition: 1})
	}
	for _, q := range set.Of(corpus.Exact, "") {
		e, err := q.Tally.Compute(stored)
		switch {
		case err != nil:
			t.Errorf("%s %q: %v", q.ID, q.Text, err)
		case e.Number != nil && e.Number.Sign() == 0 || q.Tally.Op == "group" && len(e.Groups) < 3:
			t.Errorf("%s %q: %+v", q.ID, q.Text, e)
		case e.Number != nil:
			t.Logf("%s %q: %s %s", q.ID, q.Text, e.Number.FloatString(3), e.Group)
		default:
			t.Logf("%s %q: %d groups, record %v", q.ID, q.Text, len(e.Groups), e.Record != nil)
		}
	}
}
