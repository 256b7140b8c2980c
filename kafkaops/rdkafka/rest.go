package rdkafka

// #cgo linux LDFLAGS: -Wl,--wrap=rd_kafka_queue_poll
// #include "rest.h"
import "C"

import "time"

// wakeEvery is how often a closing client's threads are woken: those that began to poll before they were told come back to it.
const wakeEvery = 5 * time.Millisecond

// awake runs what closes a client, while its threads are kept from resting. See rest.c.
func awake(closes func()) {
	done := make(chan struct{})
	defer close(done)
	go func() {
		tick := time.NewTicker(wakeEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				C.krapp_wake()
			}
		}
	}()
	closes()
}

// polls is how often confluent-kafka-go has asked for events and log lines.
func polls() int64 { return int64(C.krapp_polls()) }

// letRest takes the rest away, for the test that shows what it is good for.
func letRest(on bool) {
	var rests C.int
	if on {
		rests = 1
	}
	C.krapp_let_rest(rests)
}
