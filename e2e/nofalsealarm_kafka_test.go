//go:build kafka

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/ledger"
)

// seeds is how many rounds of kills a test makes: few unless make test-kills asks for more.
func seeds(t *testing.T) int {
	t.Helper()
	s := os.Getenv("KRAPP_KILL_SEEDS")
	if s == "" {
		return 2
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("KRAPP_KILL_SEEDS=%q is no number of rounds", s)
	}
	return n
}

// polling asks about a run, without pause, until it is told to end: new processes, and new ledgers in this one, which are asked many times
// while a process starts.
type polling struct {
	stop    chan struct{}
	asking  sync.WaitGroup
	mu      sync.Mutex
	said    map[string]int // verdicts, and how often each was given
	alarms  []string       // judgements that must not be given of a run that ends done
	refused int            // the brokers did not answer
	broken  []string       // what is neither
}

func poll(t *testing.T, b backend, run string) *polling {
	t.Helper()
	p := &polling{stop: make(chan struct{}), said: map[string]int{}}
	client := b.client(t)
	for _, ask := range []func(){
		func() { p.process(b, run) },
		func() { p.ledger(client, run) },
	} {
		p.asking.Go(func() {
			for {
				select {
				case <-p.stop:
					return
				default:
					ask()
				}
			}
		})
	}
	t.Cleanup(p.end)
	return p
}

func (p *polling) process(b backend, run string) {
	cmd := b.home.command("krapp", "isdone", run, "-o", "json")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, _ := cmd.Output() // the exit code is looked at below
	var j judgement
	switch err := json.Unmarshal(out, &j); {
	case err == nil:
		p.note(j.Verdict, j.Missing, j.Duplicated, j.short())
	case len(out) == 0 && cmd.ProcessState.ExitCode() == 1 && strings.Contains(errs.String(), "krapp: "):
		p.refuse("")
	default:
		p.refuse(fmt.Sprintf("exit code %d, %q, %q", cmd.ProcessState.ExitCode(), out, errs.String()))
	}
}

func (p *polling) ledger(client *rdkafka.Client, run string) {
	j, err := ledger.New(client, ledger.Options{ReadOnly: true}).Judge(context.Background(), run)
	if err != nil {
		p.refuse("")
		return
	}
	p.note(string(j.Verdict), j.Missing, j.Duplicated, j.Said)
}

func (p *polling) note(verdict string, missing, duplicated int64, said string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said[verdict]++
	switch verdict {
	case "sending", "in flight", "stalled", "done":
		if missing+duplicated == 0 {
			return
		}
	}
	p.alarms = append(p.alarms, said)
}

func (p *polling) refuse(broken string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused++
	if broken != "" {
		p.broken = append(p.broken, broken)
	}
}

// end stops the polling.
func (p *polling) end() {
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	p.asking.Wait()
}

// wantNoAlarm ends the polling and fails the test if anything was said that was not so.
func (p *polling) wantNoAlarm(t *testing.T, run string) {
	t.Helper()
	p.end()
	t.Logf("run %s: said %v, no answer %d times", run, p.said, p.refused)
	for _, a := range append(p.alarms, p.broken...) {
		t.Errorf("of a run that ended done it was said: %s", a)
	}
	if p.said["in flight"]+p.said["sending"]+p.said["stalled"] < 8 { // while brokers are away an answer takes seconds
		t.Errorf("too little was asked while it went on: %v", p.said)
	}
}

// While brokers are killed and restarted, and a worker with them, isdone is asked all the time: it never cries loss of runs that end done.
// The runs do end done, each message processed once.
func TestNoFalseAlarmWhileBrokersAndWorkersAreKilled(t *testing.T) {
	b := startBackend(t)
	cluster := kafkatest.SharedCluster(t)
	topics := []string{b.topic(t, 4), b.topic(t, 4)}
	group := unique(t, "group")
	consumed := strings.Join(topics, ",")
	b.consumer(t, group, "one", consumed)
	two := b.consumer(t, group, "two", consumed)
	for seed := range seeds(t) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 3))
			const count = 25_000
			var runs []string
			var senders []*process
			var pollings []*polling
			for _, topic := range topics {
				run, doit := b.sending(t, topic, "--count", fmt.Sprint(count), "--rate", "1000", "--group", group, "--wait", "--timeout", patience.String())
				runs, senders, pollings = append(runs, run), append(senders, doit), append(pollings, poll(t, b, run))
			}
			node := 1 + random.IntN(3)
			b.await(t, runs[0], "the runs are under way", func(j judgement) bool { return j.Processed > random.Int64N(count/4) })
			if random.IntN(2) == 0 {
				cluster.Kill(node)
			} else {
				cluster.Stop(node)
			}
			two.kill(t)
			cluster.Start(node)
			two = b.consumer(t, group, "two", consumed)
			for i, doit := range senders {
				doit.judged(t).wantOnce(t, count)
				pollings[i].wantNoAlarm(t, runs[i])
				wantEachOnce(t, b.client(t), topics[i], runs[i], count)
			}
		})
	}
}

// The negative control: the same polling hears an alarm that is true.
func TestPollingHearsWhatIsLost(t *testing.T) {
	b := startBackend(t)
	a, _ := b.sent(t, 100, 1)
	p := poll(t, b, a.run)
	commit(t, a.client, a.group, a.topic, nil)
	eventually(t, "the loss is heard", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.said["lost"] > 0 && len(p.alarms) > 0
	})
}
