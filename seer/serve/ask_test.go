package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/worker/httpd"
)

const (
	wantsText   = "text/plain"
	wantsJSON   = "application/json"
	wantsStream = "text/event-stream"
)

func TestAQuestionIsAnsweredInTheFormThatIsAccepted(t *testing.T) {
	asker := &scripted{}
	base := startRole(t, Options{Client: kafkatest.Client(t), Asker: asker, NoTopics: true})
	const q = "what is order 118?"
	get, post := base+"/ask?q="+url.QueryEscape(q), base+"/ask"
	cases := map[string]struct {
		method, url, body string
		headers           []string
		kind, has         string
	}{
		"text by default":      {"GET", get, "", nil, wantsText, "About what is order 118? [1].\n\n[1] orders/2/118 · 2026-11-21 14:00:00 UTC\n    {\"id\":118}\n"},
		"a browser's Accept":   {"GET", get, "", []string{"Accept", "text/html,*/*;q=0.8"}, wantsText, "learned up to 2026-11-21T14:00:00Z"},
		"JSON":                 {"GET", get, "", []string{"Accept", wantsJSON}, wantsJSON, `"way":"meaning"`},
		"posted as text":       {"POST", post, q, []string{"Content-Type", "text/plain"}, wantsText, "About " + q},
		"posted by curl -d":    {"POST", post, q, []string{"Content-Type", "application/x-www-form-urlencoded"}, wantsText, "About " + q},
		"posted as JSON":       {"POST", post, `{"id":"7","question":"` + q + `"}`, []string{"Content-Type", wantsJSON, "Accept", wantsJSON}, wantsJSON, `"id":"7"`},
		"a stream":             {"GET", get, "", []string{"Accept", wantsStream}, wantsStream, "event: answer\ndata: {"},
		"a stream, posted":     {"POST", post, q, []string{"Accept", wantsStream}, wantsStream, "event: answer\ndata: {"},
		"the first that I can": {"GET", get, "", []string{"Accept", "image/png, application/json;q=1, text/plain"}, wantsJSON, `"way"`},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			res, body := call(t, k.method, k.url, k.body, k.headers...)
			if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), k.kind) || !strings.Contains(body, k.has) {
				t.Errorf("%d %s %s, want %q", res.StatusCode, res.Header.Get("Content-Type"), body, k.has)
			}
			if asker.last().Text != q {
				t.Errorf("asked %+v", asker.last())
			}
		})
	}
}

func TestWhatGoesWithAQuestion(t *testing.T) {
	asker := &scripted{}
	base := startRole(t, Options{Client: kafkatest.Client(t), Asker: asker, NoTopics: true})
	call(t, "GET", base+"/ask?q=x&topics=orders,+payments", "")
	if got := asker.last().Topics; fmt.Sprint(got) != "[orders payments]" {
		t.Errorf("topics %q", got)
	}
	full := seer.Question{Text: "and then?", Topics: []string{"orders"}}
	for i := range 12 {
		full.History = append(full.History, seer.Turn{Question: fmt.Sprint(i), Answer: strings.Repeat("é", maxTurn)})
	}
	call(t, "POST", base+"/ask", `{"question":"and then?","topics":["orders"],"history":[{"question":"1","answer":"a"},{"question":"2","answer":"b"}]}`,
		"Content-Type", "application/json; charset=utf-8")
	if got := asker.last(); len(got.History) != 2 || got.History[1].Answer != "b" || got.Topics[0] != "orders" {
		t.Errorf("asked %+v", got)
	}
	q, reason := checkQuestion(full)
	if reason != "" || len(q.History) != seer.MaxHistory || q.History[0].Question != "4" || len(q.History[0].Answer) > maxTurn || len(q.History[0].Answer)%2 != 0 {
		t.Errorf("%s: %d turns, the first %.20q", reason, len(q.History), q.History[0].Question)
	}
}

