package seer

// The seer's topics.
const (
	StatementTopic = "seer-statement" // texts to learn, always learned from; a key replaces what it brought before
	QuestionTopic  = "seer-question"  // questions: plain text, or Question as JSON
	AnswerTopic    = "seer-answer"    // Answer as JSON, keyed by the question's key or ID
)

// The headers of records in them.
const (
	TitleHeader    = "krapp-title"    // of a statement
	QuestionHeader = "krapp-question" // of an answer: the question's place, "topic/partition/offset"
)
