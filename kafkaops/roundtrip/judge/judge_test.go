package judge_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/judge"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

var now = time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)

func ago(seconds int) time.Time { return now.Add(-time.Duration(seconds) * time.Second) }

// seqs is the numbers [from, to).
func seqs(from, to uint64) *roaring.Bitmap {
	b := roaring.New()
	b.AddRange(from, to)
	return b
}

func heard(state wire.SenderState, sent int64, secondsAgo int) []judge.Sender {
	return []judge.Sender{{Heartbeat: wire.Heartbeat{State: state, Sent: sent, Reason: "why"}, Seen: ago(secondsAgo)}}
}

// completed is a run of 100 that made the round trip; the cases say what was otherwise.
func completed() judge.Facts {
	return judge.Facts{
		Run: roundtrip.Run{
			ID: "01JDZ8T3Q5W0000000000ABCDE", Created: ago(60),
			Spec: roundtrip.Spec{
				Topic: "orders", Count: 100, Sender: roundtrip.SendHere,
				Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: "g", Topic: "out"},
			},
		},
		Senders: heard(wire.SenderDone, 100, 20), Stored: seqs(0, 100), Handled: seqs(0, 100),
		FirstSent: ago(60), LastSent: ago(21), LastStored: ago(20), LastHandled: ago(19),
	}
}

// waiting is the same with messages 60 to 99 unprocessed since then.
func waiting(secondsAgo int) judge.Facts {
	f := completed()
	f.Handled, f.WaitingSince, f.LastHandled = seqs(0, 60), ago(secondsAgo), ago(secondsAgo)
	return f
}

type change func(*judge.Facts)

