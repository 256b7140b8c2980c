package job

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestSourcesAreAllCombinationsInOrder(t *testing.T) {
	j := parsed(t, strings.Replace(small, "{region}.csv", "{region}{yy}.csv", 1))
	for _, c := range []struct {
		name   string
		choose map[string][]string
		want   string
	}{
		{"as the file says", nil, "2019-north 2019-south 2020-north 2020-south"},
		{"all of one", map[string][]string{"region": {"*"}, "year": {"2020"}}, "2020-north 2020-south"},
		{"some", map[string][]string{"region": {"south"}}, "2019-south 2020-south"},
		{"a value twice", map[string][]string{"region": {"south", "south"}, "year": {"2019"}}, "2019-south"},
		{"another year", map[string][]string{"year": {"1987"}}, "1987-north 1987-south"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sources, err := j.Sources(c.choose)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, s := range sources {
				ids = append(ids, s.ID)
			}
			if got := strings.Join(ids, " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	sources, err := j.Sources(map[string][]string{"year": {"1987"}, "region": {"south"}})
	want := Source{ID: "1987-south", URL: "https://example.com/1987/south87.csv", Vars: map[string]string{"year": "1987", "yy": "87", "region": "south"}}
	if err != nil || !reflect.DeepEqual(sources, []Source{want}) {
		t.Errorf("got %+v (%v), want %+v", sources, err, want)
	}
}

func TestChoosingWhatIsNotThere(t *testing.T) {
	j := parsed(t, small)
	for _, c := range []struct{ name, list, value, want, hint string }{
		{"an unknown list", "regoin", "south", `no list "regoin" (did you mean region?)`, "did you mean region?"},
		{"an unknown value", "region", "souht", `"souht" is not a value of region`, "did you mean south?"},
		{"no year", "year", "19", `"19" is not a value of year`, ""},
		{"another path", "region", "../x", `"../x" is not a value of region`, ""},
		{"all and one", "region", "*,south", `"*" is not a value of region`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := j.Sources(map[string][]string{c.list: strings.Split(c.value, ",")})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(kafkaops.HintOf(err), c.hint) {
				t.Errorf("got %v (%s)", err, kafkaops.HintOf(err))
			}
		})
	}
}

func TestSourcesThatCantBeToldApart(t *testing.T) {
	text := strings.NewReplacer("{year}/{region}", "{a}/{b}", "year: [2019, \"2020\"]", "a: [x, x-y]", "region: [north, south]", "b: [y-z, z]", "[year, shop]", "[a, shop]").Replace(small)
	if _, err := Parse("job.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "two combinations of values make the same source: x-y-z") {
		t.Errorf("got %v", err)
	}
}

func TestTooManySourcesAreRefused(t *testing.T) {
	var years []string
	for _, a := range "0123456789" {
		for _, b := range "0123456789" {
			for _, c := range "0123456789" {
				years = append(years, "1"+string(a)+string(b)+string(c))
			}
		}
	}
	list := strings.Join(years, ", ")
	text := strings.NewReplacer("2019, \"2020\"", list, "north, south", strings.ReplaceAll(list, "1", "n")).Replace(small)
	text = strings.ReplaceAll(text, "[n", "[m")
	if _, err := Parse("job.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "the lists make more than 100000 sources") {
		t.Errorf("got %.300v", err)
	}
}

func TestAFileByHand(t *testing.T) {
	j := parsed(t, small) // grouped by year
	for _, c := range []struct {
		name, file string
		choose     map[string][]string
		id, err    string
	}{
		{"one of the job's own", "/tmp/x.csv", map[string][]string{"year": {"2019"}, "region": {"south"}}, "2019-south", ""},
		{"without what the job does not need", "/tmp/my data.csv", map[string][]string{"year": {"2019"}}, "2019-my_data.csv", ""},
		{"without what it needs", "/tmp/x.csv", nil, "", "the job computes with year, which a file does not say"},
		{"of two years", "/tmp/x.csv", map[string][]string{"year": {"2019", "2020"}}, "", "one file has one year, not 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := j.FileSource(c.file, c.choose)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got %v, want %s", err, c.err)
				}
				return
			}
			if err != nil || s.ID != c.id || s.URL != c.file || s.Vars["year"] != "2019" || s.Vars["yy"] != "19" {
				t.Errorf("got %+v (%v)", s, err)
			}
		})
	}
}

func TestASourceWithoutListsHasTheFilesName(t *testing.T) {
	j := parsed(t, "name: a\nsource: {url: 'https://example.com/a/b.csv?x=1'}\nformat: {jsonl: {}}\naggregates: {Count: count}\n")
	sources, err := j.Sources(nil)
	if err != nil || len(sources) != 1 || sources[0].ID != "b.csv" || len(maps.Clone(sources[0].Vars)) != 0 {
		t.Errorf("got %+v (%v)", sources, err)
	}
}

func TestWithBase(t *testing.T) {
	const real = "https://www2.census.gov/programs-surveys/cps/jan19pub.dat.gz"
	for _, c := range []struct{ name, u, base, want string }{
		{"another server", real, "http://127.0.0.1:8080", "http://127.0.0.1:8080/programs-surveys/cps/jan19pub.dat.gz"},
		{"below a path", real, "https://mirror.example.com/census/", "https://mirror.example.com/census/programs-surveys/cps/jan19pub.dat.gz"},
		{"a directory", real, "mirror", "mirror/programs-surveys/cps/jan19pub.dat.gz"},
		{"a path on a server", "data/a.csv", "http://127.0.0.1:8080", "http://127.0.0.1:8080/data/a.csv"},
		{"a query stays", "https://a.example.com/b?c=d", "https://e.example.com", "https://e.example.com/b?c=d"},
		{"another scheme", real, "ftp://example.com", ""},
		{"no host", real, "http://", ""},
		{"a password", real, "https://me:secret@example.com", ""},
		{"a query", real, "https://example.com/?a", ""},
		{"nothing", real, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := WithBase(c.u, c.base)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func TestPrintIsOfWhatIsComputed(t *testing.T) {
	base := parsed(t, small).Print()
	if len(base) != 16 {
		t.Fatalf("print %q", base)
	}
	for _, c := range []struct {
		name, old, new string
		same           bool
	}{
		{"the name", "name: sales", "name: others", true},
		{"the URL", "example.com", "example.org", true},
		{"values of a list", "[north, south]", "[east]", true},
		{"labels", "group_by", "labels: {shop: {1: a}}\ngroup_by", true},
		{"sizes", "group_by", "chunk: {rows: 3}\ntopics: {partitions: 2}\ngroup_by", true},
		{"a column", "6-9", "6-8", false},
		{"the condition", `shop != ""`, `shop == ""`, false},
		{"an expression", "/ 10", "/ 100", false},
		{"groups", "[year, shop]", "[shop]", false},
		{"aggregates", "sum tens", "mean tens", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(small, c.old, c.new, 1)
			if got := parsed(t, text).Print(); (got == base) != c.same || text == small {
				t.Errorf("print %s before, %s after a change of %s", base, got, c.name)
			}
		})
	}
}
