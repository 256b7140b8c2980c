package kafkaops

// Plan says what a change will do before it is done. A plan is data: whoever made it applies it.
type Plan struct {
	Title   string     // "Delete topic orders"
	Effects []string   // what it will do, one sentence each
	Table   [][]string // optional: header row first, then rows (topic, partition, now, new, moves)
	Lost    []string   // what it can't undo; empty when all can be undone
	Undo    string     // how it can be undone; "" when it can't
	Command string     // the equivalent krapp command line
	Typed   string     // a name that must be typed to confirm; "" for a plain Enter
}

// Reversible says whether the plan can be undone.
func (p Plan) Reversible() bool { return p.Undo != "" }
