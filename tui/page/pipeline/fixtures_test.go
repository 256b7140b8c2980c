package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/live/livetest"
	"github.com/krapp-io/krapp/tui/page/internal/pagetest"
	"github.com/krapp-io/krapp/tui/ui"
	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func census() Job {
	return Job{
		Name: "census", Ref: "census", Description: "CPS basic monthly files - rows by year and type of housing unit (HEHOUSUT)",
		URL:     "https://www2.census.gov/programs-surveys/cps/datasets/{year}/basic/{mon}{yy}pub.dat.gz",
		Lists:   []List{{"year", []string{"2019", "2020", "2021"}}, {"mon", []string{"jan", "feb", "mar", "apr", "may", "jun"}}},
		GroupBy: []string{"year", "HEHOUSUT"}, Values: []string{"Count"},
	}
}

// units are results as census has them.
func units(scale float64) []Result {
	names := []string{"OTHER UNIT", "HOUSE, APARTMENT, FLAT", "HU IN NONTRANSIENT HOTEL, MOTEL, ETC.", "HU PERMANENT IN TRANSIENT HOTEL, MOTEL", "HU IN ROOMING HOUSE",
		"MOBILE HOME OR TRAILER W/NO PERM. ROOM ADDED", "MOBILE HOME OR TRAILER W/1 OR MORE PERM. ROOMS ADDED"}
	counts := []float64{120, 262_144, 311, 42, 97, 13_211, 2_048}
	var all []Result
	for _, year := range []string{"2019", "2020"} {
		for i, n := range counts {
			n = float64(int(n * scale))
			all = append(all, Result{Key: []string{year, fmt.Sprint(i)}, Labels: []string{"", names[i]}, Values: []Value{{fmt.Sprintf("%.0f", n), n}}})
		}
	}
	return all
}

func source(id string, phase Phase, share float64) Source {
	const size, rows = 21_000_000, 138_697
	s := Source{ID: id, URL: "https://www2.census.gov/programs-surveys/cps/datasets/2019/basic/" + id + "pub.dat.gz", Phase: phase, Size: -1}
	if phase != Pending {
		s.Size, s.Read, s.Rows, s.Chunks = size, int64(size*share), int64(rows*share), int64(14*share)
		s.Counted = s.Chunks
	}
	return s
}

func with(change func(*Facts)) Facts {
	f := Facts{
		Job: census(), At: uitest.Now(), CaughtUp: true, Verdict: Complete, Sentence: "complete: 4 of 4 sources, 56 chunks, 554,788 rows",
		Sources: []Source{source("2019-jan", Done, 1), source("2019-feb", Done, 1), source("2020-jan", Done, 1), source("2020-feb", Done, 1)},
		Read:    Amount{56, 554_788}, Counted: Amount{56, 554_788}, Results: units(1),
		RowsARecord: 40_000, ReadGroup: "krapp-read-census", ComputeGroup: "krapp-compute-census", DeadTopic: "census.chunks.dlq",
		SourcesTopic: "census.sources", ResultsTopic: "census.results",
	}
	change(&f)
	return f
}

func complete() Facts { return with(func(*Facts) {}) }

func midway() Facts {
	return with(func(f *Facts) {
		f.Verdict, f.Sentence = Incomplete, "incomplete: 1 of 4 sources, 25 of 30 chunks and 240,000 of 291,263 rows so far"
		f.Sources = []Source{source("2019-jan", Done, 1), source("2019-feb", Reading, 0.62), source("2020-jan", Reading, 0.48), source("2020-feb", Pending, 0)}
		f.Sources[2].Size, f.Sources[2].Counted = -1, 2
		f.Read, f.Counted = Amount{30, 291_263}, Amount{25, 240_000}
		f.Results, f.Waiting, f.Behind = units(0.4), 1, 300*time.Millisecond
		f.Here = Here{Reading: true, Computing: 2}
	})
}

func failing() Facts {
	return with(func(f *Facts) {
		f.Verdict = Wrong
		f.Sentence = "incomplete: 2 of 4 sources, 33 of 33 chunks and 326,000 of 326,000 rows, 7 dead-lettered, 41 unlabelled; 2019-feb failed: the gzip stream ends in its middle; 2020-feb failed: the server answered 404 Not Found"
		f.Sources[1] = source("2019-feb", Failed, 0.4)
		f.Sources[1].Failure = "at byte 20000000, decompressed 48935088: the gzip data ends early: it was truncated"
		f.Sources[3] = source("2020-feb", Failed, 0)
		f.Sources[3].Failure = "the server answered 404 Not Found"
		f.Read, f.Counted = Amount{33, 326_000}, Amount{33, 326_000}
		f.Dead, f.Left, f.LeftBy, f.Results = 7, 41, map[string]int64{"HEHOUSUT": 41}, units(0.6)
	})
}

func stream() Facts {
	return with(func(f *Facts) {
		f.Job = Job{Name: "learning", Ref: "examples/learning.yaml", Description: "learning events", Topics: []string{"learning-events"},
			GroupBy: []string{"class", "window"}, Values: []string{"Count", "Solved", "Mean_seconds", "Students"}}
		f.Verdict, f.Sentence, f.Sources = Continuous, "continuous: 12,431 events, 3 late", nil
		f.Read, f.Counted, f.ReadGroup = Amount{}, Amount{0, 12_431}, ""
		f.Results = nil
		for i, class := range []string{"4b", "5a", "5b"} {
			n := float64(900 + 411*i)
			f.Results = append(f.Results, Result{Key: []string{class, "2026-11-21T14:01:00Z"}, Labels: []string{"", ""},
				Values: []Value{{fmt.Sprintf("%.0f", n), n}, {fmt.Sprintf("%.0f", n-77), n - 77}, {"41.28125", 41.28125}, {"", 0}}})
		}
	})
}

