package job

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

func parseInt(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a whole number", s)
	}
	return n, nil
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", s)
}

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time such as 30s, 1m or 24h", s)
	}
	return d, nil
}

// parseBytes reads a size in bytes: 524288, 512KiB, 1MiB.
func parseBytes(s string) (int, error) {
	unit := 1
	digits := s
	for _, u := range []struct {
		suffix string
		bytes  int
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"kB", 1000}, {"MB", 1_000_000}, {"B", 1}} {
		if d, ok := strings.CutSuffix(s, u.suffix); ok {
			digits, unit = strings.TrimSpace(d), u.bytes
			break
		}
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > 1<<40 {
		return 0, fmt.Errorf("%q is not a size such as 512KiB or 500000", s)
	}
	return n * unit, nil
}

// formatBytes is what parseBytes reads.
func formatBytes(n int) string {
	if n > 0 && n%1024 == 0 {
		return strconv.Itoa(n/1024) + "KiB"
	}
	return strconv.Itoa(n)
}

// formatDuration is time.Duration.String without the parts that are zero: 24h for 24h0m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// parseRange reads the bytes of a column: 30-31, or 30 for one.
func parseRange(s string) (Column, error) {
	first, lastText, two := strings.Cut(s, "-")
	if !two {
		lastText = first
	}
	a, errA := strconv.ParseUint(strings.TrimSpace(first), 10, 31)
	b, errB := strconv.ParseUint(strings.TrimSpace(lastText), 10, 31)
	if errA != nil || errB != nil {
		return Column{}, fmt.Errorf("%q is not a range of bytes such as 30-31, counted from 0", s)
	}
	return Column{First: int(a), Last: int(b)}, nil
}

func parseDelimiter(s string) (byte, error) {
	if len(s) != 1 || s[0] >= 0x7f || s[0] < ' ' && s[0] != '\t' || s[0] == '"' {
		return 0, fmt.Errorf(`%q is not a delimiter: one character of ASCII, such as ";" or "\t"`, s)
	}
	return s[0], nil
}

// parseAggregate reads "mean amount" or "count".
func parseAggregate(s string) (Aggregate, error) {
	kind, field, _ := strings.Cut(strings.TrimSpace(s), " ")
	a := Aggregate{Kind: AggregateKind(kind), Field: strings.TrimSpace(field)}
	kinds := []string{string(Count), string(Sum), string(Min), string(Max), string(Mean), string(Distinct)}
	switch {
	case !contains(kinds, kind):
		return a, fmt.Errorf("%q is not an aggregate%s: there are %s", kind, meant(kind, kinds), strings.Join(kinds, ", "))
	case a.Kind == Count && a.Field != "":
		return a, errors.New("count counts rows and takes no field")
	case a.Kind != Count && a.Field == "":
		return a, fmt.Errorf("%s of which field? Write %q", kind, kind+" FIELD")
	}
	return a, nil
}
