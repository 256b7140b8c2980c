package job

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Bounds of a job: wide enough for any that makes sense, so that a slip of the keyboard is not carried out.
const (
	maxName        = 100 // of a job; a topic's name has at most 249 characters
	maxFieldName   = 200
	maxColumns     = 5000
	maxColumnByte  = 1 << 20 // rows are no longer
	maxGroupBy     = 16
	maxAggregates  = 100
	maxComputed    = 200
	maxRoutes      = 100
	maxTargets     = 100 // of a route
	maxTemplate    = 1000
	maxLabels      = 10_000
	maxRowsAChunk  = 1_000_000
	maxChunkBytes  = 900 << 10 // a record has at most 1 MiB
	minChunkBytes  = 1 << 10
	maxPartitions  = 10_000
	maxReplication = 100
	maxWindows     = 1000 // that an event can be in
	maxWindow      = 366 * 24 * time.Hour
)

// checker collects what is wrong with a Job.
type checker struct {
	j        *Job
	problems []problem
}

func (c *checker) wrong(path, hint, format string, args ...any) {
	c.problems = append(c.problems, problem{path: path, text: fmt.Sprintf(format, args...), hint: hint})
}

// key is about a name that the file gives, not what stands behind it.
func (c *checker) key(path, hint, format string, args ...any) {
	c.wrong(path+"/key", hint, format, args...)
}

func (c *checker) between(path string, n, least, most int) {
	if n < least || n > most {
		c.wrong(path, fmt.Sprintf("take one between %d and %d", least, most), "%s is %d: it can be %d to %d", last(path), n, least, most)
	}
}

// atMost says whether n is small enough for what costs more than its length to be checked.
func (c *checker) atMost(path, what string, n, most int) bool {
	if n > most {
		c.wrong(path, "make two jobs of it", "%d %s: at most %d are taken", n, what, most)
	}
	return n <= most
}

// shape checks everything but fields and expressions.
func (c *checker) shape() {
	c.name()
	switch {
	case c.j.Files == nil && c.j.Stream == nil:
		c.wrong("", "say source: {url: …} for files, or stream: {topics: […]} for topics", "where do rows come from? There is neither source nor stream")
	case c.j.Files != nil && c.j.Stream != nil:
		c.wrong("stream", "keep one of the two", "a job has a source or a stream, not both")
	case c.j.Files != nil:
		c.files()
	default:
		c.stream()
	}
	c.format()
	c.window()
	if c.j.Files != nil {
		c.between("chunk/rows", c.j.Chunk.Rows, 1, maxRowsAChunk)
		c.between("chunk/bytes", c.j.Chunk.Bytes, minChunkBytes, maxChunkBytes)
	} else if c.j.Chunk != (ChunkSize{}) {
		c.wrong("chunk", "leave chunk out", "chunks are of files: a stream has none")
	}
	c.between("topics/partitions", c.j.Topics.Partitions, 1, maxPartitions)
	c.between("topics/replication_factor", c.j.Topics.ReplicationFactor, 0, maxReplication)
}

