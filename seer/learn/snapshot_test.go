package learn_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn"
)

const hour = time.Hour

var topics = []string{"events", "logs", seer.StatementTopic}

// seed creates the topics and fills them with all that can be learned.
func seed(t testing.TB, c *rdkafka.Client, records int) {
	t.Helper()
	create(t, c, "events", 3)
	create(t, c, "logs", 2)
	create(t, c, seer.StatementTopic, 2)
	more(t, c, records, 1)
}

// more adds records, others for each seed. Their times jump about.
func more(t testing.TB, c *rdkafka.Client, records int, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 9))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	var all []kafkaops.Record
	for i := range records {
		var rec kafkaops.Record
		switch r.IntN(6) {
		case 0:
			rec = record("events", int32(r.IntN(3)), `{"order":"o-%d","status":"%s","city":"%s","amount":%d}`, i, pick("paid", "declined", "shipped"),
				pick("Linz", "Graz", "Wien")+string(rune('a'+r.IntN(26))), r.IntN(900))
		case 1:
			rec = record("events", int32(r.IntN(3)), `{"order":"o-%d","review":"The %s came late and its lid was broken. I wrote to the shop, and nobody from the %s has answered me so far, which I find very rude."}`,
				i, pick("kettle", "lamp", "chair", "clock"), pick("office", "market", "warehouse"))
		case 2:
			rec = record("logs", int32(r.IntN(2)), "user %s%s logged in from 10.0.0.%d", pick("an", "be", "ca", "do", "el"), pick("na", "to", "ri", "lu", "xa", "mo", "ki"), r.IntN(99))
		case 3:
			rec = record("logs", int32(r.IntN(2)), "The %s of the %s has stopped for a while. Somebody from the %s should have a look at it soon.",
				pick("pump", "valve", "crane", "belt", "press"), pick("mill", "harbour", "brewery"), pick("night shift", "day shift", "office"))
		case 4:
			rec = record("logs", int32(r.IntN(2)), "ERROR connection to db-%d timed out after %d ms", r.IntN(9), r.IntN(9000))
		default:
			text := strings.Repeat(fmt.Sprintf("The %s people of the %s fish at night and sleep by day. ", pick("small", "tall", "old"), pick("valley", "river", "hills")), r.IntN(30))
			rec = statement(fmt.Sprint("k", r.IntN(20)), pick("", "A people"), text)
		}
		rec.Timestamp, rec.TimestampKind = time.UnixMilli(1_700_000_000_000+int64(r.IntN(100_000))), kafkaops.CreateTime
		if all = append(all, rec); len(all) == 500 {
			kafkatest.Send(t, c, all...)
			all = all[:0]
		}
	}
	if len(all) > 0 {
		kafkatest.Send(t, c, all...)
	}
}

// answers is all that can be asked of a learner but for how it came to it.
func (r *running) answers() string {
	r.t.Helper()
	var b strings.Builder
	s := r.Status()
	fmt.Fprintln(&b, s.Messages, s.Passages, s.Templates, s.Topics, s.Fresh)
	for _, topic := range topics {
		for _, x := range r.Templates(topic) {
			fmt.Fprintf(&b, "%+v\n", x)
		}
		for _, f := range r.Fields(topic) {
			fmt.Fprintf(&b, "%+v\n", f)
		}
	}
	for _, q := range []string{"Who fishes at night?", "What came late?", "Which orders were declined?", "the pump of the mill", "logged in users", "database timeouts",
		"tall people of the hills", "night shift", "rude shops", "paid in Linz"} {
		for _, kind := range []index.Kind{index.Passage, index.Template} {
			hits, err := r.Search(r.t.Context(), index.Query{Text: q, Kinds: []index.Kind{kind}, K: 50})
			if err != nil {
				r.t.Fatal(err)
			}
			for _, h := range hits {
				fmt.Fprintf(&b, "%s %+v\n", q, h)
			}
		}
	}
	return b.String()
}

