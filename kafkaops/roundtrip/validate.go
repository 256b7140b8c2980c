package roundtrip

import (
	"errors"
	"math"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/message"
)

// MaxCount is the most messages a run may have: sequence numbers are kept in bitmaps of 32-bit numbers.
const MaxCount = math.MaxUint32

func validID(id string) bool {
	_, err := ulid.ParseStrict(id)
	return err == nil
}

// Source gives the spec's templates.
func (s Spec) Source() message.Source {
	src := message.Source{Key: s.Key, Value: s.Value}
	for _, h := range s.Headers {
		src.Headers = append(src.Headers, message.Header{Key: h.Key, Value: h.Value})
	}
	return src
}

func invalid(resource, hint, format string, args ...any) error {
	return kafkaops.Errorf(kafkaops.Invalid, "checking the run", resource, hint, format, args...)
}

// Validate says what is wrong with a spec: an OpError of class Invalid with a hint. A file's existence and content are not looked at (OpenLines).
func Validate(s Spec) error {
	if err := validTopic(s.Topic); err != nil {
		return err
	}
	switch {
	case s.Count < 1:
		return invalid(s.Topic, "ask for one message at least", "the count is %d", s.Count)
	case s.Count > MaxCount:
		return invalid(s.Topic, "split it into several runs", "the count %d is more than a run can have, %d", s.Count, int64(MaxCount))
	case math.IsNaN(s.Rate) || math.IsInf(s.Rate, 0) || s.Rate < 0:
		return invalid(s.Topic, "give messages a second, or leave the rate out to send as fast as possible", "the rate is %g", s.Rate)
	case s.Partitions < 0:
		return invalid(s.Topic, "leave the partitions out for the broker's default", "%d partitions", s.Partitions)
	case s.Sender != SendHere && s.Sender != SendWorkers:
		return invalid(s.Topic, `send "here" or by "workers"`, "the sender %q is not known", string(s.Sender))
	case s.File != "" && s.Sender != SendWorkers:
		return invalid(s.Topic, "let the workers send it, so that its lines are kept in krapp.work until they are stored", "messages of a file can't be sent from here")
	case s.File != "" && s.Value != "":
		return invalid(s.Topic, "leave out one of the two", "both a file and a value template are given")
	}
	for _, h := range s.Headers {
		if strings.HasPrefix(h.Key, "krapp-") || h.Key == "" {
			return invalid(s.Topic, "headers that begin with krapp- are krapp's own", "the header %q can't be set", h.Key)
		}
	}
	if err := validTemplates(s); err != nil {
		return err
	}
	return validEvidence(s)
}

const topicLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

// validTopic applies Kafka's rule for names, and keeps krapp's own topics out.
func validTopic(name string) error {
	const hint = "use up to 249 letters, digits, dots, dashes and underscores"
	if name == "" {
		return invalid("", "name the topic to send to", "no topic is named")
	}
	if len(name) > 249 || name == "." || name == ".." {
		return invalid(name, hint, "that is not a topic's name")
	}
	for _, c := range name {
		if !strings.ContainsRune(topicLetters, c) {
			return invalid(name, hint, "a topic's name can't hold %q", c)
		}
	}
	if strings.HasPrefix(name, "krapp.") {
		return invalid(name, "choose another topic", "topics that begin with krapp. are krapp's own")
	}
	return nil
}

func validTemplates(s Spec) error {
	_, err := message.Compile(s.Source(), message.PreviewRun)
	if err == nil {
		return nil
	}
	hint := "write a call as {{id}} or {{randInt 1 100}}"
	var syntax *message.SyntaxError
	if errors.As(err, &syntax) && strings.Contains(syntax.Problem, "no closing") {
		hint = "close it with }}"
	}
	return kafkaops.NewError(kafkaops.Invalid, "checking the run", s.Topic, hint, err)
}

func validEvidence(s Spec) error {
	e := s.Evidence
	if e.Grace < 0 || e.Within < 0 {
		return invalid(s.Topic, "give a duration such as 30s", "the grace or stall time is negative")
	}
	switch e.Kind {
	case Reported, Committed:
		if e.Group == "" {
			return invalid(s.Topic, "name the group that processes the messages", "no group is named")
		}
		return nil
	case Arrived:
	default:
		return invalid(s.Topic, "choose reported, arrived or committed", "the evidence %q is not known", string(e.Kind))
	}
	if err := validTopic(e.Topic); err != nil {
		return err
	}
	if e.Topic == s.Topic {
		return invalid(s.Topic, "name the topic at the other end of the pipeline", "the messages can't be awaited in the topic they are sent to")
	}
	if e.ID == "" {
		return nil
	}
	return findable(s)
}

// findable renders a message and looks for its id where the evidence says it will be.
func findable(s Spec) error {
	id := s.Evidence.ID
	locator, ok := message.ParseLocator(id)
	if !ok {
		return invalid(s.Topic, `use "key", or "value.order.id" for a path in the value's JSON`, "the place of the id, %q, is not understood", id)
	}
	if s.File != "" && id != "key" {
		return invalid(s.Topic, "use the key: its template may hold {{id}}", "the lines of a file have no {{id}}")
	}
	previews, err := message.Preview(s.Source(), 2, time.Unix(0, 0))
	if err != nil {
		return err
	}
	for seq, p := range previews {
		found, ok := locator.Find(p.Key, p.Value)
		n, isID := message.FindID(found, message.Short(message.PreviewRun))
		if !ok || !isID || n != int64(seq) {
			part := "value"
			if id == "key" {
				part = "key"
			}
			return invalid(s.Topic, "put {{id}} there, followed by no digit", "the %s template renders no {{id}} at %s", part, id)
		}
	}
	return nil
}
