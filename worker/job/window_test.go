package job

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const learningJob = `
name: learning
stream: {topics: [events], time: at}
format: {jsonl: {}}
group_by: [class, window]
aggregates: {Count: count}
window: {size: 1m, lateness: 30s, keep: 1h}
routes:
  - {to: ["student-{{student}}", all]}
  - {when: class == "4b", to: ["classroom-{{class}}"]}
`

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// windowsOf is what a partial result holds: "values: rows", sorted.
func windowsOf(t *testing.T, r *Partial) []string {
	t.Helper()
	var all []string
	for _, g := range r.groups {
		all = append(all, fmt.Sprintf("%s: %d", strings.Join(keyValues(g.key, 2), " "), g.rows))
	}
	slices.Sort(all)
	return all
}

func TestEventsAreCountedInTheirWindows(t *testing.T) {
	const hopping = "window: {size: 1m, every: 20s, lateness: 30s, keep: 1h}"
	type step struct {
		time   string
		late   bool
		reason string
	}
	for _, test := range []struct {
		name, job string
		steps     []step
		want      []string
	}{
		{"tumbling", learningJob, []step{{time: "2026-01-01T10:00:00Z"}, {time: "2026-01-01T10:00:59.999Z"}, {time: "2026-01-01T10:01:00Z"}},
			[]string{"4b 2026-01-01T10:00:00Z: 2", "4b 2026-01-01T10:01:00Z: 1"}},
		{"another zone is the same time", learningJob, []step{{time: "2026-01-01T12:00:01+02:00"}}, []string{"4b 2026-01-01T10:00:00Z: 1"}},
		{"unix seconds and milliseconds", learningJob, []step{{time: "1767261600"}, {time: "1767261600000"}, {time: "1767261600.5"}},
			[]string{"4b 2026-01-01T10:00:00Z: 3"}},
		{"as late as is allowed", learningJob, []step{{time: "2026-01-01T10:01:30Z"}, {time: "2026-01-01T10:00:59Z"}},
			[]string{"4b 2026-01-01T10:00:00Z: 1", "4b 2026-01-01T10:01:00Z: 1"}},
		{"too late", learningJob, []step{{time: "2026-01-01T10:01:30.001Z"}, {time: "2026-01-01T10:00:59Z", late: true}},
			[]string{"4b 2026-01-01T10:01:00Z: 1"}},
		{"hopping: in every window over it", strings.Replace(learningJob, "window: {size: 1m, lateness: 30s, keep: 1h}", hopping, 1),
			[]step{{time: "2026-01-01T10:00:10Z"}},
			[]string{"4b 2026-01-01T09:59:20Z: 1", "4b 2026-01-01T09:59:40Z: 1", "4b 2026-01-01T10:00:00Z: 1"}},
		{"hopping: late for some windows only", strings.Replace(learningJob, "window: {size: 1m, lateness: 30s, keep: 1h}", hopping, 1),
			[]step{{time: "2026-01-01T10:01:00Z"}, {time: "2026-01-01T10:00:10Z"}},
			[]string{"4b 2026-01-01T09:59:40Z: 1", "4b 2026-01-01T10:00:00Z: 1", "4b 2026-01-01T10:00:20Z: 1", "4b 2026-01-01T10:00:40Z: 1",
				"4b 2026-01-01T10:01:00Z: 1"}},
		{"an event of the far future moves nothing", learningJob,
			[]step{{time: "2026-03-01T10:00:00Z", reason: "more than 24h0m0s after"}, {time: "9999-01-01T00:00:00Z", reason: "is not a time"}, {time: "2026-01-01T10:00:00Z"}},
			[]string{"4b 2026-01-01T10:00:00Z: 1"}},
		{"no time", learningJob, []step{{time: "yesterday", reason: `at: "yesterday" is not a time`}, {time: "", reason: "the event has no at"}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := programOf(t, jobOf(t, test.job))
			into := NewPartial(p)
			var watermark time.Time
			for _, s := range test.steps {
				late, reason := p.Event(fmt.Appendf(nil, `{"at":%q,"class":"4b"}`, s.time), at("2026-01-01T10:02:00Z"), &watermark, into)
				if late != s.late || (s.reason == "") != (reason == "") || !strings.Contains(reason, s.reason) {
					t.Errorf("%s: late %v, reason %q; want %v, %q", s.time, late, reason, s.late, s.reason)
				}
			}
			if got := windowsOf(t, into); !slices.Equal(got, test.want) {
				t.Errorf("windows %q, want %q", got, test.want)
			}
		})
	}
}

func TestEventsAreRouted(t *testing.T) {
	for _, test := range []struct {
		name, event, where string
		want               []string
	}{
		{"to every topic that matches", `{"at":"2026-01-01T10:00:00Z","class":"4b","student":"s1"}`, "", []string{"student-s1", "all", "classroom-4b"}},
		{"not where the condition fails", `{"at":"2026-01-01T10:00:00Z","class":"5a","student":"s1"}`, "", []string{"student-s1", "all"}},
		{"late ones too", `{"at":"2025-12-31T10:00:00Z","class":"5a","student":"s1"}`, "", []string{"student-s1", "all"}},
		{"nowhere when left out", `{"at":"2026-01-01T10:00:00Z","class":"4b","student":"s1"}`, "where: class != \"4b\"\n", nil},
		{"nowhere when it can't be read", `{"at":"2026-01-01T10:00:00Z","student":"s1"}`, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := programOf(t, jobOf(t, learningJob+test.where))
			watermark := at("2026-01-01T10:00:00Z")
			p.Event([]byte(test.event), at("2026-01-01T10:00:00Z"), &watermark, NewPartial(p))
			var got []string
			if err := p.Route(func(topic []byte, _ int) error { got = append(got, string(topic)); return nil }); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("routed to %q, want %q", got, test.want)
			}
		})
	}
}

func TestLateAndUnreadableEventsAreCountedApart(t *testing.T) {
	p := programOf(t, jobOf(t, learningJob))
	into := NewPartial(p)
	watermark := at("2026-01-01T12:00:00Z")
	for _, event := range []string{`{"at":"2026-01-01T10:00:00Z","class":"4b"}`, `{"at":"2026-01-01T12:00:00Z"}`, `{`, `{"at":"2026-01-01T12:00:00Z","class":"4b"}`} {
		p.Event([]byte(event), at("2026-01-01T12:00:00Z"), &watermark, into)
	}
	if want := (Counts{Rows: 4, Late: 1, Dead: 2}); into.Counts() != want {
		t.Errorf("counts %+v, want %+v", into.Counts(), want)
	}
}
