// The few of librdkafka's prototypes that the shim needs, as its rdkafka.h (v2.15) declares them, and the shim's own.
// They are weak so that cgo's check of this package alone links; the binary gets them from the archive that confluent-kafka-go bundles.
#ifndef KRAPP_SHIM_H
#define KRAPP_SHIM_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#define WEAK __attribute__((weak))

typedef struct rd_kafka_s rd_kafka_t;
typedef struct rd_kafka_conf_s rd_kafka_conf_t;
typedef struct rd_kafka_topic_s rd_kafka_topic_t;
typedef struct rd_kafka_topic_conf_s rd_kafka_topic_conf_t;
typedef struct rd_kafka_queue_s rd_kafka_queue_t;
typedef struct rd_kafka_op_s rd_kafka_event_t;
typedef struct rd_kafka_headers_s rd_kafka_headers_t;
typedef struct rd_kafka_error_s rd_kafka_error_t;
typedef struct rd_kafka_consumer_group_metadata_s rd_kafka_consumer_group_metadata_t;

typedef struct {
	int err; // the error code; payload is then the error's text
	rd_kafka_topic_t *rkt;
	int32_t partition;
	void *payload;
	size_t len;
	void *key;
	size_t key_len;
	int64_t offset;
	void *opaque;
} rd_kafka_message_t;

typedef struct {
	char *topic;
	int32_t partition;
	int64_t offset;
	void *metadata;
	size_t metadata_size;
	void *opaque;
	int err;
	void *priv;
} rd_kafka_topic_partition_t;

typedef struct {
	int cnt, size;
	rd_kafka_topic_partition_t *elems;
} rd_kafka_topic_partition_list_t;

WEAK rd_kafka_conf_t *rd_kafka_conf_new(void);
WEAK void rd_kafka_conf_destroy(rd_kafka_conf_t *);
WEAK int rd_kafka_conf_set(rd_kafka_conf_t *, const char *, const char *, char *, size_t);
WEAK void rd_kafka_conf_set_events(rd_kafka_conf_t *, int);
WEAK void rd_kafka_conf_set_error_cb(rd_kafka_conf_t *, void (*)(rd_kafka_t *, int, const char *, void *));
WEAK rd_kafka_t *rd_kafka_new(int, rd_kafka_conf_t *, char *, size_t);
WEAK void rd_kafka_destroy_flags(rd_kafka_t *, int);
WEAK int rd_kafka_set_log_queue(rd_kafka_t *, rd_kafka_queue_t *);
WEAK rd_kafka_topic_t *rd_kafka_topic_new(rd_kafka_t *, const char *, rd_kafka_topic_conf_t *);
WEAK void rd_kafka_topic_destroy(rd_kafka_topic_t *);
WEAK const char *rd_kafka_err2str(int);
WEAK int rd_kafka_last_error(void);
WEAK int rd_kafka_fatal_error(rd_kafka_t *, char *, size_t);

WEAK rd_kafka_queue_t *rd_kafka_queue_new(rd_kafka_t *);
WEAK rd_kafka_queue_t *rd_kafka_queue_get_main(rd_kafka_t *);
WEAK void rd_kafka_queue_destroy(rd_kafka_queue_t *);
WEAK void rd_kafka_queue_yield(rd_kafka_queue_t *);
WEAK rd_kafka_event_t *rd_kafka_queue_poll(rd_kafka_queue_t *, int);
WEAK int rd_kafka_event_type(const rd_kafka_event_t *);
WEAK int rd_kafka_event_error(rd_kafka_event_t *);
WEAK const char *rd_kafka_event_error_string(rd_kafka_event_t *);
WEAK int rd_kafka_event_log(rd_kafka_event_t *, const char **, const char **, int *);
WEAK size_t rd_kafka_event_message_count(rd_kafka_event_t *);
WEAK const rd_kafka_message_t *rd_kafka_event_message_next(rd_kafka_event_t *);
WEAK void rd_kafka_event_destroy(rd_kafka_event_t *);

WEAK int rd_kafka_consume_start_queue(rd_kafka_topic_t *, int32_t, int64_t, rd_kafka_queue_t *);
WEAK int rd_kafka_consume_stop(rd_kafka_topic_t *, int32_t);
WEAK rd_kafka_message_t *rd_kafka_consume_queue(rd_kafka_queue_t *, int);
WEAK ssize_t rd_kafka_consume_batch_queue(rd_kafka_queue_t *, int, rd_kafka_message_t **, size_t);
WEAK void rd_kafka_message_destroy(rd_kafka_message_t *);
WEAK int64_t rd_kafka_message_timestamp(const rd_kafka_message_t *, int *);
WEAK int rd_kafka_message_headers(const rd_kafka_message_t *, rd_kafka_headers_t **);
WEAK int rd_kafka_message_status(const rd_kafka_message_t *);

