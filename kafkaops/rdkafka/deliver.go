package rdkafka

/*
#include "shim.h"
*/
import "C"

import (
	"sync"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/krapp-io/krapp/kafkaops"
)

// refusals are deliveries of records that librdkafka never took; the poller passes them on, so that there is one writer.
type refusals struct {
	mu   sync.Mutex
	list []kafkaops.Delivery
}

func (r *refusals) take() []kafkaops.Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list
	r.list = nil
	return list
}

func (p *Producer) refuse(index int64, partition int32, err error) {
	p.refused.mu.Lock()
	p.refused.list = append(p.refused.list, kafkaops.Delivery{Index: index, Partition: partition, Offset: kafkaops.NoOffset, Err: err})
	p.refused.mu.Unlock()
	p.wake()
}

// poll passes delivery reports on until quit is closed.
func (p *Producer) poll() {
	defer close(p.done)
	reports := make([]C.krapp_report, packRecords)
	for {
		select {
		case <-p.quit:
			return
		default:
		}
		if list := p.refused.take(); len(list) > 0 && !p.deliver(list) {
			return
		}
		var ev C.krapp_event
		C.krapp_poll(p.h.events, C.int(pollSlice.Milliseconds()), &ev) //nolint:gocritic // what cgo makes of the line
		if ev.kind == 0 {
			continue
		}
		ok := true
		if ev.kind == eventDelivery {
			ok = p.report(&ev, reports)
		} else {
			p.c.handleEvent(&ev)
		}
		C.rd_kafka_event_destroy(ev.event)
		if !ok {
			return
		}
	}
}

// report delivers an event's reports.
func (p *Producer) report(ev *C.krapp_event, reports []C.krapp_report) bool {
	errs := map[C.int]error{}
	for {
		n := int(C.krapp_reports(ev.event, &reports[0], C.int(len(reports))))
		if n == 0 {
			return true
		}
		list := make([]kafkaops.Delivery, n)
		for i := range list {
			r := &reports[i]
			list[i] = kafkaops.Delivery{Index: int64(r.index), Partition: int32(r.partition), Offset: max(kafkaops.NoOffset, int64(r.offset))}
			if r.error == 0 {
				continue
			}
			if errs[r.error] == nil {
				errs[r.error] = fail("producing", "", p.cause(r.error))
			}
			const possiblyPersisted = 1
			list[i].Err, list[i].Offset = errs[r.error], kafkaops.NoOffset
			list[i].Possibly = r.status == possiblyPersisted
		}
		if !p.deliver(list) {
			return false
		}
	}
}

// cause is the error of a code; behind "fatal" it finds what was fatal.
func (p *Producer) cause(code C.int) kafka.Error {
	err := codeText(code)
	if err.Code() == kafka.ErrFatal {
		if fatal, ok := p.h.fatal(); ok {
			return fatal
		}
	}
	return err
}

// deliver hands a batch to the reader of Deliveries; false when the producer is being closed.
func (p *Producer) deliver(list []kafkaops.Delivery) bool {
	select {
	case p.deliveries <- list:
	case <-p.quit:
		return false
	}
	p.reported.Add(int64(len(list)))
	select {
	case p.room <- struct{}{}:
	default:
	}
	return true
}
