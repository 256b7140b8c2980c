package seer

import (
	"context"
	"time"
)

// Asker answers questions: the seer in this process, or one over HTTP.
type Asker interface {
	// Ask answers. each, which may be nil, is told of progress while it works, from the calling goroutine. Errors are of kafkaops' classes:
	// invalid (the question), unreachable, timed out. That the evidence is too weak is no error but an answer that says so.
	Ask(ctx context.Context, q Question, each func(Event)) (Answer, error)
	// Status says what has been learned. It is cheap: it may be asked every second.
	Status(ctx context.Context) (Status, error)
}

// Event is progress on an answer: a step that began, or prose to append to the draft. A draft's citations have not been validated: the Answer
// replaces it.
type Event struct {
	Step  string `json:"step,omitempty"`  // "reading orders: 120,000 of 400,000 records"
	Draft string `json:"draft,omitempty"` // more of the draft
	// Restart drops the draft so far: the model turned to a tool, or what it wrote will not do.
	Restart bool `json:"restart,omitempty"`
}

// Status is what a seer knows and how it is doing.
type Status struct {
	State     State     `json:"state"`
	Messages  int64     `json:"messages"`  // learned
	Templates int       `json:"templates"` // kinds of machine messages
	Passages  int       `json:"passages"`  // of prose
	Topics    []string  `json:"topics"`    // learned from
	Fresh     Freshness `json:"fresh"`
	Embedder  string    `json:"embedder"`
	Model     string    `json:"model,omitempty"` // "": answers are put together from the evidence alone
	// Suggestions are questions that what was learned can answer.
	Suggestions []string  `json:"suggestions,omitempty"`
	Notes       []string  `json:"notes,omitempty"` // a snapshot set aside, a topic that can't be read: a sentence each
	Err         string    `json:"error,omitempty"` // why it can't learn now; "" when it can
	Since       time.Time `json:"since,omitzero"`  // since when it is in this State
}

// State is what a seer does.
type State string

// The states.
const (
	Starting State = "starting"
	Learning State = "learning" // behind the ends of its topics
	Current  State = "current"  // has learned all that is there
	Waiting  State = "waiting"  // the brokers don't answer: Err says why
)
