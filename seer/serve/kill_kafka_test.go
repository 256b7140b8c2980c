//go:build kafka

package serve

import (
	"bufio"
	"context"
	"encoding/json"
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
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
)

// The environment of a process that TestKilled starts.
const (
	childName = "KRAPP_SEER_CHILD" // of the topics; "": this is no child
	childSlot = "KRAPP_SEER_CHILD_SLOT"
	childWay  = "KRAPP_SEER_CHILD_WAY"
)

func connect(t testing.TB) *rdkafka.Client {
	t.Helper()
	c, err := rdkafka.Connect(t.Context(), kafkaops.Context{Name: "test", Brokers: kafkatest.Brokers(t)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// named are options with topics and a group of the test's own.
func named(name string) Options {
	return Options{questions: name + "-question", answers: name + "-answer", Group: name, Partitions: 4, SessionTimeout: 6 * time.Second}
}

// outside produces without the transaction.
type outside struct {
	eos.Tx
	c *rdkafka.Client
}

func (o outside) Produce(ctx context.Context, recs []kafkaops.Record) error {
	_, err := o.c.ProduceSync(ctx, recs)
	return err
}

// TestKillChild is the seer that TestKilled kills; on its own it does nothing.
func TestKillChild(t *testing.T) {
	if os.Getenv(childName) == "" {
		t.Skip("started by TestKilled only")
	}
	c := connect(t)
	asker := &scripted{ask: func(ctx context.Context, q seer.Question, _ func(seer.Event)) (seer.Answer, error) {
		wait := time.Duration(rand.IntN(50)) * time.Millisecond
		if rand.IntN(20) == 0 {
			wait = 2 * time.Second // a model at work
		}
		fmt.Println("asked")
		if !sleep(ctx, wait) {
			return seer.Answer{}, ctx.Err()
		}
		return answerTo(q), nil
	}}
	o := named(os.Getenv(childName))
	o.Client, o.Asker, o.Learner, o.Slot, o.NoHTTP = c, asker, learner{}, os.Getenv(childSlot), true
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(childWay) == "outside" {
		if r.loop, err = eos.New(c, r.questions.loopOptions(r.o), eos.HandlerFunc(func(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
			return r.questions.Handle(ctx, b, outside{tx, c})
		})); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Run(context.Background(), func() {}); err != nil {
		t.Fatal(err)
	}
}

// child is a seer in a process of its own.
type child struct {
	cmd   *exec.Cmd
	asked chan struct{}
}

func startChild(t *testing.T, name, slot, way string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestKillChild$", "-test.timeout", "10m")
	cmd.Env = append(os.Environ(), childName+"="+name, childSlot+"="+slot, childWay+"="+way)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	ch := &child{cmd: cmd, asked: make(chan struct{}, 1000)}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if lines.Text() != "asked" {
				fmt.Fprintln(os.Stderr, slot, lines.Text())
				continue
			}
			select {
			case ch.asked <- struct{}{}:
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

// await waits for questions that the child works on; false: everything was done before.
func (c *child) await(t *testing.T, n int, done func() bool) bool {
	t.Helper()
	over := time.After(2 * time.Minute)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for n > 0 {
		select {
		case <-c.asked:
			n--
		case <-tick.C:
			if done() {
				return false
			}
		case <-over:
			t.Fatal("the child is asked nothing")
		}
	}
	return true
}

// killed asks questions of two seers, kills one again and again at random moments, starts it again in its slot, and returns how many questions
// have no answer, and how many more than one.
func killed(t *testing.T, seed uint64, way string) (missing, doubled int) {
	t.Helper()
	const n = 240
	random := rand.New(rand.NewPCG(seed, seed))
	c := connect(t)
	name := fmt.Sprintf("seer-kill-%d", time.Now().UnixNano())
	o := named(name)
	o.Client, o.Asker, o.Learner = c, &scripted{}, learner{}
	o, err := o.withDefaults()
	if err == nil {
		err = ensureTopics(t.Context(), c, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.DeleteTopics(context.Background(), o.questions, o.answers) }() // the cluster is shared
	recs := make([]kafkaops.Record, n)
	for i := range recs {
		recs[i] = kafkaops.Record{Topic: o.questions, Partition: int32(i % 4), Value: fmt.Appendf(nil, "number %d?", i)}
	}
	kafkatest.Send(t, c, recs...)
	done := func() bool { return lag(t, c, o) == 0 }
	a := startChild(t, name, "a", way)
	b := startChild(t, name, "b", way)
	kills := 0
	for range 3 {
		if !a.await(t, 1+random.IntN(25), done) {
			break
		}
		<-time.After(time.Duration(random.IntN(60)) * time.Millisecond) // somewhere in a transaction
		a.kill()
		kills++
		a = startChild(t, name, "a", way)
	}
	if kills == 0 {
		t.Fatal("all was done before anybody was killed")
	}
	for over := time.Now().Add(5 * time.Minute); !done(); {
		if time.Now().After(over) {
			t.Fatal("the seers don't catch up")
		}
	}
	a.kill()
	b.kill()
	for over := time.Now().Add(time.Minute); ; {
		missing, doubled = faults(t, c, o.answers, n)
		if missing == 0 || doubled > 0 || time.Now().After(over) {
			return missing, doubled
		}
	}
}

// lag is how much of the questions is not committed; -1 when no broker says, for tests of other rooms kill brokers of the cluster.
func lag(t *testing.T, c *rdkafka.Client, o Options) int64 {
	t.Helper()
	extents, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, o.questions)
	if err != nil {
		t.Log(err)
		return -1
	}
	committed, err := c.Committed(t.Context(), o.Group, extents.Partitions())
	if err != nil {
		t.Log(err)
		return -1
	}
	n, complete := kafkaops.TotalLag(kafkaops.LagOf(extents, committed))
	if !complete {
		return -1
	}
	return n
}

// faults says how the answers that a read-committed reader sees differ from one a question; while it can't be read, all are missing.
func faults(t *testing.T, c *rdkafka.Client, topic string, n int) (missing, doubled int) {
	t.Helper()
	seen := map[string]int{}
	extents, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, topic)
	if err == nil {
		_, err = c.Scan(t.Context(), rdkafka.ScanSpec{From: extents.Starts()}, func(b *rdkafka.Batch) error {
			for i := range b.Len() {
				var a seer.Answer
				if err := json.Unmarshal(b.Value(i), &a); err != nil {
					return err
				}
				seen[a.Question]++
			}
			return nil
		})
	}
	if err != nil {
		t.Log(err)
		return n, 0
	}
	for i := range n {
		switch k := seen[fmt.Sprintf("number %d?", i)]; {
		case k == 0:
			missing++
		case k > 1:
			doubled++
		}
	}
	return missing, doubled
}

func TestKilledSeersAnswerEachQuestionOnce(t *testing.T) {
	seeds, _ := strconv.Atoi(os.Getenv("KRAPP_KILL_SEEDS"))
	for seed := range uint64(max(2, seeds)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			if missing, doubled := killed(t, seed, ""); missing+doubled > 0 {
				t.Errorf("%d questions without an answer, %d with more than one", missing, doubled)
			}
		})
	}
}

// The control: seers that write answers outside of the transaction answer twice when they are killed.
func TestKilledSeersThatAnswerOutsideDouble(t *testing.T) {
	for seed := range uint64(10) {
		if _, doubled := killed(t, seed, "outside"); doubled > 0 {
			return
		}
	}
	t.Error("ten times nothing was doubled: this test can't tell")
}

// Why texts are not kept in a compacted topic: it takes no record without a key, which is what a plain producer sends.
func TestACompactedTopicRefusesTextsWithoutAKey(t *testing.T) {
	c := connect(t)
	name := fmt.Sprintf("seer-compacted-%d", time.Now().UnixNano())
	defer func() { _ = c.DeleteTopics(context.Background(), name) }()
	if err := c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: name, Partitions: 1, ReplicationFactor: -1, Configs: map[string]string{"cleanup.policy": "compact"}}); err != nil {
		t.Fatal(err)
	}
	got, err := c.ProduceSync(t.Context(), []kafkaops.Record{{Topic: name, Partition: kafkaops.AnyPartition, Value: []byte(people)}})
	if err != nil || got[0].Err == nil || !strings.Contains(strings.ToLower(got[0].Err.Error()), "record") {
		t.Errorf("%+v, %v", got, err)
	}
}
