package remote_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/remote"
	"github.com/krapp-io/krapp/seer/serve"
	"github.com/krapp-io/krapp/worker/httpd"
)

// scripted is an asker, and a learner, that does what the test says.
type scripted struct {
	ask func(ctx context.Context, q seer.Question, each func(seer.Event)) (seer.Answer, error)
}

func (s scripted) Ask(ctx context.Context, q seer.Question, each func(seer.Event)) (seer.Answer, error) {
	return s.ask(ctx, q, each)
}

func (scripted) Status(context.Context) (seer.Status, error) {
	return seer.Status{State: seer.Learning, Messages: 12, Topics: []string{"orders"}, Suggestions: []string{"How many messages are in orders?"}, Fresh: seer.Freshness{Behind: 5}}, nil
}

func (scripted) Run(ctx context.Context, ready func()) error {
	ready()
	<-ctx.Done()
	return nil
}

func (scripted) Learned(context.Context, seer.Place) error { return nil }

func answerTo(q seer.Question) seer.Answer {
	return seer.Answer{
		ID: q.ID, Question: q.Text, Way: seer.Exact, Text: "There are 3 [1].", Model: "m", Notes: []string{"only a part"}, Nearest: []string{"orders"},
		Citations: []seer.Citation{{N: 1, Place: seer.Place{Topic: "orders", Partition: 2, Offset: 118, At: time.Unix(1700000000, 0).UTC()}, Excerpt: "x", Like: 3}},
		Counted:   []seer.Counted{{Topic: "orders", To: 3, Records: 3}}, Fresh: seer.Freshness{Behind: 5}, Took: time.Second,
	}
}

// start serves an asker and returns its URL.
func start(t *testing.T, s scripted, o serve.Options) string {
	t.Helper()
	address := make(chan string, 1)
	o.Client, o.Asker, o.Learner, o.NoTopics = kafkatest.Client(t), s, s, true
	o.HTTP.Addr, o.OnListen = "127.0.0.1:0", func(a string) { address <- a }
	r, err := serve.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx, func() {}) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	select {
	case a := <-address:
		return "http://" + a
	case err := <-ended:
		ended <- err
		t.Fatal(err)
	case <-time.After(time.Minute):
		t.Fatal("it does not listen within a minute")
	}
	return ""
}

func client(t *testing.T, o remote.Options) *remote.Client {
	t.Helper()
	c, err := remote.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAskedOverHTTPTheAnswerIsTheSame(t *testing.T) {
	var got seer.Question
	url := start(t, scripted{func(_ context.Context, q seer.Question, each func(seer.Event)) (seer.Answer, error) {
		got = q
		each(seer.Event{Step: "reading orders"})
		each(seer.Event{Draft: "There\n"})
		each(seer.Event{Restart: true})
		each(seer.Event{Draft: "are 3"})
		return answerTo(q), nil
	}}, serve.Options{})
	c := client(t, remote.Options{URL: url + "/"})
	var asker seer.Asker = c
	q := seer.Question{ID: "7", Text: "how many?", Topics: []string{"orders"}, History: []seer.Turn{{Question: "a", Answer: "b"}}}
	var events []string
	a, err := asker.Ask(t.Context(), q, func(e seer.Event) { events = append(events, fmt.Sprintf("%+v", e)) })
	if err != nil {
		t.Fatal(err)
	}
	if is, want := jsonOf(t, a), jsonOf(t, answerTo(q)); is != want {
		t.Errorf("answer %s, want %s", is, want)
	}
	if jsonOf(t, got) != jsonOf(t, q) {
		t.Errorf("asked %+v, want %+v", got, q)
	}
	if want := "[{Step:reading orders Draft: Restart:false} {Step: Draft:There\n Restart:false} {Step: Draft: Restart:true} {Step: Draft:are 3 Restart:false}]"; fmt.Sprint(events) != want {
		t.Errorf("events %s", events)
	}
	if _, err := asker.Ask(t.Context(), q, nil); err != nil {
		t.Error(err)
	}
	s, err := asker.Status(t.Context())
	if err != nil || s.State != seer.Learning || s.Messages != 12 || len(s.Suggestions) != 1 || s.Fresh.Behind != 5 {
		t.Errorf("status %+v, %v", s, err)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestTextsAndFilesAreGiven(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "people.txt"), []byte("The Wilymajinkas live in trees."), 0o600); err != nil {
		t.Fatal(err)
	}
	c := client(t, remote.Options{URL: start(t, scripted{}, serve.Options{LoadDir: dir})})
	a, err := c.Accept(t.Context(), "people & more", "They are kind.")
	if err != nil || !a.Learned || a.Topic != seer.StatementTopic || a.Offset != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := c.Accept(t.Context(), "", "caf\xe9"); kafkaops.ClassOf(err) != kafkaops.Invalid || kafkaops.HintOf(err) == "" {
		t.Errorf("a text of Latin-1: %v", err)
	}
	if _, err := c.Accept(t.Context(), "", strings.Repeat("x", 1<<20+1)); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("a text that is too large: %v", err)
	}
	files, err := c.Load(t.Context(), "people.txt", "../secret", "missing")
	if err != nil || len(files) != 3 {
		t.Fatalf("%+v, %v", files, err)
	}
	if files[0].Err != nil || !files[0].Learned || files[0].Offset != 1 {
		t.Errorf("%+v", files[0])
	}
	if kafkaops.ClassOf(files[1].Err) != kafkaops.Invalid || kafkaops.ClassOf(files[2].Err) != kafkaops.NotFound || kafkaops.HintOf(files[2].Err) == "" {
		t.Errorf("%v, %v", files[1].Err, files[2].Err)
	}
	if _, err := c.Load(t.Context(), "a\nb"); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("two names in one: %v", err)
	}
}

