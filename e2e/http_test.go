package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// curl makes one request as a script would, and returns status, headers and body.
func curl(t *testing.T, args ...string) (status int, head, body string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		return request(t, args...)
	}
	out, err := exec.Command("curl", append([]string{"-sS", "-i", "--max-time", "60", "-H", "Expect:"}, args...)...).Output()
	if err != nil {
		t.Fatalf("curl %s: %v", strings.Join(args, " "), err)
	}
	head, body, _ = strings.Cut(string(out), "\r\n\r\n")
	if _, err := fmt.Sscanf(head, "HTTP/1.1 %d", &status); err != nil {
		t.Fatalf("curl answered %q", out)
	}
	return status, head, body
}

// request does the same without curl, for machines that lack it: the flags that these tests use.
func request(t *testing.T, args ...string) (status int, head, body string) {
	t.Helper()
	method, url, data := http.MethodGet, "", ""
	headers := map[string]string{}
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-X":
			i++
			method = args[i]
		case "--data-binary":
			i++
			data = args[i]
			if file, is := strings.CutPrefix(data, "@"); is {
				body, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				data = string(body)
			}
		case "-H":
			i++
			name, value, _ := strings.Cut(args[i], ":")
			headers[name] = strings.TrimSpace(value)
		default:
			url = args[i]
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	if host := headers["Host"]; host != "" {
		r.Host = host
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got, lines bytes.Buffer
	_, _ = got.ReadFrom(resp.Body) // a short body fails the test that looks at it
	_ = resp.Header.Write(&lines)
	return resp.StatusCode, lines.String(), got.String()
}

// stored is a 2xx's body.
type stored struct {
	Topic     string
	Partition int32
	Offset    int64
}

// The HTTP contract of the shipped produce worker: the success, which can be read back, and every named error.
func TestHTTPContract(t *testing.T) {
	b := startBackend(t)
	topic, other := b.topic(t, 2), b.topic(t, 1)
	missing := unique(t, "missing")
	w := b.worker(t, "produce", "--topics", topic+","+missing, "--topic", topic, "--no-runs")
	client := b.client(t)

	for name, args := range map[string][]string{
		"a key":                 {"/produce/" + topic + "/order-42", "-H", "Content-Type: text/plain"},
		"no key":                {"/produce/" + topic},
		"a quoted content type": {"/produce/" + topic + "/k", "-H", `Content-Type: "application/json"`},
		"no content type":       {"/produce/" + topic + "/k", "-H", "Content-Type:"},
		"the default topic":     {"/send"},
	} {
		t.Run(name, func(t *testing.T) {
			value := `{"case":"` + name + `"}`
			status, _, body := curl(t, append([]string{"-X", "POST", "--data-binary", value, w.url + args[0]}, args[1:]...)...)
			var at stored
			if err := json.Unmarshal([]byte(body), &at); err != nil || status != http.StatusOK || at.Topic != topic {
				t.Fatalf("%d %s", status, body)
			}
			got, err := client.Fetch(t.Context(), kafkaops.TopicPartition{Topic: at.Topic, Partition: at.Partition}, at.Offset, 1)
			if err != nil || len(got) != 1 || got[0].Offset != at.Offset || string(got[0].Value) != value {
				t.Errorf("a 2xx promised %+v; read back %v (%v)", at, got, err)
			}
		})
	}
	for name, c := range map[string]struct {
		path   string
		body   string
		status int
		header string
	}{
		"malformed JSON":                 {"/send", `{"a":`, http.StatusBadRequest, ""},
		"JSON that is no object":         {"/send", `[1]`, http.StatusBadRequest, ""},
		"a body over the limit":          {"/produce/" + topic, strings.Repeat("x", 1<<20+1), http.StatusRequestEntityTooLarge, ""},
		"an unknown topic":               {"/produce/" + missing, "x", http.StatusNotFound, ""},
		"a topic outside the allowlist":  {"/produce/" + other, "x", http.StatusForbidden, ""},
		"a topic of krapp's own":         {"/produce/krapp.runs", "x", http.StatusForbidden, ""},
		"a foreign Origin":               {"/produce/" + topic, "x", http.StatusForbidden, "Origin: https://elsewhere.example"},
		"a foreign Host (DNS rebinding)": {"/produce/" + topic, "x", http.StatusMisdirectedRequest, "Host: elsewhere.example"},
		"a path that there isn't":        {"/nothing", "x", http.StatusNotFound, ""},
		"a name that no topic can be":    {"/produce/..%2f..%2fx", "x", http.StatusBadRequest, ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "body") // an argument can't be as long as the body over the limit
			if err := os.WriteFile(file, []byte(c.body), 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{"-X", "POST", "--data-binary", "@" + file, w.url + c.path}
			if c.header != "" {
				args = append(args, "-H", c.header)
			}
			status, _, body := curl(t, args...)
			if status != c.status {
				t.Errorf("%d, want %d: %s", status, c.status, body)
			}
		})
	}
	if extents, err := client.TopicExtents(t.Context(), kafkaops.ReadUncommitted, topic); err != nil || total(extents) != 5 {
		t.Errorf("%d records after 5 successes (%v)", total(extents), err)
	}
}

func total(extents kafkaops.Extents) (n int64) {
	for _, x := range extents {
		n += x.End - x.Start
	}
	return n
}

// An Idempotency-Key repeats the first answer, also to requests that come at the same time; the control without one stores twice.
func TestHTTPIdempotencyKeyStoresOnce(t *testing.T) {
	b := startBackend(t)
	topic := b.topic(t, 1)
	w := b.worker(t, "produce", "--no-runs")
	answers := make([]string, 6)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() {
			_, _, answers[i] = curl(t, "-X", "POST", "--data-binary", "x", "-H", "Idempotency-Key: once", w.url+"/produce/"+topic)
		})
	}
	group.Wait()
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("answers %q and %q", a, answers[0])
		}
	}
	for range 2 {
		curl(t, "-X", "POST", "--data-binary", "x", w.url+"/produce/"+topic)
	}
	if extents, err := b.client(t).TopicExtents(t.Context(), kafkaops.ReadUncommitted, topic); err != nil || total(extents) != 3 {
		t.Errorf("%d records, want 1 and 2 without a key (%v)", total(extents), err)
	}
}
