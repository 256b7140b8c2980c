package learn

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/template"
)

// load takes up where the snapshot was cut. One that can't be used is set aside, and all is learned again from Kafka.
func (l *Learner) load() {
	if l.o.SnapshotFile == "" {
		return
	}
	s, err := read(l.o.SnapshotFile, &l.o)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		aside, moved := l.setAside()
		if moved != nil {
			l.note("the snapshot %s can't be used (%v), nor set aside (%v): all is learned again from Kafka", l.o.SnapshotFile, err, moved)
			return
		}
		l.note("the snapshot can't be used (%v): it was set aside as %s, and all is learned again from Kafka", err, aside)
		return
	}
	l.miner, l.newest = s.miner, s.head.Newest
	l.x.Store(s.index)
	for _, t := range s.head.Topics {
		l.ids[t.Name] = t.ID
		for _, p := range t.Partitions {
			l.parts[kafkaops.TopicPartition{Topic: t.Name, Partition: p.Partition}] = &part{next: p.Next, learned: p.Next, start: p.Start, end: -1}
		}
	}
	l.reconcile()
}

// reconcile takes out of the index what was learned after the cut, and puts in what came by another way. The caller holds mu.
func (l *Learner) reconcile() {
	l.x.Load().RemoveWhere(func(d *index.Doc) bool {
		if d.Kind == index.Template {
			_, there := l.miner.Get(d.ID)
			return !there
		}
		p := l.parts[kafkaops.TopicPartition{Topic: d.Place.Topic, Partition: d.Place.Partition}]
		return p == nil || d.Place.Offset >= p.next
	})
	for _, topic := range l.miner.Topics() {
		for _, t := range l.miner.All(topic) {
			if _, there := l.x.Load().Doc(t.ID); !there && !t.Special() {
				l.miner.Touch(t.ID)
			}
		}
	}
}

// setAside renames the snapshot, and keeps at most two that were set aside.
func (l *Learner) setAside() (string, error) {
	name := l.o.SnapshotFile
	aside := name + ".damaged-" + l.o.Now().UTC().Format("20060102T150405.000Z")
	if err := os.Rename(name, aside); err != nil {
		return "", err
	}
	all, err := filepath.Glob(globbed(name) + ".damaged-*")
	if err != nil {
		return aside, nil //nolint:nilerr // it is set aside; older ones stay
	}
	slices.Sort(all) // by time
	for _, old := range all[:max(0, len(all)-2)] {
		_ = os.Remove(old)
	}
	return aside, nil
}

// globbed makes a pattern that matches only the name.
func globbed(name string) string {
	var b bytes.Buffer
	for _, r := range name {
		if r == '*' || r == '?' || r == '[' || r == '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// snapshot is one that was read.
type snapshot struct {
	head  head
	miner *template.Miner
	index *index.Index
}

// read reads a snapshot. Its sum is checked before anything is made of it.
func read(name string, o *Options) (*snapshot, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := check(f)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return decode(bufio.NewReaderSize(io.LimitReader(f, size), 256<<10), size, o)
}

// check reads the whole file and holds it against its trailer. It returns the length of what stands before that.
func check(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	size := info.Size() - trailerSize
	if !info.Mode().IsRegular() || size < int64(len(magic)) {
		return 0, fmt.Errorf("it is cut off at %d bytes", info.Size())
	}
	w := newSummed(io.Discard)
	begin := make([]byte, len(magic))
	if _, err := io.ReadFull(f, begin); err != nil {
		return 0, err
	}
	if string(begin) != magic {
		return 0, errors.New("it is no snapshot of the seer")
	}
	_, _ = w.Write(begin)
	if _, err := io.CopyN(w, bufio.NewReaderSize(f, 256<<10), size-int64(len(magic))); err != nil {
		return 0, err
	}
	trailer := make([]byte, trailerSize)
	if _, err := f.ReadAt(trailer, size); err != nil {
		return 0, err
	}
	if binary.LittleEndian.Uint64(trailer) != uint64(size) || binary.LittleEndian.Uint32(trailer[8:]) != w.sum.Sum32() {
		return 0, errors.New("it is torn or damaged: its checksum does not match")
	}
	return size, nil
}

// decode reads what check found whole.
func decode(r io.Reader, size int64, o *Options) (*snapshot, error) {
	if _, err := io.CopyN(io.Discard, r, int64(len(magic))); err != nil {
		return nil, err
	}
	about, err := section(r, min(size, maxHead))
	if err != nil {
		return nil, err
	}
	var s snapshot
	if err := json.Unmarshal(about, &s.head); err != nil {
		return nil, err
	}
	switch h := &s.head; {
	case h.Version != fileVersion:
		return nil, fmt.Errorf("it has version %d, this is version %d", h.Version, fileVersion)
	case h.Embedder != o.Index.Embedder.ID() || h.Dim != o.Index.Embedder.Dim():
		return nil, fmt.Errorf("it was made with the embedder %s, this is %s", h.Embedder, o.Index.Embedder.ID())
	}
	templates, err := section(r, size)
	if err != nil {
		return nil, err
	}
	if s.miner, err = template.Decode(bytes.NewReader(templates), o.Templates); err != nil {
		return nil, err
	}
	if s.index, err = index.Decode(r, o.Index); err != nil {
		return nil, err
	}
	return &s, nil
}

// section reads a length and so many bytes.
func section(r io.Reader, most int64) ([]byte, error) {
	var n [8]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint64(n[:])
	if size > uint64(most) {
		return nil, fmt.Errorf("a section of %d bytes", size)
	}
	b, err := io.ReadAll(io.LimitReader(r, int64(size)))
	if err == nil && len(b) < int(size) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}
