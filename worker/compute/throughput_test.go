package compute

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

// BenchmarkCompute measures the whole role: packed chunks of census rows, read, computed and committed in transactions. With KRAPP_TEST_KAFKA it
// runs on that cluster, else on an embedded broker. One iteration is one chunk of 10,000 rows: -benchtime 2000x.
func BenchmarkCompute(b *testing.B) {
	j, err := job.Load("census")
	if err != nil {
		b.Fatal(err)
	}
	job := *j
	job.Name = fmt.Sprintf("bench-%d", time.Now().UnixNano())
	c := benchClient(b)
	create(b, c, 6, job.ChunksTopic())
	create(b, c, 1, job.ResultsTopic())
	fillChunks(b, c, &job, b.N)
	b.ResetTimer()
	r := start(b, Options{Client: c, Job: &job, Worker: "bench"})
	for rows := int64(b.N) * 10_000; r.role.processor.totals().rows < rows; {
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(b.N)*10_000/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(r.role.State().Commits), "transactions")
}

func benchClient(b *testing.B) *rdkafka.Client {
	b.Helper()
	servers := os.Getenv("KRAPP_TEST_KAFKA")
	if servers == "" {
		return kafkatest.Client(b)
	}
	c, err := rdkafka.Connect(b.Context(), kafkaops.Context{Name: "bench", Brokers: strings.Split(servers, ",")}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

// fillChunks stores n chunks of 10,000 rows.
func fillChunks(b *testing.B, c *rdkafka.Client, j *job.Job, n int) {
	b.Helper()
	var lines bytes.Buffer
	for i := range 10_000 {
		fmt.Fprintf(&lines, "%030d%2d\n", i, i*7%15)
	}
	packer := job.NewPacker(j)
	var recs []kafkaops.Record
	for i := range n {
		m := job.ChunkMeta{Job: j.Name, Print: j.Print(), Source: "a", Index: int64(i), First: int64(i) * 10_000, Vars: map[string]string{"year": "2019"}}
		recs = append(recs, chunk(b, j, &m, packer.Pack(nil, lines.Bytes(), &m), int32(i%6)))
		if len(recs) == 100 || i == n-1 {
			kafkatest.Send(b, c, recs...)
			recs = recs[:0]
		}
	}
}
