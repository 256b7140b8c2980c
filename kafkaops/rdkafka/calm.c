// librdkafka's broker threads spin: while as many produce requests are under way as may be (five, of an idempotent producer) and messages
// wait, rd_kafka_toppar_producer_serve (v2.15) asks to be called again at once, and the thread polls its sockets without a pause until a
// response comes. That takes a processor for each broker, at worst from the very brokers that are waited for.
//
// So poll without a pause becomes poll with the shortest: it ends as soon as a socket is ready, which is what the thread waits for, or its
// wake-up pipe. The linker puts it in (-Wl,--wrap=poll); Go's runtime and glibc itself call another.
#include "calm.h"

#include <stdatomic.h>

static atomic_int spins; // for tests: nothing is calmed
static atomic_llong empty;

void krapp_let_spin(int on) { spins = on; }
long long krapp_empty_polls(void) { return empty; }

#ifdef __linux__
#include <poll.h>

int __real_poll(struct pollfd *, nfds_t, int);

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms) {
	if (timeout_ms != 0) return __real_poll(fds, count, timeout_ms);
	int ready = __real_poll(fds, count, spins ? 0 : 1);
	if (ready == 0) empty++;
	return ready;
}
#endif
