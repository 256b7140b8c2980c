package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// childDir names the data directory of the broker that this test binary runs instead of tests, as a process that can be killed.
const childDir = "KRAPP_TEST_BROKER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		b, err := embedded.Start(context.Background(), embedded.Options{Dir: dir})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(b.Addr())
		select {}
	}
	os.Exit(m.Run())
}

// child is a broker in a process of its own.
type child struct {
	cmd  *exec.Cmd
	addr string
}

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd}
	t.Cleanup(c.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	c.addr = strings.TrimSpace(line)
	return c
}

// kill is SIGKILL.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

func TestAcknowledgedRecordsSurviveSIGKILL(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, dir)
	createTopic(t, c.addr, "orders", 1, nil)
	commit(t, c.addr, "workers", "orders", 7)
	acked := produceUntilKilled(t, c, "orders", 5000)
	b := start(t, embedded.Options{Dir: dir})
	found := valuesOf(t, b.Addr(), "orders")
	for _, value := range acked {
		if !found[value] {
			t.Fatalf("%d records were acknowledged, %q is not there after SIGKILL", len(acked), value)
		}
	}
	if at := committed(t, b.Addr(), "workers", "orders"); at != 7 {
		t.Errorf("the group's committed offset is %d after SIGKILL, want 7", at)
	}
}

// produceUntilKilled sends without pause, kills the broker once so many are acknowledged, and returns all that were until then.
func produceUntilKilled(t *testing.T, c *child, topic string, kill int) []string {
	t.Helper()
	ctx, stop := context.WithCancel(deadline(t))
	defer stop()
	cl := client(t, c.addr, kgo.ProducerLinger(0), kgo.MaxBufferedRecords(1000))
	var acked []string // grows in the client's one callback goroutine, until it closes enough
	enough := make(chan struct{})
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			value := strconv.Itoa(i)
			cl.Produce(ctx, &kgo.Record{Topic: topic, Value: []byte(value)}, func(_ *kgo.Record, err error) {
				if err != nil || len(acked) == kill {
					return
				}
				if acked = append(acked, value); len(acked) == kill {
					close(enough)
				}
			})
		}
	}()
	select {
	case <-enough:
	case <-ctx.Done():
		t.Fatal("too few records were acknowledged")
	}
	c.kill()
	return acked
}

// valuesOf reads a topic of one partition to its end, read committed.
func valuesOf(t *testing.T, addr, topic string) map[string]bool {
	t.Helper()
	start, end := extent(t, addr, topic)
	cl := client(t, addr, kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().At(start)}}),
		kgo.KeepControlRecords())
	found := map[string]bool{}
	for next := start; next < end; {
		fetches := cl.PollFetches(deadline(t))
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			if !r.Attrs.IsControl() {
				found[string(r.Value)] = true
			}
		})
	}
	return found
}

func commit(t *testing.T, addr, group, topic string, at int64) {
	t.Helper()
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, 0, at, -1)
	if err := kadm.NewClient(client(t, addr)).CommitAllOffsets(deadline(t), group, offsets); err != nil {
		t.Fatal(err)
	}
}

func committed(t *testing.T, addr, group, topic string) int64 {
	t.Helper()
	offsets, err := kadm.NewClient(client(t, addr)).FetchOffsets(deadline(t), group)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := offsets.Lookup(topic, 0)
	return o.At
}

func TestATornTailIsCutOff(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, dir)
	createTopic(t, c.addr, "orders", 1, nil)
	produce(t, c.addr, "orders", 10, 100)
	c.kill()
	segment := dir + "/kafka/partitions/orders-0/0.dat"
	f, err := os.OpenFile(segment, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(make([]byte, 50)); err != nil { // as if a write had been cut short
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	b := start(t, embedded.Options{Dir: dir})
	produce(t, b.Addr(), "orders", 5, 100)
	if s, e := extent(t, b.Addr(), "orders"); s != 0 || e != 15 {
		t.Errorf("got offsets %d to %d, want 0 to 15", s, e)
	}
}

func TestATransactionThatIsOpenAtTheEndIsAborted(t *testing.T) {
	for name, killed := range map[string]bool{"after a clean stop": false, "after SIGKILL": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := startEither(t, dir, killed)
			createTopic(t, first.addr, "orders", 1, nil)
			tx := client(t, first.addr, kgo.TransactionalID("tx"), kgo.DefaultProduceTopic("orders"))
			inTransaction(t, tx, "kept", true)
			inTransaction(t, tx, "open", false)
			first.now()
			b := start(t, embedded.Options{Dir: dir})
			again := client(t, b.Addr(), kgo.TransactionalID("tx"), kgo.DefaultProduceTopic("orders"))
			inTransaction(t, again, "after", true)
			found := valuesOf(t, b.Addr(), "orders")
			if !found["kept"] || found["open"] || !found["after"] {
				t.Errorf("read committed: %v, want what was committed before and after, and not what was open", found)
			}
		})
	}
}

func inTransaction(t *testing.T, cl *kgo.Client, value string, end bool) {
	t.Helper()
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(deadline(t), kgo.StringRecord(value)).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if end {
		if err := cl.EndTransaction(deadline(t), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheLockNamesTheProcessThatHoldsIt(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, dir)
	_, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	if kafkaops.ClassOf(err) != kafkaops.Conflict || !strings.Contains(err.Error(), strconv.Itoa(c.cmd.Process.Pid)) || !strings.Contains(err.Error(), c.addr) {
		t.Errorf("got %v", err)
	}
	c.kill()
	b, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	if err != nil {
		t.Fatalf("the lock outlives its process: %v", err)
	}
	if err := errors.Join(b.Close()); err != nil {
		t.Error(err)
	}
}
