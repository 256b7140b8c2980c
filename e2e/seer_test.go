package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/llm/fakeopenai"
)

// aPeople is a text about what no text before it has told of.
const aPeople = `The Wilymajinkas are a shy people who live on the floating islands of Lake Orrun.
They build their houses from woven reeds and move them with the seasons.
Strangers find the Wilymajinkas gentle, curious and slow to anger.
Their children learn to swim before they can walk.
Once a year they burn their oldest boat to thank the lake.
`

// seerOf runs a seer that learns from a topic.
func (b backend) seerOf(t *testing.T, topic string, args ...string) workerProcess {
	t.Helper()
	return b.worker(t, "seer", append([]string{"--topics", topic, "--slot", unique(t, "slot")}, args...)...)
}

// answerTo asks over HTTP.
func (w workerProcess) answerTo(t *testing.T, question string, topics ...string) seer.Answer {
	t.Helper()
	body, err := json.Marshal(seer.Question{Text: question, Topics: topics})
	if err != nil {
		t.Fatal(err)
	}
	status, _, text := curl(t, "-X", "POST", "-H", "Content-Type: application/json", "-H", "Accept: application/json", "--data-binary", string(body), w.url+"/ask")
	var a seer.Answer
	if err := json.Unmarshal([]byte(text), &a); status != http.StatusOK || err != nil {
		t.Fatalf("asking %q: %d %s (%v)", question, status, text, err)
	}
	return a
}

// knows waits until all that is in the topics now has been learned.
func (w workerProcess) knows(t *testing.T, messages int64) {
	t.Helper()
	var s seer.Status
	eventually(t, fmt.Sprintf("the seer has learned %d messages", messages), func() bool {
		return ask(t, w.url+"/status", &s) == http.StatusOK && s.Messages >= messages && s.State == seer.Current
	})
}

func TestTheSeerAnswersFromATextItWasGiven(t *testing.T) {
	b := startBackend(t)
	w := b.seerOf(t, b.topic(t, 1))
	status, _, body := curl(t, "-X", "POST", "--data-binary", aPeople, w.url+"/accept?title=peoples")
	if status != http.StatusOK {
		t.Fatalf("POST /accept: %d %s", status, body)
	}
	for question, want := range map[string][]string{
		"Who are the Wilymajinkas?":           {"people", "Lake Orrun"},
		"What are the Wilymajinkas like?":     {"gentle", "curious"},
		"What are their houses made of?":      {"reeds"},
		"how do the Wilymajinkas thank water": {"boat"},
	} {
		a := w.answerTo(t, question)
		for _, word := range want {
			if !strings.Contains(a.Text, word) {
				t.Errorf("%s\n%s\nhas no %q", question, a.Text, word)
			}
		}
		if a.Way != seer.Meaning || len(a.Citations) == 0 || a.Citations[0].Title != "peoples" || !strings.Contains(a.Text, "[1]") {
			t.Errorf("%s\n%+v", question, a)
		}
	}
	for _, question := range []string{"What is the capital of Peru?", "What is the capital of Portugal?", "Who wrote the operating manual of the steam crane?"} {
		if a := w.answerTo(t, question); a.Way != seer.Refused || len(a.Citations) != 0 {
			t.Errorf("%s is answered, though it never read about it: %s\n%s", question, a.Way, a.Text)
		}
	}
	// The same by a script, and what it says when it does not know.
	r := b.home.krapp(t, "ask", "--seer-url", w.url, "Who", "are", "the", "Wilymajinkas?")
	if r.code != 0 || !strings.Contains(r.out, "Lake Orrun") || !strings.Contains(r.out, "[1] seer-statement") {
		t.Errorf("krapp ask: %d\n%s%s", r.code, r.out, r.errors)
	}
	if r := b.home.krapp(t, "ask", "--seer-url", w.url, "What is the capital of Peru?"); r.code != 3 {
		t.Errorf("krapp ask about what it can't know: %d\n%s%s", r.code, r.out, r.errors)
	}
	plain, _, text := curl(t, w.url+"/ask?q="+url.QueryEscape("Who are the Wilymajinkas?"))
	if plain != http.StatusOK || !strings.Contains(text, "Lake Orrun") || !strings.Contains(text, "[1] seer-statement/") {
		t.Errorf("GET /ask: %d\n%s", plain, text)
	}
}

