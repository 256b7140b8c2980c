package embedded

import (
	"context"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

const (
	minMaxBytes             = 4 << 20
	loadedBytesWorthFreeing = 64 << 20

	retainEvery = 10 * time.Minute
	checkParts  = 64                     // the directory is measured each time this part of its size came in,
	settle      = 500 * time.Millisecond // and once more when that is stored
)

// segmentBytes is the size of a segment file, the grain in which space is freed: small beside the whole, but no crowd of files.
func segmentBytes(maxBytes int64) int64 {
	return min(max(maxBytes/256, 64<<10), 16<<20)
}

// janitor keeps the data directory within its size, and has kfake apply the topics' retention.
type janitor struct {
	cluster  *kfake.Cluster
	trims    *trims
	data     string
	maxBytes int64
	log      *slog.Logger
	full     bool // said so already
}

func newJanitor(c *kfake.Cluster, t *trims, data string, maxBytes int64, log *slog.Logger) *janitor {
	return &janitor{cluster: c, trims: t, data: data, maxBytes: maxBytes, log: log}
}

// run works until ctx ends; grown tells it when to measure the directory.
func (j *janitor) run(ctx context.Context, grown <-chan struct{}) {
	retain := time.NewTicker(retainEvery)
	defer retain.Stop()
	again := time.NewTimer(settle) // also now: the size may be smaller than last time
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-retain.C:
			j.retain()
		case <-grown:
			j.shrink()
			again.Reset(settle)
		case <-again.C:
			j.shrink()
		}
	}
}

// retain applies retention, which may empty a partition: so the offsets are noted first.
func (j *janitor) retain() {
	if err := j.trims.saveAll(j.cluster); err != nil {
		j.log.Warn("no retention: the partitions' offsets can't be written", "error", err)
		return
	}
	j.cluster.ApplyRetention()
}

// shrink deletes the oldest segment of the largest partition until nine tenths of the size are left.
// krapp's own topics come last, and a partition's newest segment stays.
func (j *janitor) shrink() {
	used := usedBytes(j.data)
	if used <= j.maxBytes/20*19 {
		j.full = false
		return
	}
	parts := listPartitions(j.data)
	for used > j.maxBytes/10*9 {
		victim := largest(parts)
		if victim == nil {
			if !j.full {
				j.log.Warn("the data directory is larger than allowed: too many partitions for its size", "bytes", used, "allowed_bytes", j.maxBytes)
			}
			j.full = true
			return
		}
		freed := victim.segments[0].bytes
		if err := j.cluster.DeleteRecords(victim.topic, victim.number, victim.segments[1].base); err != nil {
			freed = 0 // the topic was deleted meanwhile, or a client trimmed further
		}
		used -= freed
		victim.bytes -= victim.segments[0].bytes
		victim.segments = victim.segments[1:]
	}
}

// storedPartition is one partition as it lies on disk.
type storedPartition struct {
	topic    string
	number   int32
	bytes    int64
	segments []storedSegment // oldest first
}

type storedSegment struct{ base, bytes int64 }

// largest is the partition to take from, nil when none has a segment to spare.
func largest(parts []*storedPartition) *storedPartition {
	var best *storedPartition
	for _, p := range parts {
		if len(p.segments) < 2 {
			continue
		}
		if best == nil || own(best.topic) && !own(p.topic) || own(best.topic) == own(p.topic) && p.bytes > best.bytes {
			best = p
		}
	}
	return best
}

func own(topic string) bool { return strings.HasPrefix(topic, "krapp.") || topic == "seer-statement" }

// listPartitions reads the directory; what vanishes meanwhile is left out.
func listPartitions(data string) []*storedPartition {
	dirs, _ := os.ReadDir(filepath.Join(data, "partitions"))
	parts := make([]*storedPartition, 0, len(dirs))
	for _, d := range dirs {
		i := strings.LastIndexByte(d.Name(), '-')
		if i < 0 {
			continue
		}
		topic, err := url.PathUnescape(d.Name()[:i])
		number, nerr := strconv.ParseInt(d.Name()[i+1:], 10, 32)
		if err != nil || nerr != nil {
			continue
		}
		p := &storedPartition{topic: topic, number: int32(number)}
		p.readSegments(filepath.Join(data, "partitions", d.Name()))
		parts = append(parts, p)
	}
	return parts
}

func (p *storedPartition) readSegments(dir string) {
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".dat")
		base, err := strconv.ParseInt(name, 10, 64)
		info, ierr := f.Info()
		if !ok || err != nil || ierr != nil {
			continue
		}
		p.segments = append(p.segments, storedSegment{base, info.Size()})
		p.bytes += info.Size()
	}
	sort.Slice(p.segments, func(a, b int) bool { return p.segments[a].base < p.segments[b].base })
}

// usedBytes adds up the files below dir; what vanishes meanwhile counts nothing.
func usedBytes(dir string) int64 {
	var sum int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // a file that is gone is not an error here
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}
