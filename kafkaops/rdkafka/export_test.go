package rdkafka

// For tests from outside.
var (
	EmptyPolls = emptyPolls
	LetSpin    = letSpin
	LetRest    = letRest
	Polls      = polls
)
