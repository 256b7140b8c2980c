package job

import (
	"encoding/binary"
	"slices"
)

// Unlabelled is the rows in groups that have a code without a label: they are counted, but results leave them out.
func (r *Partial) Unlabelled() int64 {
	labels := r.labelsByField()
	if labels == nil {
		return 0
	}
	rows := int64(0)
	for key, g := range r.groups {
		if !labelled(key, labels) {
			rows += g.rows
		}
	}
	return rows
}

// labelsByField is the codes that have labels, by group-by field; nil: the job labels none of them.
func (r *Partial) labelsByField() []map[string]bool {
	if r.labels != nil || len(r.job.Labels) == 0 {
		return r.labels
	}
	r.labels = make([]map[string]bool, len(r.job.GroupBy))
	for _, table := range r.job.Labels {
		i := slices.Index(r.job.GroupBy, table.Field)
		if i < 0 {
			continue
		}
		r.labels[i] = make(map[string]bool, len(table.Labels))
		for _, l := range table.Labels {
			r.labels[i][l.Code] = true
		}
	}
	return r.labels
}

// labelled reports whether all codes of a key have labels. It goes through what appendKey joined.
func labelled(key string, labels []map[string]bool) bool {
	for _, codes := range labels {
		head := min(len(key), binary.MaxVarintLen64)
		size, n := binary.Uvarint([]byte(key[:head]))
		value := key[n : n+int(size)]
		if codes != nil && !codes[value] {
			return false
		}
		key = key[n+int(size):]
	}
	return true
}
