package embedded_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/krapp-io/krapp/kafkaops/embedded"
)

func deleteRecords(t *testing.T, addr, topic string, before int64) {
	t.Helper()
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, 0, before, -1)
	deleted, err := kadm.NewClient(client(t, addr)).DeleteRecords(deadline(t), offsets)
	if err == nil {
		err = deleted.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// An emptied partition must go on where it was: groups have committed offsets there.
func TestOffsetsGoOnAfterAPartitionWasEmptied(t *testing.T) {
	for name, killed := range map[string]bool{"after a clean stop": false, "after SIGKILL": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			stop := startEither(t, dir, killed)
			createTopic(t, stop.addr, "orders", 1, nil)
			createTopic(t, stop.addr, "partly", 1, nil)
			produce(t, stop.addr, "orders", 10, 100)
			produce(t, stop.addr, "partly", 10, 100)
			deleteRecords(t, stop.addr, "orders", 10)
			deleteRecords(t, stop.addr, "partly", 4)
			stop.now()

			b := start(t, embedded.Options{Dir: dir})
			if s, e := extent(t, b.Addr(), "orders"); s != 10 || e != 10 {
				t.Errorf("the emptied partition has offsets %d to %d, want 10 to 10", s, e)
			}
			if s, e := extent(t, b.Addr(), "partly"); s != 4 || e != 10 {
				t.Errorf("the trimmed partition has offsets %d to %d, want 4 to 10", s, e)
			}
			produce(t, b.Addr(), "orders", 5, 100)
			if s, e := extent(t, b.Addr(), "orders"); s != 10 || e != 15 {
				t.Errorf("after five more records: offsets %d to %d, want 10 to 15", s, e)
			}
		})
	}
}

// The control of the test above: without what trims.json holds, kfake begins at 0 again.
func TestWithoutItsNotesAnEmptiedPartitionWouldBeginAgain(t *testing.T) {
	dir := t.TempDir()
	first := start(t, embedded.Options{Dir: dir})
	createTopic(t, first.Addr(), "orders", 1, nil)
	produce(t, first.Addr(), "orders", 10, 100)
	deleteRecords(t, first.Addr(), "orders", 10)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "trims.json")); err != nil {
		t.Fatal(err)
	}
	b := start(t, embedded.Options{Dir: dir})
	if s, e := extent(t, b.Addr(), "orders"); s != 0 || e != 0 {
		t.Errorf("kfake keeps the offsets %d to %d by itself now: trims is no longer needed", s, e)
	}
}

// A topic that is deleted and created again does begin at 0.
func TestATopicCreatedAgainBeginsAtZero(t *testing.T) {
	dir := t.TempDir()
	first := start(t, embedded.Options{Dir: dir})
	createTopic(t, first.Addr(), "orders", 1, nil)
	produce(t, first.Addr(), "orders", 10, 100)
	deleteRecords(t, first.Addr(), "orders", 10)
	if _, err := kadm.NewClient(client(t, first.Addr())).DeleteTopic(deadline(t), "orders"); err != nil {
		t.Fatal(err)
	}
	createTopic(t, first.Addr(), "orders", 1, nil)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	b := start(t, embedded.Options{Dir: dir})
	if s, e := extent(t, b.Addr(), "orders"); s != 0 || e != 0 {
		t.Errorf("got offsets %d to %d, want 0 to 0", s, e)
	}
}

// stoppable is a broker and the way it ends.
type stoppable struct {
	addr string
	now  func()
}

func startEither(t *testing.T, dir string, killed bool) stoppable {
	t.Helper()
	if killed {
		c := startChild(t, dir)
		return stoppable{c.addr, c.kill}
	}
	b := start(t, embedded.Options{Dir: dir})
	return stoppable{b.Addr(), func() {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}}
}