func TestTheSeerCountsExactly(t *testing.T) {
	b := startBackend(t)
	topic := b.topic(t, 3)
	w := b.seerOf(t, topic)
	b.home.must(t, "doit", topic, "--count", "2000", "--key", "k{{seq}}", "--value", `{"state":"{{oneOf "paid" "declined"}}","n":{{seq}}}`)
	w.knows(t, 2000)
	declined := int64(0)
	b.each(t, topic, func(r *kafkaops.Record) {
		if strings.Contains(string(r.Value), "declined") {
			declined++
		}
	})
	for question, want := range map[string]int64{
		"How many messages are in " + topic + "?":                          2000,
		"How many messages in " + topic + " have the state declined?":      declined,
		"how many records of " + topic + " where n is greater than 1499?":  500,
		"what is the highest n in " + topic + "?":                          1999,
		"how many different values of n are there in topic " + topic + "?": 2000,
	} {
		a := w.answerTo(t, question)
		if a.Way != seer.Exact || !strings.Contains(strings.ReplaceAll(a.Text, ",", ""), fmt.Sprint(want)) || len(a.Counted) != 3 {
			t.Errorf("%s\n%s: %s\n%+v\nwant %d", question, a.Way, a.Text, a.Counted, want)
		}
	}
	a := w.answerTo(t, "show me k77 in "+topic)
	if a.Way != seer.Lookup || len(a.Citations) == 0 || !strings.Contains(a.Citations[0].Excerpt, `"n":77`) {
		t.Errorf("%s %s\n%+v", a.Way, a.Text, a.Citations)
	}
}

