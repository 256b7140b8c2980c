package kafkaops

import (
	"errors"
	"testing"
)

func TestLagOf(t *testing.T) {
	tp := TopicPartition{"orders", 0}
	boom := errors.New("no leader")
	cases := map[string]struct {
		extent    Extent
		committed Offsets
		want      int64
	}{
		"no commit lags from the start":        {Extent{Start: 5, End: 12}, nil, 7},
		"commit in the middle":                 {Extent{Start: 5, End: 12}, Offsets{tp: 10}, 2},
		"commit before the start":              {Extent{Start: 5, End: 12}, Offsets{tp: 1}, 7},
		"commit past the end, after a loss":    {Extent{Start: 5, End: 12}, Offsets{tp: 90}, 0},
		"a commit of -1 is no commit":          {Extent{Start: 5, End: 12}, Offsets{tp: NoOffset}, 7},
		"an error is not a lag of 0":           {Extent{Err: boom}, Offsets{tp: 3}, -1},
		"empty partition":                      {Extent{Start: 5, End: 5}, nil, 0},
		"a commit elsewhere does not count":    {Extent{Start: 0, End: 3}, Offsets{{"orders", 1}: 3}, 3},
		"a commit at the end means caught up":  {Extent{Start: 0, End: 3}, Offsets{tp: 3}, 0},
		"a commit one before the end lags one": {Extent{Start: 0, End: 3}, Offsets{tp: 2}, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := LagOf(Extents{tp: c.extent}, c.committed)
			if len(got) != 1 || got[0].Records != c.want {
				t.Fatalf("LagOf = %+v, want %d records", got, c.want)
			}
			if (got[0].Err != nil) != (c.want == -1) {
				t.Errorf("error %v with lag %d", got[0].Err, got[0].Records)
			}
		})
	}
}

func TestTotalLagSaysWhenItIsIncomplete(t *testing.T) {
	n, complete := TotalLag([]Lag{{Records: 4}, {Records: -1, Err: errors.New("x")}, {Records: 3}})
	if n != 7 || complete {
		t.Fatalf("TotalLag = %d, %v; want 7, false", n, complete)
	}
}
