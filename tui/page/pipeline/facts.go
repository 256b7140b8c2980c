package pipeline

import (
	"context"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Jobs is what the pages know and do of jobs; cmd makes it of the roles.
type Jobs interface {
	// Names are the jobs that can be named without looking: built-in ones and those that were named before. No I/O.
	Names() []string
	// Look returns what is known of a job's pipeline at the moment. It begins to follow it when it is asked for the first time. An error is
	// that of the job (its file, its name); trouble with the cluster is in Facts.
	Look(ctx context.Context, job string) (Facts, error)
	// Stop ends what this console runs of a job, after what is in hand.
	Stop(ctx context.Context, job string) error
}

// Job is a job as its file says it.
type Job struct {
	Name        string // as a part of topics' names
	Ref         string // what it is called by: its name if it is built in, or its file
	Description string
	URL         string   // the template of its sources; "" of a stream
	Lists       []List   // the values that make the sources
	Topics      []string // that a stream reads
	GroupBy     []string
	Values      []string // the aggregates' names
}

// Stream says that rows come from topics, without an end.
func (j *Job) Stream() bool { return len(j.Topics) > 0 }

// List is a variable of the sources' URL and its values.
type List struct {
	Name   string
	Values []string
}

// Verdict says what an answer is worth.
type Verdict string

// The verdicts.
const (
	Complete   Verdict = "complete"   // every row of every source, once
	Incomplete Verdict = "incomplete" // more is to come
	Continuous Verdict = "continuous" // a stream
	Wrong      Verdict = "wrong"      // waiting doesn't mend it
)

// Facts is a picture of a pipeline, as its topics tell. It is not changed once made.
type Facts struct {
	Job      Job
	At       time.Time
	Missing  bool  // the job's topics don't exist yet: nobody has started it on this cluster
	CaughtUp bool  // before that, the results are nobody's answer
	Err      error // why it can't be looked at now
	Verdict  Verdict
	Sentence string // how complete the answer is

	Sources []Source
	Read    Amount // by the sources' states
	Counted Amount // in the results
	Dead    int64  // rows that couldn't be read
	Left    int64  // rows without a label
	LeftBy  map[string]int64
	Results []Result

	Waiting     int64         // records of the results topic that are still to be merged; -1: not known
	RowsARecord float64       // rows that such a record counts, about; 0: not known
	Behind      time.Duration // how old the newest merged one is, while some wait; -1: not known

	Here Here
	// The groups whose members do the work, and where rows go that can't be read; "" for none.
	ReadGroup, ComputeGroup, DeadTopic string
	// Topics for the records behind the picture.
	SourcesTopic, ResultsTopic string
}

// Amount is chunks and the rows in them.
type Amount struct{ Chunks, Rows int64 }

// Here is what this console's process runs of the pipeline.
type Here struct {
	Reading   bool
	Computing int
}

// Any says that something runs.
func (h Here) Any() bool { return h.Reading || h.Computing > 0 }

// Phase is what became of a source.
type Phase string

// The phases.
const (
	Pending Phase = "pending"
	Reading Phase = "reading"
	Done    Phase = "done"
	Failed  Phase = "failed"
)

// Source is one source as the topics tell.
type Source struct {
	ID, URL string
	Phase   Phase
	Limited bool // only its beginning was wanted
	Chunks  int64
	Counted int64 // chunks that are in the results
	Rows    int64
	Read    int64  // compressed bytes
	Size    int64  // compressed bytes in all, -1: not known
	Failure string // of one that failed: why, and where
}

// Result is a group of the results.
type Result struct {
	Key    []string // by Job.GroupBy
	Labels []string // of the keys that are codes, else ""
	Values []Value  // by Job.Values
}

// Value is an aggregate's value: the text is exact, the number is for bars.
type Value struct {
	Text   string // "": no row had the field
	Number float64
}

// Spec is what is asked for when a pipeline is started.
type Spec struct {
	Job     string              // a name, or a file
	Choose  map[string][]string // values in the place of a list's own
	Base    string              // takes the place of scheme and host of the sources; ""
	File    string              // one local file in the place of the sources; ""
	Chunks  int64               // of each source; 0: all
	Workers int                 // computing workers in this process
}

// Prepared is what a Spec comes to.
type Prepared struct {
	Job     Job
	Sources []string // the first and the last few URLs
	Count   int
	Plan    kafkaops.Plan
}

// Starter starts pipelines.
type Starter interface {
	// Describe reads a job.
	Describe(ctx context.Context, job string) (Job, error)
	// Propose completes the beginning of a job's name or file.
	Propose(ctx context.Context, beginning string) []string
	// Prepare says what a spec comes to, and changes nothing.
	Prepare(ctx context.Context, s Spec) (Prepared, error)
	// Start registers the sources and begins. It returns when the work is under way; that ends with the console at the latest.
	Start(ctx context.Context, s Spec) error
}
