package produce

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/httpd"
)

func TestA2xxCanBeReadBack(t *testing.T) {
	_, c := startBroker(t)
	createTopic(t, c, "demo")
	url := startRole(t, Options{Client: c, NoRuns: true})
	cases := map[string]struct {
		path, body  string
		contentType string
		key, value  string
	}{
		"a key":                          {"/produce/demo/k1", "hello", "text/plain", "k1", "hello"},
		"no key":                         {"/produce/demo", "hello", "text/plain", "", "hello"},
		"a key with a slash":             {"/produce/demo/a%2Fb", "x", "", "a/b", "x"},
		"a key beyond ASCII":             {"/produce/demo/%E2%82%AC", "x", "", "€", "x"},
		"an absent content type":         {"/produce/demo/k", "x", "", "k", "x"},
		"a quoted content type":          {"/produce/demo/k", "x", `"application/json"`, "k", "x"},
		"an empty body":                  {"/produce/demo/k", "", "", "k", ""},
		"bytes that are no text":         {"/produce/demo/k", "\x00\xff\x1b[2J", "", "k", "\x00\xff\x1b[2J"},
		"an object to the default topic": {"/send", `{"a": 1}`, "application/json", "", `{"a": 1}`},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			res, body := postTo(t, url+k.path, k.body, map[string]string{"Content-Type": k.contentType})
			if res.StatusCode != http.StatusOK {
				t.Fatalf("%d %s", res.StatusCode, body)
			}
			if r := readBack(t, c, body); string(r.Key) != k.key || string(r.Value) != k.value || r.Value == nil || (r.Key == nil) != (k.key == "") {
				t.Errorf("key %q, value %q", r.Key, r.Value)
			}
		})
	}
}

func TestEveryNamedErrorOfProducing(t *testing.T) {
	_, c := startBroker(t)
	createTopic(t, c, "demo")
	createTopic(t, c, "other")
	url := startRole(t, Options{Client: c, NoRuns: true, Topics: []string{"demo", "new-*"}, Topic: "demo", HTTP: httpd.Options{BodyLimit: 100}})
	cases := map[string]struct {
		path, body string
		headers    map[string]string
		status     int
		class      kafkaops.Class
	}{
		"malformed JSON":               {"/send", `{"a":`, nil, 400, kafkaops.Invalid},
		"JSON that is no object":       {"/send", `[1]`, nil, 400, kafkaops.Invalid},
		"JSON null":                    {"/send", `null`, nil, 400, kafkaops.Invalid},
		"two JSON values":              {"/send", `{} {}`, nil, 400, kafkaops.Invalid},
		"nothing":                      {"/send", ``, nil, 400, kafkaops.Invalid},
		"a body over the limit":        {"/produce/demo", strings.Repeat("x", 101), nil, 413, kafkaops.Invalid},
		"an unknown topic":             {"/produce/new-1", "x", nil, 404, kafkaops.NotFound},
		"a topic off the allowlist":    {"/produce/other", "x", nil, 403, kafkaops.Unauthorised},
		"krapp's own topic":            {"/produce/krapp.work", "x", nil, 403, kafkaops.Unauthorised},
		"a name that no topic can be":  {"/produce/a%20b", "x", nil, 400, kafkaops.Invalid},
		"a foreign origin":             {"/produce/demo", "x", map[string]string{"Origin": "http://evil.example"}, 403, kafkaops.Unauthorised},
		"an idempotency key too long":  {"/produce/demo", "x", map[string]string{"Idempotency-Key": strings.Repeat("k", 300)}, 400, kafkaops.Invalid},
		"a path that there is nothing": {"/nowhere", "x", nil, 404, kafkaops.NotFound},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			res, body := postTo(t, url+k.path, k.body, k.headers)
			checkError(t, res, body, k.status, k.class)
		})
	}
	if n := count(t, c, "demo") + count(t, c, "other"); n != 0 {
		t.Errorf("%d records were stored by requests that were refused", n)
	}
}

func TestAMissingTopicIsCreatedWhereAllowed(t *testing.T) {
	_, c := startBroker(t)
	url := startRole(t, Options{Client: c, NoRuns: true, CreateTopics: true, Partitions: 2})
	res, body := postTo(t, url+"/produce/fresh/k", "x", nil)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	readBack(t, c, body)
	topics, err := c.DescribeTopics(t.Context(), "fresh")
	if err != nil || len(topics[0].Partitions) != 2 {
		t.Errorf("topic %+v, %v", topics, err)
	}
}

func TestWithoutABrokerThereIsNo2xx(t *testing.T) {
	b, c := startBroker(t)
	createTopic(t, c, "demo")
	url := startRole(t, Options{Client: c, NoRuns: true, AckTimeout: 5 * time.Second})
	if res, body := postTo(t, url+"/produce/demo", "before", nil); res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	res, body := postTo(t, url+"/produce/demo", "after", nil)
	if res.StatusCode != http.StatusServiceUnavailable && res.StatusCode != http.StatusGatewayTimeout {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func TestAnIdempotencyKeyRepeatsTheFirstAnswer(t *testing.T) {
	_, c := startBroker(t)
	createTopic(t, c, "demo")
	url := startRole(t, Options{Client: c, NoRuns: true})
	const clients = 8
	answers := make([]string, clients)
	var wg sync.WaitGroup
	for i := range clients { // all at once: one sends, the others wait for its answer
		wg.Go(func() {
			_, answers[i] = postTo(t, url+"/produce/demo/k", "x", map[string]string{"Idempotency-Key": "one"})
		})
	}
	wg.Wait()
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("answers differ: %q and %q", a, answers[0])
		}
	}
	if n := count(t, c, "demo"); n != 1 {
		t.Errorf("%d records, want 1", n)
	}
	if _, body := postTo(t, url+"/produce/demo/k", "x", map[string]string{"Idempotency-Key": "two"}); body == answers[0] {
		t.Error("another key got the same answer")
	}
	postTo(t, url+"/produce/demo/k", "x", nil) // the control: without a key nothing is remembered
	postTo(t, url+"/produce/demo/k", "x", nil)
	if n := count(t, c, "demo"); n != 4 {
		t.Errorf("%d records, want 4", n)
	}
}

func TestHealthAnswers(t *testing.T) {
	_, c := startBroker(t)
	url := startRole(t, Options{Client: c, NoRuns: true})
	res, err := http.Get(url + "/_health")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("%d", res.StatusCode)
	}
}
