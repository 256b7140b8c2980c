package figure_test

import (
	"strings"
	"testing"

	"github.com/krapp-io/krapp/bench/figure"
)

func spread(values ...float64) (s figure.Spread) {
	for _, v := range values {
		s.Add(v)
	}
	return s
}

func TestASpreadSaysLeastMiddleAndMost(t *testing.T) {
	for _, c := range []struct {
		of               figure.Spread
		low, middle, top float64
		p90              float64
	}{
		{spread(5), 5, 5, 5, 5},
		{spread(3, 1, 2), 1, 2, 3, 3},
		{spread(4, 1, 2, 3), 1, 2.5, 4, 4},
		{spread(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 1, 5.5, 10, 9},
	} {
		if c.of.Min() != c.low || c.of.Median() != c.middle || c.of.Max() != c.top || c.of.Quantile(0.9) != c.p90 {
			t.Errorf("%v: %v %v %v, p90 %v", c.of.Values(), c.of.Min(), c.of.Median(), c.of.Max(), c.of.Quantile(0.9))
		}
	}
}

func TestRatiosAreOfTheSameRound(t *testing.T) {
	krapp, one, two := spread(10, 20, 30), spread(5, 40, 10), spread(2, 10, 15)
	best := figure.Best(one, two)
	if got := best.Values(); got[0] != 5 || got[1] != 40 || got[2] != 15 {
		t.Errorf("best %v", got)
	}
	if got := figure.Ratio(krapp, best).Values(); got[0] != 2 || got[1] != 0.5 || got[2] != 2 {
		t.Errorf("ratio %v", got)
	}
}

func TestOneSectionIsReplacedAndTheOthersStay(t *testing.T) {
	r := figure.Readme{Intro: "# Benchmarks\n", Order: []string{"a", "b"}}
	section := func(name string, v float64) figure.Section {
		s := figure.Section{Name: name, Title: "Of " + name}
		s.One("speed", "messages/s", v)
		s.AtLeast("at least 100", spread(v), 100, "")
		return s
	}
	text := r.Update("", []figure.Section{section("b", 50), section("a", 123456)})
	text = r.Update(text, []figure.Section{section("b", 2345)})
	for _, want := range []string{"# Benchmarks", "| speed | messages/s | 123,456 |", "| speed | messages/s | 2,345 |", "**hit**"} {
		if strings.Count(text, want) == 0 {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "| 50 |") || strings.Contains(text, "missed") || strings.Index(text, "Of a") > strings.Index(text, "Of b") {
		t.Errorf("not replaced, or not in order:\n%s", text)
	}
}

func TestAnAimWithoutAFigureIsNotAHit(t *testing.T) {
	var s figure.Section
	s.AtLeast("at least 1", figure.Spread{}, 1, "×")
	s.Below("below 1", spread(1), 1, "×")
	if s.Aims[0].Unmet == "" || s.Aims[1].Hit {
		t.Errorf("%+v", s.Aims)
	}
}
