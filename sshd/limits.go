package sshd

import "time"

// Limits bound what clients can take. A zero value takes the default, which the comment names.
type Limits struct {
	// Before a client has proven its key.
	Handshake       time.Duration // from the connection to the proven key; also from there to the session: 10 s
	Unauthenticated int           // connections at a time; more are closed at once: 20
	PerAddress      int           // of them, of one address (IPv6: one /64): 10
	Rate            int           // connections a second of one address, after ten seconds' worth at once: 10
	Attempts        int           // keys that one connection may try in vain: 6

	// After it.
	Sessions       int           // connections at a time: 100
	SessionsPerKey int           // of them, of one key: 10
	Idle           time.Duration // of a console without input: 30 min
	Longest        time.Duration // of a session: 12 h
	Keepalive      time.Duration // between two questions whether the client is still there; three without an answer close: 15 s
	Write          time.Duration // within which a piece of output must get through to the client: 30 s

	Keys time.Duration // between two looks at the authorized-keys file, for the sessions that are open: 3 s
	Stop time.Duration // within which sessions end when the server stops: 10 s
}

func (l Limits) withDefaults() Limits {
	set(&l.Handshake, 10*time.Second)
	set(&l.Unauthenticated, 20)
	set(&l.PerAddress, 10)
	set(&l.Rate, 10)
	set(&l.Attempts, 6)
	set(&l.Sessions, 100)
	set(&l.SessionsPerKey, 10)
	set(&l.Idle, 30*time.Minute)
	set(&l.Longest, 12*time.Hour)
	set(&l.Keepalive, 15*time.Second)
	set(&l.Write, 30*time.Second)
	set(&l.Keys, 3*time.Second)
	set(&l.Stop, 10*time.Second)
	return l
}

func set[T ~int | ~int64](value *T, otherwise T) {
	if *value <= 0 {
		*value = otherwise
	}
}

// What no option changes.
const (
	restoring   = 3 * time.Second // for a console to give the terminal back once its time is over, and for a client to close after it
	maxChannels = 64              // that a connection may ask for: an honest client whose forwardings are refused asks a few times
	maxBacklog  = 4 << 20         // bytes that a client may send while its session reads nothing
	inputBytes  = 16 << 10        // typed ahead, before the client is held back
	outputBytes = 16 << 10        // a piece of output
	socketBytes = 128 << 10       // of the kernel's, each way
)
