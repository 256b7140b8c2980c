package route

import "time"

// Known is the world as the router sees it: the topics that this question may be about.
type Known struct {
	Topics []Topic
	Now    time.Time
}

// Topic is one topic and the JSON fields that its messages have.
type Topic struct {
	Name   string
	Fields []Field
	// Holds says that messages of the topic hold these words (lower case, singular); nil: not known.
	Holds func(words []string) bool
	// KeyWord says that the keys of the topic's messages are this word with something behind it, as sensor-7; nil: not known.
	KeyWord func(word string) bool
}

// Field is one JSON path. Values are all its distinct values where they are few.
type Field struct {
	Path   string
	Kind   string // number, string, bool, time
	Values []string
}

// Wish is what a question asks for.
type Wish string

// The wishes. All but Meaning, Lookup and Limited are computed from every record of a range.
const (
	Meaning  Wish = "meaning"
	Lookup   Wish = "lookup"
	Count    Wish = "count"
	Distinct Wish = "distinct"
	Rate     Wish = "rate"
	First    Wish = "first"
	Last     Wish = "last"
	Min      Wish = "min"
	Max      Wish = "max"
	Sum      Wish = "sum"
	Mean     Wish = "mean"
)

// The names that stand for something else than a JSON path, in Scope.By and Scope.Field.
const (
	ByKey       = "@key"
	Tombstone   = "@tombstone" // with Exists and Missing
	ByPartition = "@partition"
	ByTopic     = "@topic"
	ByMinute    = "@minute"
	ByHour      = "@hour"
	ByDay       = "@day"
)

// Op compares a field with a value.
type Op string

// The comparisons. Holds is a text anywhere in the value; it needs no path.
const (
	Equal    Op = "="
	NotEqual Op = "≠"
	Above    Op = ">"
	AtLeast  Op = "≥"
	Below    Op = "<"
	AtMost   Op = "≤"
	Holds    Op = "holds"
	Lacks    Op = "lacks"    // Holds, denied
	Contains Op = "contains" // Holds, anywhere: within words too
	Exists   Op = "exists"
	Missing  Op = "is missing"
)

// Filter is a condition that records must meet. Several values: one of them must match.
type Filter struct {
	Path   string // "" with Holds, ByKey for the record's key
	Op     Op
	Values []string
	// Guess says that the question does not say that this is a condition: Values are a word that may mean something else.
	Guess bool
}

// value is the first of the values, "" without any.
func (f Filter) value() string {
	if len(f.Values) == 0 {
		return ""
	}
	return f.Values[0]
}

// Scope is what is meant in one topic.
type Scope struct {
	Topic   string
	Field   string // what is aggregated: min, max, sum, mean, distinct
	By      string // what is grouped by
	Filters []Filter
}

// Span is a range of time, From inclusive, To exclusive; zero is open.
type Span struct {
	From, To time.Time
	Note     string // how it was understood, where that could surprise
}

// Place is a record that was named by where it is. Topic may be empty, Partition -1: not named.
type Place struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Unknown is something the question names that isn't there.
type Unknown struct {
	Word    string
	Nearest []string // names that come close
}

// Route is how a question is to be answered.
type Route struct {
	Wish       Wish
	Scopes     []Scope
	Named      bool // the topics were named in the question, or in the one it follows
	Partitions []int32
	Span       Span
	Top        int           // groups wanted; 0: the usual
	Least      bool          // the smallest groups rather than the largest
	Unit       time.Duration // of a rate; 0: a second
	Often      bool          // Count, with the rate
	ByValue    bool          // order groups by the field's aggregate rather than by how many there are
	Also       bool          // Count, with the different values of Field
	When       bool          // First, Last: the time is what is asked for

	Keys  []string // Lookup: a key, ID or text to be found
	IsKey bool     // Lookup: said to be a key
	Place *Place   // Lookup: by where it is

	Unknown []Unknown // words that keep it from being exact
	Left    []string  // words that were left out because they restrict nothing
	// Number says that the question asks for a number, whether or not it can be computed.
	Number bool
	// Bound says that a number is asked for of a topic that is named, or of a field that is added up, compared or grouped by: what nothing but
	// the records themselves can answer.
	Bound bool
	// Explains says that it asks for a reason or a way.
	Explains bool
	// Structured says that topics, fields, values or partitions were recognised: the question is about records rather than prose.
	Structured bool
	// Explicit says that Topics can be nothing but topics: "hosts" alone may be people, "topic hosts" is none.
	Explicit bool
	// Topics are those that were named, whatever the wish.
	Topics  []string
	Carried []string // what was taken over from the questions before, in words
	Text    string   // what to retrieve by: the question, with what it refers to
}