func same(t testing.TB, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s: line %d of %d and %d\ngot  %s\nwant %s", what, i, len(g), len(w), g[i], w[i])
		}
	}
	t.Fatalf("%s: %d lines, want %d", what, len(g), len(w))
}

func options(t testing.TB, c *rdkafka.Client, snapshot string) learn.Options {
	return learn.Options{Client: c, Regex: "events|logs", SnapshotFile: snapshot, SnapshotEvery: hour, Index: table(t)}
}

func TestARestartGoesOnFromTheSnapshot(t *testing.T) {
	c := client(t)
	seed(t, c, 2000)
	file := filepath.Join(t.TempDir(), "seer.snapshot")
	a := run(t, options(t, c, file))
	a.learned(c, topics...)
	a.current()
	before := a.answers()
	a.stop()
	o := options(t, c, file)
	f := &counting{Embedder: o.Index.Embedder}
	o.Index = index.Options{Embedder: f, Words: words(t)}
	b := run(t, o)
	same(t, "at once after the restart", b.topicsOnly(), a.topicsOnly())
	b.current()
	if n := f.texts.Load(); n > 0 {
		t.Errorf("%d texts were embedded again", n)
	}
	same(t, "after the restart", b.answers(), before)
	more(t, c, 2000, 2)
	b.learned(c, topics...)
	fresh := run(t, options(t, c, ""))
	fresh.learned(c, topics...)
	b.current()
	fresh.current()
	after := b.answers()
	same(t, "after more", after, fresh.answers())
	if after == before {
		t.Error("more records made no difference: the comparison shows nothing")
	}
	if notes := b.Status().Notes; len(notes) > 0 {
		t.Errorf("notes %q", notes)
	}
}

func (r *running) topicsOnly() string {
	var b strings.Builder
	for _, topic := range topics {
		fmt.Fprintf(&b, "%+v\n", r.Templates(topic))
	}
	return b.String()
}

// TestADamagedSnapshotIsSetAside tears it at every KiB and flips a byte in each: it says so, and learns all again.
func TestADamagedSnapshotIsSetAside(t *testing.T) {
	c := client(t)
	seed(t, c, 400)
	dir := t.TempDir()
	file := filepath.Join(dir, "seer.snapshot")
	a := run(t, options(t, c, file))
	a.learned(c, topics...)
	a.current()
	want := a.answers()
	a.stop()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, c, file)
	for at := 0; at < len(whole); at += 1 << 10 {
		flipped := append([]byte(nil), whole...)
		flipped[min(len(whole)-1, at+at>>10%1024)] ^= 0x10
		for _, torn := range [][]byte{whole[:at], flipped} {
			if err := learn.Check(write(t, file, torn), &o); err == nil {
				t.Fatalf("damage at %d is not found", at)
			}
		}
	}
	if err := learn.Check(write(t, file, whole), &o); err != nil { // the control
		t.Fatal(err)
	}
	for i := range 4 { // the whole way
		b := run(t, options(t, c, write(t, file, whole[:i*len(whole)/4])))
		b.learned(c, topics...)
		b.current()
		same(t, "after damage", b.answers(), want)
		if notes := strings.Join(b.Status().Notes, "\n"); !strings.Contains(notes, "set aside as") {
			t.Errorf("notes: %s", notes)
		}
		b.stop()
	}
	aside, err := filepath.Glob(file + ".damaged-*")
	if err != nil || len(aside) != 2 {
		t.Errorf("set aside: %v, %v", aside, err)
	}
	if all, _ := os.ReadDir(dir); len(all) != 3 {
		t.Errorf("left behind: %v", all)
	}
}