// each reads a topic whole.
func (b backend) each(t *testing.T, topic string, f func(*kafkaops.Record)) {
	t.Helper()
	c := b.client(t)
	x, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ScanRecords(t.Context(), x.Starts(), x.Ends(), kafkaops.ReadCommitted, func(records []kafkaops.Record) error {
		for i := range records {
			f(&records[i])
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestTheSeerAnswersOverTopics(t *testing.T) {
	b := startBackend(t)
	topic := b.topic(t, 1)
	b.home.must(t, "produce", topic, "--value", "the pump in hall seven lost pressure at noon")
	w := b.seerOf(t, topic)
	w.knows(t, 1)
	key := unique(t, "question")
	b.home.must(t, "produce", "seer-question", "--key", key, "--value", "How many messages are in "+topic+"?")
	bad := unique(t, "bad")
	b.home.must(t, "produce", "seer-question", "--key", bad, "--value", strings.Repeat("why ", seer.MaxQuestion))
	var answer seer.Answer
	eventually(t, "the question is answered", func() bool {
		found := false
		b.each(t, "seer-answer", func(r *kafkaops.Record) {
			if string(r.Key) == key {
				found = json.Unmarshal(r.Value, &answer) == nil
			}
		})
		return found
	})
	if answer.Way != seer.Exact || !strings.Contains(answer.Text, "1") || len(answer.Counted) != 1 {
		t.Errorf("%+v", answer)
	}
	eventually(t, "the question that is none is a dead letter", func() bool {
		found := false
		if endOf(t, b.client(t), "seer-question.dlq") == 0 {
			return false
		}
		b.each(t, "seer-question.dlq", func(r *kafkaops.Record) { found = found || string(r.Key) == bad })
		return found
	})
}

// Killed again and again while it learns, it answers as one that was never killed.
func TestTheSeerSurvivesKills(t *testing.T) {
	b := startBackend(t)
	topic := b.topic(t, 2)
	snapshot := filepath.Join(t.TempDir(), "snapshot")
	start := func() workerProcess {
		return b.seerOf(t, topic, "--snapshot", snapshot, "--snapshot-every", "50ms", "--no-topics")
	}
	w := start()
	value := `{{oneOf "connection to db-7 timed out after" "cache warmed in" "payment declined by bank, code" "door of hall four opened for"}} {{randInt 1 900}} ms`
	for range 4 {
		b.home.must(t, "doit", topic, "--count", "4000", "--value", value)
		w.kill(t)
		w = start()
	}
	w.knows(t, 16_000)
	fresh := b.seerOf(t, topic, "--snapshot", "none", "--no-topics")
	fresh.knows(t, 16_000)
	for _, question := range []string{
		"Which connections time out?", "Was a payment refused?", "how many messages are in " + topic + "?", "Who opened the door?", "What is the capital of Peru?",
	} {
		killed, never := w.answerTo(t, question, topic), fresh.answerTo(t, question, topic)
		if killed.Text != never.Text || killed.Way != never.Way || !slices.EqualFunc(killed.Citations, never.Citations, func(a, b seer.Citation) bool { return a == b }) {
			t.Errorf("%s\nthe one that was killed: %s %s\n%+v\nthe one that was not: %s %s\n%+v", question,
				killed.Way, killed.Text, killed.Citations, never.Way, never.Text, never.Citations)
		}
	}
}

// What retention has removed is not cited as if it could still be read.
func TestTheSeerSaysThatARecordIsGone(t *testing.T) {
	b := startBackend(t)
	topic := b.topic(t, 1)
	b.home.must(t, "produce", topic, "--value", "the turbine in hall nine caught fire and was put out by the night shift")
	w := b.seerOf(t, topic, "--no-topics")
	w.knows(t, 1)
	before := w.answerTo(t, "What happened to the turbine?", topic)
	if len(before.Citations) != 1 || before.Citations[0].Gone != "" || before.Citations[0].Place.Topic != topic {
		t.Fatalf("%s\n%+v", before.Text, before.Citations)
	}
	c := b.client(t)
	if err := c.DeleteRecords(t.Context(), kafkaops.Offsets{{Topic: topic, Partition: 0}: 1}); err != nil {
		t.Fatal(err)
	}
	gone := false
	eventually(t, "the seer no longer rests on it, or says that it is gone", func() bool {
		a := w.answerTo(t, "What happened to the turbine?", topic)
		for _, c := range a.Citations {
			gone = gone || c.Gone != ""
		}
		return gone || a.Way == seer.Refused
	})
	a := w.answerTo(t, fmt.Sprintf("show me offset 0 of partition 0 of %s", topic), topic)
	if !strings.Contains(a.Text, "retention") && !strings.Contains(a.Text, "gone") && !strings.Contains(a.Text, "removed") {
		t.Errorf("asked for the record itself it says: %s %s", a.Way, a.Text)
	}
}

// A model writes the prose, from the evidence alone; where it fails or makes things up, the answer is put together without it, and says so.
func TestTheSeerWithAModel(t *testing.T) {
	b := startBackend(t)
	topic := b.topic(t, 1)
	model := fakeopenai.New(t)
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("sk-not-to-be-seen"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := b.seerOf(t, topic, "--no-topics", "--seer-model", "fake", "--seer-model-url", model.URL(), "--seer-key-file", key)
	if status, _, body := curl(t, "-X", "POST", "--data-binary", aPeople, w.url+"/accept?title=peoples"); status != http.StatusOK {
		t.Fatalf("POST /accept: %d %s", status, body)
	}
	const question = "Who are the Wilymajinkas?"
	for _, c := range []struct {
		name   string
		says   fakeopenai.Step
		has    string
		writes bool // the model's own words are shown
	}{
		{"it quotes", fakeopenai.Say("The Wilymajinkas live on the floating islands of Lake Orrun [1]."), "floating islands of Lake Orrun [1]", true},
		{"it invents a citation", fakeopenai.Say("They are ruled by a king of glass [7]."), "shy people", false},
		{"it invents a figure", fakeopenai.Say("The Wilymajinkas number 40,000 people on Lake Orrun [1]."), "shy people", false},
		{"it is cut off", fakeopenai.Truncated("The Wilymajinkas"), "shy people", false},
		{"a page in its place", fakeopenai.HTML(), "shy people", false},
		{"it wants to delete", fakeopenai.Calls(fakeopenai.Call{Name: "delete_topic", Arguments: `{"topic":"` + topic + `"}`}), "shy people", false},
	} {
		model.Then(c.says)
		if c.name == "it wants to delete" {
			model.Then(fakeopenai.Say("Deleted [1]."))
		}
		a := w.answerTo(t, question)
		if (a.Model != "") != c.writes || !strings.Contains(a.Text, c.has) || len(a.Citations) == 0 || !c.writes && len(a.Notes) == 0 {
			t.Errorf("%s: %q by %q, notes %q, %d citations", c.name, a.Text, a.Model, a.Notes, len(a.Citations))
		}
	}
	if out := b.home.must(t, "topics", "list"); !strings.Contains(out, topic) {
		t.Errorf("the topic is gone:\n%s", out)
	}
	if strings.Contains(w.log.String(), "sk-not-to-be-seen") {
		t.Error("the key is in the log")
	}
}
