package serve

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/kafkatest"
)

// BenchmarkQuestionToAnswer is what the topics add to an answer that takes no time: from the question's acknowledgement to the commit.
func BenchmarkQuestionToAnswer(b *testing.B) {
	c := kafkatest.Client(b)
	loop := loopOf(b, c, Options{Asker: &scripted{}}, asIs)
	await(b, "it has partitions", func() bool { return len(loop.State().Partitions) == 2 })
	for b.Loop() {
		want := loop.State().Records + 1
		kafkatest.Send(b, c, question(0, "", "who?"))
		for loop.State().Records < want {
			time.Sleep(100 * time.Microsecond)
		}
	}
}
