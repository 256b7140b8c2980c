package learn

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/template"
)

// A snapshot file is magic, three sections, and a trailer. The head and the templates have their length before them, u64; the index goes to the
// trailer: the length of all before it, u64, and its CRC-32C. Numbers are little-endian.
const (
	magic       = "krapseer"
	fileVersion = 1
	trailerSize = 8 + 4
	maxHead     = 64 << 20 // bytes
)

// head is how far each partition was learned when the snapshot was cut, and what it was learned with.
type head struct {
	Version  int       `json:"version"`
	Embedder string    `json:"embedder"`
	Dim      int       `json:"dim"`
	Cut      time.Time `json:"cut"`
	Newest   int64     `json:"newest"`
	Topics   []saved   `json:"topics"`
}

type saved struct {
	Name       string          `json:"name"`
	ID         string          `json:"id"`
	Partitions []savedPosition `json:"partitions"`
}

type savedPosition struct {
	Partition   int32
	Next, Start int64
}

// cut is what a snapshot is made of, but for the index, which may be further than that: what is in it too much is taken out when it is loaded.
type cut struct {
	head  head
	miner *template.Snapshot
}

// saveNowAndThen cuts snapshots until the context ends.
func (l *Learner) saveNowAndThen(ctx context.Context) error {
	if l.o.SnapshotFile == "" {
		return nil
	}
	for sleep(ctx, l.o.SnapshotEvery) {
		select {
		case l.saving <- struct{}{}:
			l.cut(ctx)
		default: // the last one is still being written
		}
	}
	return nil
}

// cut copies what is known between two batches, and has it written by whoever feeds the index, when that has come so far; nothing is cut when
// nothing was learned since. The caller has taken the room in saving, which is given back when it is written.
func (l *Learner) cut(ctx context.Context) {
	l.step.Lock()
	defer l.step.Unlock()
	l.mu.Lock()
	stand := l.stand()
	if l.o.SnapshotFile == "" || l.torn || stand == l.cutAt {
		l.mu.Unlock()
		<-l.saving
		return
	}
	c := &cut{head: head{
		Version: fileVersion, Embedder: l.o.Index.Embedder.ID(), Dim: l.o.Index.Embedder.Dim(), Cut: l.o.Now().UTC(), Newest: l.newest,
		Topics: l.positions(),
	}}
	l.mu.Unlock()
	c.miner = l.miner.Snapshot() // whoever changes the miner holds step; questions, which only read it, go on
	if err := l.send(ctx, job{cut: c}); err != nil {
		<-l.saving
		return
	}
	l.cutAt = stand
}

// stand changes whenever something was learned or forgotten. The caller holds mu.
func (l *Learner) stand() int64 {
	n := l.epoch
	for _, p := range l.parts {
		n += p.next + p.start + 1
	}
	return n
}

// positions lists how far each partition is learned. The caller holds mu.
func (l *Learner) positions() []saved {
	at := map[string]*saved{}
	var out []saved
	for _, name := range l.topics() {
		out = append(out, saved{Name: name, ID: l.ids[name]})
	}
	for i := range out {
		at[out[i].Name] = &out[i]
	}
	offsets := kafkaops.Offsets{}
	for tp, p := range l.parts {
		offsets[tp] = p.next
	}
	for _, tp := range offsets.Partitions() {
		s := at[tp.Topic]
		s.Partitions = append(s.Partitions, savedPosition{tp.Partition, offsets[tp], l.parts[tp].start})
	}
	return out
}

// write has the snapshot written while the index is fed on.
func (l *Learner) write(x *index.Index, c *cut) {
	go func() {
		defer func() { <-l.saving }()
		err := replaceFile(l.o.SnapshotFile, func(w io.Writer) error { return encode(w, c, x) })
		l.fault(saving, err)
		if err != nil {
			l.o.Log.Warn("the seer cannot write its snapshot", "error", err)
		}
	}()
}

// replaceFile writes a file beside the one of that name, and puts it in its place when all of it is on the disk.
func replaceFile(name string, write func(io.Writer) error) error {
	const op, hint = "writing the snapshot", "check the space and the rights there"
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".new-*")
	if err != nil {
		return kafkaops.NewError(kafkaops.Unavailable, op, name, hint, err)
	}
	defer os.Remove(f.Name()) // it is gone when all went well
	b := bufio.NewWriterSize(f, 256<<10)
	err = errors.Join(write(b), b.Flush())
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	if err != nil {
		return kafkaops.NewError(kafkaops.Unavailable, op, name, hint, err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// summed counts and sums what is written.
type summed struct {
	w   io.Writer
	sum hash.Hash32
	n   int64
}

func newSummed(w io.Writer) *summed {
	return &summed{w: w, sum: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
}

func (s *summed) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	s.n += int64(n)
	s.sum.Write(b[:n])
	return n, err
}

// encode writes a snapshot.
func encode(to io.Writer, c *cut, x *index.Index) error {
	about, err := json.Marshal(c.head)
	if err != nil {
		return err
	}
	var templates bytes.Buffer
	if err := c.miner.Encode(&templates); err != nil {
		return err
	}
	w := newSummed(to)
	for _, b := range [][]byte{[]byte(magic), length(len(about)), about, length(templates.Len()), templates.Bytes()} {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	if err := x.Encode(w); err != nil {
		return err
	}
	trailer := binary.LittleEndian.AppendUint64(nil, uint64(w.n))
	trailer = binary.LittleEndian.AppendUint32(trailer, w.sum.Sum32())
	_, err = to.Write(trailer)
	return err
}

func length(n int) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(n)) }
