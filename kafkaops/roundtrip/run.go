package roundtrip

import (
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// The topics in which krapp keeps its own facts, and the headers that mark a message of a run.
const (
	RunsTopic    = "krapp.runs"
	WorkTopic    = "krapp.work"
	ReportsTopic = "krapp.reports"

	RunHeader  = "krapp-run"  // ULID of the run
	SeqHeader  = "krapp-seq"  // decimal, from 0
	SentHeader = "krapp-sent" // unix nanoseconds, decimal
)

// EvidenceKind is what a run counts as "processed".
type EvidenceKind string

// The kinds of evidence, strongest first.
const (
	Reported  EvidenceKind = "reported"  // done reports of the group's workers
	Arrived   EvidenceKind = "arrived"   // the message was seen in an output topic
	Committed EvidenceKind = "committed" // a group's committed offset has passed the message
)

// Evidence says how a run is judged.
type Evidence struct {
	Kind   EvidenceKind
	Group  string        // Reported, Committed: the group
	Topic  string        // Arrived: the output topic
	ID     string        // Arrived: "" by headers, "key", or "value.PATH" where the template must hold {{id}}
	Grace  time.Duration // Arrived: how long a message may take before it is missing; 0 means DefaultGrace
	Within time.Duration // no progress for this long is a stall; 0 means DefaultStall
}

// The defaults of an Evidence.
const (
	DefaultGroup = "krapp-consume"
	DefaultGrace = 30 * time.Second
	DefaultStall = 10 * time.Second
)

// SenderKind says who sends a run's messages.
type SenderKind string

// The senders.
const (
	SendHere    SenderKind = "here"    // the process that registered the run
	SendWorkers SenderKind = "workers" // produce workers, by slices in krapp.work
)

// HeaderTemplate is a header given to each message; its value is a template.
type HeaderTemplate struct{ Key, Value string }

// Spec is what an operator asks for. Validate says what is wrong with it.
type Spec struct {
	Topic    string
	Count    int64   // ≥ 1; for a file the number of its lines
	Rate     float64 // messages a second; 0: as fast as possible
	Key      string  // template; "" means no key
	Value    string  // template
	Headers  []HeaderTemplate
	Evidence Evidence
	Sender   SenderKind
	File     string // a file's path, one message a line, in the place of Value; sent by workers only
	// CreateTopic makes the topic if it is missing.
	CreateTopic bool
	Partitions  int // for CreateTopic; 0: the broker's default
}

// Run is a registered run: the spec and the facts of the moment it was registered at.
type Run struct {
	ID      string // ULID; its time is the registration
	Spec           // File holds the base name only
	TopicID string
	Ends    kafkaops.Offsets // end offset of each partition of the topic, the output topic, krapp.reports and krapp.runs at registration
	Created time.Time
}

// Short is the part of the ID that people read: the last five characters, which are random.
func (r *Run) Short() string { return r.ID[max(0, len(r.ID)-5):] }
