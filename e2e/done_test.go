package e2e

import (
	"strconv"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// million is the count of the big runs.
const million = 1_000_000

func TestEveryMessageIsProcessedExactlyOnce(t *testing.T) {
	b := startBackend(t)
	topic, group := b.topic(t, 6), unique(t, "group")
	b.consumer(t, group, "one", topic)
	const count = million

	j := b.doit(t, topic, "--count", strconv.Itoa(count), "--group", group)
	j.wantOnce(t, count)
	if !j.Final {
		t.Error("done is not final")
	}
	wantEachOnce(t, b.client(t), topic, j.Run, count)
	wantNoLag(t, b, group)

	b.isdone(t, j.Run, "--verify").wantOnce(t, count)
}

func TestAWorkerThatIsKilledAndRestartedProcessesNothingTwice(t *testing.T) {
	b := startBackend(t)
	if !b.real {
		t.Skip("exactly once under kills is promised on real Kafka only")
	}
	topic, group := b.topic(t, 6), unique(t, "group")
	one := b.consumer(t, group, "one", topic)
	b.consumer(t, group, "two", topic)
	const count = million

	run, doit := b.sending(t, topic, "--count", strconv.Itoa(count), "--group", group, "--wait", "--timeout", patience.String())
	b.await(t, run, "both workers are at it", func(j judgement) bool { return len(j.Workers) == 2 && j.Processed > count/20 })
	one.kill(t)
	at := b.isdone(t, run)
	if at.Processed >= count {
		t.Fatalf("the worker was killed after all was processed, so nothing is shown: %s", at.short())
	}
	b.consumer(t, group, "one", topic)

	<-doit.done
	j := decode(t, result{doit.ProcessState.ExitCode(), doit.out.String(), doit.log.String()})
	j.wantOnce(t, count)
	if doit.ProcessState.ExitCode() != 0 {
		t.Errorf("exit code %d for done", doit.ProcessState.ExitCode())
	}
	b.isdone(t, run).wantOnce(t, count)
	wantNoLag(t, b, group)
}

// wantNoLag fails the test unless the group has committed all there is, in the end.
func wantNoLag(t *testing.T, b backend, group string) {
	t.Helper()
	c := b.client(t)
	eventually(t, "group "+group+" has no lag", func() bool {
		lags, err := c.Lag(t.Context(), group)
		if err != nil {
			t.Fatal(err)
		}
		records, complete := kafkaops.TotalLag(lags)
		return complete && records == 0 && len(lags) > 0
	})
}
