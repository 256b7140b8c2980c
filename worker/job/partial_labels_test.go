package job

import "testing"

func TestRowsWithoutALabelAreCounted(t *testing.T) {
	head := `
name: t
source: {url: /tmp/x.csv}
format: {csv: {names: [year, code, other]}}
group_by: [year, code, other]
aggregates: {Count: count}
`
	rows := "2019,1,a\n2019,2,a\n2019,-1,a\n2020,,a\n2020,1,b\n2020,-1,b\n"
	cases := map[string]struct {
		labels string
		want   int64
	}{
		"no labels":                     {"", 0},
		"one field":                     {"labels: {code: {\"1\": one, \"2\": two}}\n", 3},
		"a row without two counts once": {"labels: {code: {\"1\": one, \"2\": two}, other: {a: A}}\n", 4},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			j, err := Parse("t.yaml", []byte(head+c.labels))
			if err != nil {
				t.Fatal(err)
			}
			p, err := Compile(j)
			if err != nil {
				t.Fatal(err)
			}
			into := NewPartial(p)
			m := ChunkMeta{Version: 1, Job: j.Name, Print: j.Print(), Source: "x"}
			value := NewPacker(j).Pack(nil, []byte(rows), &m)
			if err := p.Chunk(m, value, into, func(int64, []byte, string) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if got := into.Unlabelled(); got != c.want {
				t.Errorf("%d rows, want %d", got, c.want)
			}
		})
	}
}
