package job

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Bounds of a table. A sketch takes up to 16 KiB.
const (
	maxSketches     = 16 << 10
	maxTableKeys    = 256 << 20 // bytes of all groups' values
	maxTableSources = 1_000_000
	maxDescribing   = 64 << 10 // bytes of a record's group values
)

// Table is merged partial results: the answer so far, and how much of it is there. It isn't safe for concurrent use.
type Table struct {
	job         *Job
	jobPrint    string
	aggregators []aggregator
	labels      []map[string]string // by group-by field; nil: its values aren't codes
	window      int                 // the place of WindowField in GroupBy, -1: none
	most        int                 // groups

	groups   map[string]*tableGroup
	keyBytes int
	order    []*tableGroup // sorted when ordered is set
	ordered  bool

	sources    map[string]*tableSource
	counts     Counts
	unlabelled []int64 // rows, by group-by field
	duplicated int64   // chunks that came twice
	refused    int64   // records of other computations
	dropped    int64   // rows of windows that are shown no more
	expired    int64   // records that were gone before they were read
	damaged    int64   // records that couldn't be read
	watermark  time.Time
	horizon    time.Time // windows that ended before are shown no more
}

// tableGroup is a group with what is needed to show it.
type tableGroup struct {
	group
	values  []string
	sorting []sortKey
	without int       // the first group-by field whose value has no label, -1: all have one
	ends    time.Time // its window
}

// NewTable returns an empty table of a job.
func NewTable(j *Job) *Table {
	t := &Table{
		job: j, jobPrint: j.Print(), window: slices.Index(j.GroupBy, WindowField), most: maxGroups,
		groups: map[string]*tableGroup{}, sources: map[string]*tableSource{},
		labels: make([]map[string]string, len(j.GroupBy)), unlabelled: make([]int64, len(j.GroupBy)),
	}
	sketches := 0
	for _, a := range j.Aggregates {
		t.aggregators = append(t.aggregators, aggregator{Aggregate: a})
		if a.Kind == Distinct {
			sketches++
		}
	}
	if sketches > 0 {
		t.most = max(1, maxSketches/sketches)
	}
	for _, table := range j.Labels {
		if i := slices.Index(j.GroupBy, table.Field); i >= 0 {
			t.labels[i] = make(map[string]string, len(table.Labels))
			for _, l := range table.Labels {
				t.labels[i][l.Code] = l.Text
			}
		}
	}
	return t
}

// Add merges a record of the results topic. A record of another computation is refused (Conflict) and counted, a damaged one refused
// (Invalid), and so is what doesn't fit (Invalid); a record that is refused has changed nothing else.
func (t *Table) Add(r *PartialRecord) error {
	const op = "merging results"
	if r.Job != t.job.Name || r.Print != t.jobPrint {
		t.refused++
		return kafkaops.Errorf(kafkaops.Conflict, op, t.job.Name, "Give the changed job a name of its own.",
			"a record is of job %s (%s), these are of %s (%s)", r.Job, r.Print, t.job.Name, t.jobPrint)
	}
	cells, err := t.parse(r.Groups)
	if err == nil {
		err = t.room(r)
	}
	if err != nil {
		return kafkaops.NewError(kafkaops.Invalid, op, t.job.Name, "Group by fields with fewer values, if there are too many.", err)
	}
	for i := range r.Groups {
		if err := t.addGroup(&r.Groups[i], cells[i]); err != nil {
			return kafkaops.NewError(kafkaops.Internal, op, t.job.Name, "", err)
		}
	}
	t.addChunks(r.Chunks)
	t.counts.add(Counts(r.Counts))
	if r.Watermark.After(t.watermark) {
		t.watermark = r.Watermark
	}
	return nil
}

