package serve

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

var questions0 = kafkaops.TopicPartition{Topic: seer.QuestionTopic}

func asked(offset int64, value string) *kafkaops.Record {
	r := &kafkaops.Record{Topic: seer.QuestionTopic, Offset: offset, Timestamp: time.UnixMilli(1), Key: []byte("k")}
	if value != "" {
		r.Value = []byte(value)
	}
	return r
}

// deskOf is a desk whose answers the test gives.
func deskOf(t *testing.T, asker *scripted) *desk {
	t.Helper()
	d := newDesk(&answerer{asker: asker, limit: time.Minute, log: slog.New(slog.DiscardHandler)}, 2, time.Now)
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	d.open(ctx)
	return d
}

func TestAQuestionIsAskedOnceHoweverOftenItComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asker := &scripted{}
		d := deskOf(t, asker)
		first := d.take(asked(7, "who?"))
		synctest.Wait()
		d.owned(nil) // a rebalance takes the partition away and brings it back
		time.Sleep(keepLost / 2)
		d.owned([]kafkaops.TopicPartition{questions0})
		time.Sleep(10 * keepLost)
		d.owned([]kafkaops.TopicPartition{questions0})
		if again := d.take(asked(7, "who?")); again != first || asker.times("who?") != 1 {
			t.Errorf("another ticket, or asked %d times", asker.times("who?"))
		}
		var a seer.Answer
		if err := json.Unmarshal(first.answer, &a); err != nil || a.Question != "who?" || first.reason != "" {
			t.Errorf("answer %s, reason %q: %v", first.answer, first.reason, err)
		}
		// The topic was deleted and made again: another question at the same place.
		if other := d.take(asked(7, "what?")); other == first {
			t.Error("one question got the other's answer")
		}
		synctest.Wait()
		d.committed(kafkaops.Offsets{questions0: 8})
		if len(d.tickets) != 0 {
			t.Errorf("%d tickets are kept of what is done", len(d.tickets))
		}
	})
}

func TestWorkForPartitionsThatAreGoneEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{}, 1)
		asker := &scripted{ask: func(ctx context.Context, _ seer.Question, _ func(seer.Event)) (seer.Answer, error) {
			<-ctx.Done()
			ended <- struct{}{}
			return seer.Answer{}, ctx.Err()
		}}
		d := deskOf(t, asker)
		ticket := d.take(asked(7, "who?"))
		d.owned(nil)
		time.Sleep(keepLost)
		d.owned(nil)
		if len(d.tickets) != 1 {
			t.Error("dropped too early")
		}
		time.Sleep(time.Second)
		d.owned(nil)
		<-ended
		synctest.Wait()
		if len(d.tickets) != 0 || ticket.isSettled() {
			t.Errorf("%d tickets, settled %v: %q", len(d.tickets), ticket.isSettled(), ticket.reason)
		}
	})
}

func TestLostTicketsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := deskOf(t, &scripted{})
		for i := range int64(3 * maxLost) {
			d.take(asked(i, "who?"))
		}
		synctest.Wait()
		d.owned(nil)
		if len(d.tickets) > maxLost {
			t.Errorf("%d tickets are kept", len(d.tickets))
		}
	})
}

func TestNoMoreAreAskedAtATimeThanThereAreSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		asker := &scripted{ask: func(_ context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
			<-release
			return answerTo(q), nil
		}}
		d := deskOf(t, asker)
		for i := range int64(5) {
			d.take(asked(i, "who?"))
		}
		synctest.Wait()
		if n := asker.times("who?"); n != cap(d.slots) {
			t.Errorf("%d at a time", n)
		}
		close(release)
		synctest.Wait()
		if n := asker.times("who?"); n != 5 {
			t.Errorf("%d in all", n)
		}
	})
}

