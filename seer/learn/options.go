package learn

import (
	"log/slog"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/passage"
	"github.com/krapp-io/krapp/seer/learn/template"
)

// Options of a Learner.
type Options struct {
	Client *rdkafka.Client // required

	Topics []string // to learn from, by name
	Regex  string   // and those whose whole name matches; "": none
	Except []string // globs; what they match is not learned from. Dead letters (*.dlq) are left out unless Topics names them

	Index     index.Options // Index.Embedder is required
	Templates template.Options

	SnapshotFile  string        // "": all is learned anew at each start
	SnapshotEvery time.Duration // when something changed; 0: 30 s
	Refresh       time.Duration // how often topics and their ends are looked at; 0: 2 s

	Log *slog.Logger     // nil: none
	Now func() time.Time // nil: time.Now
}

// matcher decides which topics are learned from.
type matcher struct {
	named  map[string]bool
	regex  *regexp.Regexp
	except []string
}

func newMatcher(o *Options) (matcher, error) {
	const op, hint = "choosing topics to learn from", "correct the seer's settings"
	m := matcher{named: map[string]bool{}, except: o.Except}
	for _, name := range o.Topics {
		if forbidden(name) {
			return m, kafkaops.Errorf(kafkaops.Invalid, op, name, hint, "the seer never learns from this topic")
		}
		m.named[name] = true
	}
	if o.Regex != "" {
		re, err := regexp.Compile("^(?:" + o.Regex + ")$")
		if err != nil {
			return m, kafkaops.NewError(kafkaops.Invalid, op, o.Regex, hint, err)
		}
		m.regex = re
	}
	for _, glob := range o.Except {
		if _, err := path.Match(glob, "x"); err != nil {
			return m, kafkaops.NewError(kafkaops.Invalid, op, glob, hint, err)
		}
	}
	return m, nil
}

// forbidden are krapp's own records and the brokers', and the seer's own words, from which it would learn what it said.
func forbidden(topic string) bool {
	return strings.HasPrefix(topic, "krapp.") || strings.HasPrefix(topic, "__") || topic == seer.QuestionTopic || topic == seer.AnswerTopic
}

// wants says whether to learn from the topic.
func (m *matcher) wants(topic string) bool {
	if topic == seer.StatementTopic {
		return true
	}
	if forbidden(topic) || slices.ContainsFunc(m.except, func(glob string) bool { ok, _ := path.Match(glob, topic); return ok }) {
		return false
	}
	return m.named[topic] || m.regex != nil && m.regex.MatchString(topic) && !strings.HasSuffix(topic, ".dlq")
}

// complete checks the options and fills in what is left out.
func (o *Options) complete() error {
	if o.Client == nil || o.Index.Embedder == nil {
		return kafkaops.Errorf(kafkaops.Invalid, "starting the learner", "", "", "it needs a client and an embedder")
	}
	if o.SnapshotEvery <= 0 {
		o.SnapshotEvery = 30 * time.Second
	}
	if o.Refresh <= 0 {
		o.Refresh = 2 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Index.Now == nil {
		o.Index.Now = o.Now
	}
	if o.Index.Sentences == nil {
		o.Index.Sentences = passage.Sentences
	}
	return nil
}
