package job

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Defaults.
const (
	defaultPartitions = 6
	defaultChunkRows  = 10_000
	defaultChunkBytes = 512 << 10
	defaultKeep       = 24 * time.Hour
)

type readers = map[string]func(n *yaml.Node, path string)

// job reads the whole file.
func (r *reader) job(root *yaml.Node) *Job {
	j := &Job{}
	if root.Kind != yaml.MappingNode {
		r.wrong(root, "begin with name: and source:", "a job is a mapping of name, source, format, group_by, aggregates …")
		return j
	}
	r.mapping(root, "", readers{
		"name":        r.text(&j.Name),
		"description": r.text(&j.Description),
		"source":      func(n *yaml.Node, path string) { j.Files = r.files(n, path) },
		"stream":      func(n *yaml.Node, path string) { j.Stream = r.stream(n, path) },
		"format":      func(n *yaml.Node, path string) { j.Format = r.format(n, path) },
		"where":       r.expression(&j.Where),
		"compute":     func(n *yaml.Node, path string) { j.Compute = r.compute(n, path) },
		"group_by":    r.texts(&j.GroupBy),
		"aggregates":  func(n *yaml.Node, path string) { j.Aggregates = r.aggregates(n, path) },
		"labels":      func(n *yaml.Node, path string) { j.Labels = r.labels(n, path) },
		"window":      func(n *yaml.Node, path string) { j.Window = r.window(n, path) },
		"routes": func(n *yaml.Node, path string) {
			r.list(n, path, func(n *yaml.Node, path string) { r.route(j, n, path) })
		},
		"chunk": func(n *yaml.Node, path string) {
			r.mapping(n, path, readers{"rows": value(r, &j.Chunk.Rows, parseInt), "bytes": value(r, &j.Chunk.Bytes, parseBytes)})
		},
		"topics": func(n *yaml.Node, path string) {
			r.mapping(n, path, readers{
				"partitions":         value(r, &j.Topics.Partitions, parseInt),
				"replication_factor": value(r, &j.Topics.ReplicationFactor, parseInt),
			})
		},
	})
	return j
}

// expression reads an expression without the line ends of a block around it.
func (r *reader) expression(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		r.text(to)(n, path)
		*to = strings.TrimRight(*to, " \t\n")
	}
}

func (r *reader) files(n *yaml.Node, path string) *Files {
	f := &Files{}
	r.mapping(n, path, readers{
		"url": r.text(&f.URL),
		"lists": func(n *yaml.Node, path string) {
			for _, p := range r.pairs(n, path) {
				l := List{Name: p.key}
				r.texts(&l.Values)(p.value, path+"/"+p.key)
				f.Lists = append(f.Lists, l)
			}
		},
	})
	return f
}

func (r *reader) stream(n *yaml.Node, path string) *Stream {
	s := &Stream{}
	r.mapping(n, path, readers{"topics": r.texts(&s.Topics), "time": r.text(&s.Time)})
	return s
}

func (r *reader) format(n *yaml.Node, path string) Format {
	var f Format
	kind := func(k FormatKind, read func(n *yaml.Node, path string)) func(*yaml.Node, string) {
		return func(n *yaml.Node, path string) {
			if f.Kind != "" {
				r.wrong(n, "keep one", "a job has one format, and %s is there already", f.Kind)
				return
			}
			f.Kind = k
			read(n, path)
		}
	}
	r.mapping(n, path, readers{
		string(Fixed): kind(Fixed, func(n *yaml.Node, path string) {
			for _, p := range r.pairs(n, path) {
				var c Column
				value(r, &c, parseRange)(p.value, path+"/"+p.key)
				c.Name = p.key
				f.Columns = append(f.Columns, c)
			}
		}),
		string(CSV): kind(CSV, func(n *yaml.Node, path string) {
			r.mapping(n, path, readers{
				"delimiter": value(r, &f.Delimiter, parseDelimiter), "header": value(r, &f.Header, parseBool), "names": r.texts(&f.Names),
			})
		}),
		string(JSONLines): kind(JSONLines, func(n *yaml.Node, path string) { r.mapping(n, path, readers{}) }),
	})
	return f
}

func (r *reader) compute(n *yaml.Node, path string) (computed []Computed) {
	for _, p := range r.pairs(n, path) {
		c := Computed{Name: p.key}
		r.expression(&c.Expr)(p.value, path+"/"+p.key)
		computed = append(computed, c)
	}
	return computed
}

func (r *reader) aggregates(n *yaml.Node, path string) (all []Aggregate) {
	for _, p := range r.pairs(n, path) {
		var a Aggregate
		value(r, &a, parseAggregate)(p.value, path+"/"+p.key)
		a.Name = p.key
		all = append(all, a)
	}
	return all
}

func (r *reader) labels(n *yaml.Node, path string) (tables []LabelTable) {
	for _, p := range r.pairs(n, path) {
		t := LabelTable{Field: p.key}
		below := path + "/" + p.key
		for _, code := range r.pairs(p.value, below) {
			l := Label{Code: code.key}
			r.text(&l.Text)(code.value, below+"/"+code.key)
			t.Labels = append(t.Labels, l)
		}
		tables = append(tables, t)
	}
	return tables
}

func (r *reader) window(n *yaml.Node, path string) *Window {
	w := &Window{}
	r.mapping(n, path, readers{
		"size": value(r, &w.Size, parseDuration), "every": value(r, &w.Every, parseDuration),
		"lateness": value(r, &w.Lateness, parseDuration), "keep": value(r, &w.Keep, parseDuration),
	})
	return w
}

func (r *reader) route(j *Job, n *yaml.Node, path string) {
	var to Route
	r.mapping(n, path, readers{"when": r.expression(&to.When), "to": r.texts(&to.To), "partitions": value(r, &to.Partitions, parseInt)})
	j.Routes = append(j.Routes, to)
}

// fillIn writes the defaults where nothing was said.
func fillIn(j *Job) {
	orElse := func(to *int, or int) {
		if *to == 0 {
			*to = or
		}
	}
	orElse(&j.Topics.Partitions, defaultPartitions)
	if j.Files != nil {
		orElse(&j.Chunk.Rows, defaultChunkRows)
		orElse(&j.Chunk.Bytes, defaultChunkBytes)
	}
	if j.Format.Kind == CSV && j.Format.Delimiter == 0 {
		j.Format.Delimiter = ','
	}
	for i := range j.Routes {
		orElse(&j.Routes[i].Partitions, 1)
	}
	if w := j.Window; w != nil {
		if w.Every == 0 {
			w.Every = w.Size
		}
		if w.Keep == 0 {
			w.Keep = defaultKeep
		}
	}
}
