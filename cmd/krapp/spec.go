package main

import (
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// specFlags are the flags that describe a run.
type specFlags struct {
	count      int64
	rate       float64
	key, value string
	headers    []string
	file       string
	group      string
	untilTopic string
	id         string
	committed  bool
	workers    bool
	create     bool
	partitions int
	grace      time.Duration
	stall      time.Duration
}

// defaultValue is sent when no template is given: something to recognise in a topic.
const defaultValue = `{"id":"{{id}}","seq":{{seq}}}`

func (s *specFlags) addTo(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Int64VarP(&s.count, "count", "n", 1000, "how many messages")
	f.Float64VarP(&s.rate, "rate", "r", 0, "messages a second (default: as fast as possible)")
	f.StringVarP(&s.key, "key", "k", "", "template of the keys (default: no key)")
	f.StringVar(&s.value, "value", defaultValue, "template of the values")
	f.StringArrayVarP(&s.headers, "header", "H", nil, "header as NAME=TEMPLATE; may be repeated")
	f.StringVar(&s.file, "file", "", "send the lines of this file, by the workers")
	f.StringVarP(&s.group, "group", "g", "", "group whose workers report (default "+roundtrip.DefaultGroup+"); with --committed any group")
	f.StringVar(&s.untilTopic, "until-topic", "", "await the messages in this output topic of any pipeline")
	f.StringVar(&s.id, "id", "", "with --until-topic: how they are recognised there: key, or value.PATH, where the template holds {{id}} (default: by headers)")
	f.BoolVar(&s.committed, "committed", false, "judge by the offsets that --group commits, of a group that does not report")
	f.BoolVar(&s.workers, "workers", false, "let the produce workers send")
	f.BoolVar(&s.create, "create", false, "create the topic if it is missing")
	f.IntVarP(&s.partitions, "partitions", "p", 0, "with --create: number of partitions (default: the broker's)")
	f.DurationVar(&s.grace, "grace", roundtrip.DefaultGrace, "with --until-topic: how long a message may take")
	f.DurationVar(&s.stall, "stall-after", roundtrip.DefaultStall, "no progress for this long is a stall")
}

// spec checks what flags alone can get wrong and builds the spec. roundtrip.Validate checks the rest.
func (s *specFlags) spec(cmd *cobra.Command, topic string) (roundtrip.Spec, error) {
	given := cmd.Flags().Changed
	spec := roundtrip.Spec{
		Topic: topic, Count: s.count, Rate: s.rate, Key: s.key, Value: s.value, Sender: roundtrip.SendHere,
		CreateTopic: s.create, Partitions: s.partitions,
		Evidence: roundtrip.Evidence{Kind: roundtrip.Reported, Group: s.group, Grace: s.grace, Within: s.stall},
	}
	switch {
	case given("rate") && (s.rate <= 0 || math.IsInf(s.rate, 0) || math.IsNaN(s.rate)):
		return spec, cli.Usagef("Give messages a second, or leave --rate out to send as fast as possible.", "--rate %g sends nothing", s.rate)
	case s.file != "" && given("value"):
		return spec, cli.Usagef("Leave out one of the two.", "--file and --value both say what to send")
	case s.file != "" && given("count"):
		return spec, cli.Usagef("Leave out --count: each line is a message.", "--file and --count both say how many to send")
	case s.untilTopic != "" && (s.committed || s.group != ""):
		return spec, cli.Usagef("Choose one way to judge the run.", "--until-topic and --group or --committed exclude each other")
	case s.id != "" && s.untilTopic == "":
		return spec, cli.Usagef("Name the output topic with --until-topic.", "--id says how messages are recognised in an output topic")
	case s.committed && s.group == "":
		return spec, cli.Usagef("Name the group with --group.", "--committed needs a group")
	case s.partitions != 0 && !s.create:
		return spec, cli.Usagef("Add --create.", "--partitions is for a topic that is created")
	case s.grace <= 0 || s.stall <= 0:
		return spec, cli.Usagef("Give a duration above zero, as in 30s.", "--grace and --stall-after must be above zero")
	}
	for _, h := range s.headers {
		name, value, ok := strings.Cut(h, "=")
		if !ok || name == "" {
			return spec, cli.Usagef("Give -H NAME=TEMPLATE.", "%q is no header", h)
		}
		spec.Headers = append(spec.Headers, roundtrip.HeaderTemplate{Key: name, Value: value})
	}
	if s.workers {
		spec.Sender = roundtrip.SendWorkers
	}
	switch {
	case s.untilTopic != "":
		spec.Evidence.Kind, spec.Evidence.Topic, spec.Evidence.ID = roundtrip.Arrived, s.untilTopic, s.id
	case s.committed:
		spec.Evidence.Kind = roundtrip.Committed
	case s.group == "":
		spec.Evidence.Group = roundtrip.DefaultGroup
	}
	return s.withFile(spec)
}

// withFile counts the lines of --file, and refuses a file that a run would fail on half-way.
func (s *specFlags) withFile(spec roundtrip.Spec) (roundtrip.Spec, error) {
	if s.file == "" {
		return spec, nil
	}
	lines, err := roundtrip.OpenLines(s.file)
	if err != nil {
		return spec, err
	}
	defer lines.Close() // only read from
	spec.File, spec.Value, spec.Count, spec.Sender = s.file, "", lines.Count(), roundtrip.SendWorkers
	return spec, nil
}
