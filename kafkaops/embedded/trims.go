package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// trims remembers where partitions start and end, which kfake forgets: it reads both from the segment files, so a partition
// emptied by retention or DeleteRecords would begin at 0 again after a restart, below the offsets that groups committed, and
// their next records would never be consumed. It is written before anything is trimmed, so a kill at any moment is covered.
type trims struct {
	path string
	data string // kfake's directory

	mu      sync.Mutex
	extents map[partition]extent
}

// partition is known by its topic's ID: a re-created topic does begin at 0.
type partition struct {
	TopicID string
	Number  int32
}

type extent struct{ Start, End int64 }

// trimFile is the file's format.
type trimFile struct {
	Version int         `json:"version"`
	Extents []trimEntry `json:"extents"`
}

type trimEntry struct {
	TopicID   string `json:"topic_id"`
	Partition int32  `json:"partition"`
	Start     int64  `json:"start"`
	End       int64  `json:"end"`
}

const trimVersion = 1

// loadTrims reads the file, and gives every emptied partition a segment that holds nothing but its last offset. kfake must not run yet.
func loadTrims(path, data string) (*trims, error) {
	t := &trims{path: path, data: data, extents: map[partition]extent{}}
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	var f trimFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if f.Version != trimVersion {
		return nil, fmt.Errorf("%s has version %d, this program knows %d", path, f.Version, trimVersion)
	}
	for _, e := range f.Extents {
		t.extents[partition{e.TopicID, e.Partition}] = extent{e.Start, e.End}
	}
	return t, t.each(func(topic string, p partition, known extent) error {
		dir := partitionDir(data, topic, p.Number)
		if known.End == 0 || hasSegment(dir) {
			return nil
		}
		return writeLastOffset(dir, known.End)
	})
}

// each visits every partition of the topics that exist, with what is known of it (zero: nothing).
func (t *trims) each(visit func(topic string, p partition, known extent) error) error {
	topics, err := readTopics(t.data)
	if err != nil {
		return err
	}
	for _, topic := range topics {
		for n := range topic.Partitions {
			p := partition{topic.ID, int32(n)}
			t.mu.Lock()
			known := t.extents[p]
			t.mu.Unlock()
			if err := visit(topic.Name, p, known); err != nil {
				return err
			}
		}
	}
	return nil
}

// apply trims again what a kill brought back, and the markers of loadTrims.
func (t *trims) apply(c *kfake.Cluster) error {
	return t.each(func(topic string, p partition, known extent) error {
		info := c.PartitionInfo(topic, p.Number)
		if info != nil && known.Start > info.LogStartOffset && known.Start <= info.HighWatermark {
			return c.DeleteRecords(topic, p.Number, known.Start)
		}
		return nil
	})
}

// watch notes what a client is about to delete, before kfake does it.
func (t *trims) watch(c *kfake.Cluster) {
	c.ControlKey(int16(kmsg.DeleteRecords), func(req kmsg.Request) (kmsg.Response, error, bool) {
		if del, ok := req.(*kmsg.DeleteRecordsRequest); ok {
			t.note(c, del)
		}
		return nil, nil, false
	})
}

func (t *trims) note(c *kfake.Cluster, del *kmsg.DeleteRecordsRequest) {
	topics, err := readTopics(t.data)
	if err != nil {
		return
	}
	for _, dt := range del.Topics {
		id := idOf(topics, dt.Topic)
		for _, dp := range dt.Partitions {
			info := c.PartitionInfo(dt.Topic, dp.Partition)
			to := dp.Offset
			if info != nil && to == -1 {
				to = info.HighWatermark
			}
			if info == nil || to < info.LogStartOffset || to > info.HighWatermark {
				continue // kfake refuses it
			}
			t.mu.Lock()
			t.extents[partition{id, dp.Partition}] = extent{to, info.HighWatermark}
			t.mu.Unlock()
		}
	}
	_ = t.save()
}

// saveAll writes every partition's extent; partitions of deleted topics are forgotten.
func (t *trims) saveAll(c *kfake.Cluster) error {
	now := map[partition]extent{}
	err := t.each(func(topic string, p partition, _ extent) error {
		if info := c.PartitionInfo(topic, p.Number); info != nil && info.HighWatermark > 0 {
			now[p] = extent{info.LogStartOffset, info.HighWatermark}
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.extents = now
	t.mu.Unlock()
	return t.save()
}

func (t *trims) save() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := trimFile{Version: trimVersion}
	for p, e := range t.extents {
		f.Extents = append(f.Extents, trimEntry{p.TopicID, p.Number, e.Start, e.End})
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return writeFile(t.path, raw)
}

// topicEntry is the part of kfake's topics.json that is needed here.
type topicEntry struct {
	Name       string `json:"name"`
	ID         string `json:"id"`
	Partitions int    `json:"partitions"`
	Configs    struct {
		CleanupPolicy string `json:"cleanup.policy"`
	} `json:"configs"`
}

func (t topicEntry) compacted() bool { return strings.Contains(t.Configs.CleanupPolicy, "compact") }

// readTopics lists the topics from the file that kfake rewrites whenever one comes or goes: it has no call for it.
func readTopics(data string) ([]topicEntry, error) {
	raw, err := os.ReadFile(filepath.Join(data, "topics.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var f struct {
		Topics []topicEntry `json:"topics"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("reading topics.json: %w", err)
	}
	return f.Topics, nil
}

func idOf(topics []topicEntry, name string) string {
	for _, t := range topics {
		if t.Name == name {
			return t.ID
		}
	}
	return ""
}

func partitionDir(data, topic string, n int32) string {
	return filepath.Join(data, "partitions", url.PathEscape(topic)+"-"+strconv.Itoa(int(n)))
}

func hasSegment(dir string) bool {
	segments, _ := filepath.Glob(filepath.Join(dir, "*.dat"))
	return len(segments) > 0
}

// writeLastOffset writes a segment of one commit marker at offset end-1. Readers skip markers, and apply trims this one.
func writeLastOffset(dir string, end int64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	key := []byte{0, 0, 0, 1}         // version 0, type 1: commit
	value := []byte{0, 0, 0, 0, 0, 0} // version 0, coordinator epoch 0
	rec := kmsg.Record{Key: key, Value: value}
	rec.Length = int32(len(rec.AppendTo(nil)) - 1) // a length below 64 takes one byte
	const control = 0x30                           // attributes: transactional, control
	b := kmsg.RecordBatch{FirstOffset: end - 1, Magic: 2, Attributes: control, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: 1, Records: rec.AppendTo(nil)}
	const headBytes, crcEnd = 12, 21 // offset and length; up to the checksum's end
	b.Length = int32(len(b.AppendTo(nil)) - headBytes)
	b.CRC = int32(crc32.Checksum(b.AppendTo(nil)[crcEnd:], crc32.MakeTable(crc32.Castagnoli)))
	return writeFile(filepath.Join(dir, segmentName(end-1)), b.AppendTo(nil))
}

// writeFile replaces a file in one step.
func writeFile(path string, data []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