func TestVerdicts(t *testing.T) {
	kind := func(k roundtrip.EvidenceKind) change { return func(f *judge.Facts) { f.Run.Evidence.Kind = k } }
	cases := []struct {
		name    string
		facts   judge.Facts
		changes []change
		verdict roundtrip.Verdict
		final   bool
		says    string // in Said, Cause or Hint
	}{
		{"all processed once", completed(), nil, roundtrip.Done, true, "All 100 messages were processed exactly once by group g."},
		{"all committed", completed(), []change{kind(roundtrip.Committed)}, roundtrip.Done, true, "All 100 messages are committed by group g."},
		{"all arrived", completed(), []change{kind(roundtrip.Arrived)}, roundtrip.Done, true, "arrived in out exactly once"},
		{"all arrived this moment: a copy may follow", completed(), []change{kind(roundtrip.Arrived), func(f *judge.Facts) { f.LastHandled = now }},
			roundtrip.Done, false, ""},
		{"processed before the sender could say so", completed(), []change{func(f *judge.Facts) { f.Senders = heard(wire.SenderSending, 100, 0); f.Stored = seqs(0, 50) }},
			roundtrip.Done, true, ""},
		{"the topic deleted after the round trip", completed(), []change{func(f *judge.Facts) { f.Topic.Gone = true }}, roundtrip.Done, true, ""},
		{"cancelled after all was sent", completed(), []change{func(f *judge.Facts) { f.Cancelled = ago(1) }}, roundtrip.Done, true, ""},

		{"being sent", waiting(1), []change{func(f *judge.Facts) { f.Stored = seqs(0, 70); f.Senders = heard(wire.SenderSending, 75, 1) }},
			roundtrip.Sending, false, "70 of 100 messages are stored, 60 processed"},
		{"about to be sent", judge.Facts{Run: completed().Run}, []change{func(f *judge.Facts) { f.Run.Created = ago(2) }}, roundtrip.Sending, false, ""},
		{"on its way", waiting(3), nil, roundtrip.InFlight, false, "60 processed, 40 on their way"},

		{"cancelled", waiting(1), []change{func(f *judge.Facts) {
			f.Cancelled = ago(1)
			f.Stored = seqs(0, 70)
			f.Senders = heard(wire.SenderCancelled, 70, 1)
		}},
			roundtrip.Cancelled, false, "cancelled"},
		{"cancelled and drained", completed(), []change{func(f *judge.Facts) {
			f.Cancelled = ago(1)
			f.Stored, f.Handled, f.Senders = seqs(0, 70), seqs(0, 70), heard(wire.SenderCancelled, 70, 1)
		}}, roundtrip.Cancelled, true, "70 of 100 messages were stored"},

		{"refused sends", completed(), []change{func(f *judge.Facts) {
			f.Stored, f.Handled, f.Failed, f.FailedAs = seqs(0, 90), seqs(0, 90), seqs(90, 100), "message too large"
		}}, roundtrip.Failed, true, "message too large"},
		{"refused, and found in the topic all the same", completed(), []change{func(f *judge.Facts) { f.Failed = seqs(3, 4) }}, roundtrip.Done, true, ""},
		{"timed out and not found", completed(), []change{func(f *judge.Facts) { f.Stored, f.Handled, f.Possibly = seqs(0, 99), seqs(0, 99), seqs(99, 100) }},
			roundtrip.Failed, true, "1 of 100 messages timed out"},
		{"timed out and found", completed(), []change{func(f *judge.Facts) { f.Possibly = seqs(99, 100) }}, roundtrip.Done, true, ""},
		{"topic deleted", waiting(1), []change{func(f *judge.Facts) { f.Topic.Gone = true }}, roundtrip.Failed, true, "the topic orders was deleted"},
		{"topic made anew", waiting(1), []change{func(f *judge.Facts) { f.Topic.Recreated = true }}, roundtrip.Failed, true, "another topic ID"},
		{"the sender gave up", waiting(1), []change{func(f *judge.Facts) { f.Stored = seqs(0, 70); f.Senders = heard(wire.SenderFailed, 70, 1) }},
			roundtrip.Failed, false, "why"},

		{"lost", completed(), []change{func(f *judge.Facts) { f.Handled, f.Unproved = seqs(0, 95), seqs(95, 100) }}, roundtrip.Lost, true, "5 of 100 messages are lost: group g"},
		{"lost, and more on its way", waiting(1), []change{func(f *judge.Facts) { f.Unproved = seqs(60, 65) }}, roundtrip.Lost, false, "35 are still on their way"},
		{"taken for lost, and processed later", completed(), []change{func(f *judge.Facts) { f.Unproved = seqs(3, 5) }}, roundtrip.Done, true, ""},
		{"acknowledged and not in the topic", waiting(1), []change{func(f *judge.Facts) { f.Gone = seqs(60, 62) }}, roundtrip.Lost, false, "acknowledged"},
		{"missing", completed(), []change{kind(roundtrip.Arrived), func(f *judge.Facts) { f.Handled, f.Unproved = seqs(0, 95), seqs(95, 100) }},
			roundtrip.Missing, false, "did not arrive in out within 30s"},
		{"missing for good", completed(), []change{kind(roundtrip.Arrived), func(f *judge.Facts) {
			f.Handled, f.Unproved, f.LastStored, f.LastHandled = seqs(0, 95), seqs(95, 100), ago(3600), ago(3600)
		}}, roundtrip.Missing, true, ""},

		{"duplicated", completed(), []change{func(f *judge.Facts) { f.Again = seqs(7, 9) }}, roundtrip.Duplicated, true, "2 of 100 messages were processed more than once"},
		{"rejected", completed(), []change{func(f *judge.Facts) { f.Rejected = seqs(7, 8) }}, roundtrip.Rejected, true, "orders.dlq"},

		{"evidence gone", waiting(1), []change{func(f *judge.Facts) { f.Expired = "gone" }}, roundtrip.Expired, true, "gone"},
		{"evidence gone is never loss", waiting(1), []change{func(f *judge.Facts) { f.Expired = "gone"; f.Unproved = seqs(60, 99) }}, roundtrip.Expired, true, ""},
		{"evidence gone, and enough is left", completed(), []change{func(f *judge.Facts) { f.Expired = "gone" }}, roundtrip.Done, true, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := c.facts
			for _, change := range c.changes {
				change(&f)
			}
			j := judge.Judge(f, now)
			if j.Verdict != c.verdict || j.Final != c.final {
				t.Fatalf("%q, final %v; want %q, %v\n%s\n%+v", j.Verdict, j.Final, c.verdict, c.final, j.Said, j.Outcome)
			}
			if j.Said == "" || !strings.Contains(j.Said+"\n"+j.Cause+"\n"+j.Hint, c.says) {
				t.Errorf("said %q, cause %q, hint %q; want %q in it", j.Said, j.Cause, j.Hint, c.says)
			}
			adds(t, j.Outcome)
		})
	}
}