func TestWhenAQuestionIsGivenUp(t *testing.T) {
	fails := func(class kafkaops.Class, times int) func(int) error {
		return func(n int) error {
			if n <= times {
				return kafkaops.Errorf(class, "answering", "", "", "no luck")
			}
			return nil
		}
	}
	cases := map[string]struct {
		value  string
		fails  func(n int) error
		asked  int    // times; -1: more than three
		reason string // "": an answer
	}{
		"a good one":                {"who?", fails("", 0), 1, ""},
		"no value":                  {"", nil, 0, "no value"},
		"only spaces":               {"  ", nil, 0, "empty"},
		"not UTF-8":                 {"caf\xe9", nil, 0, "not UTF-8"},
		"too long":                  {strings.Repeat("x", seer.MaxQuestion+1), nil, 0, "4097 bytes"},
		"far too long":              {strings.Repeat("x", maxQuestionBytes+1), nil, 0, "more than 262144"},
		"bad JSON":                  {`{"question": who?}`, nil, 0, "not JSON"},
		"JSON without a question":   {`{"q": "who?"}`, nil, 0, "empty"},
		"deep JSON":                 {strings.Repeat(`{"question":`, 20_000), nil, 0, "not JSON"},
		"one that is itself wrong":  {"who?", fails(kafkaops.Invalid, 1), 1, "no luck"},
		"one that fails twice":      {"who?", fails(kafkaops.Internal, 2), 3, ""},
		"one that always fails":     {"who?", fails(kafkaops.Internal, 99), 3, "no luck"},
		"brokers away for a while":  {"who?", fails(kafkaops.Unreachable, 10), 11, ""},
		"brokers away for too long": {"who?", fails(kafkaops.Unreachable, 9999), -1, "no luck"},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				asker := &scripted{ask: func(_ context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
					n++
					return answerTo(q), k.fails(n)
				}}
				ticket := deskOf(t, asker).take(asked(0, k.value))
				<-ticket.settled
				if (k.reason == "") != (ticket.reason == "") || !strings.Contains(ticket.reason, k.reason) || (ticket.answer == nil) != (k.reason != "") {
					t.Errorf("reason %q, answer %s", ticket.reason, ticket.answer)
				}
				if n != k.asked && (k.asked >= 0 || n <= tries) {
					t.Errorf("asked %d times, want %d", n, k.asked)
				}
			})
		})
	}
}

func TestAQuestionThatBreaksTheAskerBreaksNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asker := &scripted{ask: func(_ context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
			if q.Text == "break" {
				var none []int
				_ = none[len(q.Text)]
			}
			return answerTo(q), nil
		}}
		d := deskOf(t, asker)
		bad, good := d.take(asked(0, "break")), d.take(asked(1, "who?"))
		<-bad.settled
		<-good.settled
		if !strings.Contains(bad.reason, "broke the seer") || good.reason != "" {
			t.Errorf("reasons %q and %q", bad.reason, good.reason)
		}
	})
}

func TestAnAnswerFitsIntoARecord(t *testing.T) {
	huge := seer.Answer{
		Question: strings.Repeat("\x01", seer.MaxQuestion), Way: seer.Exact, Text: strings.Repeat("\x01", 2<<20), Model: strings.Repeat("m", 1<<20),
		Notes: []string{strings.Repeat("n", 1<<20)},
	}
	for i := range 2000 {
		huge.Citations = append(huge.Citations, seer.Citation{N: i + 1, Title: strings.Repeat("\x02", 1000), Excerpt: strings.Repeat("\x02", 1024), Gone: strings.Repeat("\x02", 900)})
		huge.Counted = append(huge.Counted, seer.Counted{Topic: "orders"})
		huge.Fresh.Topics = append(huge.Fresh.Topics, seer.Learned{Topic: "orders"})
	}
	if got := fit(huge); encodedSize(got) > maxAnswer || len(got.Notes) != 1 || got.Notes[0] != tooLargeNote || len(got.Citations) == 0 || got.Text == "" {
		t.Errorf("%d bytes, notes %q", encodedSize(got), got.Notes)
	}
	light := answerTo(seer.Question{Text: "who?"})
	light.Fresh.Topics = make([]seer.Learned, 30_000)
	if got := fit(light); got.Fresh.Topics != nil || len(got.Citations) != 1 || got.Text != light.Text { // only what makes it too large goes
		t.Errorf("%d partitions, %d citations, notes %q", len(got.Fresh.Topics), len(got.Citations), got.Notes)
	}
	small := answerTo(seer.Question{Text: "who?"})
	if got := fit(small); len(got.Notes) != 0 || got.Text != small.Text || len(got.Citations) != 1 {
		t.Errorf("a small one was changed: %+v", got)
	}
}

func TestPausesGrowWithTheWait(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{0: 50 * time.Millisecond, time.Second: 250 * time.Millisecond, time.Minute: time.Second} {
		if got := pauseOf(age); got != want {
			t.Errorf("after %s: %s, want %s", age, got, want)
		}
	}
}

func FuzzReadQuestion(f *testing.F) {
	for _, s := range []string{"who?", "", "\ufeff who?", `{"question":"who?","topics":["a"],"history":[{"question":"a","answer":"b"}]}`, `{"question":`, "\xff", `{"topics":[".."],"question":"x"}`, "a\x00b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		q, reason := readQuestion(raw, looksJSON(raw))
		if reason != "" {
			if len(reason) > maxReason+3 {
				t.Errorf("a reason of %d bytes", len(reason))
			}
			return
		}
		if q.Text == "" || len(q.Text) > seer.MaxQuestion || len(q.History) > seer.MaxHistory || len(q.Topics) > maxTopics || len(q.ID) > maxID {
			t.Errorf("beyond the bounds: %+v", q)
		}
		if again, reason := checkQuestion(q); reason != "" || again.Text != q.Text {
			t.Errorf("read twice it is another: %q, %s", again.Text, reason)
		}
	})
}
