package kafkaops

import "time"

// Context says which cluster to talk to and how. Secrets are held here only between the config's reader and the client's maker;
// String and LogValue of Secret never show them.
type Context struct {
	Name     string
	Brokers  []string // host:port
	Security Security
	ReadOnly bool
	ClientID string
	// Timeout bounds each single request; 0 means 10 s.
	Timeout time.Duration
}

// Security is how to authenticate and encrypt.
type Security struct {
	TLS           bool
	CAFile        string
	CertFile      string
	KeyFile       string
	SASLMechanism string // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; "" for none
	Username      string
	Password      Secret
}

// Secret is a string that is never printed.
type Secret struct{ value string }

// NewSecret wraps a secret value.
func NewSecret(s string) Secret { return Secret{s} }

// Reveal returns the value, for the client's configuration only.
func (s Secret) Reveal() string { return s.value }

// IsZero says whether there is no secret.
func (s Secret) IsZero() bool { return s.value == "" }

// String hides the value.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return "•••"
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
