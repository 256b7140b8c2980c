package learn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn"
)

func TestItLearnsTextsAndMachineMessages(t *testing.T) {
	c := client(t)
	create(t, c, seer.StatementTopic, 2)
	create(t, c, "orders", 3)
	create(t, c, "secret.orders", 1)
	create(t, c, "orders.dlq", 1)
	create(t, c, "krapp.runs", 1)
	for i := range 300 {
		kafkatest.Send(t, c,
			record("orders", int32(i%3), `{"order":"o-%d","status":"%s","amount":%d}`, i, []string{"paid", "declined"}[i%2], i),
			record("secret.orders", 0, "the secret of the pump is %d", i), record("orders.dlq", 0, "a dead letter %d", i), record("krapp.runs", 0, "a run %d", i))
	}
	kafkatest.Send(t, c, statement("k", "The marsh people", tribe))
	r := run(t, learn.Options{Client: c, Regex: ".*", Except: []string{"secret.*"}})
	r.learned(c, "orders", seer.StatementTopic)
	hits := r.find("Who are the Wilymajinkas?", index.Passage)
	if len(hits) != 1 || hits[0].Text != tribe || hits[0].Title != "The marsh people" || hits[0].Passage != 1 || hits[0].Place.Topic != seer.StatementTopic {
		t.Errorf("found %+v", hits)
	}
	hits = r.find("orders that were declined", index.Template)
	if len(hits) != 2 || !strings.Contains(hits[0].Text, "declined") {
		t.Fatalf("found %+v", hits)
	}
	got, ok := r.Template(hits[0].ID)
	if !ok || got.Count != 150 || len(got.Examples) != 8 || got.Examples[0] != hits[0].Place {
		t.Errorf("the template is %+v at %v", got, hits[0].Place)
	}
	r.current()
	s := r.Status()
	if !slices.Equal(s.Topics, []string{"orders", seer.StatementTopic}) || s.Messages != 301 || s.Passages != 1 || s.Templates != 2 || s.Fresh.Behind != 0 || s.Err != "" || len(s.Notes) > 0 {
		t.Errorf("status %+v", s)
	}
	if f := r.Fields("orders"); len(f) != 3 || f[0].Path != "amount" || f[0].Max != 299 {
		t.Errorf("fields %+v", f)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := r.Learned(ctx, seer.Place{Topic: "secret.orders"}); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("waiting for a topic that is not learned from: %v", err)
	}
	if err := r.Learned(ctx, seer.Place{Topic: "orders", Offset: 1000}); kafkaops.ClassOf(err) != kafkaops.TimedOut {
		t.Errorf("waiting for a record that is not there: %v", err)
	}
}

func TestWhatItNeverLearnsFrom(t *testing.T) {
	for _, name := range []string{"krapp.runs", seer.QuestionTopic, seer.AnswerTopic, "__consumer_offsets"} {
		if _, err := learn.New(learn.Options{Client: client(t), Index: table(t), Topics: []string{name}}); kafkaops.ClassOf(err) != kafkaops.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := learn.New(learn.Options{Client: client(t), Index: table(t), Regex: "("}); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("a broken expression: %v", err)
	}
	if _, err := learn.New(learn.Options{Client: client(t), Index: table(t), Except: []string{"["}}); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("a broken glob: %v", err)
	}
}

func TestATextThatIsSentAgainReplacesTheFirst(t *testing.T) {
	c := client(t)
	create(t, c, seer.StatementTopic, 1)
	r := run(t, learn.Options{Client: c})
	long := strings.Repeat("The people of the valley fish at night and sleep by day until the bells ring. ", 40)
	kafkatest.Send(t, c, statement("a", "", long), statement("b", "", tribe))
	r.learned(c, seer.StatementTopic)
	before := r.Status().Passages
	kafkatest.Send(t, c, statement("a", "", "The valley is empty now."))
	r.learned(c, seer.StatementTopic)
	if got := r.Status().Passages; before < 5 || got != 2 {
		t.Errorf("%d passages, %d after a shorter text came in its place", before, got)
	}
	kafkatest.Send(t, c, statement("a", "", long), statement("a", "", "Nobody lives in the valley."), statement("a", "", long), statement("b", "", ""))
	r.learned(c, seer.StatementTopic)
	if got := r.Status().Passages; got != before-1 {
		t.Errorf("%d passages, want %d", got, before-1)
	}
	if hits := r.find("Who are the Wilymajinkas?", index.Passage); len(hits) > 0 && strings.Contains(hits[0].Text, "Wily") {
		t.Error("the text that was taken back is still found")
	}
}

