package wire_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

func aRun() roundtrip.Run {
	return roundtrip.Run{
		ID: runID, TopicID: "abc", Created: at,
		Ends: kafkaops.Offsets{{Topic: "orders", Partition: 1}: 7, {Topic: "krapp.reports", Partition: 0}: 99},
		Spec: roundtrip.Spec{
			Topic: "orders", Count: 100, Rate: 12.5, Key: "{{id}}", Value: "{}", Headers: []roundtrip.HeaderTemplate{{Key: "a", Value: "{{seq}}"}},
			Evidence: roundtrip.Evidence{Kind: roundtrip.Arrived, Topic: "out", ID: "key", Grace: time.Second, Within: time.Minute},
			Sender:   roundtrip.SendWorkers, CreateTopic: true, Partitions: 3,
		},
	}
}

func TestRunsMakeTheRoundTrip(t *testing.T) {
	value, err := roundtrip.EncodeRun(aRun())
	if err != nil {
		t.Fatal(err)
	}
	got, err := roundtrip.DecodeRun(value)
	if err != nil || !reflect.DeepEqual(got, aRun()) {
		t.Errorf("decoded %+v, %v\nwant %+v", got, err, aRun())
	}
}

func TestSlicesMakeTheRoundTrip(t *testing.T) {
	want := wire.Slice{Run: aRun(), First: 10, Last: 11, NotBefore: at, Lines: []string{"<a>", "\x1b[2J"}}
	want.Run.File = "lines.txt"
	value, err := wire.EncodeSlice(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.DecodeSlice(value)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %+v, %v", got, err)
	}
	for name, change := range map[string]func(*wire.Slice){
		"beyond the run":           func(s *wire.Slice) { s.First, s.Last = 99, 100 },
		"backwards":                func(s *wire.Slice) { s.Last = 9 },
		"too few lines":            func(s *wire.Slice) { s.Lines = s.Lines[:1] },
		"more than a worker takes": func(s *wire.Slice) { s.Run.File, s.Lines, s.First, s.Last, s.Run.Count = "", nil, 0, 50_000, 60_000 },
	} {
		s := want
		change(&s)
		value, err := wire.EncodeSlice(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := wire.DecodeSlice(value); err == nil {
			t.Errorf("a slice %s was read", name)
		}
	}
}

func TestHeartbeatsMakeTheRoundTrip(t *testing.T) {
	want := wire.Heartbeat{Sender: "s1", State: wire.SenderFailed, Sent: 5, Acked: 3, Failed: 1, Possibly: 1, Reason: "why", At: at, FirstSent: at, LastSent: at}
	value, err := wire.EncodeHeartbeat(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := wire.DecodeHeartbeat("s1", value); err != nil || got != want {
		t.Errorf("decoded %+v, %v", got, err)
	}
}

func TestVerdictsMakeTheRoundTrip(t *testing.T) {
	want := wire.Verdict{
		Read: kafkaops.Offsets{{Topic: "krapp.reports", Partition: 2}: 5},
		Judgement: roundtrip.Judgement{
			Run: aRun(), At: at, Verdict: roundtrip.Lost, Final: true, Said: "said", Cause: "cause", Hint: "hint",
			Outcome: roundtrip.Outcome{Sent: 100, Stored: 100, Once: 95, Missing: 5}, MissingRanges: []roundtrip.Range{{First: 95, Last: 99}},
			MissingAt: []roundtrip.Place{{Seq: 95, Partition: 1, Offset: 100}}, StuckAt: &roundtrip.Place{Seq: 1},
			Latency: roundtrip.Latency{Count: 95, P50: time.Millisecond, Histogram: []int64{1, 2}}, FirstSent: at, LastSent: at, LastProgress: at,
			Partitions: []roundtrip.PartitionOutcome{{Partition: 1, Stored: 100}}, Workers: []roundtrip.WorkerOutcome{{Name: "w", Last: at}},
			Verified: true, Notes: []string{"note"},
		},
	}
	value, err := wire.EncodeVerdict(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := wire.DecodeVerdict(aRun(), value); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("decoded %+v, %v\nwant %+v", got, err, want)
	}
}

func TestKeysOfRunsMakeTheRoundTrip(t *testing.T) {
	for _, kind := range []roundtrip.RecordKind{roundtrip.RunRecord, roundtrip.SenderRecord, roundtrip.CancelRecord, roundtrip.VerdictRecord} {
		key := roundtrip.RunKey(runID, kind, "s/1")
		id, got, sender, ok := roundtrip.ParseRunKey(key)
		if !ok || id != runID || got != kind || (sender == "s/1") != (kind == roundtrip.SenderRecord) {
			t.Errorf("%s: %q %d %q %v", key, id, got, sender, ok)
		}
	}
	for _, key := range []string{"", "x", runID + "/", runID + "/sender/", runID + "/other", "cancel", runID[1:] + "/cancel"} {
		if _, _, _, ok := roundtrip.ParseRunKey([]byte(key)); ok {
			t.Errorf("%q was taken for a key", key)
		}
	}
}

func FuzzDecodeJSONFormats(f *testing.F) {
	run, err := roundtrip.EncodeRun(aRun())
	if err != nil {
		f.Fatal(err)
	}
	slice, err := wire.EncodeSlice(wire.Slice{Run: aRun(), First: 0, Last: 9})
	if err != nil {
		f.Fatal(err)
	}
	heartbeat, err := wire.EncodeHeartbeat(wire.Heartbeat{State: wire.SenderDone, At: at})
	if err != nil {
		f.Fatal(err)
	}
	verdict, err := wire.EncodeVerdict(wire.Verdict{Judgement: roundtrip.Judgement{Verdict: roundtrip.Done}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{run, slice, heartbeat, verdict, []byte("{}"), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if r, err := roundtrip.DecodeRun(value); err == nil {
			if back, err := roundtrip.EncodeRun(r); err != nil {
				t.Fatal(err)
			} else if again, err := roundtrip.DecodeRun(back); err != nil || again.Count != r.Count {
				t.Fatalf("a run does not make the round trip: %v", err)
			}
		}
		if s, err := wire.DecodeSlice(value); err == nil && (s.Len() < 1 || s.Len() > wire.MaxSlice || s.Last >= s.Run.Count) {
			t.Fatalf("a slice of %d messages was accepted", s.Len())
		}
		if h, err := wire.DecodeHeartbeat("s", value); err == nil && (h.Sent < 0 || h.State == "") {
			t.Fatalf("heartbeat %+v was accepted", h)
		}
		if v, err := wire.DecodeVerdict(aRun(), value); err == nil && v.Judgement.Verdict == "" {
			t.Fatal("a verdict of nothing was accepted")
		}
		_, _ = roundtrip.DecodeCancel(value)
		_, _, _, _ = roundtrip.ParseRunKey(value)
	})
}
