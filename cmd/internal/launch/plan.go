package launch

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/cmd/internal/guard"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// Plan says what a run will do, before it does.
func Plan(s roundtrip.Spec) kafkaops.Plan {
	pace := "as fast as the brokers acknowledge"
	if s.Rate > 0 {
		pace = strconv.FormatFloat(s.Rate, 'f', -1, 64) + " a second"
	}
	what := fmt.Sprintf("%d messages", s.Count)
	if s.File != "" {
		what = fmt.Sprintf("the %d lines of %s", s.Count, s.File)
	}
	effects := []string{fmt.Sprintf("sends %s to %s, %s", what, s.Topic, pace)}
	if s.CreateTopic {
		effects = append(effects, "creates "+s.Topic+" if it is missing")
	}
	if s.Sender == roundtrip.SendWorkers {
		effects = append(effects,
			"the produce workers send, in short transactions: while one is open, read-committed readers of "+s.Topic+" wait (about 50 ms),",
			"and messages of one that is aborted can be seen by readers that read uncommitted")
	}
	return kafkaops.Plan{
		Title:   "Send " + what + " to " + s.Topic,
		Effects: append(effects, "judges each message by "+judgedBy(s.Evidence)),
		Lost:    []string{"messages that are sent stay sent"},
		Command: Command(s),
	}
}

func judgedBy(e roundtrip.Evidence) string {
	switch e.Kind {
	case roundtrip.Arrived:
		by := "its headers"
		if e.ID != "" {
			by = e.ID
		}
		return fmt.Sprintf("its arrival in %s, recognised by %s", e.Topic, by)
	case roundtrip.Committed:
		return "the offsets that group " + e.Group + " commits: committed, which is not processed"
	}
	return "the reports of group " + e.Group
}

// Command is the krapp command line that does the same.
func Command(s roundtrip.Spec) string {
	args := []string{"krapp", "doit", s.Topic}
	add := func(flag, value string) { args = append(args, flag, Quote(value)) }
	if s.File != "" {
		add("--file", s.File)
	} else {
		add("--count", strconv.FormatInt(s.Count, 10))
		add("--value", s.Value)
	}
	if s.Rate > 0 {
		add("--rate", strconv.FormatFloat(s.Rate, 'f', -1, 64))
	}
	if s.Key != "" {
		add("--key", s.Key)
	}
	for _, h := range s.Headers {
		add("--header", h.Key+"="+h.Value)
	}
	switch e := s.Evidence; e.Kind {
	case roundtrip.Arrived:
		add("--until-topic", e.Topic)
		if e.ID != "" {
			add("--id", e.ID)
		}
	case roundtrip.Committed:
		args = append(args, "--committed")
		add("--group", e.Group)
	case roundtrip.Reported:
		if e.Group != "" && e.Group != roundtrip.DefaultGroup {
			add("--group", e.Group)
		}
	}
	if s.Sender == roundtrip.SendWorkers && s.File == "" {
		args = append(args, "--workers")
	}
	if s.CreateTopic {
		args = append(args, "--create")
		if s.Partitions > 0 {
			add("--partitions", strconv.Itoa(s.Partitions))
		}
	}
	return strings.Join(args, " ")
}

// Quote makes a word of a POSIX shell's command line.
func Quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Action is the run for the guard. id is its ID once it is registered; nil: it will not be. What the messages hold is not in it.
func Action(s roundtrip.Spec, id func() string) guard.Action {
	detail := strconv.FormatInt(s.Count, 10) + " messages"
	if s.File != "" {
		detail = "the lines of a file"
	}
	if s.Rate > 0 {
		detail += ", " + strconv.FormatFloat(s.Rate, 'f', -1, 64) + " a second"
	}
	if s.Sender == roundtrip.SendWorkers {
		detail += ", by the workers"
	}
	if s.CreateTopic {
		detail += ", creates the topic if it is missing"
	}
	a := guard.Action{Kind: guard.StartRun, Resource: s.Topic, Detail: detail, Files: s.File != ""}
	if id != nil {
		a.Result = func() string { return "run " + id() }
	}
	return a
}
