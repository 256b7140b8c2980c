package learn_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer/embed"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn"
)

// The learner that this test binary runs instead of tests, as a process that can be killed.
const (
	childBrokers  = "KRAPP_TEST_LEARNER_BROKERS"
	childSnapshot = "KRAPP_TEST_LEARNER_SNAPSHOT"
)

func TestMain(m *testing.M) {
	if brokers := os.Getenv(childBrokers); brokers != "" {
		if err := learnAsChild(strings.Split(brokers, ",")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func learnAsChild(brokers []string) error {
	c, err := rdkafka.Connect(context.Background(), kafkaops.Context{Name: "child", Brokers: brokers}, nil)
	if err != nil {
		return err
	}
	words, err := embed.Load()
	if err != nil {
		return err
	}
	l, err := learn.New(learn.Options{
		Client: c, Regex: "events|logs", SnapshotFile: os.Getenv(childSnapshot), SnapshotEvery: 10 * time.Millisecond,
		Refresh: 100 * time.Millisecond, Index: index.Options{Embedder: index.Offline(words)},
	})
	if err != nil {
		return err
	}
	go func() { // it ends with the test, however that ends
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	go func() {
		for last := int64(-1); ; time.Sleep(time.Millisecond) {
			if n := l.Status().Messages; n != last {
				fmt.Println(n)
				last = n
			}
		}
	}()
	return l.Run(context.Background(), nil)
}

// TestKilledAtAnyMomentItEndsAsIfItHadNotBeen kills a learner with SIGKILL again and again while it learns and writes snapshots.
func TestKilledAtAnyMomentItEndsAsIfItHadNotBeen(t *testing.T) {
	b, c := kafkatest.Embedded(t, kafkaops.Context{})
	seed(t, c, 3000)
	dir := t.TempDir()
	file := filepath.Join(dir, "seer.snapshot")
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	taken := 0
	for i := range 12 {
		produced := make(chan struct{})
		go func() {
			defer close(produced)
			more(t, c, 300, uint64(10+i))
		}()
		if learnUntilKilled(t, b.Addrs(), file, random) {
			taken++
		}
		<-produced
	}
	if taken == 0 {
		t.Error("no snapshot was ever taken up: nothing was tested")
	}
	r := run(t, options(t, c, file))
	r.learned(c, topics...)
	r.current()
	fresh := run(t, options(t, c, ""))
	fresh.learned(c, topics...)
	fresh.current()
	same(t, "after the kills", r.answers(), fresh.answers())
	if notes := r.Status().Notes; len(notes) > 0 {
		t.Errorf("notes %q", notes)
	}
}

// learnUntilKilled runs a learner, lets it report a few times how far it has come, and kills it. It returns whether it had begun with a snapshot.
func learnUntilKilled(t *testing.T, brokers []string, file string, random *rand.Rand) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childBrokers+"="+strings.Join(brokers, ","), childSnapshot+"="+file)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() == "0" { // until it knows something
		continue
	}
	go io.Copy(io.Discard, out)
	time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond) // any moment will do
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	_, err = os.Stat(file)
	return err == nil
}
