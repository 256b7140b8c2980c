package rdkafka

/*
#include "shim.h"
*/
import "C"

import "github.com/confluentinc/confluent-kafka-go/v2/kafka"

// handleEvent logs an event of a shim handle, so that nothing ever reaches stderr, and keeps complaints for explaining timeouts.
func (c *Client) handleEvent(ev *C.krapp_event) {
	switch ev.kind {
	case eventLog:
		logLine(c.log, int(ev.level), C.GoString(ev.tag), C.GoString(ev.text))
	case eventError:
		err := kafka.NewError(kafka.ErrorCode(ev.code), C.GoString(ev.text), false)
		c.faults.note(err)
		c.log.Debug("kafka client", "error", err.String())
	}
}
