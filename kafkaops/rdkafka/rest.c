// confluent-kafka-go polls for events and for log lines, a thread each and a client each, and comes back every 100 ms whatever there is, only to
// see whether it is being closed: half of what a console takes at which nothing happens. An event ends a poll at once, so nothing is lost by
// polling for longer, and krapp_wake ends the polls where a client is closed. The linker puts it in (-Wl,--wrap=rd_kafka_queue_poll).
#include "rest.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int restless; // for tests: polls stay as short as they are
static atomic_llong polls;

void krapp_let_rest(int on) { restless = !on; }
long long krapp_polls(void) { return polls; }

#ifdef __linux__
enum { SHORT_MS = 100, LONG_MS = 1000, PLACES = 64 };

typedef struct rd_kafka_queue_s rd_kafka_queue_t;
typedef struct rd_kafka_op_s rd_kafka_event_t;
rd_kafka_event_t *__real_rd_kafka_queue_poll(rd_kafka_queue_t *, int);
void rd_kafka_queue_yield(rd_kafka_queue_t *);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static rd_kafka_queue_t *resting[PLACES]; // being polled for long; NULL: a free place

// rest notes a queue; -1: there is no place.
static int rest(rd_kafka_queue_t *queue) {
	int place = PLACES - 1;
	pthread_mutex_lock(&lock);
	while (place >= 0 && resting[place]) place--;
	if (place >= 0) resting[place] = queue;
	pthread_mutex_unlock(&lock);
	return place;
}

rd_kafka_event_t *__wrap_rd_kafka_queue_poll(rd_kafka_queue_t *queue, int timeout_ms) {
	if (timeout_ms != SHORT_MS) return __real_rd_kafka_queue_poll(queue, timeout_ms);
	polls++;
	int place = restless ? -1 : rest(queue);
	if (place < 0) return __real_rd_kafka_queue_poll(queue, timeout_ms);
	rd_kafka_event_t *event = __real_rd_kafka_queue_poll(queue, LONG_MS);
	pthread_mutex_lock(&lock); // whoever wakes holds it: the queue is there until it is let go of
	resting[place] = NULL;
	pthread_mutex_unlock(&lock);
	return event;
}

void krapp_wake(void) {
	pthread_mutex_lock(&lock);
	for (int place = 0; place < PLACES; place++)
		if (resting[place]) rd_kafka_queue_yield(resting[place]);
	pthread_mutex_unlock(&lock);
}
#else
void krapp_wake(void) {}
#endif
