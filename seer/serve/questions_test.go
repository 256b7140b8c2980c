package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/worker/deadletter"
)

// question is a record of the topic; key "" is none.
func question(partition int32, key, value string) kafkaops.Record {
	r := kafkaops.Record{Topic: seer.QuestionTopic, Partition: partition, Value: []byte(value)}
	if key != "" {
		r.Key = []byte(key)
	}
	return r
}

// said is an answer of the topic.
type said struct {
	seer.Answer
	key, place string
}

// answers reads the answers, as a read-committed reader sees them, by the question's text.
func answers(t testing.TB, c *rdkafka.Client) map[string][]said {
	t.Helper()
	all := map[string][]said{}
	for _, r := range kafkatest.All(t, c, seer.AnswerTopic) {
		var a seer.Answer
		if err := json.Unmarshal(r.Value, &a); err != nil {
			t.Fatalf("%s: %v", r.Value, err)
		}
		place, _ := r.Header(seer.QuestionHeader)
		all[a.Question] = append(all[a.Question], said{a, string(r.Key), string(place)})
	}
	return all
}

// behind is how much of the questions is not committed yet.
func behind(t testing.TB, c *rdkafka.Client) int64 {
	t.Helper()
	extents, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, seer.QuestionTopic)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := c.Committed(t.Context(), DefaultGroup, extents.Partitions())
	if err != nil {
		t.Fatal(err)
	}
	n, _ := kafkaops.TotalLag(kafkaops.LagOf(extents, committed))
	return n
}

func TestQuestionsOfTheTopicAreAnsweredOnceEach(t *testing.T) {
	c, asker := kafkatest.Client(t), &scripted{}
	startRole(t, Options{Client: c, Asker: asker, Partitions: 2})
	kafkatest.Send(t, c,
		question(0, "a key", "plain?"),
		question(0, "", `{"id":"id-7","question":"as JSON?"}`),
		question(1, "a key", `{"id":"id-8","question":"both?"}`),
		question(1, "", "neither?"))
	for i := range 40 {
		kafkatest.Send(t, c, question(int32(i%2), "", fmt.Sprintf("number %d?", i)))
	}
	await(t, "all are committed", func() bool { return behind(t, c) == 0 })
	got := answers(t, c)
	for text, want := range map[string]said{
		"plain?":   {key: "a key", place: "seer-question/0/0"},
		"as JSON?": {key: "id-7", place: "seer-question/0/1"},
		"both?":    {key: "a key", place: "seer-question/1/0"},
		"neither?": {key: "seer-question/1/1", place: "seer-question/1/1"},
	} {
		if len(got[text]) != 1 || got[text][0].key != want.key || got[text][0].place != want.place || got[text][0].Way != seer.Meaning {
			t.Errorf("%s: %+v, want one keyed %q of %s", text, got[text], want.key, want.place)
		}
	}
	if got["as JSON?"][0].ID != "id-7" || got["both?"][0].ID != "id-8" {
		t.Errorf("IDs %q and %q", got["as JSON?"][0].ID, got["both?"][0].ID)
	}
	if len(got) != 44 {
		t.Errorf("%d questions have answers, want 44", len(got))
	}
	for text, list := range got {
		if len(list) != 1 || asker.times(text) != 1 {
			t.Errorf("%s: %d answers, asked %d times", text, len(list), asker.times(text))
		}
	}
}

func TestPoisonedQuestionsGoToTheDeadLettersAndHoldNobodyUp(t *testing.T) {
	c := kafkatest.Client(t)
	startRole(t, Options{Client: c, Partitions: 1})
	poison := map[string]string{
		"caf\xe9": "the question is not UTF-8", `{"question":`: "the question is not JSON of a question: unexpected end of JSON input",
		strings.Repeat("x", seer.MaxQuestion+1): "the question has 4097 bytes, more than 4096", " ": "the question is empty",
	}
	for value := range poison {
		kafkatest.Send(t, c, question(0, "k", value))
	}
	kafkatest.Send(t, c, question(0, strings.Repeat("k", maxKey+1), "a long key?"), kafkaops.Record{Topic: seer.QuestionTopic, Key: []byte("k")}, question(0, "", "after them?"))
	await(t, "all are committed", func() bool { return behind(t, c) == 0 })
	if got := answers(t, c); len(got) != 1 || len(got["after them?"]) != 1 {
		t.Errorf("answers %+v", got)
	}
	dead := kafkatest.All(t, c, seer.QuestionTopic+deadletter.Suffix)
	if len(dead) != len(poison)+2 {
		t.Fatalf("%d dead letters", len(dead))
	}
	for _, d := range dead {
		reason, _ := d.Header(deadletter.ErrorHeader)
		topic, _ := d.Header(deadletter.TopicHeader)
		if want, has := poison[string(d.Value)]; has && string(reason) != want || len(reason) == 0 || string(topic) != seer.QuestionTopic {
			t.Errorf("%.20q: %s of %s, want %s", d.Value, reason, topic, want)
		}
	}
}

// slow is an asker that keeps one question waiting until it is released.
func slow(text string) (*scripted, func()) {
	release := make(chan struct{})
	return &scripted{ask: func(ctx context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
		if q.Text == text {
			select {
			case <-release:
			case <-ctx.Done():
				return seer.Answer{}, ctx.Err()
			}
		}
		return answerTo(q), nil
	}}, sync.OnceFunc(func() { close(release) })
}

