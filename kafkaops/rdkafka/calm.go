package rdkafka

// #cgo linux LDFLAGS: -Wl,--wrap=poll
// #include "calm.h"
import "C"

// emptyPolls is how often librdkafka asked its sockets without a pause and found nothing. See calm.c.
func emptyPolls() int64 { return int64(C.krapp_empty_polls()) }

// letSpin takes the calm away, for the test that shows what it is good for.
func letSpin(on bool) {
	var spins C.int
	if on {
		spins = 1
	}
	C.krapp_let_spin(spins)
}
