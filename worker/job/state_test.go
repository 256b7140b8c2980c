package job

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

func fullState() State {
	return State{
		Version: 1, Job: "census", ID: "2019-jan", URL: "https://example.org/jan19pub.dat.gz", Vars: map[string]string{"year": "2019"}, Phase: Failed, Attempt: 2,
		Chunks: 12, Rows: 120000, Bytes: 114e6, Read: 20e6, Size: -1, Resume: Progress{Index: 12, Rows: 120000, Bytes: 114e6, Sum: math.MaxUint64},
		Error: &Failure{Class: kafkaops.TimedOut, Text: "no byte for 30s", URL: "https://example.org/jan19pub.dat.gz", Position: 114e6}, Worker: "w1", At: at("2026-01-01T10:00:00.123Z"),
	}
}

func TestStatesMakeTheRoundTrip(t *testing.T) {
	pending := State{Version: 1, Job: "census", ID: "2019-jan", URL: "u", Phase: Pending}
	for _, s := range []State{fullState(), pending} {
		b, err := EncodeState(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeState(b); err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("decoded %+v (%v), want %+v", got, err, s)
		}
	}
}

func TestLongFailuresAreClipped(t *testing.T) {
	s := fullState()
	s.Error.Text = strings.Repeat("é", maxFailure)
	b, err := EncodeState(s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeState(b)
	if err != nil || len(got.Error.Text) > maxFailure+3 || len(s.Error.Text) != 2*maxFailure {
		t.Errorf("%d bytes, %v; the caller's has %d", len(got.Error.Text), err, len(s.Error.Text))
	}
}

func TestStatesAreRefused(t *testing.T) {
	good, err := EncodeState(fullState())
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, with string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return bytes.Replace(good, []byte(old), []byte(with), 1)
	}
	for name, b := range map[string][]byte{
		"nothing":                    nil,
		"another version":            swap(`"v":1`, `"v":2`),
		"an unknown name":            swap(`"v":1`, `"v":1,"w":2`),
		"no ID":                      swap(`"id":"2019-jan"`, `"id":""`),
		"an unknown phase":           swap(`"phase":"failed"`, `"phase":"lost"`),
		"an error without a failure": swap(`"phase":"failed"`, `"phase":"done"`),
		"negative rows":              swap(`"rows":120000`, `"rows":-1`),
		"a broken progress":          swap(`"1 12 120000`, `"1 -12 120000`),
	} {
		if s, err := DecodeState(b); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func FuzzDecodeState(f *testing.F) {
	b, err := EncodeState(fullState())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"v":1,"job":"j","id":"i","url":"u","phase":"pending"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeState(b)
		if err != nil {
			return
		}
		again, err := EncodeState(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeState(again); err != nil {
			t.Fatalf("%s: %v", again, err)
		}
	})
}

func TestProgressIsANote(t *testing.T) {
	for text, want := range map[string]Progress{
		"":                                   {},
		"1 1 10000 9510000 00000000000000ff": {Index: 1, Rows: 10000, Bytes: 9510000, Sum: 255},
		"1 0 0 0 0000000000000001":           {Sum: 1},
	} {
		var got Progress
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is read as %+v (%v)", text, got, err)
		}
		if b, err := want.MarshalText(); err != nil || string(b) != text {
			t.Errorf("%+v is written as %q (%v)", want, b, err)
		}
	}
	for _, text := range []string{"x", "2 1 1 1 0000000000000001", "1 1 1 1", "1 1 1 1 1", "1 01 1 1 0000000000000001", "1 +1 1 1 0000000000000001", "1 -1 1 1 0000000000000001",
		"1 1 1 1 000000000000000G", "1 1 1 1 00000000000000FF", "1 1 1 1 0000000000000001 ", "1 9999999999999999999 1 1 0000000000000001", "1 4294967296 1 1 0000000000000001",
		"1 0 0 0 0000000000000000", strings.Repeat("1", 5000)} {
		got := Progress{Index: 5}
		if err := got.UnmarshalText([]byte(text)); kafkaops.ClassOf(err) != kafkaops.Invalid || got != (Progress{}) {
			t.Errorf("%.40q is read as %+v (%v)", text, got, err)
		}
	}
	if _, err := (Progress{Rows: -1}).MarshalText(); err == nil {
		t.Error("negative rows are written")
	}
}

func FuzzProgress(f *testing.F) {
	f.Add([]byte("1 1 10000 9510000 00000000000000ff"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Progress
		if p.UnmarshalText(b) != nil {
			return
		}
		if again, err := p.MarshalText(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q became %q: %v", b, again, err)
		}
	})
}
