package report_test

import (
	"math"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/bench/seer/report"
)

func TestOnePartIsReplacedAndTheOthersStay(t *testing.T) {
	order := []string{"a", "b"}
	text := report.Update("", "# Top\n", order, []report.Part{{Name: "b", Markdown: "old b"}, {Name: "a", Markdown: "of a"}})
	text = report.Update(text, "# New top\n", order, []report.Part{{Name: "b", Markdown: "new b"}})
	if want := "# New top\n\n<!-- begin a -->\nof a\n<!-- end a -->\n\n<!-- begin b -->\nnew b\n<!-- end b -->\n"; text != want {
		t.Errorf("%q", text)
	}
}

func TestFigures(t *testing.T) {
	table := report.NewTable("what", "share")
	table.Row("x", report.Share(.456))
	table.Row("y", report.Share(1))
	table.Row("z", report.Share(math.NaN())+report.Of(1, 3))
	if want := "| what | share |\n|---|---:|\n| x | .46 |\n| y | 1.00 |\n| z | –1 of 3 (33 %) |\n"; table.String() != want {
		t.Errorf("%q", strings.TrimSpace(table.String()))
	}
}
