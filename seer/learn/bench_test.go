package learn_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/learn"
)

// mixed is a JSON or log message of 100 to 200 bytes.
func mixed(r *rand.Rand, i int) []byte {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	switch i % 3 {
	case 0:
		return fmt.Appendf(nil, `{"order_id":"ord-%06d","customer":"cust-%d","status":"%s","amount":%d.%02d,"currency":"%s","items":%d,"at":"2026-11-21T20:%02d:00Z"}`,
			i, r.IntN(9999), pick("placed", "paid", "declined", "shipped"), r.IntN(900), r.IntN(99), pick("EUR", "USD", "GBP"), r.IntN(9), r.IntN(60))
	case 1:
		return fmt.Appendf(nil, `{"level":"%s","service":"%s","message":"connection to 10.0.%d.%d:5432 timed out after %d ms","trace":"%016x"}`,
			pick("ERROR", "WARN"), pick("payment", "stock", "mail"), r.IntN(255), r.IntN(255), r.IntN(9000), r.Uint64())
	}
	return fmt.Appendf(nil, "2026-11-21T20:%02d:%02d.%03dZ INFO [worker-%d] payment: order ord-%06d settled in %d ms by %s",
		r.IntN(60), r.IntN(60), r.IntN(1000), r.IntN(16), i, r.IntN(900), pick("alice", "bob", "carol"))
}

// cpu is what the process has used, all threads together.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLearning learns 300,000 records from the embedded broker, which is in the same process: of the CPU time, its part is in it.
func BenchmarkLearning(b *testing.B) {
	const records = 300_000
	c := client(b)
	create(b, c, "events", 4)
	r := rand.New(rand.NewPCG(1, 1))
	var batch []kafkaops.Record
	for i := range records {
		batch = append(batch, kafkaops.Record{Topic: "events", Partition: int32(i % 4), Value: mixed(r, i)})
		if len(batch) == 10_000 {
			kafkatest.Send(b, c, batch...)
			batch = batch[:0]
		}
	}
	for b.Loop() {
		from, began := cpu(b), time.Now()
		l := run(b, learn.Options{Client: c, Topics: []string{"events"}, SnapshotFile: filepath.Join(b.TempDir(), "s"), SnapshotEvery: time.Second})
		l.learned(c, "events")
		took, used := time.Since(began), cpu(b)-from
		b.ReportMetric(records/took.Seconds(), "records/s")
		b.ReportMetric(float64(used.Nanoseconds())/records, "cpu-ns/record")
		l.stop()
	}
}

// BenchmarkFreshness sends 10,000 records a second and asks after each tenth of a second when the last of them can be found.
func BenchmarkFreshness(b *testing.B) {
	c := client(b)
	create(b, c, "events", 4)
	l := run(b, learn.Options{Client: c, Topics: []string{"events"}})
	r := rand.New(rand.NewPCG(1, 1))
	kafkatest.Send(b, c, kafkaops.Record{Topic: "events", Value: mixed(r, 0)})
	l.learned(c, "events")
	var took []time.Duration
	b.ResetTimer()
	for range 50 {
		began := time.Now()
		var batch []kafkaops.Record
		for i := range 1000 {
			batch = append(batch, kafkaops.Record{Topic: "events", Partition: int32(i % 4), Value: mixed(r, i)})
		}
		ds, err := c.ProduceSync(context.Background(), batch)
		if err != nil {
			b.Fatal(err)
		}
		sent := time.Now()
		for i := len(ds) - 4; i < len(ds); i++ {
			if err := l.Learned(context.Background(), seer.Place{Topic: "events", Partition: ds[i].Partition, Offset: ds[i].Offset}); err != nil {
				b.Fatal(err)
			}
		}
		took = append(took, time.Since(sent))
		time.Sleep(max(0, 100*time.Millisecond-time.Since(began)))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
}
