package source

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"time"
)

// Options say what may be reached and how much is taken. The zero value works: https and local files, with the defaults named below.
type Options struct {
	// AllowHosts are hosts, as host or host:port, that may be reached over plain http. https may reach any host.
	AllowHosts []string
	Root       *os.Root // where local paths are looked up, and what they can't leave; nil: as they are given

	ConnectTimeout time.Duration // default 10 s; for the TCP connection and for the TLS handshake
	HeaderTimeout  time.Duration // default 30 s; from the request to the answer's header
	StallTimeout   time.Duration // default 30 s; without a byte

	// Retries is how often in a row a connection is made again without progress, which is 64 KiB of new bytes; default 8, none if negative.
	Retries    int
	Backoff    time.Duration                     // before the first retry, then doubled; default 250 ms
	MaxBackoff time.Duration                     // default 15 s
	Jitter     func(time.Duration) time.Duration // of a wait; nil: uniformly between half of it and all

	MaxBytes int64   // decompressed; default 64 GiB
	MaxRatio float64 // decompressed to compressed, past 64 MiB decompressed; default 200
	MaxLine  int     // bytes of a row with its line end; default 1 MiB
	Buffer   int     // bytes that Rows decompresses ahead; default 4 MiB

	Log    *slog.Logger // nil: none
	Client *http.Client // for tests: its transport is used, its policy on redirects is not; nil: one is made for each source
}

const (
	progressBytes = 64 << 10 // new bytes after which tries are counted anew
	ratioFrom     = 64 << 20 // decompressed bytes from which on the ratio counts: a short run of blanks may be denser
	maxRetryAfter = time.Minute
	maxRedirects  = 3
)

func (o Options) withDefaults() Options {
	set(&o.ConnectTimeout, 10*time.Second)
	set(&o.HeaderTimeout, 30*time.Second)
	set(&o.StallTimeout, 30*time.Second)
	set(&o.Backoff, 250*time.Millisecond)
	set(&o.MaxBackoff, 15*time.Second)
	set(&o.MaxBytes, 64<<30)
	set(&o.MaxRatio, 200)
	set(&o.MaxLine, 1<<20)
	set(&o.Buffer, 4<<20)
	if o.Retries == 0 {
		o.Retries = 8
	}
	if o.Jitter == nil {
		o.Jitter = func(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// set puts the default where nothing, or nothing useful, was given.
func set[T int | int64 | float64 | time.Duration](v *T, byDefault T) {
	if *v <= 0 {
		*v = byDefault
	}
}
