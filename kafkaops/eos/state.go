package eos

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Phase is what a loop is at.
type Phase string

// The phases of a loop.
const (
	Joining  Phase = "joining"     // no partitions assigned yet
	Running  Phase = "running"     // partitions are read, or there are none for this member
	BackOff  Phase = "backing off" // something failed; it is tried again at State.RetryAt
	Stopping Phase = "stopping"
	Stopped  Phase = "stopped"
)

// State is a loop at one moment.
type State struct {
	Phase      Phase
	Group      string
	Slot       string
	Partitions []PartitionState // in order
	Commits    int64
	Aborts     int64
	Rebalances int64 // times that the group gave this member its partitions
	Records    int64 // committed since the start
	LastCommit time.Time
	LastError  string // of the last failure, also when it is over; ""
	ErrorAt    time.Time
	RetryAt    time.Time // in BackOff
}

// PartitionState is one assigned partition. Committed is NoOffset until it is known.
type PartitionState struct {
	kafkaops.TopicPartition
	Committed int64
}

// board holds the state for those who look.
type board struct {
	mu        sync.Mutex
	s         State
	committed kafkaops.Offsets
}

func (b *board) update(f func(*State)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.s)
}

// stopping notes the order to stop, which may come while Run is returning already.
func (b *board) stopping() {
	b.update(func(s *State) {
		if s.Phase != Stopped {
			s.Phase = Stopping
		}
	})
}

// assigned notes the partitions that the member has now; what is known of them stays.
func (b *board) assigned(tps []kafkaops.TopicPartition) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.committed
	b.committed = make(kafkaops.Offsets, len(tps))
	for _, tp := range tps {
		b.committed[tp] = kafkaops.NoOffset
		if at, ok := old[tp]; ok {
			b.committed[tp] = at
		}
	}
	if b.s.Phase == Joining {
		b.s.Phase = Running
	}
}

// positions notes committed offsets of assigned partitions.
func (b *board) positions(o kafkaops.Offsets) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for tp, at := range o {
		if _, has := b.committed[tp]; has {
			b.committed[tp] = at
		}
	}
}

func (b *board) snapshot() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.s
	for _, tp := range slices.SortedFunc(maps.Keys(b.committed), kafkaops.TopicPartition.Compare) {
		s.Partitions = append(s.Partitions, PartitionState{tp, b.committed[tp]})
	}
	return s
}