func TestARefusalIsAnAnswer(t *testing.T) {
	asker := &scripted{ask: func(_ context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
		return seer.Answer{Question: q.Text, Way: seer.Refused, Text: "I have not read anything about that.", Nearest: []string{"orders"}, Fresh: seer.Freshness{Behind: -1}}, nil
	}}
	base := startRole(t, Options{Client: kafkatest.Client(t), Asker: asker, NoTopics: true})
	res, body := call(t, "GET", base+"/ask?q=x", "")
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "nearest topics: orders") || !strings.Contains(body, "how far behind is not known") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	res, body = call(t, "GET", base+"/ask?q=x", "", "Accept", wantsJSON)
	if res.StatusCode != http.StatusOK || !strings.Contains(body, `"way":"refused"`) || !strings.Contains(body, `"citations":[]`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func TestEveryNamedErrorOfAsking(t *testing.T) {
	asker := &scripted{ask: func(_ context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
		switch q.Text {
		case "away":
			return seer.Answer{}, kafkaops.Errorf(kafkaops.Unreachable, "asking", "", "start it", "nobody there")
		case "break":
			var none []int
			_ = none[len(q.Text)] // a fault of the asker's
		case "odd":
			return seer.Answer{}, kafkaops.Errorf(kafkaops.Invalid, "reading the question", "", "say which", "two meanings")
		}
		return answerTo(q), nil
	}}
	base := startRole(t, Options{Client: kafkatest.Client(t), Asker: asker, NoTopics: true})
	long, js := strings.Repeat("x", seer.MaxQuestion+1), []string{"Content-Type", wantsJSON}
	cases := map[string]struct {
		method, path, body string
		headers            []string
		status             int
		class              kafkaops.Class
	}{
		"no question":                  {"GET", "/ask", "", nil, 400, kafkaops.Invalid},
		"spaces":                       {"POST", "/ask", " \n ", nil, 400, kafkaops.Invalid},
		"a question too long":          {"POST", "/ask", long, nil, 400, kafkaops.Invalid},
		"a body over the limit":        {"POST", "/ask", strings.Repeat("x", 1<<20+1), nil, 413, kafkaops.Invalid},
		"bytes that are no text":       {"POST", "/ask", "\xff\xfe", nil, 400, kafkaops.Invalid},
		"a NUL":                        {"POST", "/ask", "a\x00b", nil, 400, kafkaops.Invalid},
		"half an object":               {"POST", "/ask", `{"question":`, js, 400, kafkaops.Invalid},
		"another object":               {"POST", "/ask", `{"text":"x"}`, js, 400, kafkaops.Invalid},
		"a number":                     {"POST", "/ask", `7`, js, 400, kafkaops.Invalid},
		"two objects":                  {"POST", "/ask", `{"question":"a"}{}`, js, 400, kafkaops.Invalid},
		"no topic's name":              {"GET", "/ask?q=x&topics=a/b", "", nil, 400, kafkaops.Invalid},
		"the asker can't reach":        {"GET", "/ask?q=away", "", nil, 503, kafkaops.Unreachable},
		"the asker says invalid":       {"GET", "/ask?q=odd", "", nil, 400, kafkaops.Invalid},
		"the asker breaks":             {"GET", "/ask?q=break", "", nil, 500, kafkaops.Internal},
		"a path that there is nothing": {"GET", "/nowhere", "", nil, 404, kafkaops.NotFound},
		"a foreign origin":             {"POST", "/ask", "x", []string{"Origin", "http://evil.example"}, 403, kafkaops.Unauthorised},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			res, body := call(t, k.method, base+k.path, k.body, k.headers...)
			checkError(t, res, body, k.status, k.class)
		})
	}
	if res, body := call(t, "GET", base+"/ask?q=fine", ""); res.StatusCode != http.StatusOK { // the control: after all that it still answers
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func checkError(t testing.TB, res *http.Response, body string, status int, class kafkaops.Class) {
	t.Helper()
	var e httpd.ErrorBody
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatalf("%d %q: %v", res.StatusCode, body, err)
	}
	if res.StatusCode != status || e.Class != class || e.Error == "" || e.Hint == "" {
		t.Errorf("%d %s, want %d %s with a hint", res.StatusCode, body, status, class)
	}
}

func TestAPlainAnswerCannotSteerATerminal(t *testing.T) {
	a := seer.Answer{
		Text:      "red \x1b[31mor\x1b[0m \u009b2J\ttab\nline \u202egnp.exe\u2066 bad\xffbyte\r",
		Citations: []seer.Citation{{N: 1, Title: "a\x07b", Excerpt: "one\ntwo\x1b]0;title\x07", Gone: "removed\x1b[A"}},
		Notes:     []string{"\x1b[2J"}, Nearest: []string{"\x1bc"},
	}
	got := plainAnswer(a)
	for _, c := range got {
		if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			t.Fatalf("%q holds %U", got, c)
		}
	}
	for _, want := range []string{"\ttab\nline", "    one two]0;title\n", "bad\ufffdbyte"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q has not %q", got, want)
		}
	}
}

func TestMoreThanTheLimitAreTurnedAway(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	asker := &scripted{ask: func(ctx context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
		entered <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return answerTo(q), ctx.Err()
	}}
	base := startRole(t, Options{Client: kafkatest.Client(t), Asker: asker, NoTopics: true, MaxAsks: 2})
	answers := make(chan int, 2)
	for _, accept := range []string{wantsText, wantsStream} {
		go func() {
			res, _, err := try(t.Context(), "GET", base+"/ask?q=x", "", "Accept", accept)
			if err != nil {
				answers <- 0
				return
			}
			answers <- res.StatusCode
		}()
		within(t, "it is being answered", entered)
	}
	for _, accept := range []string{wantsText, wantsJSON, wantsStream} {
		res, body := call(t, "GET", base+"/ask?q=x", "", "Accept", accept)
		checkError(t, res, body, 503, kafkaops.Unavailable)
		if res.Header.Get("Retry-After") == "" {
			t.Error("it does not say when to come again")
		}
	}
	close(release)
	for range 2 {
		if code := <-answers; code != 200 {
			t.Errorf("one of the two got %d", code)
		}
	}
	go func() { <-entered }()
	if res, body := call(t, "GET", base+"/ask?q=x", ""); res.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d %s", res.StatusCode, body)
	}
}

