package read

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

// several makes files and says what their chunks are.
func several(t testing.TB, dir string, sizes ...int) (names []string, want map[string][]string) {
	t.Helper()
	want = make(map[string][]string)
	for i, n := range sizes {
		name, text := fmt.Sprintf("s%d", i), fixedRows(uint64(i), n)
		store(t, dir, name+".dat", zip(t, text))
		names, want[name] = append(names, name), packed(text)
	}
	return names, want
}

func TestSeveralReadersShareTheSources(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	names, want := several(t, dir, 500, 800, 300, 1000, 700, 900, 20, 400)
	j := parse(t, dir, fixedFormat, 10, names...)
	var readers []*running
	for i := range 3 {
		o := options(t, c, j, fmt.Sprint("r", i))
		o.Delay = 5 * time.Millisecond
		readers = append(readers, start(t, o))
	}
	for _, r := range readers {
		if err := r.wait(t); err != nil {
			t.Error(err)
		}
	}
	if wrong := differences(t, c, j, want); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
	for id, list := range states(t, c, j) {
		if len(list) != 2 {
			t.Errorf("%s: %+v, want pending and done", id, list)
		}
	}
}

func TestAReaderIsStoppedAndStartedAgain(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	names, want := several(t, dir, 3000, 2000)
	j := parse(t, dir, fixedFormat, 10, names...)
	o := options(t, c, j, "a")
	o.Delay = 5 * time.Millisecond
	for i := range 4 {
		o.Slot = fmt.Sprint("slot", i%2)
		r := start(t, o)
		await(t, "some chunks", func() bool { return r.role.counts.chunks.Load() > 20 })
		r.finish(t)
		if r.err != nil {
			t.Fatalf("a clean stop: %v", r.err)
		}
	}
	o.Delay = 0
	if err := start(t, o).wait(t); err != nil {
		t.Fatal(err)
	}
	if wrong := differences(t, c, j, want); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
}

var errInjected = errors.New("injected")

// faulty aborts transactions now and then, after the handler has done its work.
type faulty struct {
	eos.Handler
	mu     sync.Mutex
	dice   *rand.Rand
	aborts int
}

func (f *faulty) Handle(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
	if err := f.Handler.Handle(ctx, b, tx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.aborts < 12 && f.dice.IntN(3) == 0 {
		f.aborts++
		return kafkaops.NewError(kafkaops.Unavailable, "testing", "", "", errInjected)
	}
	return nil
}

// withFaults reads a source while transactions are aborted, and returns what is wrong afterwards and how often a source was opened.
func withFaults(t *testing.T, notes noteKeeper) (wrong []string, f *faulty) {
	t.Helper()
	c, dir := kafkatest.Client(t), t.TempDir()
	names, want := several(t, dir, 4000, 3000)
	j := parse(t, dir, fixedFormat, 10, names...)
	o := options(t, c, j, "a")
	o.Delay = 5 * time.Millisecond
	f = &faulty{dice: rand.New(rand.NewPCG(7, 7))}
	r := start(t, o, func(r *Role) {
		r.wrap = func(h eos.Handler) eos.Handler {
			f.Handler = h
			return f
		}
		r.notes = notes
	})
	if err := r.wait(t); err != nil {
		t.Fatal(err)
	}
	if f.aborts == 0 {
		t.Fatal("nothing was aborted: this test can't tell")
	}
	return differences(t, c, j, want), f
}

func TestAbortedTransactionsLoseAndRepeatNothing(t *testing.T) {
	wrong, f := withFaults(t, nil)
	if len(wrong) > 0 {
		t.Errorf("wrong after %d aborts: %v", f.aborts, wrong)
	}
}

// elsewhere keeps notes outside of the transaction, and as soon as they are made.
type elsewhere struct {
	mu    sync.Mutex
	notes map[kafkaops.TopicPartition]string
}

func (e *elsewhere) get(tp kafkaops.TopicPartition) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.notes[tp]
}

func (e *elsewhere) put(tp kafkaops.TopicPartition, note string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.notes[tp] = note
}

// The negative control: a note that doesn't move with the chunks loses them, and these tests see it.
func TestNotesOutsideOfTheTransactionLoseChunks(t *testing.T) {
	wrong, f := withFaults(t, &elsewhere{notes: make(map[kafkaops.TopicPartition]string)})
	if len(wrong) == 0 {
		t.Errorf("nothing is wrong after %d aborts: these tests can't tell", f.aborts)
	}
}

