package corpus

import "strings"

// Kind is what sort of answer a question has.
type Kind string

// The kinds.
const (
	Prose        Kind = "prose"        // a passage of a text
	Event        Kind = "event"        // messages of a template
	Exact        Kind = "exact"        // a number or record to be computed
	Unanswerable Kind = "unanswerable" // none
)

// Split keeps the questions that may be looked at while tuning from those that may not.
type Split string

// The splits.
const (
	Development Split = "dev"
	HeldOut     Split = "held-out"
)

// Style is in whose words a question is.
type Style string

// The styles. An unanswerable question has none.
const (
	Words       Style = "words"       // those of the text or message
	Natural     Style = "natural"     // the thing is named, the rest is in the asker's own words
	Paraphrased Style = "paraphrased" // other words throughout
)

// Question is one question and what a right answer holds.
type Question struct {
	ID        string   `json:"id"`
	Kind      Kind     `json:"kind"`
	Split     Split    `json:"split"`
	Style     Style    `json:"style,omitempty"`
	Text      string   `json:"text"`
	Title     string   `json:"title,omitempty"`     // Prose: of the text
	Phrase    string   `json:"phrase,omitempty"`    // Prose: words that the right passage holds
	Templates []string `json:"templates,omitempty"` // Event: any of these is right
	Tally     *Tally   `json:"tally,omitempty"`     // Exact
	Near      bool     `json:"near,omitempty"`      // Unanswerable: about things that the texts and events do speak of
}

// AnsweredBy says whether a passage of the text with that title holds the answer.
func (q Question) AnsweredBy(title, passage string) bool {
	return title == q.Title && strings.Contains(flat(passage), flat(q.Phrase))
}

// Wants says whether messages of that template answer it.
func (q Question) Wants(template string) bool {
	for _, name := range q.Templates {
		if name == template {
			return true
		}
	}
	return false
}

// Holds says whether text has the phrase, whatever its line breaks.
func (q Question) Holds(text string) bool { return strings.Contains(flat(text), flat(q.Phrase)) }

// flat puts a text on one line with single blanks.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }
