package message_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/roundtrip/message"
)

const run = "01JDZ8T3Q5W0000000000ABCDE"

var sent = time.Date(2026, 11, 21, 3, 4, 5, 678_900_000, time.UTC)

func value(t *testing.T, template string, seq int64) string {
	t.Helper()
	m, err := message.Compile(message.Source{Value: template}, run)
	if err != nil {
		t.Fatal(err)
	}
	return string(m.AppendValue(nil, seq, sent))
}

func TestFunctions(t *testing.T) {
	cases := map[string]string{ // template → pattern
		"plain text":         `plain text`,
		"":                   ``,
		"{{id}}":             `ABCDE-42`,
		"a{{seq}}b{{seq}}":   `a42b42`,
		"{{run}}":            run,
		"{{now}}":            `2026-11-21T03:04:05\.678Z`,
		"{{now unix}}":       `1795230245`,
		"{{now millis}}":     `1795230245678`,
		"{{now nanos}}":      `1795230245678900000`,
		"{{randInt 7 7}}":    `7`,
		"{{ randInt -3 3 }}": `-?[0-3]`,
		"{{randInt -9223372036854775808 9223372036854775807}}": `-?\d+`,
		"{{float 1 2}}":                  `[12]\.\d\d`,
		"{{float 0 0.001 6}}":            `0\.00\d{4}`,
		"{{bool}}":                       `true|false`,
		"{{uuid}}":                       `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`,
		"{{hex 5}}":                      `[0-9a-f]{5}`,
		"{{letters 40}}":                 `[a-z]{40}`,
		`{{oneOf red "dark \"blue\"" }}`: `red|dark "blue"`,
		`{{oneOf "}}" "}}"}}`:            `}}`,
		"{{name}}":                       `\S+ .+`,
		"{{email}}":                      `\S+@\S+`,
		"{{ipv4}}":                       `\d+\.\d+\.\d+\.\d+`,
		"{ {{seq}} }":                    `\{ 42 \}`,
		"日本 {{seq}} \x1b[2J":             "日本 42 \x1b\\[2J",
	}
	for template, pattern := range cases {
		if got := value(t, template, 42); !regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(got) {
			t.Errorf("%s renders %q, want %s", template, got, pattern)
		}
	}
	for _, name := range message.FunctionNames() {
		switch name {
		case "randInt", "float", "oneOf":
			continue
		}
		if got := value(t, "{{"+name+"}}", 3); got == "" {
			t.Errorf("{{%s}} renders nothing", name)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	cases := map[string]string{
		"ab{{id":                  "value template: line 1, column 3: {{ has no closing }}",
		"{{}}":                    "value template: line 1, column 3: an empty {{}}",
		"x\n  {{nope}}":           `value template: line 2, column 5: no function "nope"; there are animal, bool`,
		"é{{randInt 5 1}}":        "value template: line 1, column 12: randInt: 1 is less than 5",
		"{{randInt a 1}}":         `randInt: "a" is not a whole number`,
		"{{randInt}}":             "column 3: randInt: takes two whole numbers",
		"{{id 5}}":                "column 6: id: takes no argument",
		`{{oneOf "a}}`:            "{{ has no closing }}",
		"{{oneOf}}":               "takes the values to choose from",
		"{{hex 0}}":               `"0" is not a length`,
		"{{letters 99999999999}}": "is not a length",
		"{{float 0 NaN}}":         `"NaN" is not a number`,
		"{{float 0 1 99}}":        `"99" is not a number of digits`,
		"{{now tomorrow}}":        `"tomorrow" is none of unix, millis, nanos`,
	}
	for template, want := range cases {
		_, err := message.Compile(message.Source{Value: template}, run)
		var syntax *message.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", template, err, want)
		}
	}
	for part, src := range map[string]message.Source{"key": {Key: "{{"}, "header h": {Headers: []message.Header{{Key: "h", Value: "{{"}}}} {
		if _, err := message.Compile(src, run); err == nil || !strings.HasPrefix(err.Error(), part+" template: ") {
			t.Errorf("%s: %v", part, err)
		}
	}
}

func TestEachPartRendersTheSameAlone(t *testing.T) {
	src := message.Source{Key: "{{uuid}}", Value: "{{name}} {{randInt 1 1000000}}", Headers: []message.Header{{Key: "h", Value: "{{hex}}"}}}
	a, err := message.Compile(src, run)
	if err != nil {
		t.Fatal(err)
	}
	b := a.Clone()
	var first []string
	for seq := range int64(100) {
		first = append(first, string(a.AppendKey(nil, seq, sent))+string(a.AppendValue(nil, seq, sent))+string(a.AppendHeader(nil, 0, seq, sent)))
	}
	for seq := int64(99); seq >= 0; seq-- {
		h, v, k := b.AppendHeader(nil, 0, seq, sent), b.AppendValue(nil, seq, sent), b.AppendKey(nil, seq, sent)
		if got := string(k) + string(v) + string(h); got != first[seq] {
			t.Fatalf("message %d is %q, was %q", seq, got, first[seq])
		}
	}
	other, err := message.Compile(src, "01JDZ8T3Q5W0000000000ABCDF")
	if err != nil {
		t.Fatal(err)
	}
	if string(other.AppendKey(nil, 0, sent)) == string(a.AppendKey(nil, 0, sent)) {
		t.Error("another run has the same message")
	}
	if string(a.AppendKey(nil, 0, sent)) == string(a.AppendKey(nil, 1, sent)) {
		t.Error("neighbours are the same")
	}
}

func TestIDsAreReadBack(t *testing.T) {
	cases := map[string]int64{
		"ABCDE-0": 0, "order-ABCDE-4294967294.": 4294967294, "ABCDE ABCDE-x ABCDE-17": 17, "ABCDEABCDE-3": 3,
		"": -1, "ABCDE": -1, "ABCDE-": -1, "ABCDF-1": -1, "ABCDE--1": -1, "ABCDE-99999999999999999999": -1,
	}
	for text, want := range cases {
		n, ok := message.FindID([]byte(text), "ABCDE")
		if ok != (want >= 0) || ok && n != want {
			t.Errorf("FindID(%q) = %d, %v; want %d", text, n, ok, want)
		}
	}
}

func TestLocators(t *testing.T) {
	v := `{"order":{"id":"x\u002dABCDE-7","lines":[{"n":1},{"n":"two"}]},"a.b":1,"null":null}`
	cases := map[string]string{
		"key": "k", "value": v, "value.order.id": "x-ABCDE-7", "value.order.lines.1.n": "two", "value.order.lines.0.n": "1",
		"value.order.lines.2.n": "-", "value.order.nothing": "-", "value.order.id.more": "-", "value.order.lines.x": "-",
	}
	for place, want := range cases {
		l, ok := message.ParseLocator(place)
		if !ok {
			t.Fatalf("%s is not understood", place)
		}
		got, found := l.Find([]byte("k"), []byte(v))
		if found != (want != "-") || found && string(got) != want {
			t.Errorf("%s: %q, %v", place, got, found)
		}
	}
	for _, place := range []string{"", "keys", "values.x", "value.", "value..x", "valuex"} {
		if _, ok := message.ParseLocator(place); ok {
			t.Errorf("%q is understood", place)
		}
	}
}

func TestPreview(t *testing.T) {
	got, err := message.Preview(message.Source{Key: "{{id}}", Value: `{"n":{{randInt 1 9}}}`, Headers: []message.Header{{Key: "h", Value: "{{seq}}"}}}, 3, sent)
	if err != nil || len(got) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	for i, r := range got {
		if !json.Valid(r.Value) || !strings.HasSuffix(string(r.Key), "-"+r.Headers[0].Value) {
			t.Errorf("preview %d: %+v", i, r)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"", "{{id}}", "{{", "{{}}", `{{oneOf "a b" c}}`, "{{randInt 1 5}}", "{{{{}}}}", `{{oneOf "\"}}`, "{{hex 3}}}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, template string) {
		m, err := message.Compile(message.Source{Key: template, Value: template}, run)
		if err != nil {
			var syntax *message.SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 {
				t.Fatalf("%q: %v", template, err)
			}
			return
		}
		once := string(m.AppendValue(nil, 7, sent))
		if again := string(m.AppendValue(nil, 7, sent)); again != once {
			t.Fatalf("%q renders %q, then %q", template, once, again)
		}
	})
}

func FuzzFind(f *testing.F) {
	f.Add("value.a.0", []byte(`{"a":["ABCDE-1"]}`))
	f.Add("value", []byte(`ABCDE-`))
	f.Fuzz(func(_ *testing.T, place string, value []byte) {
		if l, ok := message.ParseLocator(place); ok {
			if found, ok := l.Find(nil, value); ok {
				message.FindID(found, "ABCDE")
			}
		}
	})
}

func BenchmarkRender(b *testing.B) {
	cases := map[string]string{
		"static":  strings.Repeat("x", 100),
		"simple":  `{"id":"{{id}}","amount":{{float 1 500}},"n":{{randInt 1 6}},"at":"{{now}}"}`,
		"persons": `{"id":"{{id}}","name":"{{name}}","city":"{{city}}"}`,
	}
	for name, template := range cases {
		b.Run(name, func(b *testing.B) {
			m, err := message.Compile(message.Source{Value: template}, run)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			var buf []byte
			for n := int64(0); b.Loop(); n++ {
				buf = m.AppendValue(buf[:0], n, sent)
			}
		})
	}
}
