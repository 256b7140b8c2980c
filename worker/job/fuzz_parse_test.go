package job

import (
	"reflect"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

func FuzzParse(f *testing.F) {
	census, err := builtin.ReadFile("jobs/census.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		"", small, events, string(census), "- 1", "a: &x [*x]", "name: null", "\x00", "name: a\n---\n", "routes: [{to: ['{{']}]", "where: |\n  a\n   b ..c",
		jsonJob("user.id.more + $env['x']"), jsonJob("let a = x?.y; a.b(1)"), jsonJob("#.a"), jsonJob("x ? {a: 1} : [1..2]"), "labels: {? [a] : b}",
		"name: a\nsource: {url: '{yy}', lists: {year: [2019]}}\nformat: {csv: {names: [\"\\0\", é], delimiter: \"\\t\"}}\ngroup_by: [é]\naggregates: {a: sum é}\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		j, err := Parse("job.yaml", []byte(text))
		if err != nil {
			if kafkaops.ClassOf(err) != kafkaops.Invalid || kafkaops.HintOf(err) == "" {
				t.Errorf("class %q, hint %q: %v", kafkaops.ClassOf(err), kafkaops.HintOf(err), err)
			}
			return
		}
		if _, err := Compile(j); err != nil {
			t.Fatalf("a job that parses does not compile: %v", err)
		}
		written := j.YAML()
		if len(written) > maxFileBytes {
			return
		}
		again, err := Parse("again.yaml", written)
		if err != nil {
			t.Fatalf("%v in\n%s", err, written)
		}
		if !reflect.DeepEqual(again, j) || again.Print() != j.Print() {
			t.Errorf("got  %+v\nwant %+v\n%s", again, j, written)
		}
	})
}
