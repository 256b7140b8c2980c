//go:build kafka

package e2e

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// Whatever is killed, whenever: a reader, each of three computing workers, the results worker, each broker. The answer is the same to the row.
func TestThePipelineSurvivesKills(t *testing.T) {
	b := startBackend(t)
	cluster := kafkatest.SharedCluster(t)
	for seed := range seeds(t) + 1 {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			s := newSurvey(t, 15_000, []string{"2019", "2020"}, []string{"jan"})
			name, job := b.pipelineJob(t)
			client := b.client(t)
			dice := rand.New(rand.NewPCG(uint64(seed), 7))
			reader := func() *process { return b.reader(t, s, job, "read-0", "2019,2020", "jan", "--delay", "20ms") }
			computer := func(i int) *process { return b.computer(t, job, fmt.Sprintf("compute-%d", i)) }
			reading, computing := reader(), []*process{computer(0), computer(1), computer(2)}
			results := b.worker(t, "results", "--job", job)
			// A moment is a number of chunks that are written, so that a slow machine kills in the middle too.
			moments := dice.Perm(50)[:4]
			kills := []func(){
				func() { reading.kill(t); reading = reader() },
				func() { results.kill(t); results = b.worker(t, "results", "--job", job) },
				func() {
					for i, c := range computing {
						c.kill(t)
						pause(dice, 300*time.Millisecond)
						computing[i] = computer(i)
					}
				},
				func() {
					node := kafkatest.NodeIDs()[dice.IntN(3)]
					cluster.Kill(node)
					pause(dice, time.Second)
					cluster.Start(node)
				},
			}
			for i, which := range dice.Perm(len(kills)) {
				eventually(t, "chunks are written", func() bool {
					return endOf(t, client, name+".chunks") > int64(moments[i]) || reading.ended()
				})
				kills[which]()
			}
			reading.wantEnd(t, 0)
			s.wantEqual(t, results)
			s.wantEqual(t, b.worker(t, "results", "--job", job))
		})
	}
}

// pause is a random while, so that what is killed is killed at any point of what it does.
func pause(dice *rand.Rand, most time.Duration) { time.Sleep(time.Duration(dice.Int64N(int64(most)))) }
