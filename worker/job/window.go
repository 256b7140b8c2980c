package job

import (
	"fmt"
	"math"
	"time"
)

// Event times that are believed. Outside of them is a mistake (or an attack: one event in the year 9000 would close every window).
const (
	maxEventYear = 2200
	maxAhead     = 24 * time.Hour // of the record's own timestamp
)

// Event computes one record of a stream into a partial result. timestamp is the record's; zero where it has none. watermark is the latest event
// time seen in the record's partition, which Event moves on. late: every window of the event had been closed for longer than Lateness; it isn't
// counted in any. reason: why it can't be read, for its dead letter. Route may be called next.
func (p *Program) Event(value []byte, timestamp time.Time, watermark *time.Time, into *Partial) (late bool, reason string) {
	into.counts.Rows++
	p.layout.routable = false
	line := trimLineEnd(value)
	reason = p.layout.read(line)
	var at time.Time
	if reason == "" {
		at, reason = p.eventTime(timestamp)
	}
	if reason == "" {
		keep, err := p.eval(p.layout.values)
		switch {
		case err != nil:
			reason = err.Error()
		case !keep:
			into.counts.LeftOut++
			into.observe(at, watermark)
			return false, ""
		}
	}
	if reason == "" {
		reason = into.prepare(p.fields, p.layout.values)
	}
	if reason == "" {
		late, reason = p.addEvent(at, watermark, into)
	}
	if reason != "" {
		into.counts.Dead++
		return false, reason
	}
	p.layout.routable = true
	into.observe(at, watermark)
	if late {
		into.counts.Late++
	}
	return late, ""
}

// Route calls each with every topic that the record last given to Event goes to, and the partitions of a topic that has to be made. It reuses
// what Event decoded. A record that can't be read or was left out by where goes nowhere; a late one goes where it would have gone. The name is
// valid during the call only, and unchecked: values of a hostile record are part of it. Another error than each's makes a dead letter.
func (p *Program) Route(each func(topic []byte, partitions int) error) error {
	if !p.layout.routable {
		return nil
	}
	return p.targets(p.layout.values, each)
}

// observe moves the watermarks on.
func (r *Partial) observe(at time.Time, watermark *time.Time) {
	if at.After(*watermark) {
		*watermark = at
	}
	if at.After(r.watermark) {
		r.watermark = at
	}
}

// addEvent adds the row that was read to the windows of its time that are open, or to its group where there are no windows.
func (p *Program) addEvent(at time.Time, watermark *time.Time, into *Partial) (late bool, reason string) {
	w := p.job.Window
	if w == nil || into.window < 0 {
		if reason = into.appendKey(p.fields, p.layout.values, nil); reason != "" {
			return false, reason
		}
		return false, reasonOf(into.addRow(p.layout.values))
	}
	late = true
	for start := floorTime(at, w.every()); start.Add(w.Size).After(at); start = start.Add(-w.every()) {
		if start.Add(w.Size).Add(w.Lateness).Before(*watermark) {
			break // and so are the windows before it
		}
		p.layout.window = start.AppendFormat(p.layout.window[:0], time.RFC3339)
		if reason = into.appendKey(p.fields, p.layout.values, p.layout.window); reason != "" {
			return false, reason
		}
		if reason = reasonOf(into.addRow(p.layout.values)); reason != "" {
			return false, reason
		}
		late = false
	}
	if late { // it would be a dead letter without its group-by fields, in time or not
		reason = into.appendKey(p.fields, p.layout.values, []byte{})
	}
	return late, reason
}

func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// every is the distance between windows' starts.
func (w *Window) every() time.Duration {
	if w.Every <= 0 {
		return w.Size
	}
	return w.Every
}

// keep is how long results show a window.
func (w *Window) keep() time.Duration {
	if w.Keep <= 0 {
		return 24 * time.Hour
	}
	return w.Keep
}

// floorTime rounds down to a multiple of every since 1970.
func floorTime(at time.Time, every time.Duration) time.Time {
	n := at.UnixNano()
	return time.Unix(0, n-n%int64(every)).UTC()
}

// eventTime is when the event that was read happened.
func (p *Program) eventTime(timestamp time.Time) (at time.Time, reason string) {
	if p.job.Stream == nil || p.job.Stream.Time == "" {
		if timestamp.UnixNano() < 0 || timestamp.IsZero() {
			return at, "the record has no timestamp"
		}
		return timestamp.UTC(), ""
	}
	field := p.job.Stream.Time
	value := []byte(nil)
	if i := p.fieldIndex(field); i >= 0 {
		value = p.layout.values[i]
	}
	if len(value) == 0 {
		return at, "the event has no " + field
	}
	at, ok := parseTime(value)
	switch {
	case !ok || at.Year() > maxEventYear || at.Unix() < 0:
		return at, fmt.Sprintf("%s: %q is not a time", field, clip(value))
	case timestamp.Unix() > 0 && at.Sub(timestamp) > maxAhead:
		return at, fmt.Sprintf("%s: %s is more than %s after the record's own time %s", field, at.Format(time.RFC3339), maxAhead, timestamp.UTC().Format(time.RFC3339))
	}
	return at, ""
}

// parseTime reads RFC 3339, or Unix time in seconds (with a fraction, if any) or, from 10^11 on, milliseconds.
func parseTime(value []byte) (time.Time, bool) {
	if len(value) > 4 && value[4] == '-' {
		at, err := time.Parse(time.RFC3339Nano, string(value))
		return at.UTC(), err == nil
	}
	x, ok := parseNumber(value)
	if !ok || x.float() < 0 || x.float() > 1e13 {
		return time.Time{}, false
	}
	if x.float() >= 1e11 {
		if x.isFloat {
			return time.UnixMilli(int64(x.f)).UTC(), true
		}
		return time.UnixMilli(x.whole).UTC(), true
	}
	if !x.isFloat {
		return time.Unix(x.whole, 0).UTC(), true
	}
	seconds, fraction := math.Modf(x.f)
	return time.Unix(int64(seconds), int64(fraction*1e9)).UTC(), true
}

func trimLineEnd(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return b
}
