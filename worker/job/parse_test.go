package job

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// small is a job that is right; tests change a line of it.
const small = `name: sales
source:
  url: https://example.com/{year}/{region}.csv
  lists:
    year: [2019, "2020"]
    region: [north, south]
format:
  fixed:
    amount: 0-5
    shop: 6-9
where: shop != ""
compute:
  tens: int(amount) / 10
group_by: [year, shop]
aggregates:
  Count: count
  Total: sum tens
`

const events = `name: learning
stream:
  topics: [events]
  time: at
format: {jsonl: {}}
group_by: [class, window]
aggregates: {Count: count}
window: {size: 1m, lateness: 30s}
routes:
  - when: user.id > 3
    to: ["student-{{user.id}}", all]
`

func TestParseFillsInDefaults(t *testing.T) {
	j := parsed(t, small)
	want := &Job{
		Name: "sales",
		Files: &Files{URL: "https://example.com/{year}/{region}.csv", Lists: []List{
			{Name: "year", Values: []string{"2019", "2020"}}, {Name: "region", Values: []string{"north", "south"}},
		}},
		Format:     Format{Kind: Fixed, Columns: []Column{{"amount", 0, 5}, {"shop", 6, 9}}},
		Where:      `shop != ""`,
		Compute:    []Computed{{"tens", "int(amount) / 10"}},
		GroupBy:    []string{"year", "shop"},
		Aggregates: []Aggregate{{Name: "Count", Kind: Count}, {Name: "Total", Kind: Sum, Field: "tens"}},
		Topics:     Topics{Partitions: 6},
		Chunk:      ChunkSize{Rows: 10_000, Bytes: 512 << 10},
	}
	if !reflect.DeepEqual(j, want) {
		t.Errorf("got  %+v\nwant %+v", j, want)
	}
	s := parsed(t, events)
	if w := (Window{Size: time.Minute, Every: time.Minute, Lateness: 30 * time.Second, Keep: 24 * time.Hour}); *s.Window != w {
		t.Errorf("window %+v, want %+v", *s.Window, w)
	}
	if s.Chunk != (ChunkSize{}) || s.Routes[0].Partitions != 1 || s.Format.Delimiter != 0 {
		t.Errorf("defaults of a stream: %+v", s)
	}
}

