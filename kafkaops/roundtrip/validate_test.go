package roundtrip_test

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

func TestValidateSaysWhatIsWrong(t *testing.T) {
	arrived := func(id string) func(*roundtrip.Spec) {
		return func(s *roundtrip.Spec) {
			s.Evidence = roundtrip.Evidence{Kind: roundtrip.Arrived, Topic: "out", ID: id}
		}
	}
	cases := map[string]struct {
		change func(*roundtrip.Spec)
		want   string
	}{
		"no topic":             {func(s *roundtrip.Spec) { s.Topic = "" }, "no topic is named"},
		"a topic of krapp's":   {func(s *roundtrip.Spec) { s.Topic = "krapp.runs" }, "krapp's own"},
		"a space in the topic": {func(s *roundtrip.Spec) { s.Topic = "my topic" }, "can't hold ' '"},
		"a control character":  {func(s *roundtrip.Spec) { s.Topic = "a\x1b[2J" }, `can't hold '\x1b'`},
		"count 0":              {func(s *roundtrip.Spec) { s.Count = 0 }, "the count is 0"},
		"count below 0":        {func(s *roundtrip.Spec) { s.Count = -5 }, "the count is -5"},
		"count too large":      {func(s *roundtrip.Spec) { s.Count = 1 << 40 }, "more than a run can have"},
		"rate below 0":         {func(s *roundtrip.Spec) { s.Rate = -1 }, "the rate is -1"},
		"rate NaN":             {func(s *roundtrip.Spec) { s.Rate = math.NaN() }, "the rate is NaN"},
		"rate infinite":        {func(s *roundtrip.Spec) { s.Rate = math.Inf(1) }, "the rate is +Inf"},
		"unknown sender":       {func(s *roundtrip.Spec) { s.Sender = "them" }, "not known"},
		"a template":           {func(s *roundtrip.Spec) { s.Value = "\n x{{" }, "value template: line 2, column 3"},
		"krapp's header":       {func(s *roundtrip.Spec) { s.Headers = []roundtrip.HeaderTemplate{{Key: "krapp-run"}} }, "can't be set"},
		"a file from here":     {func(s *roundtrip.Spec) { s.File, s.Value = "f", "" }, "can't be sent from here"},
		"a file and a value":   {func(s *roundtrip.Spec) { s.File, s.Sender = "f", roundtrip.SendWorkers }, "both a file and a value"},
		"no group":             {func(s *roundtrip.Spec) { s.Evidence.Group = "" }, "no group is named"},
		"unknown evidence":     {func(s *roundtrip.Spec) { s.Evidence.Kind = "felt" }, "not known"},
		"arrived where sent":   {func(s *roundtrip.Spec) { arrived("")(s); s.Evidence.Topic = s.Topic }, "can't be awaited in the topic they are sent to"},
		"no output topic":      {func(s *roundtrip.Spec) { arrived("")(s); s.Evidence.Topic = "" }, "no topic is named"},
		"id in no key":         {func(s *roundtrip.Spec) { arrived("key")(s); s.Key = "" }, "the key template renders no {{id}} at key"},
		"id in a key without":  {func(s *roundtrip.Spec) { arrived("key")(s); s.Key = "{{seq}}" }, "the key template renders no {{id}}"},
		"id before a digit":    {func(s *roundtrip.Spec) { arrived("key")(s); s.Key = "{{id}}7" }, "the key template renders no {{id}}"},
		"id at another path":   {arrived("value.order.nr"), "the value template renders no {{id}} at value.order.nr"},
		"id nowhere known":     {arrived("header.x"), "not understood"},
		"id in a file's lines": {func(s *roundtrip.Spec) {
			arrived("value.id")(s)
			s.File, s.Value, s.Sender = "f", "", roundtrip.SendWorkers
		}, "the lines of a file have no {{id}}"},
		"negative grace": {func(s *roundtrip.Spec) { s.Evidence.Grace = -time.Second }, "negative"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := orders(10)
			c.change(&s)
			err := roundtrip.Validate(s)
			if kafkaops.ClassOf(err) != kafkaops.Invalid || kafkaops.HintOf(err) == "" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v (class %s, hint %q), want %q", err, kafkaops.ClassOf(err), kafkaops.HintOf(err), c.want)
			}
		})
	}
	for name, change := range map[string]func(*roundtrip.Spec){
		"as it is": func(*roundtrip.Spec) {}, "by path": arrived("value.order.id"), "in the key": func(s *roundtrip.Spec) { arrived("key")(s); s.Key = "o-{{id}}" },
		"a file": func(s *roundtrip.Spec) { s.File, s.Value, s.Sender = "f", "", roundtrip.SendWorkers },
	} {
		s := orders(10)
		change(&s)
		if err := roundtrip.Validate(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenLinesRefusesWhatItCanNotSend(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cases := map[string]struct {
		path  string
		class kafkaops.Class
		want  string
	}{
		"missing":   {filepath.Join(dir, "nothing"), kafkaops.NotFound, "no such file"},
		"directory": {dir, kafkaops.Invalid, "directory"},
		"empty":     {write("empty", ""), kafkaops.Invalid, "empty"},
		"latin 1":   {write("latin1", "ok\ncaf\xe9\n"), kafkaops.Invalid, "line 2 is not UTF-8"},
		"long line": {write("long", strings.Repeat("x", roundtrip.MaxLine+1)), kafkaops.Invalid, "line 1 is longer"},
	}
	for name, c := range cases {
		lines, err := roundtrip.OpenLines(c.path)
		if lines != nil || kafkaops.ClassOf(err) != c.class || kafkaops.HintOf(err) == "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v (class %s)", name, err, kafkaops.ClassOf(err))
		}
	}
	lines, err := roundtrip.OpenLines(write("good", "one\n\nthree ☃"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lines.Close() }()
	var got []string
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	if lines.Count() != 3 || strings.Join(got, "|") != "one||three ☃" {
		t.Errorf("%d lines: %q", lines.Count(), got)
	}
}

func TestOwnTopicsFitTheCluster(t *testing.T) {
	for brokers, want := range map[int]struct {
		replicas int
		isr      string
	}{0: {1, ""}, 1: {1, ""}, 2: {2, ""}, 3: {3, "2"}, 9: {3, "2"}} {
		for _, topic := range roundtrip.OwnTopics(brokers) {
			if topic.ReplicationFactor != want.replicas || topic.Configs["min.insync.replicas"] != want.isr {
				t.Errorf("%s on %d brokers: %+v", topic.Name, brokers, topic)
			}
		}
	}
}

func TestRegisteringNeedsATopic(t *testing.T) {
	c := cluster(t)
	spec := orders(1)
	spec.CreateTopic = false
	if _, err := roundtrip.Register(t.Context(), c, spec); kafkaops.ClassOf(err) != kafkaops.NotFound || kafkaops.HintOf(err) == "" {
		t.Errorf("a missing topic: %v", err)
	}
	spec.CreateTopic, spec.Evidence = true, roundtrip.Evidence{Kind: roundtrip.Arrived, Topic: "nowhere"}
	if _, err := roundtrip.Register(t.Context(), c, spec); kafkaops.ClassOf(err) != kafkaops.NotFound {
		t.Errorf("a missing output topic: %v", err)
	}
	configs, err := c.TopicConfigs(t.Context(), roundtrip.RunsTopic)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"cleanup.policy": "compact,delete", "message.timestamp.type": "LogAppendTime", "retention.ms": "7776000000"}
	for _, e := range configs {
		if v, ok := want[e.Name]; ok && v != e.Value {
			t.Errorf("%s is %q, want %q", e.Name, e.Value, v)
		}
	}
}
