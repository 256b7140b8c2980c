package consume

import (
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestValidation(t *testing.T) {
	full := kafkaops.Record{
		Topic: "orders", Partition: 2, Offset: 7, Key: []byte("k"), Value: []byte(`{"amount": 5, "id": "x"}`),
		Headers: []kafkaops.Header{{Key: "h", Value: []byte("1")}, {Key: "h", Value: []byte("2")}},
	}
	tombstone := kafkaops.Record{Topic: "orders", Key: []byte("k")}
	text := kafkaops.Record{Topic: "orders", Value: []byte("hello")}
	cases := map[string]struct {
		rule string
		r    kafkaops.Record
		bad  string // what the reason says; "" for a good record
	}{
		"json: an object":                  {"json", full, ""},
		"json: text":                       {"json", text, "not JSON"},
		"json: a tombstone":                {"json", tombstone, "no value"},
		"a condition on the decoded value": {"json.amount > 3", full, ""},
		"one that does not hold":           {"json.amount > 9", full, "does not hold"},
		"one on a value that is not JSON":  {"json.amount > 3", text, "not JSON"},
		"one that fails":                   {`json.id > 3`, full, "the rule failed"},
		"a field that is missing":          {"json.nothing > 3", full, "the rule failed"},
		"a key":                            {`key == "k"`, full, ""},
		"no key":                           {`key != ""`, text, "does not hold"},
		"the last of equal headers":        {`headers["h"] == "2"`, full, ""},
		"partition and offset":             {"partition == 2 && offset == 7 && topic == 'orders'", full, ""},
		"text in the value":                {`value contains "ell"`, text, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			valid, err := newValidator(c.rule)
			if err != nil {
				t.Fatal(err)
			}
			reason := valid(&c.r)
			if (reason == "") != (c.bad == "") || !strings.Contains(reason, c.bad) || strings.Contains(reason, "\n") || len(reason) > maxReason+3 {
				t.Errorf("reason %q, want %q", reason, c.bad)
			}
		})
	}
}

func TestNoRuleIsNoValidator(t *testing.T) {
	if valid, err := newValidator("  "); valid != nil || err != nil {
		t.Errorf("%v", err)
	}
}

func FuzzValidation(f *testing.F) {
	for _, rule := range []string{"json", "json.a > 1", `key == "x"`, `headers["a"] == value`, "len(json) > 2", "1", "json..."} {
		f.Add(rule, []byte(`{"a":1}`))
		f.Add(rule, []byte("\xff"))
	}
	f.Fuzz(func(t *testing.T, rule string, value []byte) {
		valid, err := newValidator(rule)
		if err != nil || valid == nil {
			return
		}
		if reason := valid(&kafkaops.Record{Value: value}); len(reason) > maxReason+3 {
			t.Errorf("a reason of %d bytes", len(reason))
		}
	})
}