func parsed(t *testing.T, text string) *Job {
	t.Helper()
	j, err := Parse("job.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestMistakesAreNamedWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ name, base, old, new, want string }{
		{"an unknown key, nearly a known one", small, "group_by:", "groub_by:", `job.yaml:14:1: unknown key "groub_by" (did you mean group_by?)`},
		{"an unknown key in a section", small, "  url:", "  uri:", `job.yaml:3:3: unknown key "uri" (did you mean url?)`},
		{"a key that is there twice", small, "    shop: 6-9", "    amount: 6-9", `job.yaml:10:5: "amount" is there twice, first in line 9`},
		{"a list where text is to be", small, "name: sales", "name: [sales]", "job.yaml:1:7: name is to be a single value"},
		{"text where a mapping is to be", small, "  Count: count\n  Total: sum tens", "  none", "job.yaml:16:3: aggregates is to be a mapping"},
		{"a reversed column", small, "6-9", "9-6", "job.yaml:10:11: column shop ends before it begins: 9-6"},
		{"a column that is no range", small, "6-9", "6 to 9", `job.yaml:10:11: shop: "6 to 9" is not a range of bytes such as 30-31, counted from 0`},
		{"a column beyond any row", small, "6-9", "6-99999999", "job.yaml:10:11: column shop ends at byte 99999999: rows have at most 1048576"},
		{"a field that is not there", small, "[year, shop]", "[year, shops]", `job.yaml:14:18: unknown field "shops" (did you mean shop?)`},
		{"a field to group by, twice", small, "[year, shop]", "[year, year]", `job.yaml:14:18: "year" is there twice`},
		{"an aggregate over an unknown field", small, "sum tens", "sum price", `job.yaml:17:10: unknown field "price"`},
		{"an aggregate of an unknown kind", small, "sum tens", "average tens", `job.yaml:17:10: Total: "average" is not an aggregate: there are count, sum, min, max, mean, distinct`},
		{"count with a field", small, "Count: count", "Count: count shop", "job.yaml:16:10: Count: count counts rows and takes no field"},
		{"sum without a field", small, "sum tens", "sum", `job.yaml:17:10: Total: sum of which field? Write "sum FIELD"`},
		{"a name of an aggregate that results have", small, "Total:", "Description:", "job.yaml:17:3: Description is the name of the label in results"},
		{"an unknown field in where", small, `where: shop != ""`, `where: year != "" and shpo != ""`, `job.yaml:11:23: where: unknown field "shpo" (did you mean shop?)`},
		{"an unknown field in a quoted where", small, `where: shop != ""`, `where: 'shpo == "1"'`, `job.yaml:11:9: where: unknown field "shpo"`},
		{"an unknown field in a block", small, `where: shop != ""`, "where: |\n  shop != \"\"\n    and price > 3", `job.yaml:13:9: where: unknown field "price"`},
		{"a where that is no condition", small, `where: shop != ""`, `where: int(shop) + 1`, "job.yaml:11:8: where: expected bool, but got int"},
		{"a comparison of a text with a number", small, `where: shop != ""`, `where: shop > 3`, "job.yaml:11:13: where: invalid operation: > (mismatched types string and int)"},
		{"an expression that is none", small, "int(amount) / 10", "int(amount /", "job.yaml:13:20: tens: unexpected token EOF"},
		{"a function that is none", small, "int(amount) / 10", "cents(amount)", "job.yaml:13:9: tens: there is no function cents"},
		{"a function of the clock", small, "int(amount) / 10", "now().Unix()", "job.yaml:13:9: tens: now() would make the answer depend on when it was computed"},
		{"a loop inside of a loop", small, "int(amount) / 10", "sum(1..9,sum(1..9,#))", "tens: a loop inside of a loop"},
		{"a computed field of itself", small, "int(amount) / 10", "tens + 1", "job.yaml:13:9: tens: tens is computed later, or of itself"},
		{"a computed field of a column's name", small, "tens: int(amount)", "shop: int(amount)", `job.yaml:13:3: "shop" can't be computed: shop is a field of the rows`},
		{"a computed list", small, "int(amount) / 10", "split(amount, \".\")", "job.yaml:13:9: tens: the expression gives a slice, which is not a value of a field"},
		{"no name", small, "name: sales\n", "", "job.yaml:1:1: the job has no name"},
		{"a name with capitals", small, "name: sales", "name: Sales", `job.yaml:1:7: "Sales" is not a name`},
		{"a name of krapp's", small, "name: sales", "name: krapp-sales", "job.yaml:1:7: \"krapp-sales\": names that begin with krapp are krapp's own"},
		{"no format", small, "format:\n  fixed:\n    amount: 0-5\n    shop: 6-9\n", "", "job.yaml:1:1: how are rows written? There is no format"},
		{"two formats", small, "    shop: 6-9", "    shop: 6-9\n  jsonl: {}", "job.yaml:11:10: a job has one format, and fixed is there already"},
		{"an unknown format", small, "  fixed:", "  fixd:", `job.yaml:8:3: unknown key "fixd" (did you mean fixed?)`},
		{"CSV without names", small, "  fixed:\n    amount: 0-5\n    shop: 6-9", "  csv: {}", "job.yaml:8:8: what are the fields of a row? There is neither a header nor names"},
		{"CSV with a delimiter of two characters", small, "  fixed:\n    amount: 0-5\n    shop: 6-9", "  csv: {header: true, delimiter: '||'}", `job.yaml:8:34: delimiter: "||" is not a delimiter`},
		{"chunks over the limit", small, "name: sales", "name: sales\nchunk: {bytes: 1MiB}", "job.yaml:2:16: bytes is 1048576: it can be 1024 to 921600"},
		{"chunks of no rows", small, "name: sales", "name: sales\nchunk: {rows: -1}", "job.yaml:2:15: rows is -1: it can be 1 to 1000000"},
		{"partitions that are no number", small, "name: sales", "name: sales\ntopics: {partitions: many}", `job.yaml:2:22: partitions: "many" is not a whole number`},
		{"labels of a field that is not grouped by", small, "name: sales", "name: sales\nlabels: {amount: {1: one}}", `job.yaml:2:10: labels of "amount", which nothing is grouped by`},
		{"another scheme", small, "https://", "ftp://", `job.yaml:3:8: "ftp" is not a scheme that krapp reads`},
		{"a file URL", small, "https://", "file://", `job.yaml:3:8: "file" is not a scheme that krapp reads`},
		{"a password in the URL", small, "https://", "https://me:secret@", "job.yaml:3:8: a URL with a user's name: job files hold no secrets"},
		{"a variable host", small, "https://example.com/", "https://{region}.example.com/", "job.yaml:3:8: a variable in the host's name: values of lists would choose the host"},
		{"an unknown variable in the URL", small, "{region}", "{regoin}", "job.yaml:3:8: {regoin} is not a list (did you mean region?)"},
		{"a list that the URL lacks", small, "/{region}", "/all", "job.yaml:6:5: {region} is not in the URL: every value would read the same again"},
		{"a brace too many", small, "{region}", "{region}}", "job.yaml:3:8: a } without a {"},
		{"a value that leads elsewhere", small, "south]", "../../etc]", `job.yaml:6:21: "../../etc" is not a value of a list`},
		{"a year of two digits", small, "2019,", "19,", `job.yaml:5:12: "19" is not a year of four digits`},
		{"a window without a stream", small, "name: sales", "name: sales\nwindow: {size: 1m}", "job.yaml:2:9: windows are of streams: files are computed whole"},
		{"routes without a stream", small, "name: sales", "name: sales\nroutes: [{to: [all]}]", "job.yaml:2:9: routes are of streams: rows of files are not sent on"},
		{"source and stream", small, "name: sales", "name: sales\nstream: {topics: [events]}", "job.yaml:2:9: a job has a source or a stream, not both"},
		{"grouped by no window", small, "[year, shop]", "[year, window]", "job.yaml:14:18: there is no window to group by"},
		{"a window that nothing is grouped by", events, "[class, window]", "[class]", "job.yaml:8:9: there is a window, but nothing is grouped by it"},
		{"a window without a size", events, "{size: 1m,", "{every: 1m,", "job.yaml:8:9: size is 0s"},
		{"hops that don't fit", events, "size: 1m,", "size: 1m, every: 25s,", "job.yaml:8:27: every (25s) is not a whole part of size (1m)"},
		{"an expression over the window", events, "user.id > 3", "window > 3", "job.yaml:10:11: when: window is not known to expressions"},
		{"a topic that can't be", events, "[events]", `["my events"]`, `job.yaml:3:12: "my events" is not the name of a topic`},
		{"a topic of krapp's", events, "[events]", "[krapp.runs]", `job.yaml:3:12: "krapp.runs" is a topic of krapp's, Kafka's or this job's own`},
		{"a route in a circle", events, "all]", "events]", `job.yaml:11:33: "events" is what the stream reads: records would go round for ever`},
		{"a route to krapp's topics", events, "all]", `"krapp.{{class}}"]`, "job.yaml:11:33: \"krapp.{{class}}\" is a topic of krapp's or Kafka's own"},
		{"a route that can't be a topic", events, "all]", `"a b"]`, `job.yaml:11:33: "a b" is not the name of a topic`},
		{"a route by an unknown field", strings.Replace(events, "{jsonl: {}}", "{csv: {names: [at, class]}}", 1), "user.id > 3", `class == ""`, `job.yaml:11:10: unknown field "user.id"`},
		{"chunks of a stream", events, "name: learning", "name: learning\nchunk: {rows: 5}", "job.yaml:2:8: chunks are of files: a stream has none"},
		{"an alias", small, "name: sales", "name: &a sales\ndescription: *a", "job.yaml:2:14: an alias (*a): job files have none"},
		{"a tag", small, "name: sales", "name: !!binary c2FsZXM=", "job.yaml:1:7: a tag (!!binary): job files have none"},
		{"YAML that is none", small, "name: sales", "name: [sales", "job.yaml:"},
		{"a tab", small, "  url:", "\turl:", "job.yaml:3:1: "},
		{"a second document", small, "  Total: sum tens\n", "  Total: sum tens\n---\na: b\n", "job.yaml:18:1: a second document: one file is one job"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(c.base, c.old, c.new, 1)
			if text == c.base {
				t.Fatalf("%q is not in the job", c.old)
			}
			j, err := Parse("job.yaml", []byte(text))
			if err == nil {
				t.Fatalf("no mistake found: %+v", j)
			}
			if kafkaops.ClassOf(err) != kafkaops.Invalid || kafkaops.HintOf(err) == "" {
				t.Errorf("class %q, hint %q", kafkaops.ClassOf(err), kafkaops.HintOf(err))
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
		})
	}
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	text := strings.NewReplacer("6-9", "9-6", "sum tens", "sum price", "[year, shop]", "[year, shops]").Replace(small)
	_, err := Parse("job.yaml", []byte(text))
	if err == nil {
		t.Fatal("no mistake found")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], ":10:") || !strings.Contains(lines[1], ":14:") || !strings.Contains(lines[2], ":17:") {
		t.Errorf("not three mistakes in the order of the file:\n%s", err)
	}
	if got, want := kafkaops.HintOf(err), "write the lower one first"; got != want {
		t.Errorf("hint %q, want that of the first mistake, %q", got, want)
	}
}

