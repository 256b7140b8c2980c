// The C side of bulk reading and producing: many records for each cgo call. See shim.h for who owns what.
#include "shim.h"

#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static __thread krapp_batch *consuming; // the batch that this thread is filling

// on_error gets what librdkafka won't return as a message: it runs inside krapp_consume. The handle's own errors are events instead.
static void on_error(rd_kafka_t *rk, int error, const char *text, void *opaque) {
	(void)rk;
	(void)opaque;
	krapp_batch *b = consuming;
	if (!b || b->complained == KRAPP_COMPLAINTS) return;
	krapp_complaint *c = &b->complaints[b->complained++];
	c->error = error;
	strncpy(c->text, text, sizeof c->text - 1);
	c->text[sizeof c->text - 1] = 0;
}

void krapp_watch_errors(rd_kafka_conf_t *conf) { rd_kafka_conf_set_error_cb(conf, on_error); }

// krapp_few_arenas has all threads share one of glibc's heaps, where each of librdkafka's would otherwise keep one of its own.
void krapp_few_arenas(void) {
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, 1);
#endif
}

// ---- consuming -------------------------------------------------------------------------------------------------------------------------

krapp_batch *krapp_batch_new(int capacity) {
	krapp_batch *b = calloc(1, sizeof *b);
	if (!b) return NULL;
	b->capacity = capacity;
	b->messages = calloc(capacity, sizeof *b->messages);
	b->records = calloc(capacity, sizeof *b->records);
	b->header_capacity = 1024;
	b->headers = calloc(b->header_capacity, sizeof *b->headers);
	b->complaints = calloc(KRAPP_COMPLAINTS, sizeof *b->complaints);
	if (!b->messages || !b->records || !b->headers || !b->complaints) {
		krapp_batch_free(b);
		return NULL;
	}
	return b;
}

void krapp_release(krapp_batch *b) {
	for (int i = 0; i < b->count; i++) rd_kafka_message_destroy(b->messages[i]);
	b->count = b->good = b->header_count = 0;
}

void krapp_batch_free(krapp_batch *b) {
	krapp_release(b);
	free(b->messages);
	free(b->records);
	free(b->headers);
	free(b->complaints);
	free(b);
}

static void take_headers(krapp_batch *b, krapp_record *r, const rd_kafka_message_t *m) {
	rd_kafka_headers_t *headers;
	r->first_header = b->header_count;
	if (rd_kafka_message_headers(m, &headers)) return;
	int n = (int)rd_kafka_header_cnt(headers);
	if (b->header_count + n > b->header_capacity) {
		int capacity = 2 * (b->header_count + n);
		krapp_header *grown = realloc(b->headers, capacity * sizeof *grown);
		if (!grown) abort(); // a few kilobytes: nothing sensible can follow
		b->headers = grown;
		b->header_capacity = capacity;
	}
	for (int i = 0; i < n; i++) {
		krapp_header *h = &b->headers[b->header_count++];
		size_t size = 0;
		rd_kafka_header_get_all(headers, i, &h->name, &h->value, &size);
		h->size = h->value ? (int64_t)size : -1;
		h->name_len = (int64_t)strlen(h->name);
	}
	r->headers = n;
}

// krapp_consume frees the previous batch and takes what is there: it waits only for the first message, where librdkafka's own batch call
// would wait for the whole batch or the whole timeout.
int krapp_consume(rd_kafka_queue_t *queue, krapp_batch *b, int max, int timeout_ms, int want_headers) {
	krapp_release(b);
	b->complained = 0;
	if (max > b->capacity) max = b->capacity;
	consuming = b;
	ssize_t more = 0;
	b->messages[0] = rd_kafka_consume_queue(queue, timeout_ms);
	if (b->messages[0] && max > 1) more = rd_kafka_consume_batch_queue(queue, 0, b->messages + 1, max - 1);
	consuming = NULL;
	if (!b->messages[0]) return 0;
	b->count = 1 + (more > 0 ? (int)more : 0);
	int failed = b->count;
	for (int i = 0; i < b->count; i++) {
		rd_kafka_message_t *m = b->messages[i];
		krapp_record *r = m->err ? &b->records[--failed] : &b->records[b->good++];
		r->rkt = m->rkt;
		r->partition = m->partition;
		r->offset = m->offset;
		r->error = m->err;
		r->key = m->key;
		r->key_len = m->key_len;
		r->value = m->payload;
		r->value_len = m->len;
		r->headers = 0;
		if (m->err) continue;
		r->timestamp = rd_kafka_message_timestamp(m, &r->timestamp_kind);
		if (want_headers) take_headers(b, r, m);
	}
	return b->count;
}

