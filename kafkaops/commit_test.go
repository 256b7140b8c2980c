package kafkaops

import (
	"maps"
	"strings"
	"testing"
)

func TestCheckNoteRefusesWhatWouldNotComeBack(t *testing.T) {
	cases := map[string]struct {
		note  string
		class Class
	}{
		"none":                     {"", ""},
		"as long as Kafka allows":  {strings.Repeat("x", MaxNoteBytes), ""},
		"longer":                   {strings.Repeat("x", MaxNoteBytes+1), Invalid},
		"long in bytes only":       {strings.Repeat("é", MaxNoteBytes/2+1), Invalid},
		"other scripts and breaks": {"κραπ 📦\n\t", ""},
		"not UTF-8":                {"a\xffb", Invalid},
		"a zero byte":              {"a\x00b", Invalid},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := CheckNote("testing", "t/0", c.note)
			if ClassOf(err) != c.class || (err != nil) != (HintOf(err) != "") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCommitsAndOffsets(t *testing.T) {
	offsets := Offsets{{Topic: "b"}: 3, {Topic: "a", Partition: 1}: 0}
	commits := offsets.Commits()
	if got := commits.Offsets(); !maps.Equal(got, offsets) {
		t.Errorf("offsets %v, want %v", got, offsets)
	}
	if tps := commits.Partitions(); len(tps) != 2 || tps[0].Topic != "a" {
		t.Errorf("partitions %v, want them in order", tps)
	}
	other := commits.Clone()
	other[TopicPartition{Topic: "b"}] = Commit{4, "four"}
	if commits[TopicPartition{Topic: "b"}] != (Commit{Offset: 3}) {
		t.Error("a change of the copy changed the original")
	}
}