func TestManyMistakesAreCounted(t *testing.T) {
	_, err := Parse("job.yaml", []byte("name: x\n"+manyKeys(200)))
	if err == nil || strings.Count(err.Error(), "\n") != maxMistakes || !strings.HasSuffix(err.Error(), "and 150 more") {
		t.Errorf("want %d mistakes and a count of the rest: %v", maxMistakes, err)
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "mistake%d: 1\n", i)
	}
	return b.String()
}

func TestAliasBombIsRefused(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for i := 'b'; i < 'k'; i++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", i-1), 9), ", "))
	}
	if _, err := Parse("job.yaml", []byte(bomb)); err == nil || !strings.Contains(err.Error(), "job.yaml:1:4: an anchor (&a)") {
		t.Errorf("got %v", err)
	}
}

func TestHugeFilesAreRefusedUnread(t *testing.T) {
	_, err := Parse("job.yaml", make([]byte, maxFileBytes+1))
	if err == nil || !strings.Contains(err.Error(), "at most 1048576 are read") {
		t.Errorf("got %v", err)
	}
	path := filepath.Join(t.TempDir(), "job.yaml")
	if err := os.WriteFile(path, make([]byte, 3*maxFileBytes), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "at most 1048576 are read") {
		t.Errorf("got %v", err)
	}
}

