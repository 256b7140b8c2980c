package vector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	chromem "github.com/philippgille/chromem-go"
)

// Each trap of chromem-go v0.7.0 as the issue lists them: that it is there, and that it is not here.

func collection(t testing.TB, vectors ...[]float32) *chromem.Collection {
	t.Helper()
	c, err := chromem.NewDB().CreateCollection("c", nil, never)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		if err := c.AddDocument(context.Background(), chromem.Document{ID: fmt.Sprint(i), Embedding: v}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// watched is a context that does something when it is made the parent of another one: chromem does that in the midst of a query.
type watched struct {
	context.Context
	each func()
}

func (w watched) Done() <-chan struct{} {
	w.each()
	return w.Context.Done()
}

func TestTrapAQueryHoldsAddsUp(t *testing.T) {
	c, added := collection(t, []float32{1, 0}), make(chan error, 1)
	inside, through := 0, false
	_, err := c.QueryEmbedding(watched{context.Background(), func() {
		if inside++; inside > 1 {
			return
		}
		go func() {
			added <- c.AddDocument(context.Background(), chromem.Document{ID: "x", Embedding: []float32{1, 0}})
		}()
		select {
		case <-added:
			through = true
		case <-time.After(50 * time.Millisecond): // it can't come: the lock is held until this returns
		}
	}}, []float32{1, 0}, 1, nil, nil)
	if err != nil || inside == 0 || through {
		t.Fatalf("chromem: error %v, asked %d times, added during the query: %v", err, inside, through)
	}
	<-added

	s := newStore(2, 2)
	add(t, s, []uint64{1, 2, 3}, []float32{1, 0}, []float32{1, 1}, []float32{0, 1})
	calls := 0
	hits := search(t, s, []float32{1, 0}, 10, func(uint64) bool { // in the midst of a search
		calls++
		add(t, s, []uint64{uint64(100 + calls)}, []float32{1, 0})
		s.Remove(1)
		return true
	})
	if calls != 3 || len(hits) != 3 || hits[0].ID != 1 {
		t.Errorf("%d calls; a search sees what was there when it began, and found %v", calls, hits)
	}
	if s.Len() != 5 {
		t.Errorf("%d are held", s.Len())
	}
}

// exporting is set in the process that exports and adds at the same time.
const exporting = "KRAPP_TEST_CHROMEM_EXPORTING"

func TestTrapExportingDuringAnAdd(t *testing.T) {
	if os.Getenv(exporting) != "" {
		exportWhileAdding(t)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestTrapExportingDuringAnAdd$")
	cmd.Env = append(os.Environ(), exporting+"=1")
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("chromem: exporting during adds did not crash:\n%s", out)
	} else if !bytes.Contains(out, []byte("concurrent map")) && !bytes.Contains(out, []byte("DATA RACE")) {
		t.Errorf("chromem crashed otherwise: %v\n%s", err, out)
	}

	s, stop, done := newStore(2, 16), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := uint64(0); ; i++ {
			select {
			case <-stop:
				return
			default:
				_ = s.Add([]uint64{i % 1000}, [][]float32{{1, float32(i)}})
			}
		}
	}()
	for range 200 {
		var b bytes.Buffer
		if err := s.Snapshot().Encode(&b); err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(&b, 2); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	<-done
}

func exportWhileAdding(t *testing.T) {
	db := chromem.NewDB()
	c, err := db.CreateCollection("c", nil, never)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for i := 0; ; i++ {
			_ = c.AddDocument(context.Background(), chromem.Document{ID: fmt.Sprint(i % 5000), Embedding: []float32{1, 0}})
		}
	}()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); {
		_ = db.ExportToWriter(io.Discard, false, "")
	}
}

func TestTrapATornFile(t *testing.T) {
	dir := t.TempDir()
	db, err := chromem.NewPersistentDB(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two"} {
		c, err := db.CreateCollection(name, nil, never)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddDocument(context.Background(), chromem.Document{ID: "1", Embedding: []float32{1, 0}}); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.gob"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	if err := os.Truncate(files[0], 10); err != nil {
		t.Fatal(err)
	}
	if _, err := chromem.NewPersistentDB(dir, false); err == nil {
		t.Error("chromem opened a database with a torn file")
	}

	s := newStore(2, 2)
	add(t, s, []uint64{1, 2, 3}, []float32{1, 0}, []float32{1, 1}, []float32{0, 1})
	var b bytes.Buffer
	if err := s.Snapshot().Encode(&b); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() { // torn anywhere: an error that can be acted on, and nothing else is touched
		if _, err := Decode(bytes.NewReader(b.Bytes()[:n]), 2); err == nil {
			t.Errorf("torn at %d of %d: no error", n, b.Len())
		}
	}
}

