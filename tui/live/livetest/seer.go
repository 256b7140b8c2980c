package livetest

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/tui/live"
)

// Oracle is a seer that never answers, for feeds that are not run.
type Oracle struct{}

// Ask waits for the end of ctx.
func (Oracle) Ask(ctx context.Context, _ seer.Question, _ func(seer.Event)) (seer.Answer, error) {
	<-ctx.Done()
	return seer.Answer{}, ctx.Err()
}

// Status is that of Seer.
func (Oracle) Status(context.Context) (seer.Status, error) { return status(), nil }

func status() seer.Status {
	return seer.Status{
		State: seer.Current, Messages: 1_260_000, Templates: 41, Passages: 12, Topics: []string{"logs", "orders"}, Embedder: "krapp-table-1",
		Fresh: seer.Freshness{At: Now().Add(-time.Second)},
		Suggestions: []string{
			"How many messages are in orders?", "What went wrong in logs in the last hour?", "When was the last order over 1,000?",
		},
	}
}

// Lossy is an answer from two records, one of which is gone.
func Lossy() seer.Answer {
	return seer.Answer{
		Way: seer.Meaning, Took: 18 * time.Millisecond, Fresh: seer.Freshness{At: Now().Add(-time.Second), Behind: 3207},
		Text: "7 of 10,000 were **committed without being processed**, all on partition 2, between 13:58:02 and 13:58:03 [1]. " +
			"The worker `worker-b` left the group at 13:58:02 [2].",
		Citations: []seer.Citation{
			{N: 1, Place: seer.Place{Topic: "krapp.reports", Partition: 2, Offset: 118, At: Now().Add(-4 * time.Minute)}, Excerpt: `{"group":"orders-app","committed":88150,"processed":88143}`},
			{N: 2, Place: seer.Place{Topic: "logs", Offset: 5521, At: Now().Add(-4*time.Minute - time.Second)}, Excerpt: "member worker-b left group orders-app: session timed out", Like: 12,
				Gone: "removed by retention"},
		},
		Notes: []string{"3,207 messages of orders have not been learned yet."},
	}
}

// Counted is an exact answer.
func Counted() seer.Answer {
	return seer.Answer{
		Way: seer.Exact, Took: 1900 * time.Millisecond, Fresh: seer.Freshness{At: Now()}, Model: "gpt-oss-20b",
		Text: "There are **250,000** messages in `orders`.\n\n| partition | messages |\n|---|---:|\n| 0 | 83,412 |\n| 1 | 83,080 |\n| 2 | 83,508 |\n\n" +
			"- all of them since 13:50\n- none without a key\n",
		Counted: []seer.Counted{
			{Topic: "orders", Partition: 0, To: 83_412, Records: 83_412}, {Topic: "orders", Partition: 1, To: 83_080, Records: 83_080}, {Topic: "orders", Partition: 2, To: 83_508, Records: 83_508},
		},
	}
}

// Refusal is an answer that is none.
func Refusal() seer.Answer {
	return seer.Answer{
		Way: seer.Refused, Took: 4 * time.Millisecond, Fresh: seer.Freshness{At: Now()}, Text: "Nothing that was read answers this.", Nearest: []string{"orders", "logs"},
	}
}

// Seer is a conversation whose last answer has citations.
func Seer() live.SeerPicture {
	return live.SeerPicture{Status: status(), At: Now(), Turns: []live.SeerTurn{
		{N: 1, Question: "How many messages are in orders?", State: live.Answered, Answer: Counted()},
		{N: 2, Question: "Why did orders lose messages?", State: live.Answered, Answer: Lossy()},
	}}
}

// NewSeer is a seer that nothing has been asked yet.
func NewSeer() live.SeerPicture { return live.SeerPicture{Status: status(), At: Now()} }

// BlankSeer is a seer that has read nothing yet.
func BlankSeer() live.SeerPicture {
	return live.SeerPicture{Status: seer.Status{State: seer.Current, Embedder: "krapp-table-1"}, At: Now()}
}

// AskedSeer is a seer at work.
func AskedSeer() live.SeerPicture {
	p := Seer()
	p.Turns = append(p.Turns, live.SeerTurn{
		N: 3, Question: "And what did it do before?", State: live.Asking, Step: "reading orders: 120,000 of 400,000 records",
		Draft: "Before that, worker-b had\nprocessed 3,334 messages of partition 2, the last of them",
	})
	return p
}

// RefusingSeer has refused to answer.
func RefusingSeer() live.SeerPicture {
	p := NewSeer()
	p.Turns = []live.SeerTurn{{N: 1, Question: "What is the capital of Australia?", State: live.Answered, Answer: Refusal()}}
	return p
}

// FailedSeer is a seer that can't be reached any more, and a question that was stopped.
func FailedSeer() live.SeerPicture {
	p := Seer()
	err := kafkaops.Errorf(kafkaops.Unreachable, "asking the seer", "127.0.0.1:8030", "Start it with krapp-worker seer.", "connection refused")
	p.Err = err
	p.Turns = append(p.Turns, live.SeerTurn{N: 3, Question: "And since?", State: live.Stopped, Draft: "Since then"},
		live.SeerTurn{N: 4, Question: "And now?", State: live.Failed, Err: err})
	return p
}

// EvilSeer is a seer that means to ruin the screen.
func EvilSeer() live.SeerPicture {
	p := Seer()
	p.Status.Topics, p.Status.Model, p.Status.Embedder, p.Status.Err = []string{Hostile}, Hostile, Hostile, Hostile
	p.Status.Suggestions, p.Status.Notes = []string{Hostile, Hostile}, []string{Hostile}
	a := Lossy()
	a.Text = Hostile + " [1] **" + Hostile + "** [2]\n\n```\n" + Hostile + "\n```\n\n| " + Hostile + " | [2] |\n|---|---|\n| &#27;[2J | <script> |\n"
	a.Citations[0].Place.Topic, a.Citations[0].Excerpt, a.Citations[0].Title, a.Citations[1].Gone = Hostile, Hostile, Hostile, Hostile
	a.Notes, a.Nearest, a.Model, a.Way = []string{Hostile}, []string{Hostile}, Hostile, Hostile
	a.Counted = []seer.Counted{{Topic: Hostile, Partition: -1, From: -1, To: 1 << 62, Records: 1 << 62}, {Topic: Hostile}}
	p.Turns = []live.SeerTurn{
		{N: 1, Question: Hostile, State: live.Failed, Err: kafkaops.Errorf(kafkaops.Unreachable, Hostile, Hostile, Hostile, Hostile)},
		{N: 2, Question: Hostile, State: live.Answered, Answer: a},
		{N: 3, Question: Hostile, State: live.Asking, Step: Hostile, Draft: Hostile + "\n" + Hostile},
	}
	return p
}
