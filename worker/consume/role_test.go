package consume

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
	"github.com/krapp-io/krapp/worker/deadletter"
)

const runID = "01JD0000000000000000000000"

// ofRun is message seq of a run.
func ofRun(topic string, seq int, value string) kafkaops.Record {
	r := record(topic, "k"+strconv.Itoa(seq), value)
	r.Headers = []kafkaops.Header{
		{Key: roundtrip.RunHeader, Value: []byte(runID)},
		{Key: roundtrip.SeqHeader, Value: strconv.AppendInt(nil, int64(seq), 10)},
		{Key: roundtrip.SentHeader, Value: strconv.AppendInt(nil, time.Now().UnixNano(), 10)},
	}
	return r
}

func TestGoodRecordsAreReportedAndBadOnesDeadLettered(t *testing.T) {
	c := startBroker(t, "orders")
	url := startRole(t, Options{Client: c, Topics: []string{"orders"}, Validate: "json", Worker: "w1"})
	for i := range 100 {
		value := `{"n":1}`
		if i%10 == 3 {
			value = "{broken"
		}
		kafkatest.Send(t, c, ofRun("orders", i, value))
	}
	await(t, "all are consumed", func() bool { return getStatus(t, url).Consumed == 100 })
	s := getStatus(t, url)
	if s.Rejected != 10 || s.State != eos.Running || s.Lag == nil || *s.Lag != 0 || len(s.Partitions) != 2 || s.Group != "krapp-consume" {
		t.Errorf("status %+v", s)
	}
	dead := kafkatest.All(t, c, "orders.dlq")
	if len(dead) != 10 {
		t.Fatalf("%d dead letters, want 10", len(dead))
	}
	for _, d := range dead {
		checkDeadLetter(t, d)
	}
	checkReports(t, kafkatest.All(t, c, roundtrip.ReportsTopic))
}

func checkDeadLetter(t *testing.T, d kafkaops.Record) {
	t.Helper()
	seq, _ := d.Header(roundtrip.SeqHeader)
	n, err := strconv.Atoi(string(seq))
	if err != nil || n%10 != 3 || string(d.Key) != "k"+string(seq) || string(d.Value) != "{broken" {
		t.Errorf("dead letter %s: key %q, value %q", seq, d.Key, d.Value)
	}
	for name, want := range map[string]string{deadletter.TopicHeader: "orders", deadletter.ErrorHeader: "the value is not JSON", deadletter.AttemptHeader: "1"} {
		if got, _ := d.Header(name); string(got) != want {
			t.Errorf("dead letter %s: %s is %q, want %q", seq, name, got, want)
		}
	}
	for _, name := range []string{deadletter.PartitionHeader, deadletter.OffsetHeader} {
		if got, _ := d.Header(name); got == nil {
			t.Errorf("dead letter %s has no %s", seq, name)
		}
	}
}

func checkReports(t *testing.T, recs []kafkaops.Record) {
	t.Helper()
	var processed, rejected uint64
	for _, r := range recs {
		report, err := wire.DecodeReport(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		d := report.Done
		if d.Run != runID || d.Group != "krapp-consume" || d.Topic != "orders" || d.TopicID == "" || d.Worker != "w1" {
			t.Errorf("report %+v", d)
		}
		processed += d.Processed.GetCardinality()
		rejected += d.Rejected.GetCardinality()
	}
	if processed != 90 || rejected != 10 {
		t.Errorf("reported %d processed and %d rejected, want 90 and 10", processed, rejected)
	}
}

func TestAPatternTakesNewTopicsButNotItsOwnNorDeadLetters(t *testing.T) {
	c := startBroker(t, "eu-a", "eu-a.dlq", "us-a", "eu-job.chunks")
	url := startRole(t, Options{
		Client: c, Regex: ".*", Allow: []string{"eu-*", "krapp.*"}, Except: []string{"*.chunks"}, SessionTimeout: 6 * time.Second,
	})
	kafkatest.Send(t, c, record("eu-a", "k", "1"), record("eu-a.dlq", "k", "2"), record("us-a", "k", "3"), record("eu-job.chunks", "k", "5"))
	await(t, "the topic that matches is consumed", func() bool { return getStatus(t, url).Consumed == 1 })
	if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: "eu-b", Partitions: 1, ReplicationFactor: -1}); err != nil {
		t.Fatal(err)
	}
	kafkatest.Send(t, c, record("eu-b", "k", "4"))
	await(t, "the new topic too", func() bool { return getStatus(t, url).Consumed == 2 })
	for _, p := range getStatus(t, url).Partitions {
		if p.Topic != "eu-a" && p.Topic != "eu-b" {
			t.Errorf("it consumes %s", p.Topic)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	c := startBroker(t)
	cases := map[string]struct {
		o     Options
		class kafkaops.Class
	}{
		"no client":                    {Options{Topics: []string{"a"}}, kafkaops.Invalid},
		"no topics":                    {Options{Client: c}, kafkaops.Invalid},
		"krapp's own topic":            {Options{Client: c, Topics: []string{"krapp.runs"}}, kafkaops.Unauthorised},
		"an exception that is no glob": {Options{Client: c, Regex: ".*", Except: []string{"["}}, kafkaops.Invalid},
		"off the allowlist":            {Options{Client: c, Topics: []string{"a"}, Allow: []string{"b"}}, kafkaops.Unauthorised},
		"a rule that is broken":        {Options{Client: c, Topics: []string{"a"}, Validate: "key =="}, kafkaops.Invalid},
		"a rule about nothing":         {Options{Client: c, Topics: []string{"a"}, Validate: "nosuch > 1"}, kafkaops.Invalid},
		"a rule that is a text":        {Options{Client: c, Topics: []string{"a"}, Validate: `"yes"`}, kafkaops.Invalid},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := New(k.o); kafkaops.ClassOf(err) != k.class || kafkaops.HintOf(err) == "" {
				t.Errorf("%v: class %q, hint %q", err, kafkaops.ClassOf(err), kafkaops.HintOf(err))
			}
		})
	}
}

