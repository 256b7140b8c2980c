//go:build kafka

package eos_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
)

// The environment of a process that TestKill starts.
const (
	childTopics = "KRAPP_EOS_CHILD_TOPICS"
	childSlot   = "KRAPP_EOS_CHILD_SLOT"
	childWay    = "KRAPP_EOS_CHILD_WAY"
	childNotes  = "KRAPP_EOS_CHILD_NOTES" // a directory, for notes that are kept outside of transactions
)

// TestKillChild is the worker that TestKill kills; on its own it does nothing.
func TestKillChild(t *testing.T) {
	topics := strings.Split(os.Getenv(childTopics), ",")
	if len(topics) != 2 {
		t.Skip("started by TestKill only")
	}
	c := connect(t, brokers(t))
	var h eos.Handler = copyTo(topics[1])
	if os.Getenv(childWay) == "outside" {
		h = eos.HandlerFunc(func(ctx context.Context, b *eos.Batch, _ eos.Tx) error {
			out := make([]kafkaops.Record, len(b.Records))
			for i, r := range b.Records {
				out[i] = kafkaops.Record{Topic: topics[1], Partition: kafkaops.AnyPartition, Key: r.Key, Value: r.Value}
			}
			_, err := c.ProduceSync(ctx, out)
			return err
		})
	}
	o := eos.Options{Group: topics[0], Topics: topics[:1], Slot: os.Getenv(childSlot), SessionTimeout: 6 * time.Second, BatchRecords: 200,
		OnCommit: func(c eos.Committed) { fmt.Println("committed", c.Records) }}
	if err := eos.Run(context.Background(), c, o, h, func() {}); err != nil {
		t.Fatal(err)
	}
}

// child is a worker process.
type child struct {
	cmd     *exec.Cmd
	commits chan struct{}
}

func startChild(t *testing.T, topics []string, slot, way string) *child {
	t.Helper()
	return startChildOf(t, "^TestKillChild$", topics, slot, way)
}

// startChildOf starts a worker that is one of the tests here.
func startChildOf(t *testing.T, test string, topics []string, slot, way string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", test, "-test.timeout", "10m")
	cmd.Env = append(os.Environ(), childTopics+"="+strings.Join(topics, ","), childSlot+"="+slot, childWay+"="+way)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	ch := &child{cmd: cmd, commits: make(chan struct{}, 1000)}
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			select {
			case ch.commits <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(ch.kill)
	return ch
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may be gone already
	_ = c.cmd.Wait()
}

// await waits for commits of the worker; false: everything was done before.
func (c *child) await(t *testing.T, commits int, done func() bool) bool {
	t.Helper()
	over := time.After(limit)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for commits > 0 {
		select {
		case <-c.commits:
			commits--
		case <-tick.C:
			if done() {
				return false
			}
		case <-over:
			t.Fatal("the worker commits nothing")
		}
	}
	return true
}

// killed runs two workers over 20,000 records, kills one at a random moment, starts it again in its slot, and returns what readers see.
func killed(t *testing.T, seed uint64, way string) (missing, doubled int) {
	t.Helper()
	const n = 20_000
	random := rand.New(rand.NewPCG(seed, seed))
	c := connect(t, brokers(t))
	topics := newTopics(t, c, 4, "kill-in", "kill-out")
	produce(t, c, topics[0], 0, n)
	a := startChild(t, topics, "a", way)
	startChild(t, topics, "b", way)
	kills := 0
	for range 2 {
		if !a.await(t, 1+random.IntN(10), func() bool { return lag(t, c, topics[0], topics[0]) == 0 }) {
			break
		}
		<-time.After(time.Duration(random.IntN(40)) * time.Millisecond) // somewhere in a transaction
		a.kill()
		kills++
		a = startChild(t, topics, "a", way)
	}
	if kills == 0 {
		t.Fatal("all was done before anybody was killed")
	}
	for over := time.Now().Add(2 * limit); lag(t, c, topics[0], topics[0]) > 0; {
		if time.Now().After(over) {
			t.Fatal("the group does not catch up")
		}
	}
	for over := time.Now().Add(limit); ; {
		missing, doubled = faults(values(t, c, topics[1]), n)
		if missing == 0 || doubled > 0 || time.Now().After(over) {
			return missing, doubled
		}
	}
}

func TestKilledWorkersLoseAndDoubleNothing(t *testing.T) {
	seeds, _ := strconv.Atoi(os.Getenv("KRAPP_KILL_SEEDS"))
	for seed := range uint64(max(2, seeds)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			if missing, doubled := killed(t, seed, ""); missing+doubled > 0 {
				t.Errorf("%d missing, %d doubled", missing, doubled)
			}
		})
	}
}

// The control: a worker that produces outside the transaction doubles records when it is killed.
func TestKilledWorkersThatProduceOutsideDouble(t *testing.T) {
	for seed := range uint64(10) {
		if _, doubled := killed(t, seed, "outside"); doubled > 0 {
			return
		}
	}
	t.Error("ten kills doubled nothing: this test can't tell")
}
