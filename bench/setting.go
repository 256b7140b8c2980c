package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/krapp-io/krapp/bench/child"
	"github.com/krapp-io/krapp/bench/figure"
	"github.com/krapp-io/krapp/bench/load"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

const (
	messages   = 1_000_000
	valueBytes = 100
	partitions = 6
	replicas   = 3
	// turnLimit bounds one turn of one subject.
	turnLimit = 2 * time.Minute
)

// setting is what all benchmarks share.
type setting struct {
	brokers []string // of the real cluster; none: only what runs on an embedded broker can be measured
	bin     string
	rounds  int
	out     io.Writer
	dir     string // temporary
	env     []string
	stamp   string // tells this run's topics and groups from those of others
}

func newSetting(bin string, rounds int, out io.Writer) (*setting, error) {
	if _, err := os.Stat("deploy/kafka/cluster"); err != nil {
		return nil, errors.New("run it at the root of the repository: make bench")
	}
	if rounds < 1 {
		return nil, errors.New("-rounds must be 1 or more")
	}
	bin, err := filepath.Abs(bin)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "krapp-bench-")
	if err != nil {
		return nil, err
	}
	s := &setting{bin: bin, rounds: rounds, out: out, dir: dir, env: child.Home(dir), stamp: fmt.Sprint(time.Now().Unix())}
	if servers := os.Getenv("KRAPP_TEST_KAFKA"); servers != "" {
		s.brokers = strings.Split(servers, ",")
		s.env = append(s.env, "KRAPP_BROKERS="+servers)
	}
	return s, nil
}

func (s *setting) close() { _ = os.RemoveAll(s.dir) }

func (s *setting) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func cores() int { return runtime.NumCPU() }

// command is a built command's arguments.
func (s *setting) command(name string, args ...string) []string {
	return append([]string{filepath.Join(s.bin, name)}, args...)
}

// connect connects to the real cluster.
func (s *setting) connect(ctx context.Context) (*rdkafka.Client, error) {
	if len(s.brokers) == 0 {
		return nil, errors.New("KRAPP_TEST_KAFKA is not set: run make bench, or make kafka-up and set it to the bootstrap servers")
	}
	for _, name := range []string{"krapp", "krapp-worker"} {
		if _, err := os.Stat(filepath.Join(s.bin, name)); err != nil {
			return nil, fmt.Errorf("run make build first: %w", err)
		}
	}
	return rdkafka.Connect(ctx, kafkaops.Context{Brokers: s.brokers}, nil)
}

// topic creates a topic of the shape that all comparisons use, and waits until every partition has a leader.
func (s *setting) topic(ctx context.Context, c *rdkafka.Client, name string) (string, error) {
	name = "bench-" + name + "-" + s.stamp
	err := c.CreateTopics(ctx, kafkaops.NewTopic{Name: name, Partitions: partitions, ReplicationFactor: replicas})
	if err != nil {
		return "", err
	}
	return name, child.Eventually(ctx, 10*time.Second, "leaders of "+name, func() (bool, error) {
		extents, err := c.TopicExtents(ctx, kafkaops.ReadUncommitted, name)
		return err == nil && len(extents) == partitions, nil
	})
}

// values writes a file of lines of printable random bytes, the same in each run.
func (s *setting) values() (string, error) {
	path := filepath.Join(s.dir, "values")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	line := make([]byte, valueBytes+1)
	line[valueBytes] = '\n'
	for range messages {
		load.Fill(rng, line[:valueBytes])
		if _, err := w.Write(line); err != nil {
			return "", err
		}
	}
	return path, w.Flush()
}

// subject is one of those that are compared.
type subject struct {
	name string
	unit string
	// turn measures once; peers that are missing have no turn.
	turn func(ctx context.Context) (float64, error)
	got  figure.Spread
}

// takeTurns measures all subjects, round by round.
func (s *setting) takeTurns(ctx context.Context, subjects ...*subject) error {
	for round := range s.rounds {
		for _, it := range subjects {
			if it.turn == nil {
				continue
			}
			turn, cancel := context.WithTimeoutCause(ctx, turnLimit, fmt.Errorf("%s took more than %s", it.name, turnLimit))
			v, err := it.turn(turn)
			cancel()
			if err != nil {
				return fmt.Errorf("%s: %w", it.name, err)
			}
			it.got.Add(v)
			s.say("   round %d: %s: %.0f %s", round+1, it.name, v, it.unit)
		}
	}
	return nil
}

// kcat says whether the peer is there; Kafka's own tools come with the cluster.
func kcat() bool {
	_, err := exec.LookPath("kcat")
	return err == nil
}

// perSecond is a rate of all messages.
func perSecond(took time.Duration) float64 { return messages / took.Seconds() }
