package rdkafka_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// One line on stderr ruins a screen. The test runs itself as a process of its own, with the brokers going away under every kind of client.
func TestNothingIsWrittenToStderr(t *testing.T) {
	for role, wantOutput := range map[string]bool{"ours": false, "librdkafka as it comes": true} {
		t.Run(role, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestClientsWhoseBrokerGoesAway$")
			cmd.Env = append(os.Environ(), "KRAPP_TEST_ROLE="+role)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if out, err := cmd.Output(); err != nil {
				t.Fatalf("%v\n%s\n%s", err, out, &stderr)
			}
			if (stderr.Len() > 0) != wantOutput {
				t.Errorf("stderr: %q", stderr.String())
			}
		})
	}
}

// TestClientsWhoseBrokerGoesAway is the process of TestNothingIsWrittenToStderr.
func TestClientsWhoseBrokerGoesAway(t *testing.T) {
	role := os.Getenv("KRAPP_TEST_ROLE")
	if role == "" {
		t.Skip("runs as a process of TestNothingIsWrittenToStderr")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b, err := embedded.Start(ctx, embedded.Options{Ephemeral: true})
	must(t, err)
	if role != "ours" {
		p, err := kafka.NewProducer(&kafka.ConfigMap{"bootstrap.servers": b.Addr()})
		must(t, err)
		_, err = p.GetMetadata(nil, true, 5000)
		must(t, err)
		must(t, b.Close())
		for range p.Events() { // an error event: by then it has logged
			return
		}
	}
	c, err := rdkafka.Connect(ctx, kafkaops.Context{Brokers: b.Addrs(), Timeout: time.Second}, nil)
	must(t, err)
	must(t, c.CreateTopics(ctx, kafkaops.NewTopic{Name: "t", Partitions: 1, ReplicationFactor: 1}))
	r, err := c.Reader(ctx, rdkafka.ReaderOptions{})
	must(t, err)
	must(t, r.Add(kafkaops.Offsets{{Topic: "t"}: 0}))
	m, err := c.JoinGroup(ctx, rdkafka.GroupOptions{Group: "g", Topics: []string{"t"}})
	must(t, err)
	_, err = c.ProduceSync(ctx, []kafkaops.Record{{Topic: "t", Value: []byte("v")}})
	must(t, err)
	must(t, m.Poll(ctx, 100*time.Millisecond))
	must(t, b.Close())
	for range 10 {
		_, _ = r.Poll(ctx, 50*time.Millisecond)
		_ = m.Poll(ctx, 50*time.Millisecond)
	}
	short, done := context.WithTimeout(ctx, 100*time.Millisecond)
	defer done()
	_, _ = c.ProduceSync(short, []kafkaops.Record{{Topic: "t", Value: []byte("v")}})
	_, _ = c.ListTopics(ctx)
	r.Close()
	_ = m.Close(short)
	c.Close()
}
