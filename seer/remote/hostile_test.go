package remote_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/remote"
)

const good = `{"question":"x","way":"exact","text":"3 [1]","citations":[{"n":1,"place":{"topic":"orders","partition":0,"offset":1,"at":"2026-11-21T14:00:00Z"},"excerpt":"e"}],"fresh":{"at":"2026-11-21T14:00:00Z","behind":0},"took_ns":1}`

// hostile serves one body under a media type.
func hostile(t *testing.T, status int, kind, body string) *remote.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		if status >= 300 && status < 400 {
			w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return client(t, remote.Options{URL: s.URL})
}

func answerEvent(data string) string { return "event: answer\ndata: " + data + "\n\n" }

func TestAServerThatIsNoSeerOrLies(t *testing.T) {
	const sse = "text/event-stream"
	citation := func(c string) string { return strings.Replace(good, `{"n":1,`, c, 1) }
	cases := map[string]struct {
		status     int
		kind, body string
		class      kafkaops.Class // "": an answer
	}{
		"the control":               {200, sse, "retry: 1\n\n: alive\n\nevent: step\ndata: {\"step\":\"s\"}\n\n" + answerEvent(good), ""},
		"line ends of another kind": {200, sse, strings.ReplaceAll(answerEvent(good), "\n", "\r\n"), ""},
		"an unknown event":          {200, sse, "event: more\ndata: {\n\n" + answerEvent(good), ""},
		"HTML":                      {200, "text/html", "<html>hello</html>", kafkaops.Unsupported},
		"no media type":             {200, "", answerEvent(good), kafkaops.Unsupported},
		"a redirection":             {302, "text/html", "", kafkaops.Unsupported},
		"not found, HTML":           {404, "text/html", "<html>", kafkaops.Unsupported},
		"401 without words":         {401, "text/html", "", kafkaops.Unauthenticated},
		"503 of a proxy":            {503, "text/html", "<html>", kafkaops.Unavailable},
		"an error of no class":      {503, "application/json", `{"error":"x","class":"evil"}`, kafkaops.Unavailable},
		"an error of another shape": {400, "application/json", `{"message":"x"}`, kafkaops.Unsupported},
		"nothing":                   {200, sse, "", kafkaops.Unavailable},
		"cut before the answer":     {200, sse, "event: step\ndata: {\"step\":\"s\"}\n\n", kafkaops.Unavailable},
		"cut in the answer":         {200, sse, answerEvent(good)[:100], kafkaops.Unavailable},
		"cut before the last line":  {200, sse, strings.TrimSuffix(answerEvent(good), "\n"), kafkaops.Unavailable},
		"an answer that is no JSON": {200, sse, answerEvent("<html>"), kafkaops.Unsupported},
		"two answers in one":        {200, sse, answerEvent(good + good), kafkaops.Unsupported},
		"an array":                  {200, sse, answerEvent("[]"), kafkaops.Unsupported},
		"an empty answer":           {200, sse, answerEvent("{}"), kafkaops.Unsupported},
		"another way":               {200, sse, answerEvent(strings.Replace(good, "exact", "guess", 1)), kafkaops.Unsupported},
		"no text":                   {200, sse, answerEvent(strings.Replace(good, "3 [1]", "", 1)), kafkaops.Unsupported},
		"citation 0":                {200, sse, answerEvent(citation(`{"n":0,`)), kafkaops.Unsupported},
		"a citation twice":          {200, sse, answerEvent(citation(`{"n":1,"place":{"topic":"a"}},{"n":1,`)), kafkaops.Unsupported},
		"a citation of no topic":    {200, sse, answerEvent(strings.Replace(good, `"orders"`, `"../x"`, 1)), kafkaops.Unsupported},
		"a negative offset":         {200, sse, answerEvent(strings.Replace(good, `"offset":1`, `"offset":-1`, 1)), kafkaops.Unsupported},
		"a step that is no JSON":    {200, sse, "event: step\ndata: x\n\n" + answerEvent(good), kafkaops.Unsupported},
		"a failure without words":   {200, sse, "event: failed\ndata: {}\n\n", kafkaops.Unsupported},
		"a failure":                 {200, sse, "event: failed\ndata: {\"error\":\"x\",\"class\":\"timed out\"}\n\n", kafkaops.TimedOut},
		"an event without an end":   {200, sse, "event: answer\ndata: " + strings.Repeat("x", 5<<20), kafkaops.Unsupported},
		"lines without an end":      {200, sse, "event: answer\n" + strings.Repeat("data: xxxxxxxxxxxxxxxx\n", 300_000), kafkaops.Unsupported},
		"too many events":           {200, sse, strings.Repeat(": alive\n\n", 300_000), kafkaops.Unsupported},
		"a draft without an end":    {200, sse, strings.Repeat("event: draft\ndata: {\"draft\":\""+strings.Repeat("x", 1000)+"\"}\n\n", 2000), kafkaops.Unsupported},
		"a text too long":           {200, sse, answerEvent(strings.Replace(good, "3 [1]", strings.Repeat("x", 2<<20), 1)), kafkaops.Unsupported},
		"deep JSON":                 {200, sse, answerEvent(strings.Repeat("[", 1<<20)), kafkaops.Unsupported},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			a, err := hostile(t, k.status, k.kind, k.body).Ask(t.Context(), seer.Question{Text: "x"}, func(seer.Event) {})
			if kafkaops.ClassOf(err) != k.class || k.class == "" && a.Text != "3 [1]" {
				t.Errorf("%v: class %q, want %q; answer %.200v", err, kafkaops.ClassOf(err), k.class, a)
			}
			if err != nil && (kafkaops.HintOf(err) == "" && !strings.Contains(name, "failure") && !strings.Contains(name, "of no class") || len(err.Error()) > 3000) {
				t.Errorf("no hint, or %d bytes of error: %.200v", len(err.Error()), err)
			}
		})
	}
}

