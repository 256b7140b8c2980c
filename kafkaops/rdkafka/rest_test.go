//go:build linux

package rdkafka_test

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops/embedded"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// A client at which nothing happens rests: in a time in which it would ask forty times for events and log lines, it asks a few times.
func TestAClientAtRestAsksSeldom(t *testing.T) {
	b, err := embedded.Start(t.Context(), embedded.Options{Ephemeral: true})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	connect(t, b.Addrs())
	t.Cleanup(func() { rdkafka.LetRest(true) })

	const restless = 40
	rdkafka.LetRest(false)
	time.Sleep(time.Second) // the polls that rest end
	began, before := time.Now(), rdkafka.Polls()
	for deadline := began.Add(time.Minute); rdkafka.Polls() < before+restless; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("without rest it does not ask forty times in a minute: this test shows nothing")
		}
	}
	took := time.Since(began)
	rdkafka.LetRest(true)
	time.Sleep(200 * time.Millisecond)           // the polls that don't rest end
	for over := time.Now().Add(time.Minute); ; { // clients of tests before may take their time to close, on a busy machine
		before = rdkafka.Polls()
		time.Sleep(took)
		n := rdkafka.Polls() - before
		if n <= restless/3 {
			return
		}
		if time.Now().After(over) {
			t.Fatalf("at rest it asked %d times while it would ask %d times without", n, restless)
		}
	}
}