func TestAClientThatGoesAwayEndsTheWork(t *testing.T) {
	for _, accept := range []string{wantsText, wantsJSON, wantsStream} {
		t.Run(accept, func(t *testing.T) {
			entered, ended := make(chan struct{}, 1), make(chan struct{})
			asker := &scripted{ask: func(ctx context.Context, _ seer.Question, each func(seer.Event)) (seer.Answer, error) {
				entered <- struct{}{}
				<-ctx.Done()
				close(ended)
				return seer.Answer{}, ctx.Err()
			}}
			base := startRole(t, Options{Client: kafkatest.Client(t), Asker: asker, NoTopics: true, MaxAsks: 1, StopTimeout: time.Hour})
			ctx, leave := context.WithCancel(t.Context())
			gone := make(chan error, 1)
			go func() {
				_, _, err := try(ctx, "POST", base+"/ask", "x", "Accept", accept)
				gone <- err
			}()
			within(t, "it is being answered", entered)
			leave()
			if err := <-gone; err == nil {
				t.Error("an answer came")
			}
			within(t, "the work has ended", ended)
		})
	}
}

func TestAStopCutsAnswersShortAndIsClean(t *testing.T) {
	for _, accept := range []string{wantsText, wantsStream} {
		t.Run(accept, func(t *testing.T) {
			entered := make(chan struct{}, 1)
			asker := &scripted{ask: func(ctx context.Context, _ seer.Question, _ func(seer.Event)) (seer.Answer, error) {
				entered <- struct{}{}
				<-ctx.Done()
				return seer.Answer{}, ctx.Err()
			}}
			r, address := newRole(t, Options{Client: kafkatest.Client(t), Asker: asker, NoTopics: true, StopTimeout: 2 * time.Second})
			base, stop := run(t, r, address)
			type outcome struct {
				code int
				body string
			}
			got := make(chan outcome, 1)
			go func() {
				res, body, err := try(t.Context(), "GET", base+"/ask?q=x", "", "Accept", accept)
				if err != nil {
					got <- outcome{0, err.Error()}
					return
				}
				got <- outcome{res.StatusCode, body}
			}()
			within(t, "it is being answered", entered)
			if err := stop(); err != nil {
				t.Errorf("Run = %v", err)
			}
			o := <-got
			if !strings.Contains(o.body, "the seer is stopping") || accept == wantsText && o.code != 503 || accept == wantsStream && !strings.Contains(o.body, "event: failed") {
				t.Errorf("%d %s", o.code, o.body)
			}
		})
	}
}

func TestAnAnswerThatTakesTooLongIsGivenUp(t *testing.T) {
	asker := &scripted{ask: func(ctx context.Context, _ seer.Question, _ func(seer.Event)) (seer.Answer, error) {
		<-ctx.Done()
		return seer.Answer{}, ctx.Err()
	}}
	base := startRole(t, Options{Client: kafkatest.Client(t), Asker: asker, NoTopics: true, AnswerTimeout: time.Millisecond})
	res, body := call(t, "GET", base+"/ask?q=x", "")
	checkError(t, res, body, 504, kafkaops.TimedOut)
	if _, body := call(t, "GET", base+"/ask?q=x", "", "Accept", wantsStream); !strings.Contains(body, `event: failed`) || !strings.Contains(body, `"class":"timed out"`) {
		t.Errorf("stream %s", body)
	}
}

func TestAStreamTellsOfProgressInOrder(t *testing.T) {
	asker := &scripted{ask: func(_ context.Context, q seer.Question, each func(seer.Event)) (seer.Answer, error) {
		each(seer.Event{Step: "reading orders\nevent: answer"})
		each(seer.Event{Draft: "wrong "})
		each(seer.Event{Restart: true})
		each(seer.Event{Draft: "<b>right\n\ndata: x"})
		return answerTo(q), nil
	}}
	base := startRole(t, Options{Client: kafkatest.Client(t), Asker: asker, NoTopics: true})
	res, body := call(t, "GET", base+"/ask?q=x", "", "Accept", wantsStream)
	want := "event: step\ndata: {\"step\":\"reading orders\\nevent: answer\"}\n\n" +
		"event: draft\ndata: {\"draft\":\"wrong \"}\n\n" +
		"event: restart\ndata: {\"restart\":true}\n\n" +
		"event: draft\ndata: {\"draft\":\"\\u003cb\\u003eright\\n\\ndata: x\"}\n\n" +
		"id: answered\nevent: answer\ndata: {"
	if !strings.Contains(body, want) || strings.Count(body, "\nevent: answer\n") != 1 {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, _ := call(t, "GET", base+"/ask?q=x", "", "Accept", wantsStream, "Last-Event-ID", "answered"); res.StatusCode != http.StatusNoContent {
		t.Errorf("an EventSource that has its answer gets %d", res.StatusCode)
	}
	if n := asker.times("x"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
