package llm

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Options says which model to talk to and how long to wait for it.
type Options struct {
	BaseURL string          // "https://api.openai.com/v1"; http only to loopback, unless AllowPlainHTTP
	Model   string          // "gpt-4o-mini"; for an Embedder the embedding model
	Key     kafkaops.Secret // zero: none is sent
	// AllowPlainHTTP lets evidence go over the network unencrypted. A key never does.
	AllowPlainHTTP bool
	Timeouts       Timeouts
	Retries        int           // further tries after the first; 0 means 3, less than 0 none
	Pause          time.Duration // before the first further try, doubled for each; 0 means 500 ms
	MaxPause       time.Duration // the longest wait that is accepted, also from Retry-After; 0 means 20 s
	MaxResponse    int64         // bytes of one response as it comes over the wire, decompressed; 0 means 8 MiB
	MaxTokens      int           // of an answer; a reasoning model gets four times that, to think; 0 means 2048

	Now    func() time.Time                                 // nil: time.Now
	Jitter func() float64                                   // 0 ≤ x < 1; nil: random
	Wait   func(ctx context.Context, d time.Duration) error // nil: waits d, or until ctx ends and then returns its error
	Log    *slog.Logger                                     // nil: silent
}

// Timeouts bound each phase of a call.
type Timeouts struct {
	Connect time.Duration // to a connection, TLS included; 0 means 10 s
	First   time.Duration // from the request to the first piece of the answer; 0 means 60 s
	Stall   time.Duration // between pieces; 0 means 30 s
	Whole   time.Duration // of a call with all its tries; 0 means 3 min
}

const opConfig = "setting up the model"

func (o Options) withDefaults() Options {
	o.Timeouts.Connect = orElse(o.Timeouts.Connect, 10*time.Second)
	o.Timeouts.First = orElse(o.Timeouts.First, time.Minute)
	o.Timeouts.Stall = orElse(o.Timeouts.Stall, 30*time.Second)
	o.Timeouts.Whole = orElse(o.Timeouts.Whole, 3*time.Minute)
	o.Pause = orElse(o.Pause, 500*time.Millisecond)
	o.MaxPause = orElse(o.MaxPause, 20*time.Second)
	o.MaxResponse = orElse(o.MaxResponse, 8<<20)
	o.MaxTokens = orElse(o.MaxTokens, 2048)
	if o.Retries == 0 {
		o.Retries = 3
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func orElse[T int | int64 | time.Duration](given, otherwise T) T {
	if given <= 0 {
		return otherwise
	}
	return given
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// base checks the address. What it returns has neither credentials nor a query: it may be shown.
func (o Options) base() (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(o.BaseURL), "/"))
	// The address isn't repeated where it may hold credentials or is no address at all: a key is easily pasted into the wrong field.
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, kafkaops.Errorf(kafkaops.Invalid, opConfig, "", "give it like https://api.openai.com/v1", "the base URL is not an http(s) address")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, kafkaops.Errorf(kafkaops.Invalid, opConfig, u.Host, "give the key by file or environment, never in the address",
			"the base URL holds credentials, a query or a fragment")
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		if !o.AllowPlainHTTP {
			return nil, kafkaops.Errorf(kafkaops.Invalid, opConfig, u.Host, "use https, or allow plain HTTP if the network between is yours",
				"plain HTTP would show questions and records to the network")
		}
		if !o.Key.IsZero() {
			return nil, kafkaops.Errorf(kafkaops.Invalid, opConfig, u.Host, "use https, or attach this endpoint without a key",
				"a key is never sent over plain HTTP")
		}
	}
	return u, nil
}

// isLoopback goes by the name; that the name leads to loopback is checked again when dialling.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