func TestWhatIsLongIsCut(t *testing.T) {
	long := strings.Repeat("é", 10_000)
	body := strings.NewReplacer(`"excerpt":"e"`, `"excerpt":"`+long+`","title":"`+long+`"`, `"text":"3 [1]"`, `"text":"t","model":"`+long+`","notes":["`+long+`"`+strings.Repeat(`,"n"`, 500)+`]`).Replace(good)
	a, err := hostile(t, 200, "text/event-stream", answerEvent(body)).Ask(t.Context(), seer.Question{Text: "x"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := a.Citations[0]; len(c.Excerpt) > seer.MaxExcerpt || len(c.Title) > 5000 || len(a.Notes) > 100 || len(a.Notes[0]) > 5000 || len(a.Model) > 5000 || !strings.HasSuffix(c.Excerpt, "é") {
		t.Errorf("%d, %d, %d, %d", len(c.Excerpt), len(c.Title), len(a.Notes), len(a.Model))
	}
}

func TestHostileBodiesOfTheOtherCalls(t *testing.T) {
	for name, k := range map[string]struct {
		kind, body string
	}{
		"HTML":             {"text/html", "<html>"},
		"no JSON":          {"application/json", "<html>"},
		"another shape":    {"application/json", `{}`},
		"wrong types":      {"application/json", `{"state":7,"topic":7,"files":7}`},
		"without an end":   {"application/json", `{"state":"` + strings.Repeat("x", 5<<20)},
		"files missing":    {"application/json", `{"files":[]}`},
		"a file of nobody": {"application/json", `{"files":[{"name":"x","topic":"/"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			c := hostile(t, 200, k.kind, k.body)
			_, status := c.Status(t.Context())
			_, accept := c.Accept(t.Context(), "", "x")
			_, load := c.Load(t.Context(), "x")
			for _, err := range []error{status, accept, load} {
				if kafkaops.ClassOf(err) != kafkaops.Unsupported {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

func TestASilentServerIsTakenForDead(t *testing.T) {
	for name, first := range map[string]string{"from the start": "", "after a step": "event: step\ndata: {\"step\":\"s\"}\n\n", "within a line": "event: answer\ndata: {"} {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{})
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				if first != "" {
					_, _ = w.Write([]byte(first))
					_ = http.NewResponseController(w).Flush()
				}
				<-release
			}))
			defer s.Close()
			defer close(release)
			_, err := client(t, remote.Options{URL: s.URL, Silence: 50 * time.Millisecond}).Ask(t.Context(), seer.Question{Text: "x"}, nil)
			if kafkaops.ClassOf(err) != kafkaops.TimedOut || !strings.Contains(err.Error(), "no sign of life") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestATokenDoesNotFollowARedirection(t *testing.T) {
	stolen := make(chan string, 1)
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen <- r.Header.Get("Authorization") }))
	defer thief.Close()
	s := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	c := client(t, remote.Options{URL: s.URL, Token: kafkaops.NewSecret("0123456789abcdef"), HTTPClient: &http.Client{}})
	if _, err := c.Ask(t.Context(), seer.Question{Text: "x"}, nil); kafkaops.ClassOf(err) != kafkaops.Unsupported {
		t.Errorf("%v", err)
	}
	select {
	case token := <-stolen:
		t.Errorf("the request followed, with %q", token)
	default:
	}
}
