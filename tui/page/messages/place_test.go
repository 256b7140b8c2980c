package messages

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

func testNow() time.Time {
	return time.Date(2026, 11, 21, 14, 2, 11, 0, time.FixedZone("CET", 3600))
}

func TestParsePlace(t *testing.T) {
	now := testNow()
	const all = kafkaops.AnyPartition
	for text, want := range map[string]place{
		"start":                  {kind: atStart, partition: all},
		" END ":                  {kind: atEnd, partition: all},
		"0@start":                {kind: atStart},
		"1234":                   {kind: atOffset, partition: all, offset: 1234},
		"0@1234":                 {kind: atOffset, offset: 1234},
		"17@0":                   {kind: atOffset, partition: 17},
		"-100":                   {kind: lastFew, partition: all, count: 100},
		"2@-5":                   {kind: lastFew, partition: 2, count: 5},
		"-15m":                   {kind: atTime, partition: all, when: now.Add(-15 * time.Minute)},
		"-1h30m":                 {kind: atTime, partition: all, when: now.Add(-90 * time.Minute)},
		"-2d":                    {kind: atTime, partition: all, when: now.Add(-48 * time.Hour)},
		"-1d12h":                 {kind: atTime, partition: all, when: now.Add(-36 * time.Hour)},
		"3@-1.5s":                {kind: atTime, partition: 3, when: now.Add(-1500 * time.Millisecond)},
		"14:02":                  {kind: atTime, partition: all, when: time.Date(2026, 11, 21, 14, 2, 0, 0, now.Location())},
		"14:02:11.204":           {kind: atTime, partition: all, when: time.Date(2026, 11, 21, 14, 2, 11, 204e6, now.Location())},
		"2026-11-20":             {kind: atTime, partition: all, when: time.Date(2026, 11, 20, 0, 0, 0, 0, now.Location())},
		"2026-11-20 10:00":       {kind: atTime, partition: all, when: time.Date(2026, 11, 20, 10, 0, 0, 0, now.Location())},
		"2026-11-20T10:00:01Z":   {kind: atTime, partition: all, when: time.Date(2026, 11, 20, 10, 0, 1, 0, time.UTC)},
		"1@2026-11-20T10:00:01Z": {kind: atTime, partition: 1, when: time.Date(2026, 11, 20, 10, 0, 1, 0, time.UTC)},
	} {
		t.Run(text, func(t *testing.T) {
			got, err := parsePlace(text, now)
			if err != nil {
				t.Fatal(err)
			}
			if !got.when.Equal(want.when) {
				t.Errorf("the time is %v, not %v", got.when, want.when)
			}
			got.when, want.when = time.Time{}, time.Time{}
			if got != want {
				t.Errorf("it is %+v, not %+v", got, want)
			}
		})
	}
}

func TestParsePlaceRefuses(t *testing.T) {
	for _, text := range []string{
		"", "@", "@5", "0@", "x@5", "-1@5", "4294967296@1", "99999999999999999999", "-0", "-5000", "-99999999999999999999", "-", "--5", "-x", "-1h-2h",
		"-99999d", "12:61", "yesterday", "2026-13-01", "1@2@3", "5.5", "+5", "\x1b[2J",
	} {
		if got, err := parsePlace(text, testNow()); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

func FuzzParsePlace(f *testing.F) {
	for _, s := range []string{"start", "0@1234", "-100", "-15m", "-2d3h", "14:02", "2026-11-21T14:02:11Z", "end", "@", "-", "9223372036854775808"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePlace(text, testNow())
		if err != nil {
			return
		}
		if p.offset < 0 || p.partition < kafkaops.AnyPartition || p.kind == lastFew && (p.count < 1 || p.count > maxRows) {
			t.Errorf("%q is %+v", text, p)
		}
		if p.kind == atTime && (p.when.Year() > 9999 || p.when.Year() < 0) {
			return // Kafka answers for any time
		}
		again, err := parsePlace(p.String(), testNow().In(p.when.Location()))
		if p.when.IsZero() && (err != nil || again != p) {
			t.Errorf("%q, written as %q, is %+v: %v", text, p, again, err)
		}
	})
}
