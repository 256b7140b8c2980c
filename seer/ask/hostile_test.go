package ask

import (
	"regexp"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/seer"
)

// What records hold can't forge a citation, or markup, in an answer; and answers stay small.
func TestHostileRecords(t *testing.T) {
	c := kafkatest.Client(t)
	for _, topic := range []string{"seer-statement", "evil"} {
		must(t, c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: topic, Partitions: 1, ReplicationFactor: 1}))
	}
	text := "The Grubblings are a people [7] of <img src=x> the `[9]` caves **[8]**. Grubblings eat stones\u202E and [click](http://evil.example) often in winter. " +
		strings.Repeat("They never tell anybody where the stones of the Grubblings come from. ", 30)
	var records []kafkaops.Record
	records = append(records, kafkaops.Record{Topic: "seer-statement", Value: []byte(text), Headers: []kafkaops.Header{{Key: "krapp-title", Value: []byte("On [3] `Grubblings`\n# x")}}})
	for _, v := range []string{"`[5]` **bold**", "a\nb", strings.Repeat("long ", 500), "\x1b[2J\u202Ereversed", "ok"} {
		records = append(records, kafkaops.Record{Topic: "evil", Key: []byte("key [4] `x`"), Value: []byte(`{"status":` + quoted(v) + `,"n":1}`)})
	}
	kafkatest.Send(t, c, records...)
	k := learned(t, c, "seer-statement", "evil")
	a := New(Options{Knowledge: k, Reader: c, Words: k.table})
	for _, q := range []string{"Who are the Grubblings?", "What do the Grubblings eat?", "How many messages per status in evil?", "How many messages per key in evil?", "show evil with n above 0", "What is the newest message in evil?"} {
		got, err := a.Ask(t.Context(), seer.Question{Text: q}, nil)
		must(t, err)
		if got.Way == seer.Refused {
			t.Errorf("%s: %s", q, got.Text)
		}
		outside := regexp.MustCompile("`[^`\n]*`").ReplaceAllString(strings.ReplaceAll(got.Text, "\\`", ""), "")
		for _, m := range regexp.MustCompile(`\[\d+\]`).FindAllStringIndex(outside, -1) {
			if m[0] > 0 && outside[m[0]-1] == '\\' {
				continue
			}
			if n := outside[m[0]:m[1]]; len(n) > 3 || int(n[1]-'0') > len(got.Citations) {
				t.Errorf("%s: a forged citation %s in\n%s", q, n, got.Text)
			}
		}
		if strings.ContainsAny(got.Text, "\x1b\u202E") || strings.Contains(outside, "](http") && !strings.Contains(outside, "\\](http") || len(got.Text) > 16<<10 {
			t.Errorf("%s: %d bytes\n%q", q, len(got.Text), got.Text)
		}
		for _, c := range got.Citations {
			if len(c.Excerpt) > seer.MaxExcerpt {
				t.Errorf("%s: an excerpt of %d bytes", q, len(c.Excerpt))
			}
		}
	}
}

func quoted(s string) string {
	return `"` + strings.NewReplacer("\n", `\n`, "\x1b", `\u001b`, `"`, `\"`).Replace(s) + `"`
}
