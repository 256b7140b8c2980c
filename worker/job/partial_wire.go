package job

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/krapp-io/krapp/kafkaops"
)

// Sizes of a partial result's records.
const (
	partialVersion   = 1
	splitPartial     = 512 << 10 // a record grows no larger, a single group's size apart
	maxPartial       = 1 << 20   // what is read
	maxPartialChunks = 1_000_000 // that a record may claim
)

// PartialRecord is a record of the results topic. Its first part has what is not of groups; further parts have groups only.
type PartialRecord struct {
	Version   int                   `json:"v"`
	Job       string                `json:"job"`
	Print     string                `json:"print"`
	Worker    string                `json:"worker"`
	Part      int                   `json:"part"` // from 0
	Counts    CountsRecord          `json:"counts,omitzero"`
	Watermark time.Time             `json:"watermark,omitzero"` // the latest event of a stream
	Chunks    map[string][][2]int64 `json:"chunks,omitempty"`   // by source, ranges of indexes, the last ones included
	Groups    []GroupRecord         `json:"groups"`
}

// CountsRecord is Counts as it is written.
type CountsRecord struct {
	Rows    int64 `json:"rows,omitzero"`
	LeftOut int64 `json:"left_out,omitzero"`
	Blank   int64 `json:"blank,omitzero"`
	Dead    int64 `json:"dead,omitzero"`
	Late    int64 `json:"late,omitzero"`
}

// GroupRecord is what was added to one group.
type GroupRecord struct {
	Key   []string         `json:"k"` // the group-by values
	Rows  int64            `json:"n"`
	Cells []jsontext.Value `json:"a"` // by aggregate: rows, or [rows, value]
}

// Encode writes the partial result as one record or, where it would be larger than 512 KiB, several, all for the same transaction. None is
// empty; an empty partial result is one record too.
func (r *Partial) Encode(worker string) ([][]byte, error) {
	var records [][]byte
	dst, err := r.encodeHead(worker, 0)
	if err != nil {
		return nil, err
	}
	if len(dst) > splitPartial {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "writing results", r.job.Name, "Use larger chunks or smaller batches.",
			"the list of chunks alone has %d bytes", len(dst))
	}
	some := false
	for _, key := range slices.Sorted(maps.Keys(r.groups)) {
		before := len(dst)
		if dst, err = r.appendGroup(dst, r.groups[key], some); err != nil {
			return nil, err
		}
		if len(dst) > splitPartial && some {
			tail := slices.Clone(dst[before+1:]) // without the comma
			records = append(records, append(dst[:before:before], "]}"...))
			if dst, err = r.encodeHead(worker, len(records)); err != nil {
				return nil, err
			}
			dst = append(dst, tail...)
		}
		some = true
	}
	records = append(records, append(dst, "]}"...))
	for _, b := range records {
		if len(b) > maxPartial {
			return nil, kafkaops.Errorf(kafkaops.Invalid, "writing results", r.job.Name, "Use fewer distinct aggregates.",
				"one group alone has %d bytes, a record at most %d", len(b), maxPartial)
		}
	}
	return records, nil
}

// encodeHead writes a record up to its groups.
func (r *Partial) encodeHead(worker string, part int) ([]byte, error) {
	dst := append(make([]byte, 0, 4<<10), `{"v":1,"job":`...)
	dst = appendText(dst, r.job.Name)
	dst = appendText(append(dst, `,"print":`...), r.jobPrint)
	dst = appendText(append(dst, `,"worker":`...), worker)
	dst = appendInt(append(dst, `,"part":`...), int64(part))
	if part == 0 {
		c := r.counts
		dst = fmt.Appendf(dst, `,"counts":{"rows":%d,"left_out":%d,"blank":%d,"dead":%d,"late":%d}`, c.Rows, c.LeftOut, c.Blank, c.Dead, c.Late)
		if !r.watermark.IsZero() {
			dst = r.watermark.AppendFormat(append(dst, `,"watermark":"`...), time.RFC3339Nano)
			dst = append(dst, '"')
		}
		if len(r.chunks) > 0 {
			dst = r.appendChunks(append(dst, `,"chunks":`...))
		}
	}
	return append(dst, `,"groups":[`...), nil
}

