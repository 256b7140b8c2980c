package job

import "time"

// Job is one job, as its file says it, checked and with defaults filled in. It is never changed after Parse.
type Job struct {
	Name        string // as a part of topics' names: [a-z0-9-]
	Description string

	// Rows come from files or from a topic: exactly one of Files and Stream is set.
	Files  *Files
	Stream *Stream

	Format     Format
	Where      string       // an expression of github.com/expr-lang/expr over the fields; "" takes every row
	Compute    []Computed   // in order: one may use those before it
	GroupBy    []string     // fields, computed fields, variables of the source, or WindowField
	Aggregates []Aggregate  // at least one
	Labels     []LabelTable // of group-by fields whose values are codes
	Routes     []Route      // only with Stream
	Window     *Window      // only with Stream
	Topics     Topics
	Chunk      ChunkSize // only with Files
}

// Files are sources that end: one for each combination of the lists' values.
type Files struct {
	URL   string // an https URL or a path, with {name} for each list; {yy} is the last two digits of {year}
	Lists []List // in the order of the file
}

// List is the values of one variable of Files.URL. They are fields of every row of the source too.
type List struct {
	Name   string
	Values []string
}

// Stream is rows from a topic, continuously: one a message.
type Stream struct {
	Topics []string
	Time   string // the field that holds the event's time (RFC 3339, or Unix time in seconds or milliseconds); "": the record's timestamp
}

// FormatKind is how rows are written.
type FormatKind string

// The kinds of Format.
const (
	Fixed     FormatKind = "fixed"
	CSV       FormatKind = "csv"
	JSONLines FormatKind = "jsonl" // or, in a stream, one JSON value a message
)

// Format is how a row's fields are found.
type Format struct {
	Kind      FormatKind
	Columns   []Column // Fixed: the named ranges
	Delimiter byte     // CSV; default ','
	Header    bool     // CSV: the first row of a source names the fields
	Names     []string // CSV without Header: the fields, in order
}

// Column is a named range of bytes in a row, [First, Last], counted from zero. Its value is trimmed of blanks.
type Column struct {
	Name        string
	First, Last int
}

// Computed is a field that is computed of others.
type Computed struct{ Name, Expr string }

// AggregateKind is what is made of a group's values.
type AggregateKind string

// The kinds of Aggregate.
const (
	Count    AggregateKind = "count"
	Sum      AggregateKind = "sum"      // exact and independent of the order of rows, rounded once at the end
	Min      AggregateKind = "min"      // of numbers
	Max      AggregateKind = "max"      // of numbers
	Mean     AggregateKind = "mean"     // sum / count of the rows that have the field
	Distinct AggregateKind = "distinct" // approximately: a HyperLogLog of 2^14 registers, standard error 0.8 %
)

// Aggregate is one value of each group. Field is empty for Count.
type Aggregate struct {
	Name  string // in results, "Count" for example
	Kind  AggregateKind
	Field string
}

// LabelTable names the codes of a field, in the order of the file. A row whose code has no label is left out of the results and counted as
// unlabelled.
type LabelTable struct {
	Field  string
	Labels []Label
}

// Label is the name of a code.
type Label struct{ Code, Text string }

// Route sends each matching record to topics.
type Route struct {
	When string   // an expression; "" matches all
	To   []string // templates of topic names, {{field}} for a field's value
	// Partitions of topics that it creates; 0 means 1. Topics are created only where the worker allows it.
	Partitions int
}

// Window groups events by time. WindowField is then a field.
type Window struct {
	Size     time.Duration
	Every    time.Duration // the distance between windows' starts; Size for tumbling windows, less for hopping ones, a whole part of Size
	Lateness time.Duration // how long after its end a window takes events in, by the event time of its partition
	Keep     time.Duration // how long after its end results show a window; 0 means 24 h
}

// WindowField is the name of the field that holds the window's start, as RFC 3339 in UTC.
const WindowField = "window"

// Topics are where a job's records go. Names are Job.Name with a suffix, see Job.SourcesTopic and the like.
type Topics struct {
	Partitions        int // of chunks; 0 means 6
	ReplicationFactor int // 0 means the broker's default
}

// ChunkSize is when a chunk is full: whatever comes first. 0 means the default.
type ChunkSize struct {
	Rows  int // default 10,000
	Bytes int // of rows as they are carried; default 512 KiB, at most 900 KiB
}

// A job's topics.
const (
	sourcesSuffix   = ".sources"   // compacted: the state of each source, by its ID
	chunksSuffix    = ".chunks"    // rows
	resultsSuffix   = ".results"   // partial results
	snapshotsSuffix = ".snapshots" // compacted: merged results with the offsets that they hold
)

// SourcesTopic is where sources are registered, and what became of each is written.
func (j *Job) SourcesTopic() string { return j.Name + sourcesSuffix }

// ChunksTopic is where rows go.
func (j *Job) ChunksTopic() string { return j.Name + chunksSuffix }

// ResultsTopic is where partial results go.
func (j *Job) ResultsTopic() string { return j.Name + resultsSuffix }

// SnapshotsTopic is where merged results are kept.
func (j *Job) SnapshotsTopic() string { return j.Name + snapshotsSuffix }
