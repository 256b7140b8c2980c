package seer

// Question is what is asked.
type Question struct {
	ID      string   `json:"id,omitempty"`      // the asker's own; an answer over topics is keyed by it
	Text    string   `json:"question"`          // at most MaxQuestion bytes of UTF-8
	Topics  []string `json:"topics,omitempty"`  // what may be searched; empty: all that the seer has learned
	History []Turn   `json:"history,omitempty"` // the conversation before, oldest first; the last MaxHistory turns count
}

// Turn is one question of a conversation and the answer that was given.
type Turn struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// Limits of a question.
const (
	MaxQuestion = 4 << 10 // bytes
	MaxHistory  = 8       // turns
)
