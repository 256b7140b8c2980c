package ui

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/tui/safetext"
)

// None is what is shown for a value that there is not.
func None() safetext.Text { return safetext.Const("–") }

// Count is a whole number with commas: 1,000,000. Negative is a number too.
func Count[N ~int | ~int32 | ~int64 | ~uint32 | ~uint64](n N) safetext.Text {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "−", s[1:]
	}
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	return safetext.Of(sign + b.String())
}

// CountIn is Count if it fits into w cells, else short: 12.4M. No number is
// ever cut in the middle.
func CountIn[N ~int | ~int32 | ~int64 | ~uint32 | ~uint64](n N, w int) safetext.Text {
	if t := Count(n); t.Width() <= w {
		return t
	}
	if t := Short(float64(n)); t.Width() <= w {
		return t
	}
	return safetext.Const("#").Repeat(w)
}

// Short is a number in at most about five cells: 950, 12.4k, 3.1M.
func Short(v float64) safetext.Text {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return None()
	}
	units := []string{"", "k", "M", "G", "T", "P"}
	i := 0
	for math.Abs(v) >= 999.5 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	digits := 0
	if i > 0 && math.Abs(v) < 99.95 || i == 0 && v != math.Trunc(v) && math.Abs(v) < 9.95 {
		digits = 1
	}
	return safetext.Of(strconv.FormatFloat(v, 'f', digits, 64) + units[i])
}

// Rate is records a second: 12.4k/s; – when negative (unknown).
func Rate(perSecond float64) safetext.Text {
	if perSecond < 0 || math.IsNaN(perSecond) {
		return None()
	}
	return safetext.Join(Short(perSecond), safetext.Const("/s"))
}

// Bytes is a size: 100 B, 1.2 KiB, 4.0 MiB.
func Bytes(n int64) safetext.Text {
	if n < 1024 {
		return safetext.Sprintf("%d B", n)
	}
	v, i := float64(n)/1024, 0
	units := []string{"KiB", "MiB", "GiB", "TiB", "PiB"}
	for v >= 1023.95 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return safetext.Sprintf("%.1f %s", v, units[i])
}

// Duration is a length of time in the unit that suits it: 120 µs, 41 ms,
// 1.9 s, 2 m 05 s, 3 h 12 m, 4 d 6 h; – when negative (unknown).
func Duration(d time.Duration) safetext.Text {
	switch {
	case d < 0:
		return None()
	case d == 0:
		return safetext.Const("0 s")
	case d < time.Millisecond:
		return safetext.Sprintf("%d µs", max(1, d.Microseconds()))
	case d < 999500*time.Microsecond:
		return safetext.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
	case d < 59950*time.Millisecond:
		return safetext.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return safetext.Sprintf("%d m %02d s", d/time.Minute, d/time.Second%60)
	case d < 24*time.Hour:
		return safetext.Sprintf("%d h %02d m", d/time.Hour, d/time.Minute%60)
	}
	return safetext.Sprintf("%d d %d h", d/(24*time.Hour), d/time.Hour%24)
}

// Percent is a share, rounded down: "61 %", "99.9 %". It says 100 only when
// nothing is missing, and 0 only when there is nothing; – when whole is 0.
func Percent(part, whole int64) safetext.Text {
	switch {
	case whole <= 0:
		return None()
	case part >= whole:
		return safetext.Sprintf("%.0f %%", math.Floor(100*float64(part)/float64(whole)))
	case part <= 0:
		return safetext.Const("0 %")
	}
	p := 100 * float64(part) / float64(whole)
	switch {
	case p < 0.1:
		return safetext.Const("<0.1 %")
	case p < 10 || p >= 99:
		return safetext.Sprintf("%.1f %%", math.Floor(p*10)/10)
	}
	return safetext.Sprintf("%.0f %%", math.Floor(p))
}

// Plural is "1 worker", "2 workers", "1,000 workers".
func Plural[N ~int | ~int32 | ~int64](n N, one, many string) safetext.Text {
	word := many
	if n == 1 {
		word = one
	}
	return safetext.Join(Count(n), safetext.Of(" "+word))
}
