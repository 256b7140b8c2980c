package launch

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

func TestCommandSaysTheSame(t *testing.T) {
	tests := []struct {
		name string
		spec roundtrip.Spec
		want string
	}{
		{"the least", roundtrip.Spec{Topic: "demo", Count: 10, Value: "{{id}}", Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: roundtrip.DefaultGroup}},
			"krapp doit demo --count 10 --value '{{id}}'"},
		{"an output topic", roundtrip.Spec{Topic: "in", Count: 1, Rate: 0.5, Key: "k {{seq}}", Value: "it's", Headers: []roundtrip.HeaderTemplate{{Key: "a", Value: "b"}},
			Evidence: roundtrip.Evidence{Kind: roundtrip.Arrived, Topic: "out", ID: "value.order.id"}, CreateTopic: true, Partitions: 3},
			`krapp doit in --count 1 --value 'it'\''s' --rate 0.5 --key 'k {{seq}}' --header a=b --until-topic out --id value.order.id --create --partitions 3`},
		{"a foreign group, sent by workers", roundtrip.Spec{Topic: "in", Count: 1, Value: "v", Sender: roundtrip.SendWorkers,
			Evidence: roundtrip.Evidence{Kind: roundtrip.Committed, Group: "billing"}},
			"krapp doit in --count 1 --value v --committed --group billing --workers"},
		{"a file", roundtrip.Spec{Topic: "in", Count: 7, File: "/a b", Sender: roundtrip.SendWorkers, Evidence: roundtrip.Evidence{Kind: roundtrip.Reported}},
			"krapp doit in --file '/a b'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Command(tt.spec); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestQuoteIsUndoneByAShell(t *testing.T) {
	words := []string{"plain-1.2", "", "two words", "it's", `"$HOME" \ ;|&`, "*", "~", "a\tb", "日本"}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = Quote(w)
	}
	out, err := exec.Command("sh", "-c", `printf '%s\n' `+strings.Join(quoted, " ")).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"); !slices.Equal(got, words) {
		t.Errorf("%q became %q", words, got)
	}
}

func TestThePlanOfWorkersSaysWhatTransactionsDo(t *testing.T) {
	spec := roundtrip.Spec{Topic: "in", Count: 1, Value: "v", Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: "g"}}
	if text := strings.Join(Plan(spec).Effects, " "); strings.Contains(text, "transaction") {
		t.Errorf("sent from here: %s", text)
	}
	spec.Sender = roundtrip.SendWorkers
	if text := strings.Join(Plan(spec).Effects, " "); !strings.Contains(text, "read-committed readers of in wait") {
		t.Errorf("sent by workers: %s", text)
	}
}
