package kafkaops

// GroupListing is a consumer group's line in the list of all groups.
type GroupListing struct {
	ID    string
	State string // as the broker names it: Stable, Empty, PreparingRebalance, CompletingRebalance, Dead …
	Type  string // Classic or Consumer; "" when unknown
}

// Member is one member of a group.
type Member struct {
	ID         string
	InstanceID string // static membership; ""
	ClientID   string
	Host       string
	Assigned   []TopicPartition
}

// Group is a consumer group described.
type Group struct {
	ID          string
	State       string
	Type        string
	Assignor    string
	Coordinator Broker
	Members     []Member
	Err         error
}

// MemberOf returns the member that a partition is assigned to.
func (g *Group) MemberOf(tp TopicPartition) (Member, bool) {
	for _, m := range g.Members {
		for _, a := range m.Assigned {
			if a == tp {
				return m, true
			}
		}
	}
	return Member{}, false
}