func TestErrorsKeepTheirClassAndHint(t *testing.T) {
	url := start(t, scripted{func(ctx context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
		switch q.Text {
		case "away":
			return seer.Answer{}, kafkaops.Errorf(kafkaops.Unreachable, "reading topic", "orders", "start the brokers", "nobody \x1b[31mthere")
		case "wait":
			<-ctx.Done()
		}
		return seer.Answer{}, ctx.Err()
	}}, serve.Options{MaxAsks: 1})
	c := client(t, remote.Options{URL: url})
	_, err := c.Ask(t.Context(), seer.Question{Text: "away"}, nil)
	if kafkaops.ClassOf(err) != kafkaops.Unreachable || kafkaops.HintOf(err) != "start the brokers" || !strings.Contains(err.Error(), "nobody [31mthere") {
		t.Errorf("%q, hint %q", err, kafkaops.HintOf(err))
	}
	if _, err := c.Ask(t.Context(), seer.Question{}, nil); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("an empty question: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := c.Ask(ctx, seer.Question{Text: "wait"}, nil); kafkaops.ClassOf(err) != kafkaops.TimedOut {
		t.Errorf("the caller's deadline: %v", err)
	}
}

func TestWithNoSeerThereItSaysWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	_ = l.Close()
	_, err = client(t, remote.Options{URL: url}).Ask(t.Context(), seer.Question{Text: "x"}, nil)
	if kafkaops.ClassOf(err) != kafkaops.Unreachable || !strings.Contains(err.Error(), url) || !strings.Contains(kafkaops.HintOf(err), "krapp-worker seer") {
		t.Errorf("%v, hint %q", err, kafkaops.HintOf(err))
	}
}

func TestTheTokenOpensTheDoor(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url := start(t, scripted{func(_ context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
		return answerTo(q), nil
	}},
		serve.Options{HTTP: httpd.Options{TokenFile: token}})
	if _, err := client(t, remote.Options{URL: url, Token: kafkaops.NewSecret("0123456789abcdef")}).Ask(t.Context(), seer.Question{Text: "x"}, nil); err != nil {
		t.Error(err)
	}
	for _, o := range []remote.Options{{URL: url}, {URL: url, Token: kafkaops.NewSecret("another one, as long")}} {
		if _, err := client(t, o).Ask(t.Context(), seer.Question{Text: "x"}, nil); kafkaops.ClassOf(err) != kafkaops.Unauthenticated || kafkaops.HintOf(err) == "" {
			t.Errorf("%v", err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:8030", "ftp://x", "http://", "http://user:secret@host", "http://h/?a=b", "http://h\x7f"} {
		if _, err := remote.New(remote.Options{URL: url}); kafkaops.ClassOf(err) != kafkaops.Invalid || kafkaops.HintOf(err) == "" || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := remote.New(remote.Options{URL: "http://h", Token: kafkaops.NewSecret("a\nb")}); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("a token of two lines: %v", err)
	}
}