// adds checks that every message is counted, and in one place only.
func adds(t *testing.T, o roundtrip.Outcome) {
	t.Helper()
	if o.Stored+o.PossiblyStored+o.Failed > o.Sent || o.Once+o.Duplicated+o.Rejected+o.Missing+o.Waiting != o.Stored {
		t.Errorf("the outcome does not add up: %+v", o)
	}
}

func TestCausesOfAStall(t *testing.T) {
	group := func(g judge.Group) change { return func(f *judge.Facts) { g.Name = "g"; f.Group = &g } }
	workers := func(f *judge.Facts) {
		f.Run.Sender, f.Stored, f.Handled, f.LastStored = roundtrip.SendWorkers, seqs(0, 60), seqs(0, 60), ago(30)
		f.Senders = heard(wire.SenderEnqueued, 100, 50)
	}
	cases := []struct {
		name   string
		change []change
		cause  string
	}{
		{"sender killed", []change{func(f *judge.Facts) { f.Stored = seqs(0, 70); f.Senders = heard(wire.SenderSending, 75, 30) }}, "the sender is gone"},
		{"sender never began", []change{func(f *judge.Facts) { f.Stored, f.Handled, f.Senders = nil, nil, nil }}, "the sender is gone"},
		{"sender stopped", []change{func(f *judge.Facts) { f.Stored = seqs(0, 70); f.Senders = heard(wire.SenderStopped, 70, 1) }}, "the sender was stopped: why"},
		{"no produce worker", []change{workers, func(f *judge.Facts) { f.Workforce = &judge.Group{} }}, "no produce worker takes the work"},
		{"produce workers stuck", []change{workers, func(f *judge.Facts) { f.Workforce = &judge.Group{Members: 2} }}, "the produce workers do not get on"},
		{"the enqueuer died", []change{workers, func(f *judge.Facts) { f.Senders = heard(wire.SenderEnqueuing, 80, 30) }}, "the sender is gone"},
		{"leader gone", []change{func(f *judge.Facts) { f.Topic.Leaderless = []int32{2} }}, "partition 2 of orders has no leader"},
		{"leaders gone", []change{func(f *judge.Facts) { f.Topic.Leaderless = []int32{2, 3} }}, "each of 2 partitions (2, 3) of orders has no leader"},
		{"not authorised", []change{group(judge.Group{Err: kafkaops.NewError(kafkaops.Unauthorised, "describing group", "g", "", errors.New("denied"))})},
			"not authorised to look at group g: describing group g: denied"},
		{"no member", []change{group(judge.Group{State: "Empty"})}, "no member in group g"},
		{"never a member", []change{group(judge.Group{Err: kafkaops.NewError(kafkaops.NotFound, "describing group", "g", "", nil)})}, "no member in group g"},
		{"rebalancing", []change{group(judge.Group{State: "PreparingRebalance", Members: 2})}, "group g is rebalancing (PreparingRebalance)"},
		{"not subscribed", []change{group(judge.Group{State: "Stable", Members: 2})}, "group g is not subscribed to orders: none of its 2 members has a partition of it"},
		{"not moving", []change{group(judge.Group{State: "Stable", Members: 1, Assigned: 1, Member: "w1", Stuck: &roundtrip.Place{Seq: 60, Partition: 3, Offset: 14}})},
			"member w1 is assigned but not moving; it stands before partition 3 offset 14"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := waiting(11)
			for _, change := range c.change {
				change(&f)
			}
			j := judge.Judge(f, now)
			if j.Verdict != roundtrip.Stalled || j.Cause != c.cause || j.Final {
				t.Errorf("%q for %q, want stalled for %q", j.Verdict, j.Cause, c.cause)
			}
			if (j.StuckAt != nil) != (c.name == "not moving") {
				t.Errorf("stuck at %+v", j.StuckAt)
			}
		})
	}
}

