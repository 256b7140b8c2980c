package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// line is what was read from stdin.
type line struct {
	text string
	more bool // the next one can be had without waiting
	err  error
}

// maxBatch is how many lines are handed over together.
const maxBatch = 1000

// lines sends a message for each line: as many together as there are, so that what a person types is sent at once, and what is piped in
// doesn't wait for acknowledgements. It ends at the first message that was refused.
func (p *produce) lines(ctx context.Context, client *rdkafka.Client, like kafkaops.Record) error {
	producer, err := client.NewProducer(ctx, rdkafka.ProducerOptions{})
	if err != nil {
		return err
	}
	sending, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	acks := &acknowledged{p: p, waiting: map[int64]kafkaops.Delivery{}, refused: stop}
	done := make(chan struct{})
	go func() {
		defer close(done)
		acks.collect(producer.Deliveries())
	}()
	reading := p.sendLines(sending, producer, like)
	closing, cancel := context.WithTimeout(ctx, lastAcknowledgements)
	defer cancel()
	closed := producer.Close(closing) // waits for what is under way
	<-done
	var stdin readingError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case acks.err != nil:
		return fmt.Errorf("after %d messages: %w", acks.stored, acks.err)
	case errors.As(reading, &stdin):
		return kafkaops.NewError(kafkaops.Invalid, "reading stdin", "", fmt.Sprintf("%d messages were acknowledged before.", acks.stored), stdin.error)
	}
	if err := firstError(reading, closed); err != nil {
		return err
	}
	return p.summary(acks.stored)
}

// lastAcknowledgements is how long acknowledgements are awaited after the last line: as long as a message may take.
const lastAcknowledgements = time.Minute

// readingError is trouble with stdin, not with Kafka.
type readingError struct{ error }

// sendLines hands all lines to the producer, and returns why it could not.
func (p *produce) sendLines(ctx context.Context, producer *rdkafka.Producer, like kafkaops.Record) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	input := readLines(ctx, p.app.in)
	var batch []kafkaops.Record
	sent := int64(0)
	for {
		var l line
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case l = <-input:
		}
		if l.err == nil {
			record, err := p.record(like, l.text)
			if err != nil {
				return err
			}
			batch = append(batch, record)
		}
		if len(batch) > 0 && (l.err != nil || !l.more || len(batch) >= maxBatch) {
			if err := producer.Send(ctx, batch, sent); err != nil {
				return err
			}
			sent += int64(len(batch))
			batch = batch[:0] // it was copied
		}
		if errors.Is(l.err, io.EOF) {
			return nil
		}
		if l.err != nil {
			return readingError{l.err}
		}
	}
}

// acknowledged shows what was stored, in the order of the lines.
type acknowledged struct {
	p       *produce
	waiting map[int64]kafkaops.Delivery // acknowledged before lines that stand above them
	next    int64
	stored  int
	err     error // of the first line that was refused or could not be shown
	refused context.CancelCauseFunc
}

// collect reads all deliveries until the producer is closed.
func (a *acknowledged) collect(deliveries <-chan []kafkaops.Delivery) {
	for list := range deliveries {
		for _, d := range list {
			if d.Err == nil {
				a.stored++
			}
			a.inOrder(d)
		}
	}
}

func (a *acknowledged) inOrder(d kafkaops.Delivery) {
	a.waiting[d.Index] = d
	for {
		d, ok := a.waiting[a.next]
		if !ok {
			return
		}
		delete(a.waiting, a.next)
		a.next++
		err := d.Err
		if err == nil && a.p.app.format != cli.Table { // as a table, a summary follows
			err = a.p.show(d)
		}
		if err != nil && a.err == nil {
			a.err = err
			a.refused(err)
		}
	}
}

// maxLineBytes bounds a line; Kafka's own default limit of a message is 1 MiB.
const maxLineBytes = 64 << 20

// readLines reads in the background: a read of a terminal can't be interrupted. The channel is never closed; its last element has an error.
func readLines(ctx context.Context, r io.Reader) <-chan line {
	lines := make(chan line, maxBatch)
	go func() {
		in := bufio.NewReaderSize(r, 1<<20)
		for {
			text, err := readOne(in)
			if errors.Is(err, io.EOF) && text != "" {
				err = nil // the last line needs no line end
			}
			select {
			case lines <- line{strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r"), in.Buffered() > 0, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return lines
}

func readOne(in *bufio.Reader) (string, error) {
	var text []byte
	for {
		part, err := in.ReadSlice('\n')
		text = append(text, part...)
		if len(text) > maxLineBytes {
			return "", fmt.Errorf("a line is longer than %d bytes", maxLineBytes)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return string(text), err
		}
	}
}

func (p *produce) record(like kafkaops.Record, text string) (kafkaops.Record, error) {
	if p.separator != "" {
		key, value, ok := strings.Cut(text, p.separator)
		if !ok {
			return like, kafkaops.Errorf(kafkaops.Invalid, "reading stdin", "", "Write KEY"+p.separator+"VALUE, or leave out --key-separator.", "a line has no %q", p.separator)
		}
		like.Key, text = []byte(key), value
	}
	like.Value = []byte(text)
	return like, nil
}
