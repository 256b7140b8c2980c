package pipeline

import (
	"testing"
	"time"

	"github.com/krapp-io/krapp/tui/ui/uitest"
)

func TestToReadGoesByCompressedBytes(t *testing.T) {
	half := Source{Phase: Reading, Rows: 500, Read: 50, Size: 100}
	for name, c := range map[string]struct {
		sources []Source
		want    int64
	}{
		"nothing at all":               {nil, 0},
		"all done":                     {[]Source{{Phase: Done, Rows: 10}}, 0},
		"half of one":                  {[]Source{half}, 500},
		"a waiting one is as the mean": {[]Source{half, {Phase: Done, Rows: 3000}, {Phase: Pending}}, 500 + 2000},
		"only waiting ones":            {[]Source{{Phase: Pending}, {Phase: Pending}}, -1},
		"a failed one has no rest":     {[]Source{{Phase: Failed, Rows: 7, Read: 1, Size: 100}}, 0},
		"a failed one is no measure":   {[]Source{{Phase: Failed, Rows: 7}, {Phase: Pending}}, -1},
		"a size not known":             {[]Source{{Phase: Reading, Rows: 500, Read: 50, Size: -1}, half}, 500 + 1000},
		"more read than there was":     {[]Source{{Phase: Reading, Rows: 500, Read: 120, Size: 100}}, 0},
		"sizes beyond all measure":     {[]Source{{Phase: Reading, Rows: 1 << 62, Read: 1, Size: 1 << 62}}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := toRead(c.sources); got != c.want {
				t.Errorf("%d, not %d", got, c.want)
			}
		})
	}
}

func TestStagesSayWhereRowsAre(t *testing.T) {
	f := &Facts{Read: Amount{10, 1000}, Counted: Amount{6, 600}, Waiting: 2, RowsARecord: 100, Sources: []Source{{Phase: Reading, Rows: 1000, Read: 10, Size: 20}}, Behind: time.Second}
	got := stagesOf(f, &groups{compute: team{behind: 3 * time.Second}})
	for i, want := range []stage{{rows: 1000, lag: 1000, behind: -1}, {rows: 800, lag: 200, behind: 3 * time.Second}, {rows: 600, lag: 200, behind: time.Second}} {
		if g := got[i]; g.rows != want.rows || g.lag != want.lag || g.behind != want.behind || !g.about {
			t.Errorf("stage %s: %+v", g.name, g)
		}
	}
	f.Waiting, f.Counted.Rows, f.Sources[0].Phase = 0, 1000, Done
	for _, g := range stagesOf(f, &groups{compute: team{behind: 3 * time.Second}}) {
		if g.rows != 1000 || g.lag != 0 || g.behind != 0 || g.about {
			t.Errorf("at the end, stage %s: %+v", g.name, g)
		}
	}
	f.Waiting, f.Counted.Rows = 2, 990 // an estimate never claims more than was read
	if c := stagesOf(f, &groups{})[computeStage]; c.rows != 1000 || c.lag != 0 {
		t.Errorf("an estimate beyond what was read: %+v", c)
	}
}

func TestRatesAreOfTheLastSecondsAndETAFollows(t *testing.T) {
	var h history
	at := uitest.Now()
	var s [stageCount]stage
	for i := range 20 { // 100 a second, and 300 in the last ten
		rows := int64(100 * i)
		if i > 10 {
			rows += int64(200 * (i - 10))
		}
		s = [stageCount]stage{{rows: rows, lag: 3000}, {rows: 0, lag: 10}, {rows: 0, lag: 0}}
		h.take(at, &s)
		if i == 0 && s[0].perSecond != -1 {
			t.Error("one look knows a rate")
		}
		at = at.Add(time.Second)
	}
	if s[0].perSecond != 300 || s[0].left != 10*time.Second {
		t.Errorf("rate %v, left %v", s[0].perSecond, s[0].left)
	}
	if s[1].left != -1 || s[2].left != 0 {
		t.Errorf("what stands still is done in %v, what is done in %v", s[1].left, s[2].left)
	}
}

func TestWhatStandsStillDrawsNothing(t *testing.T) {
	fd := &feed{client: team2{}, jobs: &jobs{facts: complete()}}
	now := uitest.Now()
	fd.now = func() time.Time { return now }
	fd.visible.Store(true)
	j := fd.jobs.(*jobs)
	var before picture
	for i := range 30 {
		j.facts.Read.Rows = min(10, int64(i)) * 1000
		pic, err := fd.fetch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case i > 0 && i <= 10 && same(before, pic):
			t.Errorf("look %d moved and is not shown", i)
		case i > 10+int(rateSpan/time.Second) && !same(before, pic):
			t.Errorf("look %d shows nothing new and is drawn:\n%+v\n%+v", i, before.stages, pic.stages)
		}
		before = pic
		now = now.Add(time.Second)
	}
}
