package seer

import "time"

// Way is how a question was answered.
type Way string

// The ways.
const (
	Exact   Way = "exact"   // computed from all records of a range: counts, rates, groups, first and last, least and greatest
	Lookup  Way = "lookup"  // a record named by its key, ID or offset
	Meaning Way = "meaning" // from what was retrieved
	Refused Way = "refused" // the evidence is too weak
)

// Answer is what the seer says, and by what right. All text in it comes from records or a model: hostile until made safe.
type Answer struct {
	ID        string        `json:"id,omitempty"` // the question's
	Question  string        `json:"question"`
	Way       Way           `json:"way"`
	Text      string        `json:"text"` // markdown; [n] refers to the citation with that N
	Citations []Citation    `json:"citations"`
	Counted   []Counted     `json:"counted,omitempty"` // Exact and Lookup: what was read
	Nearest   []string      `json:"nearest,omitempty"` // Refused: the topics that are nearest to the question
	Model     string        `json:"model,omitempty"`   // who wrote the prose; "" when it was put together from the evidence alone
	Notes     []string      `json:"notes,omitempty"`   // what limits the answer, a sentence each
	Fresh     Freshness     `json:"fresh"`
	Took      time.Duration `json:"took_ns"`
}

// Citation is one piece of evidence that an answer refers to: a record, or a passage of the text that a record holds.
type Citation struct {
	N       int    `json:"n"` // from 1
	Place   Place  `json:"place"`
	Title   string `json:"title,omitempty"`   // of the text, where it has one
	Passage int    `json:"passage,omitempty"` // which passage of the record's text, from 1; 0: the whole record
	Excerpt string `json:"excerpt"`           // of the passage or value, at most MaxExcerpt bytes
	// Like is how many records look the same but for numbers, IDs and times; 0 where that was not asked.
	Like int64 `json:"like,omitempty"`
	// Gone says why the record can't be read any more ("removed by retention"); "" while it can, or where it could not be told.
	Gone string `json:"gone,omitempty"`
}

// MaxExcerpt is the longest excerpt of a citation, in bytes.
const MaxExcerpt = 1 << 10

// Place is where a record is.
type Place struct {
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`
	At        time.Time `json:"at"` // the record's timestamp; zero: not known
}

// Counted is a range of offsets that was read for an answer, From inclusive, To exclusive.
type Counted struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	From      int64  `json:"from"`
	To        int64  `json:"to"`
	Records   int64  `json:"records"` // read in it
}

// Freshness says how much of what is there an answer can know of.
type Freshness struct {
	At     time.Time `json:"at"`               // the newest record learned; zero: none
	Behind int64     `json:"behind"`           // offsets not yet learned, over all topics; -1: not known
	Topics []Learned `json:"topics,omitempty"` // by name
}

// Learned is how far a partition has been learned.
type Learned struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Next      int64  `json:"next"` // the first offset that has not been learned
	End       int64  `json:"end"`  // as last seen; -1: not known
}