func TestTopicsAndPartitionsThatComeLater(t *testing.T) {
	c := client(t)
	r := run(t, learn.Options{Client: c, Topics: []string{"orders"}})
	eventually(t, "the topic is missed", func() bool { return slices.Contains(r.Status().Notes, "topic orders does not exist yet") })
	create(t, c, "orders", 1)
	kafkatest.Send(t, c, record("orders", 0, "pump 1 is stuck"))
	r.learned(c, "orders")
	if err := c.CreatePartitions(t.Context(), "orders", 2); err != nil {
		t.Fatal(err)
	}
	kafkatest.Send(t, c, record("orders", 1, "valve 2 is open"))
	r.learned(c, "orders")
	create(t, c, seer.StatementTopic, 1)
	kafkatest.Send(t, c, statement("k", "", tribe))
	r.learned(c, seer.StatementTopic)
	if s := r.Status(); s.Templates != 2 || s.Passages != 1 || len(s.Notes) > 0 {
		t.Errorf("status %+v", s)
	}
}

func TestATopicThatIsDeletedIsForgotten(t *testing.T) {
	b, c := kafkatest.Embedded(t, kafkaops.Context{})
	create(t, c, "orders", 2)
	create(t, c, "other", 1)
	kafkatest.Send(t, c, record("other", 0, "valve 2 is open"))
	for i := range 20 {
		kafkatest.Send(t, c, record("orders", int32(i%2), "pump %d is stuck", i))
	}
	r := run(t, learn.Options{Client: c, Topics: []string{"orders", "other"}})
	r.learned(c, "orders", "other")
	if err := c.DeleteTopics(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is forgotten", func() bool { return r.Status().Templates == 1 && slices.Equal(r.Topics(), []string{"other"}) })
	create(t, c, "orders", 1)
	kafkatest.Send(t, another(t, b), record("orders", 0, "crane 7 is down"))
	r.learned(c, "orders")
	if got := r.Templates("orders"); len(got) != 1 || got[0].Pattern != "crane <num> is down" {
		t.Errorf("templates %+v", got)
	}
	if notes := strings.Join(r.Status().Notes, "\n"); !strings.Contains(notes, "topic orders was deleted") {
		t.Errorf("notes: %s", notes)
	}
}

func TestWhatIsTrimmedIsForgotten(t *testing.T) {
	c := client(t)
	create(t, c, "orders", 1)
	story := "The people of the %s fish at night and sleep by day. Nobody knows why they do."
	kafkatest.Send(t, c, record("orders", 0, "pump 1 is stuck"), record("orders", 0, story, "valley"),
		record("orders", 0, "valve 1 is open"), record("orders", 0, story, "river"))
	r := run(t, learn.Options{Client: c, Topics: []string{"orders"}})
	r.learned(c, "orders")
	if s := r.Status(); s.Templates != 2 || s.Passages != 2 {
		t.Fatalf("status %+v", s)
	}
	if err := c.DeleteRecords(t.Context(), kafkaops.Offsets{{Topic: "orders"}: 2}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is forgotten", func() bool { s := r.Status(); return s.Templates == 1 && s.Passages == 1 })
	if hits := r.find("valve open", index.Template); len(hits) != 1 || hits[0].Place.Offset != 2 {
		t.Errorf("found %+v", hits)
	}
	if hits := r.find("the people of the river", index.Passage); len(hits) != 1 || hits[0].Place.Offset != 3 {
		t.Errorf("found %+v", hits)
	}
}

func TestProseInJSON(t *testing.T) {
	c := client(t)
	create(t, c, "reviews", 1)
	kafkatest.Send(t, c, record("reviews", 0,
		`{"id":1,"stars":2,"review":"The kettle arrived late and its lid was broken.\nI wrote to the shop twice, but nobody has answered me so far, which I find rude."}`))
	r := run(t, learn.Options{Client: c, Topics: []string{"reviews"}})
	r.learned(c, "reviews")
	hits := r.find("Did anybody complain about a kettle?", index.Passage)
	if len(hits) != 1 || !strings.HasPrefix(hits[0].Text, "The kettle arrived late and its lid was broken.\nI wrote") {
		t.Errorf("found %+v", hits)
	}
	if s := r.Status(); s.Templates != 1 {
		t.Errorf("status %+v", s)
	}
}

// flaky is an embedder that may be away.
type flaky struct {
	index.Embedder
	away atomic.Bool
}

func (f *flaky) Embed(ctx context.Context, kind index.Kind, texts []string) ([][]float32, error) {
	if f.away.Load() {
		return nil, errors.New("connection refused")
	}
	return f.Embedder.Embed(ctx, kind, texts)
}

func TestAnEmbedderThatIsAwayIsWaitedFor(t *testing.T) {
	c := client(t)
	create(t, c, "orders", 1)
	o := table(t)
	f := &flaky{Embedder: o.Embedder}
	f.away.Store(true)
	r := run(t, learn.Options{Client: c, Topics: []string{"orders"}, Index: index.Options{Embedder: f}})
	for i := range 50 {
		kafkatest.Send(t, c, record("orders", 0, "pump %c%c is stuck", 'a'+i%20, 'a'+i/20))
	}
	eventually(t, "it says so", func() bool {
		s := r.Status()
		return s.State == seer.Waiting && strings.Contains(s.Err, "connection refused") && s.Fresh.Behind != 0
	})
	f.away.Store(false)
	r.learned(c, "orders")
	r.current()
	if s := r.Status(); s.Err != "" || s.Templates == 0 || s.Messages != 50 {
		t.Errorf("status %+v", s)
	}
}

func TestBrokersThatAreAwayAreWaitedFor(t *testing.T) {
	b, c := kafkatest.Embedded(t, kafkaops.Context{Timeout: 2 * time.Second})
	create(t, c, "orders", 1)
	kafkatest.Send(t, c, record("orders", 0, "pump 1 is stuck"))
	r := run(t, learn.Options{Client: c, Topics: []string{"orders"}})
	r.learned(c, "orders")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it says so", func() bool { s := r.Status(); return s.State == seer.Waiting && s.Err != "" })
	if hits := r.find("a stuck pump", index.Template); len(hits) != 1 {
		t.Errorf("found %+v", hits)
	}
}

func TestWhatIsOldGoes(t *testing.T) {
	c := client(t)
	create(t, c, "orders", 1)
	at := time.Now()
	old := record("orders", 0, "pump 1 is stuck")
	old.Timestamp, old.TimestampKind = at.Add(-2*time.Hour), kafkaops.CreateTime
	young := record("orders", 0, "valve 1 is open")
	young.Timestamp, young.TimestampKind = at, kafkaops.CreateTime
	kafkatest.Send(t, c, old, young)
	var later atomic.Int64
	o := table(t)
	o.MaxAge = time.Hour
	r := run(t, learn.Options{Client: c, Topics: []string{"orders"}, Index: o, Now: func() time.Time { return at.Add(time.Duration(later.Load())) }})
	r.learned(c, "orders")
	if s := r.Status(); s.Templates != 1 {
		t.Errorf("%d templates, the old one should not be there", s.Templates)
	}
	kafkatest.Send(t, c, record("orders", 0, "pump 2 is stuck"))
	r.learned(c, "orders")
	later.Store(int64(20 * time.Second))
	eventually(t, "what is young again is found again", func() bool { return r.Status().Templates == 2 })
	later.Store(int64(2 * time.Hour))
	eventually(t, "all is too old", func() bool { return r.Status().Templates == 0 })
}

func TestTwoLearnersLearnTheSame(t *testing.T) {
	c := client(t)
	create(t, c, "orders", 3)
	a := run(t, learn.Options{Client: c, Topics: []string{"orders"}})
	for i := range 500 {
		kafkatest.Send(t, c, record("orders", int32(i%3), "pump %d is %s", i, []string{"stuck", "open"}[i%2]))
	}
	b := run(t, learn.Options{Client: c, Topics: []string{"orders"}})
	a.learned(c, "orders")
	b.learned(c, "orders")
	if x, y := fmt.Sprint(a.Templates("orders")), fmt.Sprint(b.Templates("orders")); x != y {
		t.Errorf("%s\n%s", x, y)
	}
}
