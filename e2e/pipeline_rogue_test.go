package e2e

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/worker/job"
)

// The rogue is a computing worker that does as krapp's does, but for one thing: it stores partial results first and commits its offsets
// afterwards, outside of any transaction. Killed between the two, it makes the answer wrong; if it didn't, the tests beside it would prove nothing.
func TestOffsetsCommittedOutsideTheTransactionBreakTheEquality(t *testing.T) {
	if brokers := os.Getenv("KRAPP_E2E_ROGUE"); brokers != "" {
		rogue(t, strings.Split(brokers, ","), os.Getenv("KRAPP_E2E_ROGUE_JOB"))
		return
	}
	b := startBackend(t)
	s := newSurvey(t, 5_000, []string{"2019"}, []string{"jan"})
	_, file := b.pipelineJob(t)
	b.reader(t, s, file, "read-0", "2019", "jan").wantEnd(t, 0)
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "KRAPP_E2E_ROGUE="+strings.Join(b.brokers, ","), "KRAPP_E2E_ROGUE_JOB="+file)
	if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.ExitCode() != killed {
		t.Fatalf("the rogue was to die between its results and its commit: %v\n%s", err, out)
	}
	b.computer(t, file, "compute-0")
	results := b.worker(t, "results", "--job", file)
	var whole completeness
	eventually(t, "everything is computed", func() bool {
		return ask(t, results.url+"/completeness", &whole) == 200 && whole.Rows >= s.rows && whole.Duplicated > 0
	})
	var got answer
	if code := ask(t, results.url+"/results", &got); code != 200 {
		t.Fatalf("/results: %d", code)
	}
	sum := func(counts map[string]int64) (n int64) {
		for _, v := range counts {
			n += v
		}
		return n
	}
	if have, want := sum(got.counts()["2019"]), sum(s.count["2019"]); have <= want {
		t.Errorf("the answer counts %d rows of %d: a rogue worker goes unnoticed", have, want)
	}
	if whole.Complete {
		t.Error("an answer that counts chunks twice is called complete")
	}
	if r := b.home.krapp(t, "results", "--job", file); r.code != 4 {
		t.Errorf("krapp results ends with %d, want 4\n%s", r.code, r.out)
	}
}

// killed is the exit code of the rogue that dies where it should.
const killed = 42

func rogue(t *testing.T, brokers []string, file string) {
	j, err := job.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := job.Compile(j)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rdkafka.Connect(context.Background(), kafkaops.Context{Brokers: brokers}, nil)
	if err != nil {
		t.Fatal(err)
	}
	extents, err := c.TopicExtents(t.Context(), kafkaops.ReadCommitted, j.ChunksTopic())
	if err != nil {
		t.Fatal(err)
	}
	sum := job.NewPartial(p)
	_, err = c.ScanRecords(t.Context(), extents.Starts(), extents.Ends(), kafkaops.ReadCommitted, func(records []kafkaops.Record) error {
		for i := range records {
			header, _ := records[i].Header(job.ChunkHeader)
			meta, err := job.DecodeChunk(header)
			if err != nil {
				return err
			}
			if err := p.Chunk(meta, records[i].Value, sum, func(int64, []byte, string) error { return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := sum.Encode("rogue")
	if err != nil {
		t.Fatal(err)
	}
	var out []kafkaops.Record
	for _, value := range encoded {
		out = append(out, kafkaops.Record{Topic: j.ResultsTopic(), Partition: kafkaops.AnyPartition, Value: value})
	}
	if _, err := c.ProduceSync(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	os.Exit(killed) // before c.AlterOffsets would commit what it did
}