func (c *checker) name() {
	const hint = "name it with a-z, 0-9 and -, such as daily-sales"
	switch name := c.j.Name; {
	case name == "":
		c.wrong("name", hint, "the job has no name")
	case len(name) > maxName:
		c.wrong("name", hint, "the name has %d characters, at most %d are taken", len(name), maxName)
	case !regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`).MatchString(name):
		c.wrong("name", hint, "%q is not a name: it is to be of a-z, 0-9 and -, and begins its topics' names", name)
	case strings.HasPrefix(name, "krapp"):
		c.wrong("name", hint, "%q: names that begin with krapp are krapp's own", name)
	}
}

func (c *checker) stream() {
	s := c.j.Stream
	if len(s.Topics) == 0 {
		c.wrong("stream", "say topics: [NAME]", "the stream has no topics")
	}
	seen := map[string]bool{}
	for i, topic := range s.Topics {
		path := fmt.Sprintf("stream/topics/%d", i)
		switch {
		case !validTopic(topic):
			c.wrong(path, "name a topic as Kafka does", "%q is not the name of a topic", topic)
		case internalTopic(topic) || strings.HasPrefix(topic, c.j.Name+"."):
			c.wrong(path, "name a topic of yours", "%q is a topic of krapp's, Kafka's or this job's own", topic)
		case seen[topic]:
			c.wrong(path, "keep one", "%q is there twice", topic)
		}
		seen[topic] = true
	}
}

func (c *checker) format() {
	f := c.j.Format
	switch f.Kind {
	case Fixed:
		c.columns(f.Columns)
	case CSV:
		c.csv(f)
	case JSONLines:
	default:
		c.wrong("format", "say fixed: {NAME: 30-31}, csv: {header: true} or jsonl: {}", "how are rows written? There is no format")
	}
}

func (c *checker) columns(columns []Column) {
	if len(columns) == 0 {
		c.wrong("format/fixed", "say which bytes a field has: {NAME: 30-31}", "a fixed format names no columns")
	}
	if !c.atMost("format/fixed", "columns", len(columns), maxColumns) {
		return
	}
	for _, col := range columns {
		path := "format/fixed/" + col.Name
		c.fieldName(path, col.Name)
		if col.Last < col.First {
			c.wrong(path, "write the lower one first", "column %s ends before it begins: %d-%d", col.Name, col.First, col.Last)
		} else if col.Last >= maxColumnByte {
			c.wrong(path, "check the range", "column %s ends at byte %d: rows have at most %d", col.Name, col.Last, maxColumnByte)
		}
	}
}

func (c *checker) csv(f Format) {
	switch {
	case f.Header && len(f.Names) > 0:
		c.wrong("format/csv/names", "keep one of the two", "the header names the fields: names are for files without one")
	case !f.Header && len(f.Names) == 0:
		c.wrong("format/csv", "say header: true, or names: [first, second, …]", "what are the fields of a row? There is neither a header nor names")
	case f.Header && c.j.Stream != nil:
		c.wrong("format/csv/header", "say names: [first, second, …]", "messages have no header")
	}
	if !c.atMost("format/csv/names", "names", len(f.Names), maxColumns) {
		return
	}
	seen := map[string]bool{}
	for i, name := range f.Names {
		path := fmt.Sprintf("format/csv/names/%d", i)
		if seen[name] {
			c.wrong(path, "give every field a name of its own", "%q is there twice", name)
		}
		seen[name] = true
		c.fieldName(path, name)
	}
}

// fieldName checks a name that the job gives to a field.
func (c *checker) fieldName(path, name string) {
	const hint = "name it with letters, digits and _"
	switch {
	case name == "" || len(name) > maxFieldName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }):
		c.wrong(path, hint, "%.40q is not a name of a field", name)
	case name == WindowField || strings.HasPrefix(name, "$"):
		c.wrong(path, hint, "%q is a name that krapp gives itself", name)
	}
}

func (c *checker) window() {
	w := c.j.Window
	if w == nil {
		return
	}
	if c.j.Stream == nil {
		c.wrong("window", "leave window out, or say stream: in the place of source:", "windows are of streams: files are computed whole")
		return
	}
	if !contains(c.j.GroupBy, WindowField) {
		c.wrong("window", "add window to group_by", "there is a window, but nothing is grouped by it")
	}
	for _, d := range []struct {
		path  string
		is    time.Duration
		least time.Duration
	}{{"window/size", w.Size, time.Second}, {"window/every", w.Every, time.Second}, {"window/lateness", w.Lateness, 0}, {"window/keep", w.Keep, 0}} {
		if d.is < d.least || d.is > maxWindow {
			c.wrong(d.path, "write it as 30s, 1m or 24h", "%s is %s: it can be %s to %s", last(d.path), formatDuration(d.is), formatDuration(d.least), formatDuration(maxWindow))
			return
		}
	}
	switch {
	case w.Size%w.Every != 0:
		c.wrong("window/every", "take a half, a third …", "every (%s) is not a whole part of size (%s)", formatDuration(w.Every), formatDuration(w.Size))
	case w.Size/w.Every > maxWindows:
		c.wrong("window/every", "take a longer every", "each event would be in %d windows: at most %d are taken", w.Size/w.Every, maxWindows)
	}
}

// validTopic says whether Kafka could have a topic of that name.
func validTopic(topic string) bool {
	return topic != "." && topic != ".." && regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`).MatchString(topic)
}

func internalTopic(topic string) bool {
	return strings.HasPrefix(topic, "krapp.") || strings.HasPrefix(topic, "__")
}
