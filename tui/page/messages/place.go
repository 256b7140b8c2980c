package messages

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// kind says what a place is named by.
type kind uint8

const (
	atEnd kind = iota
	atStart
	atOffset
	atTime
	lastFew
)

// place is where in a topic to read, as a person names it.
type place struct {
	kind      kind
	partition int32 // kafkaops.AnyPartition: all
	offset    int64
	when      time.Time
	count     int // of lastFew
}

// placeHint tells what parsePlace understands.
const placeHint = "0@1234 (partition@offset), 1234, -100 (the last 100), -15m, 14:02, 2026-11-21T14:02:11Z, start, end; times without a zone are local"

// parsePlace reads start, end, 1234, -100, a time, -15m; each may have a partition before it: 0@1234, 2@-15m, 1@start.
func parsePlace(text string, now time.Time) (place, error) {
	text = strings.TrimSpace(text)
	p := place{partition: kafkaops.AnyPartition}
	if before, rest, found := strings.Cut(text, "@"); found {
		n, err := strconv.ParseInt(before, 10, 32)
		if err != nil || n < 0 {
			return place{}, fmt.Errorf("%q is no partition", before)
		}
		p.partition, text = int32(n), rest
	}
	switch strings.ToLower(text) {
	case "":
		return place{}, errors.New("say where to: an offset, a time, start or end")
	case "start", "earliest":
		p.kind = atStart
		return p, nil
	case "end", "latest", "now":
		p.kind = atEnd
		return p, nil
	}
	if ago, negative := strings.CutPrefix(text, "-"); negative {
		return p.back(ago, now)
	}
	if isDigits(text) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return place{}, fmt.Errorf("%s is more than any offset", text)
		}
		p.kind, p.offset = atOffset, n
		return p, nil
	}
	when, err := parseTime(text, now)
	p.kind, p.when = atTime, when
	return p, err
}

// back is so many messages, or so long, before the end or now.
func (p place) back(ago string, now time.Time) (place, error) {
	if isDigits(ago) {
		n, err := strconv.Atoi(ago)
		if err != nil || n < 1 || n > maxRows {
			return place{}, fmt.Errorf("the last %s: any number from 1 to %d can be shown", ago, maxRows)
		}
		p.kind, p.count = lastFew, n
		return p, nil
	}
	d, err := parseAgo(ago)
	if err != nil {
		return place{}, err
	}
	p.kind, p.when = atTime, now.Add(-d)
	return p, nil
}

// parseAgo is time.ParseDuration with days: 15m, 1h30m, 2d, 1d12h.
func parseAgo(text string) (time.Duration, error) {
	var days time.Duration
	rest := text
	if before, after, found := strings.Cut(text, "d"); found && isDigits(before) {
		n, err := strconv.Atoi(before)
		if err != nil || n > 36500 {
			return 0, fmt.Errorf("%q is too long ago", text)
		}
		days, rest = time.Duration(n)*24*time.Hour, after
	}
	if rest == "" && days > 0 {
		return days, nil
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is neither a number of messages nor a time like 15m, 1h30m or 2d", text)
	}
	return days + d, nil
}

// parseTime reads a moment; what it leaves out of the date is today's.
func parseTime(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			y, m, d := now.Date()
			return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), now.Location()), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither an offset nor a time", text)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// String names the place in a heading.
func (p place) String() string {
	where := ""
	if p.partition != kafkaops.AnyPartition {
		where = strconv.Itoa(int(p.partition)) + "@"
	}
	switch p.kind {
	case atStart:
		return where + "start"
	case atOffset:
		return where + strconv.FormatInt(p.offset, 10)
	case atTime:
		return where + p.when.Format("2006-01-02 15:04:05")
	case lastFew:
		return where + "-" + strconv.Itoa(p.count)
	}
	return where + "end"
}
