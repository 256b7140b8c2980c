package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/worker/httpd"
)

// The bounds of a question's parts, beside seer.MaxQuestion and seer.MaxHistory.
const (
	maxQuestionBytes = 256 << 10 // of a whole question as JSON: a conversation goes with it
	maxID            = 256       // bytes
	maxTopics        = 100
	maxTurn          = 16 << 10 // bytes of a turn's question, and of its answer: more is cut
	askHint          = `ask GET /ask?q=…, or POST /ask with the question as text or as {"question": "…"}`
)

// readQuestion reads what was asked: JSON when it is said or found to be, else plain text. reason says what is wrong with it, "" when nothing.
func readQuestion(raw []byte, isJSON bool) (q seer.Question, reason string) {
	switch {
	case len(raw) > maxQuestionBytes:
		return q, fmt.Sprintf("the question has %d bytes, more than %d", len(raw), maxQuestionBytes)
	case !utf8.Valid(raw):
		return q, "the question is not UTF-8"
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if isJSON {
		if err := json.Unmarshal(raw, &q); err != nil {
			return seer.Question{}, clip("the question is not JSON of a question: " + err.Error())
		}
	} else {
		q.Text = string(raw)
	}
	return checkQuestion(q)
}

// checkQuestion bounds a question.
func checkQuestion(q seer.Question) (seer.Question, string) {
	q.Text = strings.TrimSpace(q.Text)
	switch {
	case q.Text == "":
		return q, "the question is empty"
	case len(q.Text) > seer.MaxQuestion:
		return q, fmt.Sprintf("the question has %d bytes, more than %d", len(q.Text), seer.MaxQuestion)
	case !utf8.ValidString(q.Text) || strings.ContainsRune(q.Text, 0):
		return q, "the question is not a text of UTF-8"
	case len(q.ID) > maxID:
		return q, fmt.Sprintf("the question's ID has %d bytes, more than %d", len(q.ID), maxID)
	case len(q.Topics) > maxTopics:
		return q, fmt.Sprintf("the question names %d topics, more than %d", len(q.Topics), maxTopics)
	}
	for _, t := range q.Topics {
		if !validTopic(t) {
			return q, clip(fmt.Sprintf("%.100q is not a topic's name", t))
		}
	}
	if extra := len(q.History) - seer.MaxHistory; extra > 0 {
		q.History = q.History[extra:]
	}
	for i, turn := range q.History {
		q.History[i] = seer.Turn{Question: cut(turn.Question, maxTurn), Answer: cut(turn.Answer, maxTurn)}
	}
	return q, ""
}

// validTopic says whether Kafka could have a topic of that name.
func validTopic(name string) bool {
	if name == "" || len(name) > 249 || name == "." || name == ".." {
		return false
	}
	return !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-'
	})
}

// looksJSON says whether a question in a topic is meant as JSON: an object.
func looksJSON(raw []byte) bool {
	raw = bytes.TrimLeft(bytes.TrimPrefix(raw, []byte("\ufeff")), " \t\r\n")
	return len(raw) > 0 && raw[0] == '{'
}

// questionOf reads the question of a request.
func (r *Role) questionOf(req *http.Request) (seer.Question, error) {
	raw, isJSON := []byte(req.URL.Query().Get("q")), false
	if req.Method == http.MethodPost {
		var err error
		if raw, err = r.readBody(req); err != nil {
			return seer.Question{}, err
		}
		kind, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")) // "" where it can't be read: text
		isJSON = kind == "application/json"
	}
	q, reason := readQuestion(raw, isJSON)
	if reason == "" && !isJSON {
		q.Topics = topicsOf(req)
		q, reason = checkQuestion(q)
	}
	if reason != "" {
		return seer.Question{}, kafkaops.Errorf(kafkaops.Invalid, "reading the question", "", askHint, "%s", reason)
	}
	return q, nil
}

// readBody reads a body when there is room for it.
func (r *Role) readBody(req *http.Request) ([]byte, error) {
	release, err := take(r.bodies, "bodies")
	if err != nil {
		return nil, err
	}
	defer release()
	return httpd.ReadBody(req)
}

// topicsOf reads ?topics=a,b.
func topicsOf(req *http.Request) (topics []string) {
	for name := range strings.SplitSeq(req.URL.Query().Get("topics"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			topics = append(topics, name)
		}
	}
	return topics
}

// cut shortens a text at a character's border.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// maxReason bounds what a dead letter says, in bytes: it goes into a header.
const maxReason = 1000

func clip(s string) string {
	if len(s) <= maxReason {
		return s
	}
	return cut(s, maxReason) + "…"
}
