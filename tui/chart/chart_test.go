package chart_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/krapp-io/krapp/tui/chart"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/theme"
)

func text(lines ...theme.Line) string {
	var out []string
	for _, l := range lines {
		out = append(out, ansi.Strip(theme.Theme{}.Render(l...)))
	}
	return strings.Join(out, "\n")
}

func TestBar(t *testing.T) {
	for name, c := range map[string]struct {
		part, whole float64
		want        string
	}{
		"nothing":                   {0, 10, "          "},
		"unknown whole":             {5, 0, "          "},
		"half":                      {5, 10, "█████     "},
		"eighths":                   {61, 100, "██████    "},
		"one of a million shows":    {1, 1e6, "▏         "},
		"one missing of a million":  {1e6 - 1, 1e6, "█████████▉"},
		"all":                       {10, 10, "██████████"},
		"more than all":             {11, 10, "██████████"},
		"not a number, not a crash": {math.NaN(), math.NaN(), "          "},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text(chart.Bar(theme.Theme{}, 10, c.part, c.whole, theme.Good)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	ascii := theme.New(theme.Options{ASCII: true})
	if got := text(chart.Bar(ascii, 4, 5, 8, theme.Good)); got != "##- " {
		t.Errorf("in ASCII: %q", got)
	}
}

func TestSpark(t *testing.T) {
	values := []float64{9, 0, 1, 2, 4, 8, math.NaN(), 0.001}
	if got := text(chart.Spark(theme.Theme{}, 7, values, 0, theme.Text)); got != "▁▂▃▅█ ▂" {
		t.Errorf("got %q", got)
	}
	if got := text(chart.Spark(theme.Theme{}, 4, []float64{1}, 1, theme.Text)); got != "   █" {
		t.Errorf("got %q", got)
	}
}

func TestColumns(t *testing.T) {
	c := chart.Columns{
		Values: []float64{0, 2, 4, 8, 3}, Label: func(v float64) safetext.Text { return safetext.Sprintf("%.0f/s", v) },
		From: safetext.Const("14:01"), To: safetext.Const("14:02"),
	}
	got := text(c.View(theme.Theme{}, 17, 3)...)
	if got != "8/s            █ \n            ▁▄██▆\n    14:01   14:02" {
		t.Errorf("got\n%s", got)
	}
}

func TestEverySizeIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		w, h, n := r.IntN(60), r.IntN(8), r.IntN(100)
		values := make([]float64, n)
		for i := range values {
			values[i] = []float64{r.Float64() * 1e6, -1, math.NaN(), math.Inf(1), 0}[r.IntN(5)]
		}
		th := theme.New(theme.Options{ASCII: r.IntN(2) == 0})
		c := chart.Columns{
			Values: values, Stretch: r.IntN(2) == 0, Top: float64(r.IntN(3)) * 1000,
			Label: func(float64) safetext.Text { return safetext.Of("日本 12k/s") }, From: safetext.Of("日\x1b"), To: safetext.Of("now"),
		}
		lines := c.View(th, w, h)
		if w > 0 && len(lines) != h {
			t.Fatalf("%d lines, not %d", len(lines), h)
		}
		lines = append(lines, chart.Spark(th, w, values, 0, theme.Text), chart.Bar(th, w, r.Float64(), r.Float64(), theme.Bad))
		for _, l := range lines {
			if l.Width() != w {
				t.Fatalf("%q is %d wide, not %d", text(l), l.Width(), w)
			}
		}
	}
}
