package ask

import (
	"context"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

// Questions of every way, and what their answers must say.
func TestAnswers(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		question string
		way      seer.Way
		says     []string
	}{
		{"How many messages are in orders?", seer.Exact, []string{"**300** records"}},
		{"How many payments were declined?", seer.Exact, []string{"**50** records", "`status` = `declined`"}},
		{"How many payments were not declined?", seer.Exact, []string{"**150** records"}},
		{"How many orders since 14:00?", seer.Exact, []string{"**30** records", "2026-11-21 14:00:00 UTC"}},
		{"How many orders between 13:00 and 14:00?", seer.Exact, []string{"**60** records"}},
		{"How many different customers placed orders?", seer.Exact, []string{"**25** different values of `customer_id`"}},
		{"How many orders from DE?", seer.Exact, []string{"**100** records"}},
		{"Which status is most frequent in payments?", seer.Exact, []string{"`accepted`", "**150**", "`declined` 50"}},
		{"How many payments per method?", seer.Exact, []string{"`card`: **100**", "`cash`: **100**"}},
		{"What is the highest celsius?", seer.Exact, []string{"**39.9**", "[1]"}},
		{"What was the lowest temperature in sensors?", seer.Exact, []string{"**10**"}},
		{"Which sensor has the highest celsius?", seer.Exact, []string{"`s1`", "**39.9**"}},
		{"What is the average amount of orders?", seer.Exact, []string{"**149.995**", "sum 44,998.5"}},
		{"total amount of orders", seer.Exact, []string{"**44,998.5**"}},
		{"total amount of payments by status", seer.Exact, []string{"`declined`"}},
		{"When was the last payment?", seer.Exact, []string{"**2026-11-21 14:29:00 UTC**", "[1]"}},
		{"What was the first declined payment?", seer.Exact, []string{"**2026-11-21 11:11:00 UTC**"}},
		{"How many orders per hour?", seer.Exact, []string{"a hour", "**300**"}},
		{"How many messages per partition in orders?", seer.Exact, []string{"`partition 0`", "`partition 1`"}},
		{"How many messages are on partition 9 of orders?", seer.Refused, []string{"partition 9 of orders, which has 3"}},
		{"how many connections timed out in the consumer log", seer.Exact, []string{"**40** records"}},
		{"How many messages in consumer-log contain \"broker 10.0.0.3\"?", seer.Exact, []string{"**5** records"}},
		{"What happened to order-42?", seer.Lookup, []string{"**1** record has the key `order-42`", "o-42"}},
		{"find pay-17 in payments", seer.Lookup, []string{"**1** record", "pay-17"}},
		{"find the key order-99999 in orders", seer.Lookup, []string{"No record"}},
		{"what is payment p-17", seer.Lookup, []string{"**1** record", "pay-17"}},
		{"show the declined payments", seer.Lookup, []string{"**50** records", "the newest 5"}},
		{"orders/1@3", seer.Lookup, []string{"`orders/1@3`"}},
		{"What is at offset 1@99999 of orders?", seer.Lookup, []string{"There is no record at offset 99,999", "ends before"}},
		{"message 2 on partition 1 of orders", seer.Lookup, []string{"`orders/1@2`"}},
		{"Who are the Wilymajinkas?", seer.Meaning, []string{"The Wilymajinkas are a small people who live in the marshes of Orvendal. [1]", "Peoples of Orvendal"}},
		{"What are the Wilymajinkas like?", seer.Meaning, []string{"cheerful, curious and very fond of pickled onions"}},
		{"Which connection to the broker timed out?", seer.Meaning, []string{"**40** of them", "connection to broker", "[1]"}},
		{"What is the capital of France?", seer.Refused, []string{"I have not read anything about that."}},
		{"How many messages are in shipments?", seer.Refused, []string{"shipments"}},
		{"What is the highest discount of orders?", seer.Refused, []string{"discount", "`amount`"}},
		{"How many legs does a Zorbulak have?", seer.Refused, []string{"I have not read anything about that"}},
	} {
		a := s.ask(c.question)
		if a.Way != c.way {
			t.Errorf("%s\n is answered by %s, want %s:\n%s", c.question, a.Way, c.way, a.Text)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(a.Text, want) {
				t.Errorf("%s\nlacks %q:\n%s", c.question, want, a.Text)
			}
		}
		checkCitations(t, c.question, a)
		if a.Fresh.At.IsZero() || a.Question != c.question {
			t.Errorf("%s: %+v", c.question, a)
		}
	}
}

// checkCitations: each mark resolves, each citation is used and was read just now, and what claims something cites something.
func checkCitations(t *testing.T, question string, a seer.Answer) {
	t.Helper()
	for i, c := range a.Citations {
		if c.N != i+1 || !strings.Contains(a.Text, mark(c.N)) || c.Gone != "" || c.Excerpt == "" {
			t.Errorf("%s: citation %+v of\n%s", question, c, a.Text)
		}
	}
	if strings.Contains(a.Text, mark(len(a.Citations)+1)) || strings.Contains(a.Text, "[0]") {
		t.Errorf("%s: a mark without a citation:\n%s", question, a.Text)
	}
	claims := a.Way == seer.Meaning || a.Way == seer.Exact && !strings.HasPrefix(a.Text, "**0**")
	if claims && len(a.Citations) == 0 {
		t.Errorf("%s: nothing is cited:\n%s", question, a.Text)
	}
	if a.Way == seer.Refused && len(a.Citations) > 0 {
		t.Errorf("%s: a refusal that cites", question)
	}
	if a.Way == seer.Exact && len(a.Counted) == 0 {
		t.Errorf("%s: it is not said what was counted", question)
	}
}

// Every question that the seer suggests it can answer.
func TestSuggestionsAreAnswered(t *testing.T) {
	s := newShop(t)
	status, err := s.a.Status(t.Context())
	must(t, err)
	if n := len(status.Suggestions); n < 3 || n > 5 {
		t.Fatalf("%d suggestions: %q", n, status.Suggestions)
	}
	for _, q := range status.Suggestions {
		if a := s.ask(q); a.Way == seer.Refused || len(a.Citations) == 0 {
			t.Errorf("%s\n%s: %s", q, a.Way, a.Text)
		}
	}
	again, err := s.a.Status(t.Context())
	must(t, err)
	if strings.Join(again.Suggestions, "|") != strings.Join(status.Suggestions, "|") {
		t.Errorf("%q, then %q", status.Suggestions, again.Suggestions)
	}
}

func TestQuestionsThatAreNone(t *testing.T) {
	s := newShop(t)
	for _, text := range []string{"", " \n", "a\xff", strings.Repeat("x", seer.MaxQuestion+1)} {
		if _, err := s.a.Ask(t.Context(), seer.Question{Text: text}, nil); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("%.10q: %v", text, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.a.Ask(ctx, seer.Question{Text: "How many orders?"}, nil); err == nil {
		t.Error("a question that nobody waits for any more is answered")
	}
}
