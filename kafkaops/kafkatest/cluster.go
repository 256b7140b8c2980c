package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// EnvBrokers holds the bootstrap servers of the cluster that "make test-kafka" keeps for all tests.
	EnvBrokers = "KRAPP_TEST_KAFKA"
	// EnvDir holds that cluster's directory, as deploy/kafka/cluster uses it.
	EnvDir = "KRAPP_KAFKA_DIR"

	commandTimeout = 5 * time.Minute // resolving the jars is part of the first one
)

// NodeIDs are the brokers of every cluster.
func NodeIDs() []int { return []int{1, 2, 3} }

// Brokers returns the bootstrap servers of the shared cluster. Without one the test fails: a test of real Kafka stands behind the
// build tag kafka, and is never skipped in silence.
func Brokers(t testing.TB) []string {
	t.Helper()
	servers := os.Getenv(EnvBrokers)
	if servers == "" {
		t.Fatalf("%s is not set: run \"make test-kafka\", or \"make kafka-up\" and set it to the bootstrap servers", EnvBrokers)
	}
	return strings.Split(servers, ",")
}

// Cluster is a real Kafka of three brokers, run by deploy/kafka/cluster. A broker is named by its node ID, 1 to 3.
// Its methods fail the test, so they belong in the test's own goroutine.
type Cluster struct {
	t       testing.TB
	script  string
	dir     string
	brokers []string
}

// SharedCluster is the cluster of Brokers, for tests that disturb it: when the test ends, every broker runs again.
// Such tests must not run in parallel with others; "make test-kafka" runs one package at a time.
func SharedCluster(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{t: t, script: script(t), dir: os.Getenv(EnvDir), brokers: Brokers(t)}
	if c.dir == "" {
		t.Fatalf("%s is not set: this test stops brokers, so it has to know the cluster's directory", EnvDir)
	}
	t.Cleanup(c.restore)
	return c
}

// StartCluster starts a cluster for this test alone, which goes down with it, also if the test process is killed.
// Three more brokers are heavy: prefer SharedCluster.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{t: t, script: script(t), dir: filepath.Join(t.TempDir(), "kafka")}
	t.Cleanup(func() {
		if out, err := c.run("down"); err != nil {
			t.Errorf("taking the cluster down: %v\n%s", err, out)
		}
	})
	out, err := c.run("up")
	if err != nil {
		t.Fatalf("starting a cluster: %v\n%s", err, out)
	}
	bootstrap, err := os.ReadFile(filepath.Join(c.dir, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	c.brokers = strings.Split(strings.TrimSpace(string(bootstrap)), ",")
	return c
}

// Brokers returns the bootstrap servers, in the order of the node IDs.
func (c *Cluster) Brokers() []string { return c.brokers }

// Stop ends a broker in an orderly way: its leaderships move first.
func (c *Cluster) Stop(node int) { c.t.Helper(); c.must("stop", node) }

// Start starts a broker that is down, and returns when it serves again.
func (c *Cluster) Start(node int) { c.t.Helper(); c.must("start", node) }

// StartAll starts every broker, all at once: alone, none of them finds a quorum.
func (c *Cluster) StartAll() {
	c.t.Helper()
	var group errgroup.Group
	for _, node := range NodeIDs() {
		group.Go(func() error {
			if out, err := c.run("start", strconv.Itoa(node)); err != nil {
				return fmt.Errorf("starting broker %d: %w\n%s", node, err, out)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		c.t.Fatal(err)
	}
}

// Kill ends a broker with SIGKILL.
func (c *Cluster) Kill(node int) { c.t.Helper(); c.must("kill", node) }

// Pause stops a broker with SIGSTOP: its connections stay open and it does not answer.
func (c *Cluster) Pause(node int) { c.t.Helper(); c.must("pause", node) }

// Resume continues a paused broker.
func (c *Cluster) Resume(node int) { c.t.Helper(); c.must("cont", node) }

func (c *Cluster) must(command string, node int) {
	c.t.Helper()
	if out, err := c.run(command, strconv.Itoa(node)); err != nil {
		c.t.Fatalf("%s broker %d: %v\n%s", command, node, err, out)
	}
}

// restore has every broker run again, whatever the test did to it.
func (c *Cluster) restore() {
	for _, node := range NodeIDs() {
		if _, err := c.run("cont", strconv.Itoa(node)); err == nil {
			continue // it runs
		}
		if out, err := c.run("start", strconv.Itoa(node)); err != nil {
			c.t.Errorf("restarting broker %d: %v\n%s", node, err, out)
		}
	}
}

// run runs the cluster's script, and returns all it said.
func (c *Cluster) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.script, args...)
	cmd.Env = append(os.Environ(), EnvDir+"="+c.dir, "KRAPP_KAFKA_OWNER="+strconv.Itoa(os.Getpid()), "KRAPP_KAFKA_PORT=")
	cmd.WaitDelay = time.Second // the brokers it leaves running do not hold its output, but be sure
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	return string(out), err
}

// script finds deploy/kafka/cluster from the directory of the package under test.
func script(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		path := filepath.Join(dir, "deploy", "kafka", "cluster")
		if _, err := os.Stat(path); err == nil {
			return path
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("deploy/kafka/cluster is in none of the directories above this package")
		}
		dir = parent
	}
}
