package produce

import (
	"context"
	"log/slog"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/eos"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/send"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
	"github.com/krapp-io/krapp/worker"
	"github.com/krapp-io/krapp/worker/trace"
)

// sliceSender handles slices, within the transactions of the loop.
type sliceSender struct {
	worker    string
	topics    worker.Topics
	admin     topicAdmin
	cancelled func(run string) bool
	log       *slog.Logger

	refused map[place]error // messages that the brokers will never take; found in a transaction that was aborted for it
	done    []sent          // in the transaction in hand
	topic   kafkaops.Topic  // the last one described
	looked  time.Time
}

// place is a message of a run.
type place struct {
	run string
	seq int64
}

// sent is what a transaction did of a run.
type sent struct {
	run           string
	acked, failed int64
}

// part is one slice within a transaction.
type part struct {
	slice  wire.Slice
	at     []int // for each of the slice's messages its number in the transaction; -1: not sent
	size   []int // for each its key and value, in bytes
	reason error // why the whole slice is refused
}

// take returns what the committed transaction did.
func (s *sliceSender) take() []sent {
	done := s.done
	s.done = nil
	clear(s.refused)
	return done
}

// Handle sends slices. A message that the brokers will never take fails its transaction; when the slice comes again, that message is left
// out and reported as failed.
func (s *sliceSender) Handle(ctx context.Context, b *eos.Batch, tx eos.Tx) error {
	s.done = nil
	var parts []part
	total := 0
	for i := range b.Records {
		slice, err := wire.DecodeSlice(b.Records[i].Value)
		if err != nil {
			s.log.Warn("skipping a damaged slice", "partition", b.Records[i].Partition, "offset", b.Records[i].Offset, "error", err.Error())
			continue
		}
		if s.cancelled(slice.Run.ID) {
			continue
		}
		p, n, err := s.produce(ctx, slice, total, tx)
		if err != nil {
			return err
		}
		total += n
		parts = append(parts, p)
	}
	deliveries, err := tx.Deliver(ctx)
	if err != nil {
		return err
	}
	if err := s.mark(parts, deliveries); err != nil {
		return err
	}
	return s.report(ctx, parts, deliveries, tx)
}

// produce is a span of the transaction's trace.
func (s *sliceSender) produce(ctx context.Context, slice wire.Slice, from int, tx eos.Tx) (p part, n int, err error) {
	ctx, span := trace.Start(ctx, "send slice")
	span.Name("run", slice.Run.ID)
	p, n, err = s.queue(ctx, slice, from, tx)
	span.Number("messages", n)
	span.End(err)
	return p, n, err
}

// queue queues a slice's messages; n is how many.
func (s *sliceSender) queue(ctx context.Context, slice wire.Slice, from int, tx eos.Tx) (p part, n int, err error) {
	p = part{slice: slice}
	var records []kafkaops.Record
	if p.reason, err = s.mayNot(ctx, &slice.Run); err == nil && p.reason == nil {
		records, p.reason = send.RenderSlice(slice.Run, slice)
	}
	if err != nil || p.reason != nil {
		return p, 0, err
	}
	p.at, p.size = make([]int, len(records)), make([]int, len(records))
	wanted := records[:0]
	for i := range records {
		p.at[i], p.size[i] = -1, len(records[i].Key)+len(records[i].Value)
		if s.refused[place{slice.Run.ID, slice.First + int64(i)}] == nil {
			p.at[i] = from + len(wanted)
			wanted = append(wanted, records[i])
		}
	}
	return p, len(wanted), tx.Produce(ctx, wanted)
}

// topicFresh is how long a topic's description counts: a topic that is deleted and created again is found out after that.
const topicFresh = 2 * time.Second

// mayNot says why a run must not be sent here: its topic is not allowed, gone, or another one under the same name. err is for what may be
// otherwise the next time.
func (s *sliceSender) mayNot(ctx context.Context, run *roundtrip.Run) (reason, err error) {
	const op = "sending to topic"
	if !s.topics.Allows(run.Topic) {
		return kafkaops.Errorf(kafkaops.Unauthorised, op, run.Topic, "allow it in the worker's configuration with --topics",
			"this worker's configuration does not allow the topic"), nil
	}
	if s.topic.Name != run.Topic || time.Since(s.looked) > topicFresh {
		topics, err := s.admin.DescribeTopics(ctx, run.Topic)
		if err == nil {
			err = topics[0].Err
		}
		switch kafkaops.ClassOf(err) {
		case "":
		case kafkaops.NotFound, kafkaops.Unauthorised:
			return err, nil
		default:
			return nil, err
		}
		s.topic, s.looked = topics[0], time.Now()
	}
	if run.TopicID != "" && s.topic.ID != "" && run.TopicID != s.topic.ID {
		return kafkaops.Errorf(kafkaops.NotFound, op, run.Topic, "start another run", "the topic was deleted and created again since the run began"), nil
	}
	return nil, nil
}

// mark notes the messages that were refused for good, and returns an error if any has failed: the transaction can't be committed.
func (s *sliceSender) mark(parts []part, deliveries []kafkaops.Delivery) error {
	largest := largestRefused(parts, deliveries)
	for _, p := range parts {
		for i, at := range p.at {
			if at < 0 || deliveries[at].Err == nil {
				continue
			}
			err := deliveries[at].Err
			if rdkafka.TooLarge(err) && p.size[i] <= largest/2 {
				continue // it was in a batch with one that is too large
			}
			switch kafkaops.ClassOf(err) {
			case kafkaops.Invalid, kafkaops.Unauthorised, kafkaops.NotFound, kafkaops.Unsupported:
				s.refused[place{p.slice.Run.ID, p.slice.First + int64(i)}] = err
			}
		}
	}
	for i := range deliveries {
		if deliveries[i].Err != nil {
			s.looked = time.Time{}
			// Whatever it is, it is this slice's trouble and not the worker's.
			return kafkaops.NewError(kafkaops.Unavailable, "sending a slice", "", "", deliveries[i].Err)
		}
	}
	return nil
}

// largestRefused is the size of the largest message that was refused for its size: a broker refuses a whole batch for one of them.
func largestRefused(parts []part, deliveries []kafkaops.Delivery) int {
	largest := 0
	for _, p := range parts {
		for i, at := range p.at {
			if at >= 0 && rdkafka.TooLarge(deliveries[at].Err) {
				largest = max(largest, p.size[i])
			}
		}
	}
	return largest
}

// report writes what became of each slice's messages, in the same transaction.
func (s *sliceSender) report(ctx context.Context, parts []part, deliveries []kafkaops.Delivery, tx eos.Tx) error {
	for _, p := range parts {
		outcome := make([]kafkaops.Delivery, p.slice.Len())
		count := sent{run: p.slice.Run.ID}
		for i := range outcome {
			switch seq := p.slice.First + int64(i); {
			case p.reason != nil:
				outcome[i].Err = p.reason
			case p.at[i] < 0:
				outcome[i].Err = s.refused[place{p.slice.Run.ID, seq}]
			default:
				outcome[i] = deliveries[p.at[i]]
			}
			if outcome[i].Err != nil {
				count.failed++
			} else {
				count.acked++
			}
		}
		record, err := send.SentReport(p.slice.Run, p.slice, s.worker, outcome)
		if err != nil {
			return err
		}
		if err := tx.Produce(ctx, []kafkaops.Record{record}); err != nil {
			return err
		}
		s.done = append(s.done, count)
	}
	return nil
}