func (r *Partial) appendChunks(dst []byte) []byte {
	dst = append(dst, '{')
	for i, source := range slices.Sorted(maps.Keys(r.chunks)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, source), ':', '[')
		for k, s := range rangesOf(r.chunks[source]) {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = fmt.Appendf(dst, "[%d,%d]", s[0], s[1])
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// rangesOf sorts indexes and joins neighbours. One that is there twice stays there twice: who merges must see it.
func rangesOf(indexes []int64) [][2]int64 {
	slices.Sort(indexes)
	var ranges [][2]int64
	for _, n := range indexes {
		if last := len(ranges) - 1; last >= 0 && ranges[last][1]+1 == n {
			ranges[last][1] = n
			continue
		}
		ranges = append(ranges, [2]int64{n, n})
	}
	return ranges
}

func (r *Partial) appendGroup(dst []byte, g *group, comma bool) ([]byte, error) {
	if comma {
		dst = append(dst, ',')
	}
	dst = append(dst, `{"k":[`...)
	for i, v := range keyValues(g.key, len(r.groupBy)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, v)
	}
	return appendCells(dst, g, r.aggregators)
}

// appendCells ends a group: its rows and aggregates.
func appendCells(dst []byte, g *group, aggregators []aggregator) ([]byte, error) {
	dst = append(appendInt(append(dst, `],"n":`...), g.rows), `,"a":[`...)
	for i, a := range aggregators {
		if i > 0 {
			dst = append(dst, ',')
		}
		if a.Kind == Count {
			dst = appendInt(dst, g.rows)
			continue
		}
		var err error
		if dst, err = g.cells[i].append(dst, a.Kind); err != nil {
			return nil, err
		}
	}
	return append(dst, "]}"...), nil
}

// DecodePartial reads a record of the results topic. It trusts nothing: the error is Invalid. Whether its groups are of the job's shape is seen
// by Table.Add.
func DecodePartial(b []byte) (*PartialRecord, error) {
	const op = "reading results"
	r := new(PartialRecord)
	if err := decodeStrict(op, maxPartial, b, r); err != nil {
		return nil, err
	}
	if why := r.wrong(); why != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, op, r.Job, "", why)
	}
	return r, nil
}

func (r *PartialRecord) wrong() error {
	c := r.Counts
	switch {
	case r.Version != partialVersion:
		return errors.New("they are of another version of krapp")
	case r.Job == "" || r.Print == "" || r.Part < 0:
		return errors.New("they don't say their job")
	case min(c.Rows, c.LeftOut, c.Blank, c.Dead, c.Late) < 0 || c.LeftOut > c.Rows || c.Blank > c.Rows || c.Dead > c.Rows || c.Late > c.Rows:
		return errors.New("their counts are out of range")
	case r.Part > 0 && (c != CountsRecord{} || len(r.Chunks) > 0):
		return errors.New("a further part has counts or chunks")
	case !r.Watermark.IsZero() && (r.Watermark.Unix() < 0 || r.Watermark.Year() > maxEventYear):
		return errors.New("their watermark is out of range")
	}
	total := int64(0)
	for source, ranges := range r.Chunks {
		for _, s := range ranges {
			if source == "" || s[0] < 0 || s[1] < s[0] || s[1] > maxChunkIndex {
				return errors.New("their chunks are out of range")
			}
			if total += s[1] - s[0] + 1; total > maxPartialChunks {
				return errors.New("they claim too many chunks")
			}
		}
	}
	return nil
}

// printable is a value as JSON can carry it: bytes that aren't UTF-8 are shown as \xNN.
func printable(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var s strings.Builder
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&s, `\x%02x`, b[0])
		} else {
			s.Write(b[:size])
		}
		b = b[size:]
	}
	return s.String()
}

// appendText appends a JSON string.
func appendText(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // what isn't UTF-8 is replaced; the error only says so
	return dst
}
