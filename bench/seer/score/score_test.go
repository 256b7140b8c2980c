package score_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/krapp-io/krapp/bench/seer/score"
)

func TestRanksByHand(t *testing.T) {
	r := score.Ranks{1, 0, 2, 6}
	if r.Recall(1) != .25 || r.Recall(5) != .5 || r.Recall(10) != .75 || math.Abs(r.MRR()-(1+.5+1./6)/4) > 1e-12 {
		t.Error(r.Recall(1), r.Recall(5), r.MRR())
	}
}

func TestAUCCountsPairs(t *testing.T) {
	for _, c := range []struct {
		yes, no []float64
		want    float64
	}{
		{[]float64{3, 4}, []float64{1, 2}, 1},
		{[]float64{1, 2}, []float64{3, 4}, 0},
		{[]float64{1, 3}, []float64{2, 2}, .5},
		{[]float64{2}, []float64{2, 2, 1}, 2. / 3},
	} {
		if got := score.AUC(c.yes, c.no); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v over %v: %v", c.yes, c.no, got)
		}
	}
	if !math.IsNaN(score.AUC(nil, []float64{1})) {
		t.Error("no answerable questions, and yet a figure")
	}
	if at, refused, answered := score.Best([]float64{.5, .6, .2}, []float64{.1, .3}); at != .5 || refused != 1./3 || answered != 0 {
		t.Error(at, refused, answered)
	}
}

func TestOverlapIsOfContentWords(t *testing.T) {
	if got := score.Overlap("Who keeps the bees?", "The keeper of a bee"); got != 1 {
		t.Error(got)
	}
	if got := score.Overlap("Which insects sting?", "The keeper of a bee"); got != 0 {
		t.Error(got)
	}
}

func TestNumbersOfAnAnswer(t *testing.T) {
	text := "**1,234** messages [1], average 20.35 °C (n=17), at 14:02:07 on 2026-03-11, offset 2@118, s-031, -5."
	if got := score.Numbers(text); !slices.Equal(got, []string{"1234", "20.35", "17", "-5"}) {
		t.Error(got)
	}
	third := big.NewRat(61, 3) // 20.333…
	for said, want := range map[string]bool{"20.33": true, "20.3": true, "20.34": false, "20": false} {
		if score.Says("It is "+said+".", third, true) != want {
			t.Error(said)
		}
	}
	if score.Says("20.33", third, false) || score.Says("1", big.NewRat(12, 1), false) {
		t.Error("near is not exact")
	}
}
