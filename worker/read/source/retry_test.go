package source

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// attempts opens a source through a transport and returns when each request came, counted from the first.
func attempts(t *testing.T, o Options, answer func(n int, r *http.Request) (*http.Response, error)) (at []time.Duration, err error) {
	t.Helper()
	var begun time.Time
	o.Jitter = func(d time.Duration) time.Duration { return d }
	o.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if begun.IsZero() {
			begun = time.Now()
		}
		at = append(at, time.Since(begun))
		return answer(len(at), r)
	})}
	_, err = read(t, "https://host/x", o)
	return at, err
}

func TestWaitsDoubleUpToTheirMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, err := attempts(t, Options{}, func(int, *http.Request) (*http.Response, error) { return nil, errors.New("connection refused") })
		wants(t, err, kafkaops.Unreachable, "https://host/x", "gave up after 9 tries: connection refused")
		const ms = time.Millisecond
		want := []time.Duration{0, 250 * ms, 750 * ms, 1750 * ms, 3750 * ms, 7750 * ms, 15750 * ms, 30750 * ms, 45750 * ms}
		if !slices.Equal(at, want) {
			t.Errorf("requests at %v, want %v", at, want)
		}
	})
}

func TestRetryAfterIsHonouredUpToAMinute(t *testing.T) {
	for after, want := range map[string]time.Duration{
		"":                              250 * time.Millisecond,
		"7":                             7 * time.Second,
		"3600":                          time.Minute,
		"-5":                            250 * time.Millisecond,
		"Sat, 01 Jan 2000 00:00:20 GMT": 20 * time.Second, // synctest begins in 2000
	} {
		synctest.Test(t, func(t *testing.T) {
			at, err := attempts(t, Options{}, func(n int, _ *http.Request) (*http.Response, error) {
				if n == 1 {
					return answers(429, http.Header{"Retry-After": {after}}, strings.NewReader(""), 0), nil
				}
				return answers(200, nil, strings.NewReader("x"), 1), nil
			})
			if err != nil || len(at) != 2 || at[1] != want {
				t.Errorf("Retry-After %q: %v, requests at %v, want the second at %v", after, err, at, want)
			}
		})
	}
}

func TestProgressBeginsTheCountAnew(t *testing.T) {
	const size = 40 * progressBytes
	for name, c := range map[string]struct {
		piece int
		why   string
	}{
		"64 KiB a connection":      {progressBytes, ""},
		"less than that, for ever": {1, "gave up after 3 tries"},
	} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			_, err := attempts(t, Options{Retries: 2}, func(int, *http.Request) (*http.Response, error) {
				body := strings.NewReader(strings.Repeat("x", c.piece))
				if sent += c.piece; sent == c.piece {
					return answers(200, nil, body, size), nil
				}
				from := sent - c.piece
				return answers(206, http.Header{"Content-Range": {contentRangeOf(from, size)}}, body, int64(size-from)), nil
			})
			if c.why == "" && err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if c.why != "" {
				wants(t, err, kafkaops.Unavailable, "https://host/x", c.why)
			}
		})
	}
}

func TestStallsAreTimedFromTheLastByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, err := attempts(t, Options{Retries: 1}, func(n int, r *http.Request) (*http.Response, error) {
			if n == 2 { // no answer at all
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			time.Sleep(29 * time.Second)
			return answers(200, nil, io.MultiReader(strings.NewReader("x"), until{r.Context()}), 10), nil
		})
		wants(t, err, kafkaops.TimedOut, "https://host/x", "the server stalled: no byte for 40s")
		if len(at) != 2 || at[1] != 59*time.Second+250*time.Millisecond {
			t.Errorf("requests at %v", at)
		}
	})
}

func TestCancelledStreamEndsAtOnce(t *testing.T) {
	reason := errors.New("stopping")
	for name, body := range map[string]func(context.Context) (*http.Response, error){
		"in a wait":   func(context.Context) (*http.Response, error) { return nil, errors.New("connection refused") },
		"in the body": func(ctx context.Context) (*http.Response, error) { return answers(200, nil, until{ctx}, 10), nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(100*time.Millisecond, func() { cancel(reason) })
			requests := 0
			_, err := Open(ctx, "https://host/x", Options{Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				requests++
				return body(r.Context())
			})}})
			if !errors.Is(err, reason) || requests != 1 {
				t.Errorf("%s: %v after %d requests", name, err, requests)
			}
			wants(t, err, kafkaops.TimedOut, "https://host/x", "stopping")
		})
	}
}
