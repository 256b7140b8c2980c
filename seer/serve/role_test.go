package serve

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
)

func TestHealthSaysWhetherItCanAnswer(t *testing.T) {
	state := seer.Status{State: seer.Starting}
	var err error
	asker := &scripted{status: func() (seer.Status, error) { return state, err }}
	base := startRole(t, Options{Client: kafkatest.Client(t), Asker: asker, NoTopics: true})
	for s, want := range map[seer.State]int{seer.Starting: 503, seer.Learning: 200, seer.Current: 200, seer.Waiting: 200, "": 503} {
		state = seer.Status{State: s, Messages: 7, Topics: []string{"secret-topic"}, Fresh: seer.Freshness{Behind: 3}, Err: "the brokers are away"}
		res, body := call(t, "GET", base+"/_health", "")
		if res.StatusCode != want || !strings.Contains(body, `"messages":7`) || !strings.Contains(body, `"behind":3`) || strings.Contains(body, "secret-topic") {
			t.Errorf("%q: %d %s", s, res.StatusCode, body)
		}
	}
	if res, body := call(t, "GET", base+"/status", ""); res.StatusCode != http.StatusOK || !strings.Contains(body, `"topics":["secret-topic"]`) {
		t.Errorf("status: %d %s", res.StatusCode, body)
	}
	state = seer.Status{State: seer.Waiting}
	if res, body := call(t, "GET", base+"/_health", ""); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("waiting, and nothing learned: %d %s", res.StatusCode, body)
	}
	err = kafkaops.NewError(kafkaops.TimedOut, "asking", "", "wait", errors.New("busy"))
	res, body := call(t, "GET", base+"/_health", "")
	checkError(t, res, body, 503, kafkaops.TimedOut)
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	asker := &scripted{}
	o := Options{Client: kafkatest.Client(t), Asker: asker, Registry: registry, NoTopics: true}
	base := startRole(t, o)
	call(t, "GET", base+"/ask?q=x", "")
	call(t, "GET", base+"/ask", "") // refused before it is asked
	call(t, "POST", base+"/accept", people)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		m := f.GetMetric()[0]
		got[f.GetName()] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	for name, want := range map[string]float64{
		"krapp_seer_questions_total": 1, "krapp_seer_question_seconds": 1, "krapp_seer_statements_total": 1, "krapp_seer_learned_messages": 12,
		"krapp_seer_passages": 4, "krapp_seer_templates": 3, "krapp_seer_behind_offsets": 0, "krapp_seer_current": 1, "krapp_seer_dead_questions_total": 0,
	} {
		if is, has := got[name]; !has || is != want {
			t.Errorf("%s is %v, want %v", name, is, want)
		}
	}
	o.Learner = learner{}
	if _, err := New(o); kafkaops.ClassOf(err) != kafkaops.Conflict {
		t.Errorf("registered twice: %v", err)
	}
}

func TestThePageHoldsNoDataAndRunsOnlyItsOwnScript(t *testing.T) {
	base := startRole(t, Options{Client: kafkatest.Client(t), NoTopics: true})
	res, body := call(t, "GET", base+"/", "")
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	if policy := res.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'; script-src 'self'") {
		t.Errorf("policy %q", policy)
	}
	for _, inline := range []string{"<script>", "onclick", "style=", "<style", "javascript:", "http-equiv"} {
		if strings.Contains(body, inline) {
			t.Errorf("the page has %s inline, which its policy forbids", inline)
		}
	}
	for path, kind := range map[string]string{"/assets/page.js": "text/javascript", "/assets/page.css": "text/css"} {
		res, script := call(t, "GET", base+path, "")
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), kind) || !strings.Contains(body, path) {
			t.Errorf("%s: %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
		}
		for _, unsafe := range []string{"innerHTML", "insertAdjacentHTML", "document.write", "eval("} {
			if strings.Contains(script, unsafe) {
				t.Errorf("%s uses %s", path, unsafe)
			}
		}
	}
	for _, path := range []string{"/assets/", "/assets/../role.go", "/page.html", "/assets/page.html"} {
		if res, _ := call(t, "GET", base+path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

func TestTopicsAreMadeForWhatTheyHold(t *testing.T) {
	c := kafkatest.Client(t)
	if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: seer.AnswerTopic, Partitions: 2, ReplicationFactor: 1, Configs: map[string]string{"retention.ms": "60000"}}); err != nil {
		t.Fatal(err)
	}
	startRole(t, Options{Client: c, Partitions: 3})
	described, err := c.DescribeTopics(t.Context(), seer.StatementTopic, seer.QuestionTopic, seer.AnswerTopic)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{1, 3, 2} { // what is there is left alone
		if described[i].Err != nil || len(described[i].Partitions) != want {
			t.Errorf("%s: %d partitions, %v, want %d", described[i].Name, len(described[i].Partitions), described[i].Err, want)
		}
	}
	configs := func(topic string) map[string]string {
		entries, err := c.TopicConfigs(t.Context(), topic)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for _, e := range entries {
			all[e.Name] = e.Value
		}
		return all
	}
	got := configs(seer.StatementTopic)
	for name, want := range map[string]string{"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete", "max.message.bytes": "2097152"} {
		if got[name] != want {
			t.Errorf("%s of texts is %q, want %q", name, got[name], want)
		}
	}
	if got := configs(seer.AnswerTopic)["retention.ms"]; got != "60000" {
		t.Errorf("the retention of a topic that was there is %s now", got)
	}
}

func TestWithoutABrokerAtTheStartItAnswersFromWhatItKnows(t *testing.T) {
	data := t.TempDir()
	b, err := embedded.Start(t.Context(), embedded.Options{Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	addr, port := b.Addrs(), b.Port()
	c, err := rdkafka.Connect(t.Context(), kafkaops.Context{Name: "test", Brokers: addr, Timeout: 2 * time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	r, address := newRole(t, Options{Client: c, Partitions: 1})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- r.Run(ctx, func() { close(ready) }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	if res, body := call(t, "GET", "http://"+<-address+"/ask?q=x", ""); res.StatusCode != http.StatusOK {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	select {
	case <-ready:
		t.Error("it is ready without a broker")
	default:
	}
	back, err := embedded.Start(t.Context(), embedded.Options{Dir: data, Port: port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = back.Close() })
	within(t, "it is ready when the broker is back", ready)
	kafkatest.Send(t, c, question(0, "", "who?"))
	await(t, "the question is answered", func() bool { return len(answers(t, c)["who?"]) == 1 })
}

func TestNewRefuses(t *testing.T) {
	c := kafkatest.Client(t)
	for name, o := range map[string]Options{
		"no client":  {Asker: &scripted{}, Learner: learner{}},
		"no asker":   {Client: c, Learner: learner{}},
		"no learner": {Client: c, Asker: &scripted{}},
	} {
		if _, err := New(o); kafkaops.ClassOf(err) != kafkaops.Invalid || kafkaops.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
