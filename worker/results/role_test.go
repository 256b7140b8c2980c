package results

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/worker/httpd"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/results/materialise"
)

const answer = `{"2019":{"a":{"Description":"Alpha","Count":2},"b":{"Description":"Beta","Count":1}}}`

func TestResultsOfEachJobAreServed(t *testing.T) {
	c := kafkatest.Client(t)
	one, two := parse(t, "one", "a: Alpha, b: Beta"), parse(t, "two", "a: Other")
	createTopics(t, c, one)
	createTopics(t, c, two)
	compute(t, c, one, "2019", "a", "b", "a", "x")
	compute(t, c, two, "2020", "a")
	r, url, ready := startRole(t, Options{Client: c, Jobs: []*job.Job{one, two}})
	settle(t, r)
	select {
	case <-ready:
	case <-time.After(10 * time.Second):
		t.Error("caught up, but never ready")
	}
	for path, want := range map[string]string{
		"/results": answer, "/results?job=one": answer, "/results?job=two": `{"2020":{"a":{"Description":"Other","Count":1}}}`,
	} {
		res, body := get(t, url+path)
		if res.StatusCode != http.StatusOK || body != want || res.Header.Get(completeHeader) != "true" || res.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %v %s", path, res.StatusCode, res.Header, body)
		}
	}
	for _, path := range []string{"/results?job=three", "/completeness?job=three", "/?job=three", "/live?job=three", "/nothing", "/assets/", "/assets/../page.go"} {
		if res, body := get(t, url+path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
	_, body := get(t, url+"/completeness")
	var report materialise.Report
	if err := json.Unmarshal([]byte(body), &report); err != nil || !report.Complete || report.Rows != 4 || report.Unlabelled != 1 || report.Job != "one" {
		t.Errorf("%s: %v", body, err)
	}
	if res, body := get(t, url+"/_health"); res.StatusCode != http.StatusOK {
		t.Errorf("health: %d %s", res.StatusCode, body)
	}
}

func TestTheEntityTagIsOfTheAnswer(t *testing.T) {
	c, j := kafkatest.Client(t), parse(t, "one", "a: Alpha, b: Beta")
	createTopics(t, c, j)
	compute(t, c, j, "2019", "a", "b", "a")
	first, firstURL, _ := startRole(t, Options{Client: c, Jobs: []*job.Job{j}})
	second, secondURL, _ := startRole(t, Options{Client: c, Jobs: []*job.Job{j}})
	settle(t, first)
	settle(t, second)
	res, _ := get(t, firstURL+"/results")
	tag := res.Header.Get("Etag")
	if len(tag) < 10 || strings.HasPrefix(tag, "W/") || tag[0] != '"' {
		t.Fatalf("%q is no strong tag", tag)
	}
	for _, given := range []string{tag, `"x", ` + tag, "W/" + tag, "*"} {
		if res, body := get(t, secondURL+"/results", "If-None-Match", given); res.StatusCode != http.StatusNotModified || body != "" || res.Header.Get(completeHeader) != "true" {
			t.Errorf("If-None-Match %s at the other instance: %d %s", given, res.StatusCode, body)
		}
	}
	compute(t, c, j, "2020", "b")
	settle(t, second)
	if res, _ := get(t, secondURL+"/results", "If-None-Match", tag); res.StatusCode != http.StatusOK || res.Header.Get("Etag") == tag {
		t.Errorf("another answer: %d, tag %s", res.StatusCode, res.Header.Get("Etag"))
	}
}

// TestThereIsNoAnswerBeforeItHasCaughtUp: a job that nobody has read for has no topics, so that there is nothing to wait for either: the role is
// ready to say that there is no answer.
func TestThereIsNoAnswerBeforeItHasCaughtUp(t *testing.T) {
	c, j := kafkatest.Client(t), parse(t, "one", "a: Alpha")
	r, url, ready := startRole(t, Options{Client: c, Jobs: []*job.Job{j}})
	res, body := get(t, url+"/results")
	var e httpd.ErrorBody
	if err := json.Unmarshal([]byte(body), &e); err != nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || e.Class != kafkaops.Unavailable {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if _, body := get(t, url); !strings.Contains(body, `<p id="sentence" class="none" role="status">no answer yet`) {
		t.Errorf("the page: %s", body)
	}
	if res, body := get(t, url+"/completeness"); res.StatusCode != http.StatusOK || !strings.Contains(body, `"caught_up":false`) {
		t.Errorf("completeness: %d %s", res.StatusCode, body)
	}
	if why := r.Reason(); !strings.Contains(why, "showing results of one") {
		t.Errorf("the reason is %q", why)
	}
	select {
	case <-ready:
	case <-time.After(20 * time.Second):
		t.Error("not ready, though there is nothing to catch up with")
	}
	if err := unready(&materialise.View{Job: j, Phase: materialise.CatchingUp, Lag: 7}); kafkaops.ClassOf(err) != kafkaops.Unavailable ||
		!strings.Contains(err.Error(), "7 records") {
		t.Errorf("while catching up: %v", err)
	}
}

func TestThePageShowsHostileTextAsText(t *testing.T) {
	c, j := kafkatest.Client(t), parse(t, "one", `"<script>alert(1)</script>": "<img src=x onerror=alert(2)>", b: "\" onload=\"alert(3)"`)
	createTopics(t, c, j)
	compute(t, c, j, "2019", "<script>alert(1)</script>", "b", "b")
	failed, err := job.EncodeState(job.State{Job: "one", ID: "2020", URL: "u", Phase: job.Failed, Error: &job.Failure{
		Class: kafkaops.NotFound, Text: "</p><script>alert(4)</script>", URL: "u",
	}})
	if err != nil {
		t.Fatal(err)
	}
	kafkatest.Send(t, c, kafkaops.Record{Topic: j.SourcesTopic(), Key: []byte("2020"), Value: failed})
	r, url, _ := startRole(t, Options{Client: c, Jobs: []*job.Job{j}})
	settle(t, r)
	res, body := get(t, url)
	for _, bad := range []string{"<script>alert", "<img", "</p><script>", `" onload="`, "style="} {
		if strings.Contains(body, bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
	for _, good := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", `id="sentence" class="wrong"`, `<rect width="50.00%" height="100%"/>`, `<rect width="100.00%"`} {
		if !strings.Contains(body, good) {
			t.Errorf("%q is not in the page: %s", good, body)
		}
	}
	if strings.Index(body, `id="sentence"`) > strings.Index(body, "<rect") {
		t.Error("the bars come before how complete they are")
	}
	if csp := res.Header.Get("Content-Security-Policy"); csp != httpd.ContentSecurityPolicy || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	if data := events(t, url+"/live")(); strings.Contains(data, "<script>") || !strings.Contains(data, `\u003cscript\u003e`) {
		t.Errorf("event %s", data)
	}
	if res, _ := get(t, url+"/assets/page.js"); !strings.Contains(res.Header.Get("Content-Type"), "javascript") {
		t.Errorf("the script is %s", res.Header.Get("Content-Type"))
	}
}

func TestThePageIsLive(t *testing.T) {
	c, j := kafkatest.Client(t), parse(t, "one", "a: Alpha")
	createTopics(t, c, j)
	r, url, _ := startRole(t, Options{Client: c, Jobs: []*job.Job{j}, MaxStreams: 1})
	settle(t, r)
	next := events(t, url+"/live")
	if res, body := get(t, url+"/live"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a stream too many: %d %s", res.StatusCode, body)
	}
	compute(t, c, j, "2019", "a", "a")
	for {
		var p picture
		if err := json.Unmarshal([]byte(next()), &p); err != nil {
			t.Fatal(err)
		}
		if p.Verdict == "complete" {
			if len(p.Bars) != 1 || p.Bars[0].Size != 100 || p.Bars[0].Key[1] != (coded{"a", "Alpha"}) || p.Bars[0].Values[0] != "2" {
				t.Errorf("%+v", p)
			}
			return
		}
	}
}

func TestLongListsOfBarsAreCut(t *testing.T) {
	v := materialise.View{Job: parse(t, "one", "a: Alpha"), Phase: materialise.Live, CaughtUp: true}
	for range maxBars + 3 {
		v.Groups = append(v.Groups, job.Group{Key: []string{strings.Repeat("ü", 300), ""}, Labels: []string{"", ""}, Values: []job.Value{{Text: "-1", Number: -1}}})
	}
	p := pictureOf(&v)
	if len(p.Bars) != maxBars || p.More != 3 || len(p.Bars[0].Key[0].Value) > maxText+3 || p.Bars[0].Size != 0 {
		t.Errorf("%d bars, %d more, %d bytes, size %v", len(p.Bars), p.More, len(p.Bars[0].Key[0].Value), p.Bars[0].Size)
	}
}

func TestMetricsHaveTheirNames(t *testing.T) {
	c, j := kafkatest.Client(t), parse(t, "one", "a: Alpha")
	createTopics(t, c, j)
	compute(t, c, j, "2019", "a", "a")
	registry := prometheus.NewPedanticRegistry()
	r, _, _ := startRole(t, Options{Client: c, Jobs: []*job.Job{j}, Registry: registry})
	settle(t, r)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		m := f.GetMetric()[0]
		got[f.GetName()] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	for name, want := range map[string]float64{
		"kafka_scale_result_messages_read": 1, "krapp_results_groups": 1, "krapp_results_lag_records": 0, "krapp_results_snapshots_total": 0,
		"krapp_results_complete": 1, "krapp_results_snapshots_set_aside_total": 0, "krapp_results_damaged_total": 0,
	} {
		if n, ok := got[name]; !ok || n != want {
			t.Errorf("%s is %v (%v), want %v", name, n, ok, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	c, j := kafkatest.Client(t), parse(t, "one", "a: Alpha")
	for name, o := range map[string]Options{
		"no client":                 {Jobs: []*job.Job{j}},
		"no job":                    {Client: c},
		"two jobs of the same name": {Client: c, Jobs: []*job.Job{j, j}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(o); kafkaops.ClassOf(err) != kafkaops.Invalid || kafkaops.HintOf(err) == "" {
				t.Errorf("%v, hint %q", err, kafkaops.HintOf(err))
			}
		})
	}
}
