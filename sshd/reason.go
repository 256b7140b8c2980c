package sshd

// reason is why somebody was turned away: a label of krapp_ssh_refused_total, so there are few.
type reason string

// Before the key is proven.
const (
	whyFull      reason = "too many unauthenticated connections"
	whyAddress   reason = "too many unauthenticated connections of one address"
	whyRate      reason = "too many connections a second of one address"
	whyHandshake reason = "handshake failed"
	whySlow      reason = "handshake too slow"
	whyUnknown   reason = "unknown key"
	whyLine      reason = "key refused by its line"
	whyExpired   reason = "key expired"
	whyFrom      reason = "key not allowed from this address"
	whyNoKeys    reason = "authorized keys unreadable"
	whyNoProof   reason = "no key proven"
)

// After it.
const (
	whySessions    reason = "too many sessions"
	whyKeySessions reason = "too many sessions of one key"
	whyMore        reason = "more than one session a connection"
	whyNoTerminal  reason = "no terminal asked for"
	whyNoConsole   reason = "key has no console"
	whyCommand     reason = "commands not allowed"
	whyMalformed   reason = "malformed command"
	whySubsystem   reason = "subsystem"
	whyForwarding  reason = "forwarding"
	whyAgent       reason = "agent forwarding"
	whyX11         reason = "X11 forwarding"
	whyChannel     reason = "unknown channel type"
)