// loopOf runs the handler of questions, or another in its place, with transactions that end after 2 s.
func loopOf(t testing.TB, c *rdkafka.Client, o Options, wrap func(*questions) eos.Handler) *eos.Loop {
	t.Helper()
	o.Client, o.Learner, o.Slot, o.Partitions = c, learner{}, "a", 2
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if err := ensureTopics(t.Context(), c, o); err != nil {
		t.Fatal(err)
	}
	q := newQuestions(o, &answerer{asker: o.Asker, limit: o.AnswerTimeout, log: o.Log})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	q.desk.open(ctx)
	options := q.loopOptions(o)
	options.TxTimeout, options.StopTimeout = 2*time.Second, 3*time.Second
	loop, err := eos.New(c, options, wrap(q))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(ctx, func() {}) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	return loop
}

func asIs(q *questions) eos.Handler { return q }

func TestASlowAnswerOutlivesTransactionsAndHoldsOnlyItsPartition(t *testing.T) {
	c := kafkatest.Client(t)
	asker, release := slow("slow?")
	defer release()
	loop := loopOf(t, c, Options{Asker: asker}, asIs)
	kafkatest.Send(t, c, question(0, "", "slow?"), question(0, "", "behind it?"), question(1, "", "quick?"))
	began := time.Now()
	await(t, "the other partition goes on", func() bool { return len(answers(t, c)["quick?"]) == 1 })
	await(t, "transactions came and went, for longer than one may take", func() bool {
		return loop.State().Commits >= 5 && time.Since(began) > 4*time.Second
	})
	if got := answers(t, c); len(got) != 1 || behind(t, c) == 0 {
		t.Errorf("before the answer: %+v", got)
	}
	if asker.times("behind it?") != 1 {
		t.Error("the desk does not work ahead")
	}
	release()
	await(t, "all are committed", func() bool { return behind(t, c) == 0 })
	got := answers(t, c)
	for _, text := range []string{"slow?", "behind it?", "quick?"} {
		if len(got[text]) != 1 || asker.times(text) != 1 {
			t.Errorf("%s: %d answers, asked %d times", text, len(got[text]), asker.times(text))
		}
	}
	if s := loop.State(); s.Aborts != 0 || s.LastError != "" {
		t.Errorf("%d transactions were aborted: %s", s.Aborts, s.LastError)
	}
}

// The control: who waits for the answer inside the transaction is aborted again and again, and answers nobody.
func TestASlowAnswerInsideTheTransactionIsAborted(t *testing.T) {
	c := kafkatest.Client(t)
	asker, release := slow("slow?")
	defer release()
	loop := loopOf(t, c, Options{Asker: asker}, func(q *questions) eos.Handler {
		return eos.HandlerFunc(func(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
			for i := range b.Records {
				select {
				case <-q.desk.take(&b.Records[i]).settled:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return q.Handle(ctx, b, tx)
		})
	})
	kafkatest.Send(t, c, question(0, "", "slow?"))
	await(t, "transactions are aborted", func() bool { return loop.State().Aborts >= 2 })
}

func TestAnAbortedAnswerIsWrittenOnceAndNotAskedForAgain(t *testing.T) {
	c, asker := kafkatest.Client(t), &scripted{}
	failures := 3
	loop := loopOf(t, c, Options{Asker: asker}, func(q *questions) eos.Handler {
		return eos.HandlerFunc(func(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
			if err := q.Handle(ctx, b, tx); err != nil || len(b.Records) == 0 || failures == 0 {
				return err
			}
			failures--
			return fmt.Errorf("after the answer was produced") // as a broker that fails between the two
		})
	})
	kafkatest.Send(t, c, question(0, "", "who?"))
	await(t, "it is committed", func() bool { return behind(t, c) == 0 })
	if got := answers(t, c)["who?"]; len(got) != 1 || asker.times("who?") != 1 || loop.State().Aborts < 3 {
		t.Errorf("%d answers, asked %d times, %d aborts", len(got), asker.times("who?"), loop.State().Aborts)
	}
}

func TestAnAnswerThatTheTopicRefusesBecomesADeadLetter(t *testing.T) {
	c := kafkatest.Client(t)
	if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: seer.AnswerTopic, Partitions: 1, ReplicationFactor: 1, Configs: map[string]string{"max.message.bytes": "2000"}}); err != nil {
		t.Fatal(err)
	}
	asker := &scripted{ask: func(_ context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
		a := answerTo(q)
		if q.Text == "long?" {
			a.Text = strings.Repeat("x", 5000)
		}
		return a, nil
	}}
	loopOf(t, c, Options{Asker: asker}, asIs)
	kafkatest.Send(t, c, question(0, "", "long?"), question(0, "", "short?"))
	await(t, "both are committed", func() bool { return behind(t, c) == 0 })
	dead := kafkatest.All(t, c, seer.QuestionTopic+deadletter.Suffix)
	if got := answers(t, c); len(got) != 1 || len(got["short?"]) != 1 || len(dead) != 1 || string(dead[0].Value) != "long?" {
		t.Errorf("answers %+v, dead letters %+v", got, dead)
	}
}
