package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/bench/child"
)

const kafkaTools = "org.apache.kafka.tools."

// tool runs a class of kafka-tools and returns what it says. Its own figures leave the start of the JVM out.
func (s *setting) tool(ctx context.Context, class string, args ...string) (string, error) {
	out, _, err := child.Run(ctx, child.Spec{Args: append([]string{"deploy/kafka/cluster", "tool", kafkaTools + class}, args...)})
	return out, err
}

var produced = regexp.MustCompile(`(?m)^(\d+) records sent, ([\d.]+) records/sec`)

// javaProduce is kafka-producer-perf-test's own figure in records a second.
func (s *setting) javaProduce(ctx context.Context, topic string) (float64, error) {
	out, err := s.tool(ctx, "ProducerPerformance", "--topic", topic, "--num-records", fmt.Sprint(messages),
		"--record-size", fmt.Sprint(valueBytes), "--throughput", "-1", "--bootstrap-server", strings.Join(s.brokers, ","),
		"--command-property", "acks=all", "--command-property", "enable.idempotence=true")
	if err != nil {
		return 0, err
	}
	all := produced.FindAllStringSubmatch(out, -1)
	if len(all) == 0 || all[len(all)-1][1] != fmt.Sprint(messages) {
		return 0, fmt.Errorf("kafka-producer-perf-test gave no figure:\n%s", out)
	}
	return strconv.ParseFloat(all[len(all)-1][2], 64)
}

// javaConsume is kafka-consumer-perf-test's own figure in records a second, without the time it took to join its group.
func (s *setting) javaConsume(ctx context.Context, topic, group string) (float64, error) {
	out, err := s.tool(ctx, "ConsumerPerformance", "--topic", topic, "--num-records", fmt.Sprint(messages), "--group", group,
		"--bootstrap-server", strings.Join(s.brokers, ","), "--command-property", "isolation.level=read_committed")
	if err != nil {
		return 0, err
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	names, values := strings.Split(lines[0], ", "), strings.Split(lines[len(lines)-1], ", ")
	for i, name := range names {
		if strings.Contains(name, "fetch.nMsg.sec") && i < len(values) {
			return strconv.ParseFloat(strings.TrimSpace(values[i]), 64)
		}
	}
	return 0, fmt.Errorf("kafka-consumer-perf-test gave no figure:\n%s", out)
}

// kcatProduce is records a second of the whole process.
func (s *setting) kcatProduce(ctx context.Context, topic, values string) (float64, error) {
	_, took, err := child.Run(ctx, child.Spec{Stdin: values, Args: []string{"kcat", "-P", "-q", "-b", strings.Join(s.brokers, ","), "-t", topic,
		"-X", "enable.idempotence=true", "-X", "acks=all"}})
	return perSecond(took), err
}

// kcatConsume is records a second of the whole process, which joins no group.
func (s *setting) kcatConsume(ctx context.Context, topic string) (float64, error) {
	var lines counter
	_, took, err := child.Run(ctx, child.Spec{Out: &lines, Args: []string{"kcat", "-C", "-q", "-b", strings.Join(s.brokers, ","), "-t", topic,
		"-o", "beginning", "-c", fmt.Sprint(messages), "-f", "%s\n", "-X", "isolation.level=read_committed"}})
	if err == nil && lines.bytes < messages*valueBytes {
		err = fmt.Errorf("kcat wrote %d bytes only", lines.bytes)
	}
	return perSecond(took), err
}

// counter counts what is written to it.
type counter struct{ bytes int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}
