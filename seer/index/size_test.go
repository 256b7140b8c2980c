package index

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
)

// natural is a passage of about 100 words, of a vocabulary like that of a language: few words are common, and many are rare.
func natural(zipf *rand.Zipf) string {
	b := make([]byte, 0, 700)
	for i := range 100 {
		if i > 0 {
			b = append(b, ' ')
			if i%15 == 0 {
				b = append(b[:len(b)-1], ". "...)
			}
		}
		n := zipf.Uint64()
		for range 2 + n%3 {
			b = append(b, "bdfgklmnprst"[n%12], "aeiou"[n/12%5])
			n = n*2654435761 + 17
		}
	}
	return string(b)
}

func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// wide has as many dimensions as the real table.
var wide = hashTable{"wide:256", 256}

// cheap makes a vector of a few words only: the tests are not about embedding.
type cheap struct{ hashTable }

func (c cheap) Prose(dst []float32, text string) []float32 {
	return c.hashTable.Prose(dst, text[:min(len(text), 30)])
}

func (c cheap) Template(dst []float32, text string) []float32 { return c.Prose(dst, text) }

func TestMemory(t *testing.T) {
	const n = 1500
	r := rand.New(rand.NewPCG(30, 1))
	zipf := rand.NewZipf(r, 1.1, 4, 30_000)
	before := inUse()
	x := newTest(t, func(o *Options) { o.Embedder, o.MaxPassages = Offline(cheap{wide}), n })
	fill := func(from uint64) {
		for i := range uint64(n / 100) {
			docs := make([]Doc, 100)
			for j := range docs {
				docs[j] = text(from+i*100+uint64(j), "t", natural(zipf))
			}
			add(t, x, docs...)
		}
	}
	fill(1)
	lex := x.shelves[Passage].lex.Load()
	full := float64(inUse() - before)
	words := float64(len(lex.terms))
	t.Logf("%.0f bytes a passage, of which %.0f are for %.0f words", full/n, 600*words/n, words)
	if each := (full - 600*words) / n; each > 4096 {
		t.Errorf("a passage takes %.0f bytes", each)
	}
	for round := range uint64(4) { // all of them four times over
		fill((round + 2) * 1_000_000)
	}
	if again := float64(inUse() - before); again > 2.5*full {
		t.Errorf("the heap has grown from %.1f to %.1f MB, though no document more is held", full/1e6, again/1e6)
	} else {
		t.Logf("replaced four times over: %.2f of what it was", again/full)
	}
	runtime.KeepAlive(x)
}

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSearchWhileAdding: 20,000 templates and 50,000 passages, while passages are added as fast as one goroutine can. It reports the median and
// p99 of searches of both kinds, and the processor time of one, which a busy machine does not change, before adding began.
func BenchmarkSearchWhileAdding(b *testing.B) {
	r := rand.New(rand.NewPCG(31, 1))
	zipf := rand.NewZipf(r, 1.1, 4, 30_000)
	x := newTest(b, func(o *Options) { o.Embedder = Offline(cheap{wide}) })
	var questions []string
	for id := uint64(1); id <= 70_000; id += 500 {
		docs := make([]Doc, 500)
		for i := range docs {
			docs[i] = text(id+uint64(i), "t", natural(zipf))
			if id > 50_000 {
				docs[i].Kind, docs[i].Text = Template, docs[i].Text[:60]
			}
		}
		questions = append(questions, docs[0].Text[10:60])
		add(b, x, docs...)
	}
	before := cpu(b)
	for _, q := range questions {
		search(b, x, Query{Text: q})
	}
	each := (cpu(b) - before) / time.Duration(len(questions))
	stop, done, added := make(chan struct{}), make(chan struct{}), 0
	go func() {
		defer close(done)
		for id := uint64(1_000_000); ; id += 50 {
			select {
			case <-stop:
				return
			default:
			}
			docs := make([]Doc, 50)
			for i := range docs {
				docs[i] = text(id+uint64(i), "t", natural(zipf))
			}
			_ = x.Add(context.Background(), docs)
			added += len(docs)
		}
	}()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		at := time.Now()
		if _, err := x.Search(context.Background(), Query{Text: questions[i%len(questions)]}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(at))
	}
	close(stop)
	<-done
	slices.Sort(took)
	b.ReportMetric(float64(each)/1e6, "cpu-ms")
	b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
	b.ReportMetric(float64(added)/b.Elapsed().Seconds(), "added/s")
}

func BenchmarkAdd(b *testing.B) {
	r := rand.New(rand.NewPCG(31, 1))
	zipf := rand.NewZipf(r, 1.1, 4, 30_000)
	x := newTest(b, func(o *Options) { o.Embedder = Offline(cheap{wide}) })
	texts := make([]string, 2000)
	for i := range texts {
		texts[i] = natural(zipf)
	}
	for id := uint64(1); b.Loop(); id++ {
		add(b, x, text(id, "t", texts[id%2000]))
	}
}
