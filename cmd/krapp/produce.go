package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/krapp-io/krapp/cmd/internal/cli"
	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// produce is one run of the command.
type produce struct {
	app       *app
	topic     string
	key       *string
	value     *string
	headers   []string
	separator string
	partition int32
}

func (a *app) produceCommand() *cobra.Command {
	p := produce{app: a}
	var key, value string
	cmd := &cobra.Command{Use: "produce TOPIC", Short: "Produce one message, or a message for each line of stdin", Args: cobra.ExactArgs(1),
		Long: "Produce one message (--value), or a message for each line of stdin. It succeeds only after all in-sync replicas have acknowledged.\n" +
			"Keys and values are taken literally; krapp doit renders templates.",
		Example: "  krapp produce orders --key o-1 --value '{\"total\":12}' -H source=till\n  seq 1000 | krapp produce numbers\n  krapp produce orders --key-separator : < keyed.txt",
		RunE: func(cmd *cobra.Command, args []string) error {
			p.topic = args[0]
			if cmd.Flags().Changed("key") {
				p.key = &key
			}
			if cmd.Flags().Changed("value") {
				p.value = &value
			}
			headers, err := parseHeaders(p.headers)
			if err != nil {
				return err
			}
			return a.withChange(cmd.Context(), "producing to "+p.topic, func(client *rdkafka.Client) error { return p.run(cmd.Context(), client, headers) })
		}}
	f := cmd.Flags()
	f.StringVarP(&key, "key", "k", "", "key of every message (none: no key)")
	f.StringVar(&value, "value", "", "the message's value; without it the lines of stdin are sent")
	f.StringArrayVarP(&p.headers, "header", "H", nil, "header as NAME=VALUE; may be repeated")
	f.StringVar(&p.separator, "key-separator", "", "what divides the key from the value in each line")
	f.Int32Var(&p.partition, "partition", kafkaops.AnyPartition, "partition (default: by the key, as Java's clients choose)")
	return cmd
}

// parseHeaders reads NAME=VALUE pairs.
func parseHeaders(pairs []string) ([]kafkaops.Header, error) {
	var headers []kafkaops.Header
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, cli.Usagef("Give -H NAME=VALUE.", "%q is no header", pair)
		}
		headers = append(headers, kafkaops.Header{Key: name, Value: []byte(value)})
	}
	return headers, nil
}

func (p *produce) run(ctx context.Context, client *rdkafka.Client, headers []kafkaops.Header) error {
	topics, err := client.DescribeTopics(ctx, p.topic)
	if err != nil {
		return err
	}
	if err := topics[0].Err; err != nil {
		return withHint(err, "Create it with krapp topics create "+p.topic+".")
	}
	if n := len(topics[0].Partitions); p.partition != kafkaops.AnyPartition && (p.partition < 0 || int(p.partition) >= n) {
		return kafkaops.Errorf(kafkaops.NotFound, "producing to", p.topic, "See krapp topics describe "+p.topic+".",
			"there is no partition %d: it has %d, from 0 on", p.partition, n)
	}
	record := kafkaops.Record{Topic: p.topic, Partition: p.partition, Headers: headers}
	if p.key != nil {
		record.Key = []byte(*p.key)
	}
	if p.value != nil {
		record.Value = []byte(*p.value)
		_, err := p.send(ctx, client, []kafkaops.Record{record})
		return err
	}
	return p.lines(ctx, client, record)
}

// line is what was read from stdin.
type line struct {
	text string
	more bool // the next one can be had without waiting
	err  error
}

// maxBatch is how many lines are acknowledged together.
const maxBatch = 1000

// lines sends a message for each line: as many together as there are, so that a person who types sees each acknowledged at once.
func (p *produce) lines(ctx context.Context, client *rdkafka.Client, like kafkaops.Record) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	input := readLines(ctx, p.app.in)
	var batch []kafkaops.Record
	total := 0
	for {
		var l line
		select {
		case <-ctx.Done():
			return ctx.Err()
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
			sent, err := p.send(ctx, client, batch)
			total += sent
			if err != nil {
				return fmt.Errorf("after %d messages: %w", total, err)
			}
			batch = nil
		}
		if errors.Is(l.err, io.EOF) {
			return p.summary(total)
		}
		if l.err != nil {
			return kafkaops.NewError(kafkaops.Invalid, "reading stdin", "", fmt.Sprintf("%d messages were acknowledged before.", total), l.err)
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

// producedRow is where a message was stored.
type producedRow struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// send produces and shows where each was stored; it counts those that were.
func (p *produce) send(ctx context.Context, client *rdkafka.Client, records []kafkaops.Record) (int, error) {
	deliveries, err := client.ProduceSync(ctx, records)
	if err != nil {
		return 0, err
	}
	stored := 0
	var failed error
	for _, d := range deliveries {
		if d.Err != nil {
			failed = firstError(failed, d.Err)
			continue
		}
		stored++
		if p.app.format == cli.Table && p.value == nil {
			continue // a summary follows
		}
		row := producedRow{p.topic, d.Partition, d.Offset}
		err := cli.Item(p.app.output(), row, func(w io.Writer, r producedRow) error {
			_, err := fmt.Fprintf(w, "%s %d@%d\n", r.Topic, r.Partition, r.Offset)
			return err
		})
		if err != nil {
			return stored, err
		}
	}
	return stored, failed
}

func (p *produce) summary(total int) error {
	if p.app.format != cli.Table {
		return nil
	}
	_, err := fmt.Fprintf(p.app.out, "%d messages acknowledged by %s\n", total, p.topic)
	return err
}
