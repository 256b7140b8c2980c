package ui

import (
	"time"

	"github.com/krapp-io/krapp/tui/safetext"
)

// TimeMode is how times are shown.
type TimeMode uint8

// The modes, in the order in which "t" cycles.
const (
	Local TimeMode = iota
	UTC
	Relative
	timeModes
)

// Next is the mode after m.
func (m TimeMode) Next() TimeMode { return (m + 1) % timeModes }

// String names the mode.
func (m TimeMode) String() string {
	switch m {
	case UTC:
		return "UTC"
	case Relative:
		return "relative times"
	}
	return "local time"
}

// Times shows times. Now is that of the last message, not of the drawing: a
// relative time does not tick.
type Times struct {
	Mode TimeMode
	Now  time.Time
	Zone *time.Location // of Local; nil: time.Local
}

func (ts Times) in(t time.Time) time.Time {
	switch {
	case ts.Mode == UTC:
		return t.UTC()
	case ts.Zone != nil:
		return t.In(ts.Zone)
	}
	return t.Local()
}

// Clock is a time in at most 12 cells: "14:02:11.204" today, "11-20 14:02"
// this year, else "2025-11-20"; or "3 s ago"; – for the zero time.
func (ts Times) Clock(t time.Time) safetext.Text {
	if ts.Mode == Relative && !t.IsZero() {
		return ts.Ago(t)
	}
	return ts.at(t, "15:04:05.000")
}

// Second is Clock without milliseconds, in at most 11 cells.
func (ts Times) Second(t time.Time) safetext.Text {
	if ts.Mode == Relative && !t.IsZero() {
		return ts.Ago(t)
	}
	return ts.at(t, "15:04:05")
}

func (ts Times) at(t time.Time, today string) safetext.Text {
	if t.IsZero() {
		return None()
	}
	t, now := ts.in(t), ts.in(ts.Now)
	layout := "2006-01-02"
	if t.Year() == now.Year() {
		layout = "01-02 15:04"
		if t.YearDay() == now.YearDay() {
			layout = today
		}
	}
	return safetext.Of(t.Format(layout))
}

// Full is date, time and zone, whatever the mode: "2026-11-21 14:02:11.204 UTC".
func (ts Times) Full(t time.Time) safetext.Text {
	if t.IsZero() {
		return None()
	}
	return safetext.Of(ts.in(t).Format("2006-01-02 15:04:05.000 MST"))
}

// Ago is how long ago t was: "3 s ago", "in 2 m".
func (ts Times) Ago(t time.Time) safetext.Text {
	if t.IsZero() {
		return None()
	}
	d := ts.Now.Sub(t)
	if d < 0 {
		return safetext.Join(safetext.Const("in "), coarse(-d))
	}
	return safetext.Join(coarse(d), safetext.Const(" ago"))
}

// coarse is a duration with one unit, rounded down.
func coarse(d time.Duration) safetext.Text {
	switch {
	case d < time.Minute:
		return safetext.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return safetext.Sprintf("%d m", d/time.Minute)
	case d < 48*time.Hour:
		return safetext.Sprintf("%d h", d/time.Hour)
	}
	return safetext.Sprintf("%d d", d/(24*time.Hour))
}