func TestFiveRegisterEachSourceOnce(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprint("s", i))
	}
	j := parse(t, dir, fixedFormat, 10, names...)
	must(t, EnsureTopics(t.Context(), c, j))
	sources, err := j.Sources(nil)
	must(t, err)
	var g errgroup.Group
	for i := range 5 {
		g.Go(func() error {
			r := registrar{client: c, job: j, worker: fmt.Sprint(i), now: time.Now, log: discard()}
			b := newBook(sources[i:], 0) // not all want the same
			_, err := r.register(t.Context(), b, true)
			if err == nil && len(b.missing(true)) > 0 {
				err = errors.New("some are missing")
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	all := states(t, c, j)
	if len(all) != len(names) {
		t.Errorf("%d sources, want %d", len(all), len(names))
	}
	for id, list := range all {
		if len(list) != 1 || list[0].Phase != job.Pending {
			t.Errorf("%s is registered as %+v", id, list)
		}
	}
}

// A source that is registered behind a transaction which is still open is not registered again: a read-committed reader doesn't see it yet.
func TestWhatAnOpenTransactionHoldsBackIsSeen(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	j := parse(t, dir, fixedFormat, 10, "a")
	must(t, EnsureTopics(t.Context(), c, j))
	sources, err := j.Sources(nil)
	must(t, err)
	open := begun(t, c, "open", j, []byte("{}"))
	pending, err := job.EncodeState(job.State{Job: j.Name, ID: "a", URL: sources[0].URL, Phase: job.Pending})
	must(t, err)
	must(t, begun(t, c, "first", j, pending).Commit(t.Context()))
	r := registrar{client: c, job: j, worker: "w", now: time.Now, log: discard()}
	registered := make(chan error, 1)
	go func() {
		_, err := r.register(t.Context(), newBook(sources, 0), true)
		registered <- err
	}()
	select {
	case err := <-registered:
		t.Errorf("it didn't wait for the open transaction: %v", err)
		registered <- err
	case <-time.After(1500 * time.Millisecond):
	}
	must(t, open.Commit(t.Context()))
	must(t, <-registered)
	if list := states(t, c, j)["a"]; len(list) != 1 {
		t.Errorf("it is registered as %+v", list)
	}
}

// begun is a transaction that has stored a record of source a, and is open.
func begun(t *testing.T, c *rdkafka.Client, id string, j *job.Job, value []byte) *rdkafka.Producer {
	t.Helper()
	p, err := c.NewProducer(t.Context(), rdkafka.ProducerOptions{TransactionalID: id, Linger: -1, TxTimeout: 10 * time.Second})
	must(t, err)
	go func() {
		for range p.Deliveries() {
		}
	}()
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	must(t, p.InitTransactions(t.Context()))
	must(t, p.Begin(t.Context()))
	must(t, p.Send(t.Context(), []kafkaops.Record{{Topic: j.SourcesTopic(), Partition: partitionFor("a", 3), Value: value}}, 0))
	must(t, p.Flush(t.Context()))
	return p
}

func TestPartitionsMayBeAdded(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	names, want := several(t, dir, 4000)
	j := parse(t, dir, fixedFormat, 10, names...)
	o := options(t, c, j, "a")
	o.Delay = 10 * time.Millisecond
	r := start(t, o)
	await(t, "some chunks", func() bool { return r.role.counts.chunks.Load() > 10 })
	must(t, c.CreatePartitions(t.Context(), j.ChunksTopic(), 5))
	if err := r.wait(t); err != nil {
		t.Fatal(err)
	}
	if wrong := differences(t, c, j, want); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
	added := 0
	each(t, c, j.ChunksTopic(), func(r kafkaops.Record) {
		if r.Partition >= 3 {
			added++
		}
	})
	if added == 0 {
		t.Error("nothing is in the new partitions")
	}
}

func TestANewReaderTakesASourceOverWhereItsNoteSays(t *testing.T) {
	c, dir := kafkatest.Client(t), t.TempDir()
	names, want := several(t, dir, 2000)
	j := parse(t, dir, fixedFormat, 10, names...)
	first := options(t, c, j, "a")
	first.Delay = 10 * time.Millisecond
	a := start(t, first)
	await(t, "some chunks", func() bool { return a.role.counts.chunks.Load() > 20 })
	second := options(t, c, j, "b")
	b := start(t, second)
	a.finish(t)
	if err := b.wait(t); err != nil {
		t.Fatal(err)
	}
	if wrong := differences(t, c, j, want); len(wrong) > 0 {
		t.Errorf("wrong: %v", wrong)
	}
	na, nb := a.role.counts.chunks.Load(), b.role.counts.chunks.Load()
	if na+nb != 200 || na == 0 || nb == 0 || !strings.HasPrefix(Group(j.Name), "krapp-read-") {
		t.Errorf("%d and %d chunks, want 200 together", na, nb)
	}
}
