package template_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/krapp-io/krapp/seer/learn/template"
)

// mixed is JSON and log lines of 100 to 200 bytes.
func mixed(n int) [][]byte {
	r := rand.New(rand.NewPCG(1, 1))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	out := make([][]byte, n)
	for i := range out {
		switch r.IntN(5) {
		case 0:
			out[i] = fmt.Appendf(nil, `{"order_id":"ord-%06d","customer":"cust-%d","status":"%s","amount":%d.%02d,"currency":"%s","items":%d,"at":"2026-11-21T20:%02d:%02dZ"}`,
				i, r.IntN(9999), pick("placed", "paid", "declined", "shipped"), r.IntN(900), r.IntN(99), pick("EUR", "USD", "GBP"), r.IntN(9), r.IntN(60), r.IntN(60))
		case 1:
			out[i] = fmt.Appendf(nil, `{"level":"%s","service":"%s","message":"connection to 10.0.%d.%d:5432 timed out after %d ms","trace":"%016x"}`,
				pick("ERROR", "WARN"), pick("payment", "stock", "mail"), r.IntN(255), r.IntN(255), r.IntN(9000), r.Uint64())
		case 2:
			out[i] = fmt.Appendf(nil, "2026-11-21T20:%02d:%02d.%03dZ INFO [worker-%d] payment: order ord-%06d settled in %d ms by %s",
				r.IntN(60), r.IntN(60), r.IntN(1000), r.IntN(16), i, r.IntN(900), pick("alice", "bob", "carol"))
		case 3:
			out[i] = fmt.Appendf(nil, "2026-11-21 20:%02d:%02d,%03d WARN  slow query took %d.%d s: pool %s has %d of %d connections in use, waiting",
				r.IntN(60), r.IntN(60), r.IntN(1000), r.IntN(9), r.IntN(9), pick("main", "reports"), r.IntN(50), 50)
		default:
			out[i] = fmt.Appendf(nil, `{"sensor":"s-%d","kind":"%s","value":%d.%d,"unit":"C","ok":%t,"site":{"name":"%s","line":%d},"seq":%d}`,
				r.IntN(500), pick("temperature", "pressure", "vibration"), r.IntN(90), r.IntN(9), r.IntN(9) > 0, pick("Linz", "Graz", "Wien"), r.IntN(9), i)
		}
	}
	return out
}

func BenchmarkMiner(b *testing.B) {
	values := mixed(100_000)
	bytes := 0
	for _, v := range values {
		bytes += len(v)
	}
	m := template.New(template.Options{})
	b.SetBytes(int64(bytes / len(values)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m.Add(template.Observation{Topic: "t", Offset: int64(i), At: int64(i), Value: values[i%len(values)]})
		i++
	}
	b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(m.Len()), "templates")
}

// BenchmarkSnapshot is how long learning stands still for a snapshot of as many templates as there may be.
func BenchmarkSnapshot(b *testing.B) {
	m := template.New(template.Options{})
	for i := range 40_000 {
		m.Add(template.Observation{Topic: word(i % 12), Offset: int64(i), Value: fmt.Appendf(nil, `{"%s":%d,"status":"paid"}`, word(i/12), i)})
	}
	b.ReportMetric(float64(m.Len()), "templates")
	for b.Loop() {
		m.Snapshot()
	}
}

// BenchmarkShow is what is to be told anew of a class of as many tuples as there may be when it has another.
func BenchmarkShow(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 7))
	values := make([][]byte, 20_000)
	for i := range values {
		values[i] = fmt.Appendf(nil, `{"a":"%s","b":"%s","c":"%s","d":"%s"}`, word(r.IntN(32)), word(r.IntN(12)), word(r.IntN(6)), word(r.IntN(3)))
	}
	for b.Loop() {
		m := template.New(template.Options{})
		for i, v := range values {
			m.Add(template.Observation{Topic: "t", Offset: int64(i), At: int64(i), Value: v})
			if i%200 == 0 {
				m.Removed()
				m.Changed()
			}
		}
	}
}
