package ui

import (
	"slices"
	"time"

	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

// ConnState is the state of the connection to the cluster.
type ConnState uint8

// The states.
const (
	Connecting ConnState = iota
	Connected
	Disconnected
)

// Status is what the header shows: an immutable snapshot, put into a mailbox
// by whoever watches the connection.
type Status struct {
	Context  safetext.Text // its name: "embedded", "prod-eu"
	Mark     theme.Role    // its name's; Bad for a place where one thinks twice
	ReadOnly bool
	Address  safetext.Text // the first broker's, host:port
	State    ConnState
	Since    time.Time     // when State began
	Why      safetext.Text // of Disconnected, in a few words
	NextTry  time.Time     // of Disconnected; zero when unknown
	Brokers  int
	// Rates are in records a second over the watched topics; negative when unknown.
	InPerSecond, OutPerSecond float64
	Lag                       int64         // records; negative when unknown
	Behind                    time.Duration // negative when unknown
	// QuitStops is what ends with this console: "the embedded broker",
	// "2 runs that are being sent". Quitting asks when there is any.
	QuitStops []safetext.Text
}

// SameStatus says that two snapshots show the same.
func SameStatus(a, b Status) bool {
	stops := slices.Equal(a.QuitStops, b.QuitStops)
	same := a.Context == b.Context && a.Mark == b.Mark && a.ReadOnly == b.ReadOnly && a.Address == b.Address && a.State == b.State &&
		a.Since.Equal(b.Since) && a.Why == b.Why && a.NextTry.Equal(b.NextTry) && a.Brokers == b.Brokers
	return same && stops && a.InPerSecond == b.InPerSecond && a.OutPerSecond == b.OutPerSecond && a.Lag == b.Lag && a.Behind == b.Behind
}