func write(t testing.TB, file string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// counting is an embedder that knows how much it was asked for.
type counting struct {
	index.Embedder
	texts atomic.Int64
}

func (c *counting) Embed(ctx context.Context, kind index.Kind, texts []string) ([][]float32, error) {
	c.texts.Add(int64(len(texts)))
	return c.Embedder.Embed(ctx, kind, texts)
}

// named is an embedder under another name.
type named struct {
	index.Embedder
	id string
}

func (n named) ID() string { return n.id }

func TestAnotherEmbedderLearnsAgain(t *testing.T) {
	c := client(t)
	seed(t, c, 300)
	file := filepath.Join(t.TempDir(), "seer.snapshot")
	a := run(t, options(t, c, file))
	a.learned(c, topics...)
	a.stop()
	o := options(t, c, file)
	o.Index.Embedder = named{o.Index.Embedder, "another"}
	b := run(t, o)
	b.learned(c, topics...)
	if notes := strings.Join(b.Status().Notes, "\n"); !strings.Contains(notes, "embedder") || !strings.Contains(notes, "this is another") {
		t.Errorf("notes: %s", notes)
	}
}

func TestWhatHappenedWhileItWasAway(t *testing.T) {
	b, c := kafkatest.Embedded(t, kafkaops.Context{})
	seed(t, c, 1000)
	file := filepath.Join(t.TempDir(), "seer.snapshot")
	a := run(t, options(t, c, file))
	a.learned(c, topics...)
	a.stop()
	if err := c.DeleteTopics(t.Context(), "logs"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is deleted", func() bool {
		d, err := c.DescribeTopics(t.Context(), "logs")
		return err == nil && kafkaops.ClassOf(d[0].Err) == kafkaops.NotFound
	})
	create(t, c, "logs", 2)
	extents, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, "events")
	if err != nil {
		t.Fatal(err)
	}
	c2 := another(t, b)
	more(t, c2, 500, 3)
	upTo := kafkaops.Offsets{} // some that were learned, of one partition some that were not
	for tp, x := range extents {
		upTo[tp] = x.End / 2
		if tp.Partition == 1 {
			upTo[tp] = x.End + 10
		}
	}
	if err := c.DeleteRecords(t.Context(), upTo); err != nil {
		t.Fatal(err)
	}
	r := run(t, options(t, c, file))
	r.learned(c, topics...)
	r.current()
	notes := strings.Join(r.Status().Notes, "\n")
	if !strings.Contains(notes, "topic logs was deleted and created again") || !strings.Contains(notes, "10 offsets of topic events [1] were removed before") {
		t.Errorf("notes: %s", notes)
	}
	fresh := run(t, options(t, c, ""))
	fresh.learned(c, topics...)
	fresh.current()
	if got, want := fmt.Sprintf("%+v", r.Templates("logs")), fmt.Sprintf("%+v", fresh.Templates("logs")); got != want {
		t.Errorf("logs:\n%s\n%s", got, want)
	}
	hits := r.find("What came late?", index.Passage)
	for _, h := range hits {
		if h.Place.Topic == "events" && h.Place.Offset < upTo[kafkaops.TopicPartition{Topic: "events", Partition: h.Place.Partition}] {
			t.Errorf("found %v, which is gone", h.Place)
		}
	}
	if s := r.Status(); s.State != seer.Current {
		t.Errorf("status %+v", s)
	}
}

// TestStoppedWhileTheEmbedderIsAwayNothingIsLost: what was read and could not be indexed is not in the snapshot as learned.
func TestStoppedWhileTheEmbedderIsAwayNothingIsLost(t *testing.T) {
	c := client(t)
	seed(t, c, 500)
	file := filepath.Join(t.TempDir(), "seer.snapshot")
	o := options(t, c, file)
	f := &flaky{Embedder: o.Index.Embedder}
	o.Index, o.SnapshotEvery = index.Options{Embedder: f, Words: words(t)}, 10*time.Millisecond
	a := run(t, o)
	a.learned(c, topics...)
	f.away.Store(true)
	more(t, c, 3000, 5)
	eventually(t, "it waits", func() bool { return a.Status().State == seer.Waiting })
	a.stop()
	b := run(t, options(t, c, file))
	b.learned(c, topics...)
	b.current()
	fresh := run(t, options(t, c, ""))
	fresh.learned(c, topics...)
	fresh.current()
	same(t, "after the embedder came back", b.answers(), fresh.answers())
}
