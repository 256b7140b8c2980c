package embedded

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// cleanName is a file that says that the last broker of a directory ended with Close.
const cleanName = "clean"

// wasKilled says whether a broker left this directory without Close, and has the next Start find the same until markClean.
func wasKilled(dir, data string) (bool, error) {
	err := os.Remove(filepath.Join(dir, cleanName))
	if err == nil {
		return false, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	_, err = os.Stat(filepath.Join(data, "meta.json"))
	return err == nil, nil
}

func markClean(dir string) error { return writeFile(filepath.Join(dir, cleanName), nil) }

// abortOpen ends in the log the transactions that a kill left open. kfake only notes them as aborted, and writes no marker: a client
// that reads past them would go on dropping what the same producer committed later, and take committed records for missing.
func abortOpen(ctx context.Context, g *gate, data string) error {
	topics, err := readTopics(data)
	if err != nil {
		return err
	}
	for _, topic := range topics {
		for n := range int32(topic.Partitions) {
			open, err := openTransactions(partitionDir(data, topic.Name, n))
			if err != nil {
				return fmt.Errorf("reading %s-%d: %w", topic.Name, n, err)
			}
			for id, epoch := range open {
				if err := writeAbort(ctx, g, topic.Name, n, id, epoch); err != nil {
					return fmt.Errorf("ending a transaction in %s-%d: %w", topic.Name, n, err)
				}
			}
		}
	}
	return nil
}

func writeAbort(ctx context.Context, g *gate, topic string, n int32, producer int64, epoch int16) error {
	req := kmsg.NewPtrWriteTxnMarkersRequest()
	req.SetVersion(1)
	m := kmsg.NewWriteTxnMarkersRequestMarker()
	m.ProducerID, m.ProducerEpoch, m.Committed = producer, epoch, false
	mt := kmsg.NewWriteTxnMarkersRequestMarkerTopic()
	mt.Topic, mt.Partitions = topic, []int32{n}
	m.Topics = append(m.Topics, mt)
	req.Markers = append(req.Markers, m)
	resp, err := g.ask(ctx, req)
	if err != nil {
		return err
	}
	for _, m := range resp.(*kmsg.WriteTxnMarkersResponse).Markers {
		for _, t := range m.Topics {
			for _, p := range t.Partitions {
				if p.ErrorCode != 0 {
					return kerr.ErrorForCode(p.ErrorCode)
				}
			}
		}
	}
	return nil
}

// openTransactions returns the producers, with their epochs, whose last transactional batch in the partition has no marker behind it.
func openTransactions(dir string) (map[int64]int16, error) {
	open := map[int64]int16{}
	p := storedPartition{}
	p.readSegments(dir)
	for _, s := range p.segments {
		f, err := os.Open(filepath.Join(dir, segmentName(s.base)))
		if err != nil {
			return nil, err
		}
		err = eachBatch(f, func(b batchHead) {
			switch {
			case b.control:
				delete(open, b.producer)
			case b.transactional:
				open[b.producer] = b.epoch
			}
		})
		_ = f.Close()
		if err != nil {
			return nil, err
		}
	}
	return open, nil
}

// batchHead is what is needed here of a record batch's header.
type batchHead struct {
	transactional, control bool
	producer               int64
	epoch                  int16
}

// eachBatch visits the headers of a segment's batches. The layout is Kafka's RecordBatch, magic 2.
func eachBatch(r io.Reader, visit func(batchHead)) error {
	const headBytes, lengthEnd, attributes, producer, epoch = 61, 12, 21, 43, 51
	in := bufio.NewReaderSize(r, 256<<10)
	for {
		h, err := in.Peek(headBytes)
		if errors.Is(err, io.EOF) { // a torn tail was cut off by kfake
			return nil
		}
		if err != nil {
			return err
		}
		attr := binary.BigEndian.Uint16(h[attributes:])
		visit(batchHead{
			transactional: attr&0x10 != 0,
			control:       attr&0x20 != 0,
			producer:      int64(binary.BigEndian.Uint64(h[producer:])),
			epoch:         int16(binary.BigEndian.Uint16(h[epoch:])),
		})
		size := lengthEnd + int(binary.BigEndian.Uint32(h[8:]))
		if size < headBytes {
			return fmt.Errorf("a batch of %d bytes", size)
		}
		if _, err := in.Discard(size); err != nil {
			return err
		}
	}
}

func segmentName(base int64) string { return strconv.FormatInt(base, 10) + ".dat" }

// Compaction rewrites a partition's files in place, so a kill in between would lose what they held. It is done before clients are
// let in, while links to the files are kept aside.
const asideName = "compacting"

// compactSafely runs compact while the files of the compacted topics are kept aside.
func compactSafely(dir, data string, topics []topicEntry, compact func()) error {
	aside := filepath.Join(dir, asideName)
	found := false
	for _, t := range topics {
		for n := range int32(t.Partitions) {
			if !t.compacted() || !hasSegment(partitionDir(data, t.Name, n)) {
				continue
			}
			found = true
			if err := linkFiles(partitionDir(data, t.Name, n), filepath.Join(aside, filepath.Base(partitionDir(data, t.Name, n)))); err != nil {
				return err
			}
		}
	}
	if !found {
		return nil
	}
	if err := writeFile(filepath.Join(aside, "complete"), nil); err != nil {
		return err
	}
	compact()
	return dropAside(aside)
}

// restoreCompaction puts back what a compaction that was killed had kept aside. kfake must not run yet.
func restoreCompaction(dir, data string) error {
	aside := filepath.Join(dir, asideName)
	if _, err := os.Stat(filepath.Join(aside, "complete")); err != nil {
		return os.RemoveAll(aside) // killed before anything was touched, or nothing to do
	}
	kept, err := os.ReadDir(aside)
	if err != nil {
		return err
	}
	for _, d := range kept {
		if !d.IsDir() {
			continue
		}
		part := filepath.Join(data, "partitions", d.Name())
		if err := os.RemoveAll(part); err != nil {
			return err
		}
		if err := linkFiles(filepath.Join(aside, d.Name()), part); err != nil {
			return err
		}
	}
	return dropAside(aside)
}

// dropAside removes what was kept; first the file that makes it count, as a kill may come in between.
func dropAside(aside string) error {
	if err := os.Remove(filepath.Join(aside, "complete")); err != nil {
		return err
	}
	return os.RemoveAll(aside)
}

// linkFiles gives the files of one directory a second name in another.
func linkFiles(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range slices.DeleteFunc(files, os.DirEntry.IsDir) {
		if err := os.Link(filepath.Join(from, f.Name()), filepath.Join(to, f.Name())); err != nil {
			return err
		}
	}
	return nil
}