func hostile() Facts {
	return with(func(f *Facts) {
		evil := pagetest.Hostile()
		f.Job.GroupBy, f.Job.Values = []string{livetest.Hostile, "HEHOUSUT"}, []string{livetest.Hostile}
		f.Job.Name, f.Job.Ref, f.Verdict = livetest.Hostile, livetest.Hostile, Wrong
		f.Sentence = strings.Repeat(livetest.Hostile+" ", 8)
		f.Err = kafkaops.Errorf(kafkaops.Unreachable, "reading", livetest.Hostile, livetest.Hostile, "%s", livetest.Hostile)
		f.Left, f.LeftBy, f.Dead = 1<<60, map[string]int64{livetest.Hostile: 1}, 1<<62
		f.Read.Rows, f.Waiting, f.RowsARecord = 1<<62, 1<<62, 1e18
		f.Results, f.Sources = nil, nil
		for i, s := range evil {
			f.Results = append(f.Results, Result{Key: []string{s, fmt.Sprint(i)}, Labels: []string{s, s}, Values: []Value{{s, float64(i) * 1e300}}})
			f.Sources = append(f.Sources, Source{ID: fmt.Sprint(i) + s, URL: s, Phase: Failed, Failure: s, Rows: 1 << 62, Size: 1 << 62})
		}
		f.Results = append(f.Results, Result{}) // of no shape
	})
}

// jobs is a console's Jobs with one picture.
type jobs struct {
	facts   Facts
	err     error
	stopped []string
}

func (j *jobs) Names() []string                             { return []string{"census"} }
func (j *jobs) Look(context.Context, string) (Facts, error) { return j.facts, j.err }
func (j *jobs) Stop(_ context.Context, job string) error {
	j.stopped = append(j.stopped, job)
	return nil
}

// team2 is a cluster where a reader and two computing workers are at work.
type team2 struct {
	none bool
	evil bool
}

func (c team2) DescribeGroups(_ context.Context, ids ...string) ([]kafkaops.Group, error) {
	g := kafkaops.Group{ID: ids[0], State: "Stable"}
	tps := func(topic string, ps ...int32) (all []kafkaops.TopicPartition) {
		for _, p := range ps {
			all = append(all, kafkaops.TopicPartition{Topic: topic, Partition: p})
		}
		return all
	}
	name := func(s string) string {
		if c.evil {
			return livetest.Hostile
		}
		return s
	}
	switch {
	case c.none:
		return []kafkaops.Group{{ID: ids[0], State: "Dead"}}, nil
	case strings.Contains(ids[0], "read"):
		g.Members = []kafkaops.Member{{ID: "r1", ClientID: name("krapp-read-laptop-411"), Host: name("/127.0.0.1"), Assigned: tps("census.sources", 0, 1, 2, 3, 4, 5)}}
	default:
		g.Members = []kafkaops.Member{
			{ID: "c1", ClientID: name("krapp-compute-laptop-411-1"), Host: name("/127.0.0.1"), Assigned: tps("census.chunks", 0, 1, 3)},
			{ID: "c2", ClientID: name("krapp-compute-laptop-411-2"), Host: name("/10.1.2.3"), Assigned: tps("census.chunks", 2, 4, 5)},
			{ID: "c3", ClientID: name("krapp-compute-spare"), Host: name("/10.1.2.4")},
		}
	}
	return []kafkaops.Group{g}, nil
}

func (c team2) Lag(_ context.Context, group string) ([]kafkaops.Lag, error) {
	if c.none {
		return nil, errors.New("no such group")
	}
	var all []kafkaops.Lag
	for p := range int32(6) {
		all = append(all, kafkaops.Lag{TopicPartition: kafkaops.TopicPartition{Topic: "census.chunks", Partition: p}, Records: int64(p % 2), Behind: time.Duration(p%2) * 400 * time.Millisecond})
	}
	return all, nil
}

// look makes the picture of facts, as the feed does after a few seconds at 50,000 rows a second.
func look(t *testing.T, f Facts, c Client) picture {
	t.Helper()
	now := uitest.Now().Add(-8 * time.Second)
	j := &jobs{facts: f}
	fd := &feed{jobs: j, client: c, job: "census", now: func() time.Time { return now }}
	fd.visible.Store(true)
	var pic picture
	for i := range 9 {
		back := int64(8-i) * 50_000
		if f.Verdict == Complete {
			back = 0
		}
		j.facts.Read.Rows, j.facts.Counted.Rows = max(0, f.Read.Rows-back), max(0, f.Counted.Rows-back*int64(5+i%4)/8)
		var err error
		if pic, err = fd.fetch(context.Background()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
	}
	return pic
}

// page is the page of a picture.
func page(t *testing.T, f Facts, c Client) *Page {
	t.Helper()
	p := New(uitest.Env(t), Deps{Jobs: &jobs{facts: f}, Client: c}, ui.To("pipeline", "census")).(*Page)
	show(p, look(t, f, c))
	return p
}

func show(p *Page, pic picture) {
	p.Update(ui.Snapshot[ui.Polled[picture]]{Value: ui.Polled[picture]{Value: pic, At: uitest.Now()}})
}
