package route

import (
	"strconv"
	"strings"
	"time"
)

// moment reads a date, a time of day, or both at i. A time of day without a date is of near's day, else of the last day on which it was.
func (p *parse) moment(i int, now time.Time, near moment) (moment, int) {
	if i < 0 || i >= len(p.tokens) || p.tokens[i].quoted {
		return moment{}, 0
	}
	if at, step, ok := instant(p.tokens[i].text, now.Location()); ok {
		return moment{at, at.Add(step), true}, 1
	}
	if day, n := p.date(i, now); n > 0 {
		next := i + n
		if p.is(next, "at") {
			next++
		}
		if c, step, m := p.clock(next); m > 0 {
			at := day.Add(c)
			return moment{at, at.Add(step), true}, next + m - i
		}
		return moment{day, day.AddDate(0, 0, 1), true}, n
	}
	c, step, n := p.clock(i)
	if n == 0 {
		return moment{}, 0
	}
	day, dated := startOfDay(now), false
	if p.is(i+n, "today", "yesterday") {
		if p.tokens[i+n].lower == "yesterday" {
			day = day.AddDate(0, 0, -1)
		}
		dated, n = true, n+1
	} else if !p.day.IsZero() {
		day, dated = p.day, true
	} else if !near.from.IsZero() {
		day, dated = startOfDay(near.from), near.dated
	} else if day.Add(c).After(now) {
		day = day.AddDate(0, 0, -1)
		p.route.Span.Note = "that time is still to come today, so yesterday's was taken"
	}
	at := day.Add(c)
	return moment{at, at.Add(step), dated}, n
}

// instant reads an ISO 8601 time with its date in one word.
func instant(w string, zone *time.Location) (time.Time, time.Duration, bool) {
	for _, f := range []struct {
		layout string
		step   time.Duration
	}{
		{"2006-01-02T15:04:05.999999999Z07:00", time.Second}, {"2006-01-02T15:04:05.999999999", time.Second},
		{"2006-01-02T15:04Z07:00", time.Minute}, {"2006-01-02T15:04", time.Minute},
	} {
		if at, err := time.ParseInLocation(f.layout, strings.ToUpper(w), zone); err == nil {
			if strings.Contains(w, ".") {
				return at, time.Millisecond, true
			}
			return at, f.step, true
		}
	}
	return time.Time{}, 0, false
}

// date reads "2026-11-21", "today", "monday", "21 November 2026", "November 21", at midnight in now's zone.
func (p *parse) date(i int, now time.Time) (time.Time, int) {
	t := p.tokens[i]
	today := startOfDay(now)
	if at, err := time.ParseInLocation("2006-01-02", t.lower, now.Location()); err == nil {
		return at, 1
	}
	switch t.lower {
	case "today", "midnight":
		return today, 1
	case "yesterday":
		return today.AddDate(0, 0, -1), 1
	}
	for d := range 7 {
		day := today.AddDate(0, 0, -d)
		if t.lower == strings.ToLower(day.Weekday().String()) {
			return day, 1
		}
	}
	day, month, n := 0, time.Month(0), 0
	if m := monthOf(t.lower); m != 0 {
		if d := p.dayOfMonth(i + 1); d > 0 {
			day, month, n = d, m, 2
		}
	} else if d := p.dayOfMonth(i); d > 0 {
		next := i + 1 + b2i(p.is(i+1, "of"))
		if next < len(p.tokens) {
			if m := monthOf(p.tokens[next].lower); m != 0 {
				day, month, n = d, m, next+1-i
			}
		}
	}
	if n == 0 {
		return time.Time{}, 0
	}
	year := now.Year()
	if i+n < len(p.tokens) {
		if y, err := strconv.Atoi(p.tokens[i+n].lower); err == nil && y >= 1970 && y < 3000 {
			return time.Date(y, month, day, 0, 0, 0, 0, now.Location()), n + 1
		}
	}
	at := time.Date(year, month, day, 0, 0, 0, 0, now.Location())
	if at.After(now) {
		at = at.AddDate(-1, 0, 0)
	}
	return at, n
}

func (p *parse) dayOfMonth(i int) int {
	if i >= len(p.tokens) {
		return 0
	}
	w := p.tokens[i].lower
	for _, s := range []string{"st", "nd", "rd", "th"} {
		w = strings.TrimSuffix(w, s)
	}
	if d, err := strconv.Atoi(w); err == nil && d >= 1 && d <= 31 && len(w) <= 2 {
		return d
	}
	return 0
}

func monthOf(w string) time.Month {
	for m := time.January; m <= time.December; m++ {
		name := strings.ToLower(m.String())
		if w == name || (w == name[:3] && w != "mar" && w != "may") {
			return m
		}
	}
	return 0
}

// clock reads a time of day: "14:00", "14:00:30", "2pm", "2:30 pm", "noon".
func (p *parse) clock(i int) (at, step time.Duration, n int) {
	if i >= len(p.tokens) || p.tokens[i].quoted {
		return 0, 0, 0
	}
	w := p.tokens[i].lower
	n = 1
	switch {
	case w == "noon":
		return 12 * time.Hour, time.Minute, 1
	case w == "midnight":
		return 0, time.Minute, 1
	case i+1 < len(p.tokens) && (p.tokens[i+1].lower == "pm" || p.tokens[i+1].lower == "am"):
		w += p.tokens[i+1].lower
		n = 2
	}
	w = strings.TrimSuffix(w, "z")
	for _, f := range []struct {
		layout string
		step   time.Duration
	}{{"15:04:05", time.Second}, {"15:04", time.Minute}, {"3pm", time.Hour}, {"3:04pm", time.Minute}} {
		if t, err := time.Parse(f.layout, w); err == nil {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, f.step, n
		}
	}
	return 0, 0, 0
}

// narrow takes a range into account; several of them are cut with one another.
func (p *parse) narrow(from, to time.Time, note string) {
	s := &p.route.Span
	if !from.IsZero() && (s.From.IsZero() || from.After(s.From)) {
		s.From = from
	}
	if !to.IsZero() && (s.To.IsZero() || to.Before(s.To)) {
		s.To = to
	}
	if note != "" {
		s.Note = note
	}
}

func startOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