func TestNoStallBeforeItsTime(t *testing.T) {
	cases := map[string]judge.Facts{
		"the last was processed 9 s ago": waiting(9),
		"a slow run whose next is not due yet": func() judge.Facts {
			f := waiting(30)
			f.Run.Sender, f.Run.Rate, f.Run.Created = roundtrip.SendWorkers, 0.5, ago(120)
			f.Stored, f.Handled, f.WaitingSince, f.Senders = seqs(0, 60), seqs(0, 60), time.Time{}, heard(wire.SenderEnqueued, 100, 100)
			return f
		}(),
		"one stored just now, the one before long ago": func() judge.Facts {
			f := waiting(0)
			f.LastHandled = ago(500)
			return f
		}(),
	}
	for name, f := range cases {
		if j := judge.Judge(f, now); j.Verdict == roundtrip.Stalled {
			t.Errorf("%s: %s", name, j.Said)
		}
	}
}

// TestTheFirstVerdictThatHoldsIsGiven takes away one after the other.
func TestTheFirstVerdictThatHoldsIsGiven(t *testing.T) {
	f := waiting(60)
	f.Stored = seqs(0, 80)
	f.Failed = seqs(80, 82)
	f.Cancelled, f.Senders = ago(1), heard(wire.SenderSending, 82, 60)
	f.Unproved, f.Again, f.Rejected = seqs(60, 62), seqs(0, 2), seqs(4, 5)
	steps := []struct {
		want roundtrip.Verdict
		undo change
	}{
		{roundtrip.Cancelled, func(f *judge.Facts) { f.Cancelled = time.Time{} }},
		{roundtrip.Failed, func(f *judge.Facts) { f.Failed = nil }},
		{roundtrip.Lost, func(f *judge.Facts) { f.Unproved = nil }},
		{roundtrip.Duplicated, func(f *judge.Facts) { f.Again = nil }},
		{roundtrip.Rejected, func(f *judge.Facts) { f.Rejected = nil }},
		{roundtrip.Stalled, func(f *judge.Facts) { f.Senders = heard(wire.SenderSending, 82, 1); f.LastHandled = now }},
		{roundtrip.Sending, func(f *judge.Facts) { f.Stored = seqs(0, 100) }},
		{roundtrip.InFlight, func(f *judge.Facts) { f.Handled = seqs(0, 100) }},
		{roundtrip.Done, func(*judge.Facts) {}},
	}
	for _, s := range steps {
		if j := judge.Judge(f, now); j.Verdict != s.want {
			t.Fatalf("%q, want %q: %s", j.Verdict, s.want, j.Said)
		}
		s.undo(&f)
	}
}

func TestRanges(t *testing.T) {
	b := roaring.BitmapOf(0, 1, 2, 9, 4294967294, 4294967295)
	want := []roundtrip.Range{{First: 0, Last: 2}, {First: 9, Last: 9}, {First: 4294967294, Last: 4294967295}}
	if got := judge.Ranges(b); !slices.Equal(got, want) {
		t.Errorf("Ranges = %v, want %v", got, want)
	}
	many := roaring.New()
	for i := range uint32(5000) {
		many.Add(2 * i)
	}
	if got := judge.Ranges(many); len(got) != roundtrip.MaxRanges {
		t.Errorf("%d ranges", len(got))
	}
	if judge.Ranges(nil) != nil || judge.Ranges(roaring.New()) != nil {
		t.Error("ranges of nothing")
	}
}
