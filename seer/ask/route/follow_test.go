package route

import (
	"strings"
	"testing"
)

// What a question leaves out is taken from those before it.
func TestFollowUps(t *testing.T) {
	r := New(shop())
	for _, c := range []struct {
		history  string // separated by |
		question string
		want     string
	}{
		{"How many messages are in orders?", "and on partition 2?", "count orders p[2]"},
		{"How many messages are in orders since 14:00?", "What about payments?", "count payments 21T14:00–…"},
		{"How many payments since 14:00?", "How many of them were declined?", "count payments [status = declined] 21T14:00–…"},
		{"How many payments were declined?", "and failed?", "count payments [status = failed]"},
		{"How many payments were declined?", "and since 14:00?", "count payments [status = declined] 21T14:00–…"},
		{"How many payments were declined since 13:00?", "and yesterday?", "count payments [status = declined] 20T00:00–21T00:00"},
		{"What is the highest celsius?", "and the lowest?", "min sensors field=celsius"},
		{"What is the highest celsius?", "And per room?", "max sensors field=celsius by=room"},
		{"How many payments per status?", "and per method?", "count payments by=method"},
		{"How many messages are in orders?|and on partition 2?", "and since 14:00?", "count orders p[2] 21T14:00–…"},
		{"How many messages are in orders?|What about payments?", "in the last 10 minutes?", "count payments 21T14:20–…"},
		{"How many orders since 14:00?", "And how many payments?", "count payments 21T14:00–…"},
		{"What is the average amount of orders?", "per country?", "mean orders field=amount by=country"},
		{"How many orders from DE?", "from FR?", "count orders [country = FR]"},
		{"Who are the Wilymajinkas?", "How many of them are there?", "meaning"},
		// These stand alone.
		{"Who are the Wilymajinkas?", "average celsius in sensors by room", "mean sensors field=celsius by=room"},
		{"How many payments were declined since 13:00?", "payments per method", "count payments by=method"},
		{"How many orders since 14:00?", "How many payments were declined?", "count payments [status = declined]"},
		{"How many payments were declined?", "How many messages are there in orders?", "count orders"},
	} {
		got := r.Parse(c.question, strings.Split(c.history, "|"))
		if short(got) != c.want {
			t.Errorf("%s → %s\n got %s\nwant %s", c.history, c.question, short(got), c.want)
		}
	}
}

// Questions about prose are retrieved with what they refer to.
func TestFollowUpsOfMeaning(t *testing.T) {
	r := New(shop())
	for _, c := range []struct {
		history, question string
		has               []string
		lacks             string
	}{
		{"Who are the Wilymajinkas?", "What do they eat?", []string{"eat", "Wilymajinkas"}, ""},
		{"Why did the ferry sink?", "When?", []string{"ferry", "sink"}, ""},
		{"What do the Wilymajinkas eat?", "What about the Zorbs?", []string{"Zorbs", "eat"}, "Wilymajinkas"},
		{"Who are the Wilymajinkas?", "What is the capital of Karsovia?", []string{"capital"}, "Wilymajinkas"},
		{"Who are the Wilymajinkas?", "why?", []string{"why", "Wilymajinkas"}, ""},
	} {
		got := r.Parse(c.question, []string{c.history})
		if got.Wish != Meaning {
			t.Errorf("%s → %s is %s", c.history, c.question, short(got))
		}
		for _, want := range c.has {
			if !strings.Contains(got.Text, want) {
				t.Errorf("%s → %s is searched as %q", c.history, c.question, got.Text)
			}
		}
		if c.lacks != "" && strings.Contains(got.Text, c.lacks) {
			t.Errorf("%s → %s is searched as %q", c.history, c.question, got.Text)
		}
	}
}

// Whatever is asked, in whatever conversation, there is a route; and an exact one accounts for every word.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"How many messages are in orders since 14:00?", "between 10 and 20 celsius above 5 per room", "\"unclosed 'quote", "orders/1@42 2@118", "last 9e99 days",
		"from 99:99 to 1", "top 99999999999 customers", "not not not declined", "partition 999999999999", "key key key", "31 february 2026 at 25pm +99:99", "how many",
	} {
		f.Add(s, "How many orders?")
	}
	r := New(shop())
	f.Fuzz(func(t *testing.T, question, before string) {
		if len(question) > 4096 || len(before) > 4096 {
			return
		}
		got := r.Parse(question, []string{before, question})
		if got.Wish != Meaning && got.Place == nil && len(got.Scopes) == 0 && len(got.Unknown) == 0 {
			t.Errorf("%q is %s of nothing", question, got.Wish)
		}
		if !got.Span.From.IsZero() && !got.Span.To.IsZero() && got.Span.From.Year() > 9999 {
			t.Errorf("%q: %v", question, got.Span)
		}
	})
}
