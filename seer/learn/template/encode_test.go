package template_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/learn/template"
)

func encoded(t testing.TB, m *template.Miner) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.Snapshot().Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAMinerThatWasSavedGoesOnAsIfNothingHadBeen(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	all := make([]template.Observation, 4000)
	for i := range all {
		all[i] = template.Observation{Topic: word(i % 2), Offset: int64(i), At: int64(r.IntN(900)), Value: []byte(event(r, i))}
	}
	whole, halves := template.New(template.Options{}), template.New(template.Options{})
	for i, o := range all {
		whole.Add(o)
		if i%700 == 300 {
			again, err := template.Decode(bytes.NewReader(encoded(t, halves)), template.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := state(again); !reflect.DeepEqual(got, state(halves)) {
				t.Fatalf("after %d:\n%s", i, difference(got, state(halves)))
			}
			if len(again.Changed())+len(again.Removed()) > 0 {
				t.Fatal("what was read is told as changed")
			}
			halves = again
		}
		halves.Add(o)
	}
	if !bytes.Equal(encoded(t, whole), encoded(t, halves)) {
		t.Error("what was saved now and then is not what was never")
	}
}

func TestDamageIsRefused(t *testing.T) {
	m := template.New(template.Options{})
	learn(m, "t", `{"status":"paid"}`, "a line 17", "")
	whole := encoded(t, m)
	for n := range len(whole) {
		if _, err := template.Decode(bytes.NewReader(whole[:n]), template.Options{}); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	for n := range whole { // whatever it makes of it, it must not panic
		torn := bytes.Clone(whole)
		torn[n] ^= 0x41
		_, _ = template.Decode(bytes.NewReader(torn), template.Options{})
	}
}

func TestTextsOfJSON(t *testing.T) {
	story := "The people of the valley fish at night.\nThey sleep by day, and nobody knows why they do that. It may be \"the heat\"; it may be the song of the birds."
	value, err := json.Marshal(map[string]any{"id": "o-17", "body": map[string]any{"review": story}, "blob": strings.Repeat("x1", 100), "short": "The end. It is short."})
	if err != nil {
		t.Fatal(err)
	}
	m := template.New(template.Options{})
	if got := m.Add(template.Observation{Topic: "t", Value: value}); got != template.Parts {
		t.Errorf("found %d", got)
	}
	if got := m.Texts(value); !reflect.DeepEqual(got, []template.Text{{Path: "body.review", Text: story}}) {
		t.Errorf("got %q", got)
	}
}

// FuzzAdd: nothing panics, all is counted, and JSON is what encoding/json takes for it, but for what is nested too deep.
func FuzzAdd(f *testing.F) {
	for _, v := range []string{
		`1.2.3.4 - - [x] "GET /api/v1/a/b?c HTTP/1.1" 404 7 "-" "x/1"`, `"GET // HTTP/"`, `{"r":"GET http:// HTTP/2","status":"404"}`,
		"GET / 999", "password of x changed by y-1 to A1.B-7", `{"a":1}`, `[1,"b",{"c":null}]`, `{"a":{"b":[{"c":"\u00e9\n"}]}}`, `-0.5e+3`, `"x"`, `{"a":01}`, `{"a":1,}`, "\xff\xfe", "a=b c=\"d e\" [x] <y>",
		`{"message":"user \"bob\" failed\nat x"}`, "2026-11-21 20:58 x", "\"open", strings.Repeat("[", 100), `{"\ud83d\ude00":"\ud83d"}`, " {}",
	} {
		f.Add([]byte(v))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		m := template.New(template.Options{})
		m.Add(template.Observation{Topic: "t", Value: value})
		m.Add(template.Observation{Topic: "t", Offset: 1, Value: value})
		all := m.All("t")
		if len(all) != 1 || all[0].Count != 2 {
			t.Fatalf("got %+v", all)
		}
		if len(all[0].Pattern) > 4<<10 {
			t.Fatalf("a pattern of %d bytes", len(all[0].Pattern))
		}
		texts := m.Texts(value)
		if len(texts) > 0 && !json.Valid(value) {
			t.Fatalf("texts %q of what is no JSON", texts)
		}
		deep := bytes.Count(value, []byte("[")) + bytes.Count(value, []byte("{"))
		if len(value) > 0 && deep < 64 && template.ValidJSON(value) != json.Valid(value) {
			t.Fatalf("JSON: %t, encoding/json: %t", template.ValidJSON(value), json.Valid(value))
		}
		encoded(t, m)
	})
}
