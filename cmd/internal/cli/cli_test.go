package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestCodeOf(t *testing.T) {
	failure := errors.New("boom")
	tests := []struct {
		name        string
		err         error
		interrupted bool
		want        int
	}{
		{"success", nil, false, Success},
		{"success although Ctrl-C came", nil, true, Success},
		{"failure", failure, false, Failure},
		{"Ctrl-C", context.Canceled, true, Interrupted},
		{"a failure that Ctrl-C caused", failure, true, Interrupted},
		{"usage", Usagef("", "no"), false, Misuse},
		{"a verdict", fmt.Errorf("judging: %w", Code(Worse)), false, Worse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := CodeOf(tt.err, tt.interrupted); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
		})
	}
}

func TestReportSaysWhatFailedAndWhatToTryAndNothingElse(t *testing.T) {
	var b bytes.Buffer
	Report(&b, "krapp", kafkaops.Errorf(kafkaops.NotFound, "describing topic", "a\x1b[31mb", "list them", "no such topic"), false)
	if got, want := b.String(), "krapp: describing topic a␛[31mb: no such topic\n  List them.\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b.Reset()
	Report(&b, "krapp", Code(3), false)
	Report(&b, "krapp", fmt.Errorf("reading: %w", context.Canceled), true)
	if b.Len() > 0 {
		t.Errorf("it said %q", b.String())
	}
}

type row struct {
	Name  string   `json:"name"`
	Count int      `json:"count"`
	Null  *string  `json:"null"`
	List  []string `json:"list"`
}

func columns() []Column[row] {
	return []Column[row]{
		{Title: "name", Text: func(r row) string { return r.Name }},
		{Title: "count", Right: true, Text: func(r row) string { return fmt.Sprint(r.Count) }},
		{Title: "nothing", Text: func(row) string { return "" }},
	}
}

func TestListInEveryFormat(t *testing.T) {
	rows := []row{{"日本", 7, nil, []string{"<a>"}}, {"a\x1b]52;c;x\x07", 1000, nil, []string{}}, {"true", 1, nil, nil}}
	want := map[Format]string{
		Table: "NAME        COUNT\n日本            7\na␛]52;c;x␇   1000\ntrue            1\n",
		JSON: `{"name":"日本","count":7,"null":null,"list":["<a>"]}` + "\n" +
			`{"name":"a\u001b]52;c;x\u0007","count":1000,"null":null,"list":[]}` + "\n" +
			`{"name":"true","count":1,"null":null,"list":null}` + "\n",
		YAML: "- name: 日本\n  count: 7\n  null: null\n  list:\n    - <a>\n- name: \"a\\e]52;c;x\\a\"\n  count: 1000\n  null: null\n  list: []\n" +
			"- name: \"true\"\n  count: 1\n  null: null\n  list: null\n",
	}
	for format, expected := range want {
		t.Run(string(format), func(t *testing.T) {
			var b bytes.Buffer
			if err := List(Output{&b, format}, rows, columns()...); err != nil {
				t.Fatal(err)
			}
			if strings.ReplaceAll(b.String(), "\"null\":", "null:") != strings.ReplaceAll(expected, "\"null\":", "null:") {
				t.Errorf("got:\n%s\nwant:\n%s", b.String(), expected)
			}
			if bytes.ContainsAny(b.Bytes(), "\x1b\x07") {
				t.Error("a control came through")
			}
		})
	}
}

func TestFlagsFromTheEnvironment(t *testing.T) {
	env := map[string]string{"KRAPP_WORKER_TOPICS": "a,b", "KRAPP_WORKER_LISTEN": "env:1", "KRAPP_WORKER_EMPTY": ""}
	lookup := func(k string) (string, bool) { v, ok := env[k]; return v, ok }
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	topics := flags.StringSlice("topics", nil, "")
	listen := flags.String("listen", "", "")
	empty := flags.String("empty", "default", "")
	batch := flags.Duration("batch-time", 0, "how long")
	if err := flags.Parse([]string{"--listen", "flag:1"}); err != nil {
		t.Fatal(err)
	}
	if err := FromEnvironment(flags, "KRAPP_WORKER", lookup); err != nil {
		t.Fatal(err)
	}
	if strings.Join(*topics, " ") != "a b" || *listen != "flag:1" || *empty != "default" || *batch != 0 {
		t.Errorf("%q %q %q %s", *topics, *listen, *empty, *batch)
	}
	env["KRAPP_WORKER_BATCH_TIME"] = "long"
	err := FromEnvironment(flags, "KRAPP_WORKER", lookup)
	if CodeOf(err, false) != Misuse || !strings.Contains(err.Error(), "KRAPP_WORKER_BATCH_TIME") {
		t.Errorf("a bad value: %v", err)
	}
}

func TestRecordKeepsNullEmptyTextAndBytesApart(t *testing.T) {
	r := RecordOf(&kafkaops.Record{Topic: "t", Key: nil, Value: []byte{}, Headers: []kafkaops.Header{{Key: "h", Value: []byte{0xff}}, {Key: "n"}}})
	switch {
	case r.Key != nil || r.KeyBase64 != "":
		t.Error("a null key is something")
	case r.Value == nil || *r.Value != "":
		t.Error("an empty value is null")
	case r.Headers[0].Value != nil || r.Headers[0].ValueBase64 != "/w==":
		t.Error("bytes that are not UTF-8 are not base64")
	case r.Headers[1].Value != nil || r.Headers[1].ValueBase64 != "":
		t.Error("a null header is something")
	}
}
