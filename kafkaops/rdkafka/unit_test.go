package rdkafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestFail(t *testing.T) {
	cases := map[string]struct {
		err   error
		class kafkaops.Class
	}{
		"nil":              {nil, ""},
		"unknown topic":    {kafka.NewError(kafka.ErrUnknownTopicOrPart, "x", false), kafkaops.NotFound},
		"taken":            {kafka.NewError(kafka.ErrTopicAlreadyExists, "x", false), kafkaops.AlreadyExists},
		"no ACL":           {kafka.NewError(kafka.ErrTopicAuthorizationFailed, "x", false), kafkaops.Unauthorised},
		"wrong password":   {kafka.NewError(kafka.ErrSaslAuthenticationFailed, "x", false), kafkaops.Unauthenticated},
		"in transit":       {fmt.Errorf("wrapped: %w", kafka.NewError(kafka.ErrNotLeaderForPartition, "x", false)), kafkaops.Unavailable},
		"a timeout":        {kafka.NewError(kafka.ErrTimedOut, "x", false), kafkaops.TimedOut},
		"the deadline":     {context.DeadlineExceeded, kafkaops.TimedOut},
		"cancelled":        {context.Canceled, kafkaops.Unavailable},
		"anything else":    {errors.New("x"), kafkaops.Internal},
		"an OpError stays": {kafkaops.NewError(kafkaops.Invalid, "a", "b", "c", nil), kafkaops.Invalid},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := fail("doing", "it", c.err)
			if kafkaops.ClassOf(err) != c.class {
				t.Errorf("class %q, want %q", kafkaops.ClassOf(err), c.class)
			}
			if c.err != nil && !errors.Is(err, c.err) {
				t.Error("the cause is hidden")
			}
		})
	}
}

func TestFaultsExplainTimeouts(t *testing.T) {
	c := &Client{faults: newFaults()}
	timeout := kafka.NewError(kafka.ErrTimedOut, "Local: Timed out", false)
	if err := c.fail("listing topics", "", timeout); kafkaops.ClassOf(err) != kafkaops.TimedOut {
		t.Errorf("without a complaint: %v", err)
	}
	c.faults.note(kafka.NewError(kafka.ErrTransport, "10.0.0.1:9092/1: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)", false))
	c.faults.note(kafka.NewError(kafka.ErrAllBrokersDown, "1/1 brokers are down", false))
	err := c.fail("listing topics", "", timeout)
	if kafkaops.ClassOf(err) != kafkaops.Unreachable || !strings.HasSuffix(err.Error(), "failed: Connection refused") {
		t.Errorf("got %v", err)
	}
	c.faults.note(kafka.NewError(kafka.ErrSsl, "ssl://h:1/bootstrap: SSL handshake failed", false))
	if err := c.fail("listing topics", "", timeout); kafkaops.ClassOf(err) != kafkaops.Unauthenticated {
		t.Errorf("got %v", err)
	}
	c.faults.clear()
	if err := c.fail("listing topics", "", timeout); kafkaops.ClassOf(err) != kafkaops.TimedOut {
		t.Errorf("after the broker answered: %v", err)
	}
	if err := c.fail("listing topics", "", codeText(3)); kafkaops.ClassOf(err) != kafkaops.NotFound {
		t.Errorf("an answer is no timeout: %v", err)
	}
}

func TestNewestKeepsEachPartitionsOrder(t *testing.T) {
	at := func(p int32, offset, seconds int64) kafkaops.Record {
		return kafkaops.Record{Topic: "t", Partition: p, Offset: offset, Timestamp: time.Unix(seconds, 0)}
	}
	got := newest(map[kafkaops.TopicPartition][]kafkaops.Record{
		{Topic: "t"}:               {at(0, 0, 10), at(0, 1, 5), at(0, 2, 30)}, // timestamps need not rise
		{Topic: "t", Partition: 1}: {at(1, 0, 20), at(1, 1, 30)},
	}, 4)
	want := "0/2 1/1 1/0 0/1"
	var names []string
	for _, r := range got {
		names = append(names, fmt.Sprintf("%d/%d", r.Partition, r.Offset))
	}
	if strings.Join(names, " ") != want {
		t.Errorf("got %v, want %s", names, want)
	}
	if len(newest(nil, 5)) != 0 {
		t.Error("nothing has newest records")
	}
}

func TestWrittenRemembersOwnChanges(t *testing.T) {
	var w written
	w.note("made", 3)
	w.note("gone", 0)
	for _, c := range []struct {
		topic      string
		partitions int
		stale      bool
	}{{"made", -1, true}, {"made", 2, true}, {"made", 3, false}, {"made", 9, false}, {"gone", 1, true}, {"gone", -1, false}, {"other", -1, false}} {
		if got := w.stale(c.topic, c.partitions); got != c.stale {
			t.Errorf("%s with %d partitions: stale %t", c.topic, c.partitions, got)
		}
	}
	if !w.made(kafkaops.TopicPartition{Topic: "made", Partition: 2}) || w.made(kafkaops.TopicPartition{Topic: "made", Partition: 3}) ||
		w.made(kafkaops.TopicPartition{Topic: "gone"}) {
		t.Error("made")
	}
	if !w.anyStale(nil) || w.anyStale([]kafkaops.Topic{{Name: "made", Partitions: make([]kafkaops.Partition, 3)}}) {
		t.Error("anyStale")
	}
	w.topics["made"] = writtenTopic{3, time.Now().Add(-time.Second)}
	if w.stale("made", -1) {
		t.Error("it remembers for ever")
	}
}

func TestSecurityOfAContext(t *testing.T) {
	cases := map[string]struct {
		security kafkaops.Security
		protocol string
	}{
		"none":         {kafkaops.Security{}, "plaintext"},
		"TLS":          {kafkaops.Security{TLS: true}, "ssl"},
		"SASL":         {kafkaops.Security{SASLMechanism: "PLAIN"}, "sasl_plaintext"},
		"SASL and TLS": {kafkaops.Security{SASLMechanism: "SCRAM-SHA-512", TLS: true}, "sasl_ssl"},
	}
	for name, c := range cases {
		conf, err := baseConfig(kafkaops.Context{Brokers: []string{"h:1"}, Security: c.security})
		if err != nil || conf["security.protocol"] != c.protocol {
			t.Errorf("%s: %s, %v", name, conf["security.protocol"], err)
		}
		if conf["allow.auto.create.topics"] != "false" {
			t.Errorf("%s: topics may be created by mistake", name)
		}
	}
	_, err := baseConfig(kafkaops.Context{Brokers: []string{"h:1"}, Security: kafkaops.Security{CAFile: "ca.pem"}})
	if kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("a CA without TLS: %v", err)
	}
}
