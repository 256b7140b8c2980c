package ask

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/seer"
)

// Nothing is read, counted or named of topics that are not allowed.
func TestOnlyAllowedTopics(t *testing.T) {
	s := newShop(t)
	o := s.o
	o.Allow = func(topic string) bool { return topic != "payments" && topic != "seer-statement" }
	with := *s
	with.a = New(o)
	for _, q := range []string{
		"How many payments were declined?", "Who are the Wilymajinkas?", "How many messages?", "payments/1@3", "What happened to p-17?", "show the declined payments",
		"Which status is most frequent?",
	} {
		a := with.ask(q)
		for _, c := range a.Counted {
			if !o.Allow(c.Topic) {
				t.Errorf("%s: read %+v", q, c)
			}
		}
		for _, c := range a.Citations {
			if !o.Allow(c.Place.Topic) {
				t.Errorf("%s: cites %+v", q, c)
			}
		}
		if slices.ContainsFunc(a.Nearest, func(t string) bool { return !o.Allow(t) }) {
			t.Errorf("%s: names %q", q, a.Nearest)
		}
	}
	// The control: without the limit the same questions do read them.
	if a := s.ask("How many payments were declined?"); a.Way != seer.Exact || a.Counted[0].Topic != "payments" {
		t.Errorf("%+v", a)
	}
	status, err := with.a.Status(t.Context())
	must(t, err)
	if slices.Contains(status.Topics, "payments") || strings.Contains(strings.Join(status.Suggestions, " "), "payments") {
		t.Errorf("%+v", status)
	}
	a, err := s.a.Ask(t.Context(), seer.Question{Text: "How many messages?", Topics: []string{"orders", "secrets"}}, nil)
	must(t, err)
	if len(a.Counted) != 3 || a.Counted[0].Topic != "orders" || !strings.Contains(strings.Join(a.Notes, " "), "`secrets`") {
		t.Errorf("%+v", a)
	}
}

// An answer whose time is up says that it covers only a part.
func TestAPartialAnswerSaysSo(t *testing.T) {
	s := newShop(t)
	o := s.o
	o.ScanLimit = time.Nanosecond
	with := *s
	with.a = New(o)
	a := with.ask("How many messages are in orders?")
	if a.Way != seer.Exact || !strings.Contains(strings.Join(a.Notes, " "), "covers only a part") || strings.Contains(a.Text, "all ") {
		t.Errorf("%s\n%q", a.Text, a.Notes)
	}
	if a := s.ask("How many messages are in orders?"); strings.Contains(strings.Join(a.Notes, " "), "part") || !strings.Contains(a.Text, "I read all 300 records") {
		t.Errorf("%s\n%q", a.Text, a.Notes)
	}
}

func TestConversations(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		history  []string
		question string
		says     string
	}{
		{[]string{"How many payments are there?"}, "How many of them were declined?", "**50** records"},
		{[]string{"How many orders since 14:00?"}, "And payments?", "**30** records"},
		{[]string{"What is the highest celsius?"}, "and the lowest?", "The least `celsius` is **10**"},
		{[]string{"Who are the Wilymajinkas?"}, "What do they travel in?", "flat boats made of reed"},
	} {
		a := s.ask(c.question, c.history...)
		if !strings.Contains(a.Text, c.says) || !strings.Contains(strings.Join(a.Notes, " "), "asked before") {
			t.Errorf("%q → %s\n%s: %s\n%q", c.history, c.question, a.Way, a.Text, a.Notes)
		}
		checkCitations(t, c.question, a)
	}
	if a := s.ask("How many of them were declined?"); strings.Contains(strings.Join(a.Notes, " "), "asked before") {
		t.Errorf("without history: %q", a.Notes)
	}
}

// The partition in which a key is looked for first is the one that the producer chose.
func TestDefaultPartition(t *testing.T) {
	c := kafkatest.Client(t)
	must(t, c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: "keys", Partitions: 7, ReplicationFactor: 1}))
	var records []kafkaops.Record
	for n := range 60 {
		records = append(records, kafkaops.Record{Topic: "keys", Partition: kafkaops.AnyPartition, Key: []byte(strings.Repeat("ké-", n/10) + string(rune('a'+n%26)))})
	}
	kafkatest.Send(t, c, records...)
	for _, r := range kafkatest.All(t, c, "keys") {
		if got := defaultPartition(r.Key, 7); got != r.Partition {
			t.Errorf("%q is in partition %d, looked for in %d", r.Key, r.Partition, got)
		}
	}
}

// A key in another partition than the default one is found all the same.
func TestAKeyElsewhere(t *testing.T) {
	s := newShop(t)
	home := defaultPartition([]byte("odd-1"), 3)
	kafkatest.Send(t, s.c, kafkaops.Record{Topic: "orders", Partition: (home + 1) % 3, Key: []byte("odd-1"), Value: []byte(`{"amount":1}`), Timestamp: now})
	a := s.ask("What happened to odd-1?")
	if a.Way != seer.Lookup || len(a.Citations) != 1 || a.Citations[0].Place.Partition != (home+1)%3 {
		t.Errorf("%+v", a)
	}
}

func TestManyAskAtOnce(t *testing.T) {
	s := newShop(t)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			q := []string{"How many payments were declined?", "Who are the Wilymajinkas?", "What happened to order-42?"}[i%3]
			if a, err := s.a.Ask(t.Context(), seer.Question{Text: q}, func(seer.Event) {}); err != nil || len(a.Citations) == 0 {
				t.Errorf("%s: %v %+v", q, err, a)
			}
			if _, err := s.a.Status(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