WEAK rd_kafka_headers_t *rd_kafka_headers_new(size_t);
WEAK void rd_kafka_headers_destroy(rd_kafka_headers_t *);
WEAK int rd_kafka_header_add(rd_kafka_headers_t *, const char *, ssize_t, const void *, ssize_t);
WEAK size_t rd_kafka_header_cnt(const rd_kafka_headers_t *);
WEAK int rd_kafka_header_get_all(const rd_kafka_headers_t *, size_t, const char **, const void **, size_t *);
WEAK int rd_kafka_producev(rd_kafka_t *, ...);
WEAK int rd_kafka_produce(rd_kafka_topic_t *, int32_t, int, void *, size_t, const void *, size_t, void *);
struct rd_kafka_metadata;
WEAK int rd_kafka_metadata(rd_kafka_t *, int, rd_kafka_topic_t *, const struct rd_kafka_metadata **, int);
WEAK void rd_kafka_metadata_destroy(const struct rd_kafka_metadata *);
WEAK int rd_kafka_purge(rd_kafka_t *, int);

WEAK rd_kafka_error_t *rd_kafka_init_transactions(rd_kafka_t *, int);
WEAK rd_kafka_error_t *rd_kafka_begin_transaction(rd_kafka_t *);
WEAK rd_kafka_error_t *rd_kafka_commit_transaction(rd_kafka_t *, int);
WEAK rd_kafka_error_t *rd_kafka_abort_transaction(rd_kafka_t *, int);
WEAK rd_kafka_error_t *rd_kafka_send_offsets_to_transaction(rd_kafka_t *, const rd_kafka_topic_partition_list_t *,
                                                            const rd_kafka_consumer_group_metadata_t *, int);
WEAK rd_kafka_error_t *rd_kafka_consumer_group_metadata_read(rd_kafka_consumer_group_metadata_t **, const void *, size_t);
WEAK void rd_kafka_consumer_group_metadata_destroy(rd_kafka_consumer_group_metadata_t *);
WEAK rd_kafka_topic_partition_list_t *rd_kafka_topic_partition_list_new(int);
WEAK rd_kafka_topic_partition_t *rd_kafka_topic_partition_list_add(rd_kafka_topic_partition_list_t *, const char *, int32_t);
WEAK void rd_kafka_topic_partition_list_destroy(rd_kafka_topic_partition_list_t *);
WEAK int rd_kafka_error_code(const rd_kafka_error_t *);
WEAK const char *rd_kafka_error_string(const rd_kafka_error_t *);
WEAK int rd_kafka_error_is_fatal(const rd_kafka_error_t *);
WEAK int rd_kafka_error_is_retriable(const rd_kafka_error_t *);
WEAK int rd_kafka_error_txn_requires_abort(const rd_kafka_error_t *);
WEAK void rd_kafka_error_destroy(rd_kafka_error_t *);

// krapp_header points at one header inside librdkafka's message. size is -1 for a null value.
typedef struct {
	const char *name;
	int64_t name_len;
	const void *value;
	int64_t size;
} krapp_header;

// krapp_record describes one consumed message; its pointers are valid until the next krapp_consume or krapp_release.
typedef struct {
	const void *rkt; // identifies the topic
	const void *key, *value; // NULL: none; on error value is the error's text
	int64_t key_len, value_len;
	int64_t offset, timestamp; // milliseconds
	int32_t partition, error, timestamp_kind;
	int32_t headers, first_header; // index into the batch's headers
	int32_t pad;
} krapp_record;

// krapp_complaint is an error about a partition that librdkafka hands to a callback instead of returning it as a message.
typedef struct {
	int error;
	char text[600]; // "topic [partition]: why"; topics have at most 249 bytes
} krapp_complaint;

#define KRAPP_COMPLAINTS 64

// krapp_batch is the reusable buffer of one reader.
typedef struct {
	rd_kafka_message_t **messages;
	krapp_record *records; // the good ones first, then the failed
	krapp_header *headers;
	int capacity, count, good;
	int header_capacity, header_count;
	krapp_complaint *complaints; // of the last krapp_consume
	int complained;
} krapp_batch;

void krapp_few_arenas(void);
void krapp_watch_errors(rd_kafka_conf_t *);
krapp_batch *krapp_batch_new(int capacity);
void krapp_batch_free(krapp_batch *);
void krapp_release(krapp_batch *);
int krapp_consume(rd_kafka_queue_t *, krapp_batch *, int max, int timeout_ms, int want_headers);

// krapp_report is what became of one produced record.
typedef struct {
	int64_t index, offset;
	int32_t partition, error, status, pad;
} krapp_report;

// krapp_event is one event of a handle's main queue: an error, a log line, or delivery reports.
typedef struct {
	int kind; // 0 none
	int code, level;
	const char *tag, *text; // valid until the event is destroyed
	int reports;
	rd_kafka_event_t *event;
} krapp_event;

void krapp_poll(rd_kafka_queue_t *, int timeout_ms, krapp_event *);
int krapp_reports(rd_kafka_event_t *, krapp_report *, int max);
int krapp_produce(rd_kafka_t *, rd_kafka_topic_t **topics, const char *packed, int64_t len, int count, int64_t *used, int *error);

#endif