func TestColumnsMayOverlap(t *testing.T) {
	j := parsed(t, strings.Replace(small, "6-9", "3-9", 1))
	if got, want := j.Format.Columns, []Column{{"amount", 0, 5}, {"shop", 3, 9}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestYAMLReadsBack(t *testing.T) {
	odd := strings.NewReplacer("name: sales", "name: sales\ndescription: \"a: b # c\\t\\n'é\\u0085\\u2028 \"", `where: shop != ""`, `where: 'shop == "yes: no"'`,
		"group_by", "labels: {shop: {\"007\": 'no', \"\": none, '\"': \"'\"}}\nchunk: {rows: 7, bytes: 1025}\ntopics: {partitions: 3, replication_factor: 2}\ngroup_by").Replace(small)
	texts := map[string]string{
		"files": small, "stream": events, "odd texts": odd,
		"CSV":           strings.Replace(small, "  fixed:\n    amount: 0-5\n    shop: 6-9", "  csv: {delimiter: \"\\t\", names: [amount, shop]}", 1),
		"hopping":       strings.Replace(events, "size: 1m,", "size: 1h30m, every: 90s, keep: 36h,", 1),
		"the built-in":  builtinText(t, "census"),
		"a CSV header":  strings.Replace(small, "  fixed:\n    amount: 0-5\n    shop: 6-9", "  csv: {header: true}", 1),
		"block scalars": strings.Replace(small, `where: shop != ""`, "where: >-\n  shop != \"\"\n  and amount != \"\"", 1),
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			j := parsed(t, text)
			again, err := Parse("again.yaml", j.YAML())
			if err != nil {
				t.Fatalf("%v in\n%s", err, j.YAML())
			}
			if !reflect.DeepEqual(again, j) {
				t.Errorf("got  %+v\nwant %+v\n%s", again, j, j.YAML())
			}
		})
	}
}

func builtinText(t *testing.T, name string) string {
	t.Helper()
	text, err := builtin.ReadFile("jobs/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