// parse reads the aggregates of all groups of a record, before anything is changed.
func (t *Table) parse(groups []GroupRecord) ([][]cell, error) {
	all := make([][]cell, len(groups))
	for i, g := range groups {
		if len(g.Key) != len(t.job.GroupBy) || len(g.Cells) != len(t.aggregators) || g.Rows < 1 {
			return nil, errors.New("a group is not of the job's shape")
		}
		if t.window >= 0 {
			if _, err := time.Parse(time.RFC3339, g.Key[t.window]); err != nil {
				return nil, fmt.Errorf("a window is not a time: %w", err)
			}
		}
		all[i] = make([]cell, len(g.Cells))
		for k, raw := range g.Cells {
			c, err := parseCell(t.aggregators[k].Kind, raw)
			if err != nil {
				return nil, err
			}
			if c.n > g.Rows || (t.aggregators[k].Kind == Count && c.n != g.Rows) {
				return nil, errors.New("an aggregate has other rows than its group")
			}
			all[i][k] = c
		}
	}
	return all, nil
}

// room says whether a record's new groups and sources can be held.
func (t *Table) room(r *PartialRecord) error {
	groups, bytes, sources := len(t.groups), t.keyBytes, len(t.sources)
	var key []byte
	for _, g := range r.Groups {
		key = joinKey(key[:0], g.Key)
		if len(key) > maxDescribing {
			return errors.New("a group's values are too long")
		}
		if _, ok := t.groups[string(key)]; !ok {
			groups++
			bytes += len(key)
		}
	}
	for source := range r.Chunks {
		if t.sources[source] == nil {
			sources++
		}
	}
	if groups > t.most || bytes > maxTableKeys || sources > maxTableSources {
		return fmt.Errorf("the results have more than %d groups, %d bytes of their values or %d sources", t.most, maxTableKeys, maxTableSources)
	}
	return nil
}

func (t *Table) addGroup(r *GroupRecord, cells []cell) error {
	key := joinKey(nil, r.Key)
	g := t.groups[string(key)]
	if g == nil {
		g = t.describe(string(key), r.Key)
		if t.window >= 0 && g.ends.Add(t.job.Window.keep()).Before(t.horizon) {
			t.dropped += r.Rows // it came after its window was dropped
			return nil
		}
		t.groups[g.key] = g
		t.keyBytes += len(key)
		t.order, t.ordered = append(t.order, g), false
	}
	g.rows += r.Rows
	if g.without >= 0 {
		t.unlabelled[g.without] += r.Rows
	}
	for i := range cells {
		if err := g.cells[i].merge(t.aggregators[i].Kind, &cells[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) describe(key string, values []string) *tableGroup {
	g := &tableGroup{group: group{key: key, cells: make([]cell, len(t.aggregators))}, values: values, without: -1}
	for i, v := range values {
		g.sorting = append(g.sorting, sortKeyOf(v))
		if t.labels[i] != nil && g.without < 0 {
			if _, ok := t.labels[i][v]; !ok {
				g.without = i
			}
		}
	}
	if t.window >= 0 && t.job.Window != nil {
		start, _ := time.Parse(time.RFC3339, values[t.window]) // parse has seen that it is one
		g.ends = start.Add(t.job.Window.Size)
	}
	return g
}

// joinKey joins values as Partial.appendKey does.
func joinKey(dst []byte, values []string) []byte {
	for _, v := range values {
		dst = append(binary.AppendUvarint(dst, uint64(len(v))), v...)
	}
	return dst
}

func (t *Table) addChunks(chunks map[string][][2]int64) {
	for id, ranges := range chunks {
		bitmap := t.source(id).chunks
		for _, r := range ranges {
			before := bitmap.GetCardinality()
			bitmap.AddRange(uint64(r[0]), uint64(r[1])+1)
			t.duplicated += r[1] - r[0] + 1 - int64(bitmap.GetCardinality()-before)
		}
	}
}

// Drop forgets windows that ended longer than Window.Keep ago: by the latest event's time, or now's if events claim to be of the future.
func (t *Table) Drop(now time.Time) {
	if t.window < 0 || t.job.Window == nil {
		return
	}
	t.horizon = t.watermark
	if now.Before(t.horizon) {
		t.horizon = now
	}
	keep := t.job.Window.keep()
	t.order = slices.DeleteFunc(t.order, func(g *tableGroup) bool {
		if !g.ends.Add(keep).Before(t.horizon) {
			return false
		}
		t.dropped += g.rows
		if g.without >= 0 {
			t.unlabelled[g.without] -= g.rows
		}
		t.keyBytes -= len(g.key)
		delete(t.groups, g.key)
		return true
	})
}