// ---- producing -------------------------------------------------------------------------------------------------------------------------

enum { v_end, v_topic, v_rkt, v_partition, v_value, v_key, v_opaque, v_msgflags, v_timestamp, v_header, v_headers }; // rd_kafka_vtype_t

#define MSG_F_COPY 0x2

// The packed form of one record: this head, the headers (two int32 lengths, the name, the value), key, value. Lengths of -1 mean null.
typedef struct {
	int64_t index, timestamp;
	int32_t topic, partition, key_len, value_len, headers, header_bytes;
} packed_head;

static rd_kafka_headers_t *unpack_headers(const char *p, int n) {
	rd_kafka_headers_t *headers = rd_kafka_headers_new(n);
	for (int i = 0; i < n; i++) {
		int32_t len[2];
		memcpy(len, p, sizeof len);
		p += sizeof len;
		const char *value = p + len[0];
		rd_kafka_header_add(headers, p, len[0], len[1] < 0 ? NULL : value, len[1] < 0 ? 0 : len[1]);
		p = value + (len[1] < 0 ? 0 : len[1]);
	}
	return headers;
}

static int produce_one(rd_kafka_t *rk, rd_kafka_topic_t *rkt, const packed_head *h, const char *p) {
	const char *key_at = p + h->header_bytes;
	const char *value_at = key_at + (h->key_len < 0 ? 0 : h->key_len);
	void *key = h->key_len < 0 ? NULL : (void *)key_at, *value = h->value_len < 0 ? NULL : (void *)value_at;
	size_t key_len = h->key_len < 0 ? 0 : h->key_len, value_len = h->value_len < 0 ? 0 : h->value_len;
	void *opaque = (void *)(intptr_t)h->index;

	if (!h->headers && !h->timestamp) {
		if (rd_kafka_produce(rkt, h->partition, MSG_F_COPY, value, value_len, key, key_len, opaque) == 0) return 0;
		return rd_kafka_last_error();
	}
	rd_kafka_headers_t *headers = h->headers ? unpack_headers(p, h->headers) : NULL;
	int err = rd_kafka_producev(rk, v_rkt, rkt, v_partition, h->partition, v_msgflags, MSG_F_COPY, v_value, value, value_len, v_key, key,
	                            key_len, v_timestamp, h->timestamp, v_opaque, opaque, v_headers, headers, v_end);
	if (err && headers) rd_kafka_headers_destroy(headers); // on success they belong to librdkafka
	return err;
}

// krapp_produce queues up to count packed records and returns how many; used is set to their bytes, error to what stopped it before count.
int krapp_produce(rd_kafka_t *rk, rd_kafka_topic_t **topics, const char *packed, int64_t len, int count, int64_t *used, int *error) {
	int64_t at = 0;
	int done = 0;
	*error = 0;
	for (; done < count && at + (int64_t)sizeof(packed_head) <= len; done++) {
		packed_head h;
		memcpy(&h, packed + at, sizeof h);
		if ((*error = produce_one(rk, topics[h.topic], &h, packed + at + sizeof h))) break;
		at += sizeof h + h.header_bytes + (h.key_len < 0 ? 0 : h.key_len) + (h.value_len < 0 ? 0 : h.value_len);
	}
	*used = at;
	return done;
}

// ---- events ----------------------------------------------------------------------------------------------------------------------------

#define EVENT_DR 0x1
#define EVENT_LOG 0x4
#define EVENT_ERROR 0x8

void krapp_poll(rd_kafka_queue_t *queue, int timeout_ms, krapp_event *out) {
	memset(out, 0, sizeof *out);
	if (!(out->event = rd_kafka_queue_poll(queue, timeout_ms))) return;
	out->kind = rd_kafka_event_type(out->event);
	switch (out->kind) {
	case EVENT_DR:
		out->reports = (int)rd_kafka_event_message_count(out->event);
		break;
	case EVENT_LOG:
		rd_kafka_event_log(out->event, &out->tag, &out->text, &out->level);
		break;
	case EVENT_ERROR:
		out->code = rd_kafka_event_error(out->event);
		out->text = rd_kafka_event_error_string(out->event);
		break;
	}
}

int krapp_reports(rd_kafka_event_t *event, krapp_report *out, int max) {
	const rd_kafka_message_t *m;
	int n = 0;
	while (n < max && (m = rd_kafka_event_message_next(event))) {
		out[n].index = (int64_t)(intptr_t)m->opaque;
		out[n].offset = m->offset;
		out[n].partition = m->partition;
		out[n].error = m->err;
		out[n].status = rd_kafka_message_status(m);
		n++;
	}
	return n;
}
