package rdkafka

/*
#include "shim.h"
*/
import "C"

import (
	"errors"
	"log/slog"
	"time"
	"unsafe"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka" // also links librdkafka itself

	"github.com/krapp-io/krapp/kafkaops"
)

// handleKind is librdkafka's rd_kafka_type_t.
type handleKind C.int

const (
	producing handleKind = 0
	consuming handleKind = 1
)

const (
	eventDelivery = 0x1
	eventLog      = 0x4
	eventError    = 0x8
)

// handle is one rd_kafka_t of the shim's own. Calls that may outlive their caller hold it, so that closing never frees it under them.
type handle struct {
	rk     *C.rd_kafka_t
	events *C.rd_kafka_queue_t // the main queue: errors, log lines, delivery reports
	log    *slog.Logger
	topics map[string]*C.rd_kafka_topic_t // owned by one goroutine, or guarded by the owner
	names  map[*C.rd_kafka_topic_t]string

	gate
}

// newHandle makes a handle from settings.
func newHandle(kind handleKind, conf map[string]string, log *slog.Logger) (*handle, error) {
	const op = "making a Kafka client"
	var text [512]C.char
	cconf := C.rd_kafka_conf_new()
	for k, v := range conf {
		ck, cv := C.CString(k), C.CString(v)
		bad := C.rd_kafka_conf_set(cconf, ck, cv, &text[0], C.size_t(len(text))) != 0
		C.free(unsafe.Pointer(ck))
		C.free(unsafe.Pointer(cv))
		if bad {
			C.rd_kafka_conf_destroy(cconf)
			return nil, kafkaops.NewError(kafkaops.Invalid, op, "", "check the context's settings", errors.New(C.GoString(&text[0])))
		}
	}
	C.krapp_watch_errors(cconf)
	C.rd_kafka_conf_set_events(cconf, eventDelivery|eventLog|eventError)
	rk := C.rd_kafka_new(C.int(kind), cconf, &text[0], C.size_t(len(text)))
	if rk == nil {
		C.rd_kafka_conf_destroy(cconf)
		return nil, kafkaops.NewError(kafkaops.Invalid, op, "", "check the context's settings", errors.New(C.GoString(&text[0])))
	}
	h := &handle{
		rk: rk, events: C.rd_kafka_queue_get_main(rk), log: log,
		topics: map[string]*C.rd_kafka_topic_t{}, names: map[*C.rd_kafka_topic_t]string{},
	}
	C.rd_kafka_set_log_queue(rk, h.events)
	return h, nil
}

// topic returns librdkafka's object of a topic, whose name must have been checked.
func (h *handle) topic(name string) (*C.rd_kafka_topic_t, error) {
	if t, ok := h.topics[name]; ok {
		return t, nil
	}
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	t := C.rd_kafka_topic_new(h.rk, cname, nil)
	if t == nil {
		return nil, codeText(C.rd_kafka_last_error())
	}
	h.topics[name], h.names[t] = t, name
	return t, nil
}

// forget drops the object of a topic that is no longer used, so that its metadata is no longer refreshed.
func (h *handle) forget(name string) {
	if t, ok := h.topics[name]; ok {
		delete(h.topics, name)
		delete(h.names, t)
		C.rd_kafka_topic_destroy(t)
	}
}

// codeText makes an error of a bare code.
func codeText(code C.int) kafka.Error {
	return kafka.NewError(kafka.ErrorCode(code), C.GoString(C.rd_kafka_err2str(code)), false)
}

// fatal returns the error that has made the handle useless, if any.
func (h *handle) fatal() (kafka.Error, bool) {
	var text [512]C.char
	code := C.rd_kafka_fatal_error(h.rk, &text[0], C.size_t(len(text)))
	if code == 0 {
		return kafka.Error{}, false
	}
	return kafka.NewError(kafka.ErrorCode(code), C.GoString(&text[0]), true), true
}

// yield makes a poll of the queue return, unless the handle is closed.
func (h *handle) yield(queue *C.rd_kafka_queue_t) {
	if h.enter() {
		C.rd_kafka_queue_yield(queue)
		h.leave()
	}
}

// destroy frees the handle when no call holds it any longer, and waits for that at most for the limit. It returns false when the handle was
// left behind, with its queues; it is then freed whenever the last call returns.
func (h *handle) destroy(limit time.Duration, queues ...*C.rd_kafka_queue_t) bool {
	h.shut()
	freed := make(chan struct{})
	go func() {
		defer close(freed)
		h.calls.Wait()
		for name := range h.topics {
			h.forget(name)
		}
		for _, queue := range append(queues, h.events) {
			C.rd_kafka_queue_destroy(queue)
		}
		const noConsumerClose = 0x8
		C.rd_kafka_destroy_flags(h.rk, noConsumerClose)
	}()
	select {
	case <-freed:
		return true
	case <-time.After(limit):
		h.log.Warn("kafka client left behind: librdkafka did not close in time")
		return false
	}
}
