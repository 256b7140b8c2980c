package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// compactedTopic makes a directory with a topic in which one key was written a hundred times.
func compactedTopic(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	b, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.ProducerLinger(0))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	policy := "compact"
	if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, map[string]*string{"cleanup.policy": &policy}, "latest"); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "latest", Key: []byte("key"), Value: []byte(strconv.Itoa(i))}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// segmentsOf adds up the segment files of the topic.
func segmentsOf(dir string) int64 {
	p := storedPartition{}
	p.readSegments(partitionDir(filepath.Join(dir, "kafka"), "latest", 0))
	return p.bytes
}

func TestAStartCompacts(t *testing.T) {
	dir := compactedTopic(t)
	before := segmentsOf(dir)
	b, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if after := segmentsOf(dir); after == 0 || after > before/10 {
		t.Errorf("the topic takes %d bytes after compaction and %d before", after, before)
	}
	info := b.cluster.PartitionInfo("latest", 0)
	if info.HighWatermark != 100 {
		t.Errorf("the end offset is %d after compaction, want 100", info.HighWatermark)
	}
	if _, err := os.Stat(filepath.Join(dir, asideName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the files kept aside are still there: %v", err)
	}
}

// A kill in the middle of a compaction finds the partition's files removed and not yet written again.
func TestAKilledCompactionIsUndone(t *testing.T) {
	dir := compactedTopic(t)
	data := filepath.Join(dir, "kafka")
	before := segmentsOf(dir)
	topics, err := readTopics(data)
	if err != nil {
		t.Fatal(err)
	}
	killed := errors.New("killed")
	func() {
		defer func() { _ = recover() }()
		_ = compactSafely(dir, data, topics, func() {
			if err := os.RemoveAll(partitionDir(data, "latest", 0)); err != nil {
				t.Error(err)
			}
			panic(killed)
		})
	}()
	if segmentsOf(dir) != 0 {
		t.Fatal("the test has not removed the files")
	}
	if err := restoreCompaction(dir, data); err != nil {
		t.Fatal(err)
	}
	if after := segmentsOf(dir); after != before {
		t.Errorf("%d bytes are restored of %d", after, before)
	}
}

func TestFilesKeptAsideBeforeTheCompactionBeganAreDropped(t *testing.T) {
	dir := compactedTopic(t)
	data := filepath.Join(dir, "kafka")
	part := partitionDir(data, "latest", 0)
	if err := linkFiles(part, filepath.Join(dir, asideName, filepath.Base(part))); err != nil {
		t.Fatal(err) // a kill comes here, before "complete" is written
	}
	before := segmentsOf(dir)
	if err := restoreCompaction(dir, data); err != nil {
		t.Fatal(err)
	}
	if segmentsOf(dir) != before {
		t.Error("the partition was touched")
	}
}

// The transaction's end must be in the log for clients that read past it.
func TestOpenTransactionsAreFoundByTheirBatches(t *testing.T) {
	dir := t.TempDir()
	b, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.TransactionalID("tx"), kgo.DefaultProduceTopic("orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} { // open; then committed
		if want == 1 {
			if err := cl.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			if err := cl.ProduceSync(t.Context(), kgo.StringRecord("x")).FirstErr(); err != nil {
				t.Fatal(err)
			}
		} else if err := cl.EndTransaction(context.WithoutCancel(t.Context()), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		open, err := openTransactions(partitionDir(b.data(), "orders", 0))
		if err != nil || len(open) != want {
			t.Errorf("found %v, %v, want %d open", open, err, want)
		}
	}
}