func TestAStreamShowsRecordsAndResumesWithoutALoss(t *testing.T) {
	c := startBroker(t, "a", "b", "c")
	url := startRole(t, Options{Client: c, Topics: []string{"a"}, Allow: []string{"a", "b"}})
	next, closeStream := events(t, url+"/consume?topics=a,b", "")
	kafkatest.Send(t, c, record("a", "k", "one\n\x1b[2J"), record("c", "k", "not asked for"))
	first := next()
	if first.name != "record" || !strings.Contains(first.data, `"value":"one\n\u001b[2J"`) || !strings.Contains(first.data, `"topic":"a"`) {
		t.Errorf("event %+v", first)
	}
	closeStream()
	kafkatest.Send(t, c, record("b", "k", "\xff\xfe"), record("a", "k", "three")) // while nobody listens
	next, closeStream = events(t, url+"/consume?topics=a,b", first.id)
	defer closeStream()
	got := next().data + next().data
	for _, want := range []string{`"value":"three"`, `"value":"//4="`, `"value_encoding":"base64"`} {
		if !strings.Contains(got, want) {
			t.Errorf("after the resumption %s is missing in %s", want, got)
		}
	}
}

func TestErrorsOfTheStream(t *testing.T) {
	c := startBroker(t, "a")
	url := startRole(t, Options{Client: c, Topics: []string{"a"}, Allow: []string{"a", "missing"}, MaxStreams: 1})
	for path, want := range map[string]int{
		"/consume":                                 400,
		"/consume?topics=,":                        400,
		"/consume?topics=krapp.runs":               403,
		"/consume?topics=a,other":                  403,
		"/consume?topics=missing":                  404,
		"/consume?topics=a&last-event-id=nonsense": 400,
		"/nothing":                                 404,
		"/assets/../page.go":                       404,
	} {
		if code, body := get(t, url+path); code != want || !strings.Contains(body, `"hint"`) && want != 404 {
			t.Errorf("%s: %d %s, want %d", path, code, body, want)
		}
	}
	_, closeStream := events(t, url+"/consume?topics=a", "")
	defer closeStream()
	if code, body := get(t, url+"/recent"); code != 503 {
		t.Errorf("a stream too many: %d %s", code, body)
	}
}

func TestThePageShowsTheLastRecordsAsTextOnly(t *testing.T) {
	c := startBroker(t, "a")
	url := startRole(t, Options{Client: c, Topics: []string{"a"}})
	for i := range 12 {
		kafkatest.Send(t, c, record("a", "k", `<script>alert(`+strconv.Itoa(i)+`)</script>`))
	}
	await(t, "all are consumed", func() bool { return getStatus(t, url).Consumed == 12 })
	code, body := get(t, url)
	if code != 200 || strings.Contains(body, "<script>alert") || !strings.Contains(body, "&lt;script&gt;alert(11)&lt;/script&gt;") {
		t.Errorf("%d %s", code, body)
	}
	if n := strings.Count(body, `<td class="v">`); n != 10 {
		t.Errorf("%d records, want the last 10", n)
	}
	res, err := http.Get(url + "/assets/page.js")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Type"), "javascript") {
		t.Errorf("the script: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	next, closeStream := events(t, url+"/recent", "")
	defer closeStream()
	for shows := false; !shows; { // pictures come a few a second; the newest shows the last record
		e := next()
		if e.name != "recent" || strings.Contains(e.data, "<script>") {
			t.Fatalf("picture %+v", e)
		}
		shows = strings.Contains(e.data, `alert(11)`)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	c := startBroker(t, "a")
	reg := prometheus.NewRegistry()
	url := startRole(t, Options{Client: c, Topics: []string{"a"}, Registry: reg})
	kafkatest.Send(t, c, record("a", "k", "x"))
	await(t, "it is consumed", func() bool { return getStatus(t, url).Consumed == 1 })
	if code, body := get(t, url+"/_health"); code != 200 {
		t.Errorf("health: %d %s", code, body)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "krapp_consumed_records_total" {
			if n := f.GetMetric()[0].GetCounter().GetValue(); n != 1 {
				t.Errorf("metric says %v", n)
			}
			return
		}
	}
	t.Error("no metric of the records consumed")
}