func TestTrapADeleteWithAnEmptyFilter(t *testing.T) {
	c := collection(t, []float32{1, 0}, []float32{0, 1}, []float32{1, 1})
	if err := c.Delete(context.Background(), map[string]string{}, nil, "1"); err != nil || c.Count() != 0 {
		t.Errorf("chromem: error %v, %d are left", err, c.Count())
	}

	s := newStore(2, 2)
	add(t, s, []uint64{1, 2, 3}, []float32{1, 0}, []float32{1, 1}, []float32{0, 1})
	s.Remove()
	s.Remove([]uint64{}...)
	s.Remove(99)
	if hits := search(t, s, []float32{1, 0}, 5, nil); len(hits) != 3 {
		t.Errorf("removing nothing left %v", hits)
	}
	if s.Remove(2); s.Len() != 2 {
		t.Errorf("removing one left %d", s.Len())
	}
}

func TestTrapAZeroVector(t *testing.T) {
	c := collection(t, []float32{0, 0}, []float32{1, 0})
	found, err := c.QueryEmbedding(context.Background(), []float32{1, 0}, 2, nil, nil)
	if err != nil || !slices.ContainsFunc(found, func(r chromem.Result) bool { return math.IsNaN(float64(r.Similarity)) }) {
		t.Errorf("chromem: error %v, found %v", err, found)
	}

	s := New(2)
	add(t, s, []uint64{1, 2}, []float32{0, 0}, []float32{1, 0})
	if hits := search(t, s, []float32{1, 0}, 2, nil); !slices.Equal(hits, []Hit{{2, 1}}) {
		t.Errorf("found %v", hits)
	}
	if hits := search(t, s, []float32{0, 0}, 2, nil); len(hits) != 0 {
		t.Errorf("zeros found %v", hits)
	}
	if add(t, s, []uint64{2}, []float32{0, 0}); s.Len() != 0 {
		t.Error("what was replaced with zeros is still there")
	}
}

func TestTrapMoreResultsThanThereAre(t *testing.T) {
	c := collection(t, []float32{1, 0})
	if _, err := c.QueryEmbedding(context.Background(), []float32{1, 0}, 2, nil, nil); err == nil {
		t.Error("chromem: no error")
	}

	s := New(2)
	for _, k := range []int{-1, 0, 1, math.MaxInt} {
		if hits := search(t, s, []float32{1, 0}, k, nil); len(hits) != 0 {
			t.Errorf("k %d of nothing found %v", k, hits)
		}
	}
	add(t, s, []uint64{1}, []float32{1, 0})
	for k, want := range map[int]int{-1: 0, 0: 0, 1: 1, math.MaxInt: 1} {
		if hits := search(t, s, []float32{1, 0}, k, nil); len(hits) != want {
			t.Errorf("k %d of one found %v", k, hits)
		}
	}
}

func TestTrapTheCallersSlices(t *testing.T) {
	v := []float32{1, 0}
	c := collection(t, v)
	v[0], v[1] = 0, 1
	if found, err := c.QueryEmbedding(context.Background(), []float32{1, 0}, 1, nil, nil); err != nil || found[0].Similarity != 0 {
		t.Errorf("chromem kept a copy: %v, %v", found, err)
	}

	v = []float32{1, 0}
	s := newStore(2, 2)
	add(t, s, []uint64{1, 2}, v, v)
	v[0], v[1] = 0, 1
	if hits := search(t, s, []float32{1, 0}, 2, nil); !slices.Equal(hits, []Hit{{1, 1}, {2, 1}}) {
		t.Errorf("found %v", hits)
	}
	query := []float32{3, 4}
	if search(t, s, query, 1, nil); query[0] != 3 || query[1] != 4 {
		t.Errorf("the query became %v", query)
	}
}

func TestTrapEqualVectors(t *testing.T) {
	c := collection(t, slices.Repeat([][]float32{{1, 0}}, 100)...)
	first, other := "", false
	for range 100 {
		found, err := c.QueryEmbedding(context.Background(), []float32{1, 0}, 5, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, f := range found {
			ids = append(ids, f.ID)
		}
		if first == "" {
			first = fmt.Sprint(ids)
		}
		other = other || fmt.Sprint(ids) != first
	}
	if !other {
		t.Error("chromem gave the same hits a hundred times")
	}

	s := newStore(2, 16)
	for id := range uint64(100) {
		add(t, s, []uint64{99 - id}, []float32{1, 0})
	}
	for range 100 {
		if hits := search(t, s, []float32{1, 0}, 3, nil); !slices.Equal(hits, []Hit{{0, 1}, {1, 1}, {2, 1}}) {
			t.Fatalf("found %v", hits)
		}
	}
}

func TestTrapACancelledQuery(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := collection(t, []float32{1, 0}, []float32{1, 1})
	if found, err := c.QueryEmbedding(ctx, []float32{1, 0}, 2, nil, nil); err != nil || len(found) == 2 {
		t.Errorf("chromem: %v, %v", found, err)
	}

	s := newStore(2, 2)
	add(t, s, []uint64{1, 2, 3}, []float32{1, 0}, []float32{1, 1}, []float32{0, 1})
	if hits, err := s.Search(ctx, []float32{1, 0}, 2, nil); !errors.Is(err, context.Canceled) || hits != nil {
		t.Errorf("%v, %v", hits, err)
	}
}
