package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// lines are those that could be had from stdin without waiting; with an error they are its last.
type lines struct {
	text []byte // one behind the other, without their ends
	ends []int
	err  error
}

func (l lines) line(i int) []byte {
	from := 0
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.text[from:l.ends[i]:l.ends[i]]
}

const (
	maxBatch   = 1000    // lines that are handed over together
	batchBytes = 1 << 20 // about, of them
)

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
const lastAcknowledgements = 2 * time.Minute

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
		var l lines
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case l = <-input:
		}
		batch = batch[:0]
		var wrong error
		for i := 0; i < len(l.ends) && wrong == nil; i++ {
			var record kafkaops.Record
			if record, wrong = p.record(like, l.line(i)); wrong == nil {
				batch = append(batch, record)
			}
		}
		if err := producer.Send(ctx, batch, sent); err != nil {
			return err
		}
		sent += int64(len(batch))
		switch {
		case wrong != nil:
			return wrong
		case errors.Is(l.err, io.EOF):
			return nil
		case l.err != nil:
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
			if a.p.app.format == cli.Table { // a summary follows: nobody asks for an order
				a.failed(d.Err)
				continue
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
		if err == nil {
			err = a.p.show(d)
		}
		a.failed(err)
	}
}

// failed ends the sending at the first error.
func (a *acknowledged) failed(err error) {
	if err != nil && a.err == nil {
		a.err = err
		a.refused(err)
	}
}

// maxLineBytes bounds a line; Kafka's own default limit of a message is 1 MiB.
const maxLineBytes = 64 << 20

// readLines reads in the background: a read of a terminal can't be interrupted. The channel is never closed; its last element has an error.
func readLines(ctx context.Context, r io.Reader) <-chan lines {
	out := make(chan lines, 2)
	go func() {
		in := bufio.NewReaderSize(r, 1<<20)
		for {
			l := takeLines(in)
			select {
			case out <- l:
			case <-ctx.Done():
				return
			}
			if l.err != nil {
				return
			}
		}
	}()
	return out
}

// takeLines waits for a line and takes those that are there behind it.
func takeLines(in *bufio.Reader) lines {
	l := lines{text: make([]byte, 0, 1<<10)}
	for {
		from := len(l.text)
		if l.text, l.err = appendLine(l.text, in); l.err != nil && (!errors.Is(l.err, io.EOF) || len(l.text) == from) {
			return l
		}
		l.ends = append(l.ends, len(l.text)) // the last line needs no line end
		if l.err != nil || len(l.ends) == maxBatch || len(l.text) >= batchBytes {
			return l
		}
		if ahead, _ := in.Peek(in.Buffered()); bytes.IndexByte(ahead, '\n') < 0 {
			return l
		}
	}
}

// appendLine appends a line without its end.
func appendLine(text []byte, in *bufio.Reader) ([]byte, error) {
	from := len(text)
	for {
		part, err := in.ReadSlice('\n')
		text = append(text, part...)
		if len(text)-from > maxLineBytes {
			return text, fmt.Errorf("a line is longer than %d bytes", maxLineBytes)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			line := bytes.TrimSuffix(bytes.TrimSuffix(text[from:], []byte("\n")), []byte("\r"))
			return text[:from+len(line)], err
		}
	}
}

func (p *produce) record(like kafkaops.Record, text []byte) (kafkaops.Record, error) {
	if p.separator != "" {
		key, value, ok := bytes.Cut(text, []byte(p.separator))
		if !ok {
			return like, kafkaops.Errorf(kafkaops.Invalid, "reading stdin", "", "Write KEY"+p.separator+"VALUE, or leave out --key-separator.", "a line has no %q", p.separator)
		}
		like.Key, text = key, value
	}
	like.Value = text
	return like, nil
}
