package job

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func compiled(t testing.TB, text string) *Program {
	t.Helper()
	j, err := Parse("job.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(j)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// jsonJob is a job over JSON lines whose computed field x is of expression.
func jsonJob(expression string) string {
	return fmt.Sprintf("name: a\nsource: {url: a.jsonl}\nformat: {jsonl: {}}\ncompute:\n  x: |\n    %s\ngroup_by: [x]\naggregates: {Count: count}\n", expression)
}

func TestFieldsAreTheRowsThenVariablesThenComputed(t *testing.T) {
	text := strings.NewReplacer("  tens: int(amount) / 10\n", "  tens: int(amount) / 10\n  half: tens / 2\n  unused: shop + region\n", "sum tens", "sum half").Replace(small)
	p := compiled(t, text)
	if got, want := p.Fields(), []string{"shop", "amount", "year", "tens", "half"}; !slices.Equal(got, want) || p.rows != 2 || p.vars != 1 {
		t.Errorf("got %v (%d of rows, %d variables), want %v", got, p.rows, p.vars, want)
	}
	if got, want := compiled(t, events).Fields(), []string{"class", "at", "user.id"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestComputedValues(t *testing.T) {
	const row = `{"s":"abc","n":12,"f":1.5,"big":1e300,"yes":true,"nothing":null,"list":[1,2,3],"user":{"id":7,"tags":["a","b"]},"at":"2024-05-01T10:00:00Z"}`
	for _, c := range []struct{ name, expression, want string }{
		{"a text", `upper(s)`, "ABC"},
		{"a whole number", `n + 1`, "13"},
		{"a division", `n / 8`, "1.5"},
		{"a whole result of a division", `n / 4`, "3"},
		{"a float", `f * 2.25`, "3.375"},
		{"a large number has no exponent", `n * 1e15`, "12000000000000000"},
		{"a very large one has", `big * 2`, "2e+300"},
		{"minus nothing", `0.0 * -1`, "0"},
		{"a truth", `n > 3`, "true"},
		{"a field inside of a field", `user.id * 2`, "14"},
		{"a field inside of one that is not there", `string(other?.id ?? "none")`, "none"},
		{"a name that is no word", `$env["s"] + "!"`, "abc!"},
		{"a list", `len(filter(list, # > 1))`, "2"},
		{"a list inside", `user.tags[1]`, "b"},
		{"a local name", `let u = n; u + u`, "24"},
		{"a part of a local name", `let u = user; u.id`, "7"},
		{"a time", `date(at)`, "2024-05-01T10:00:00Z"},
		{"a part of a time", `date(at).Year()`, "2024"},
		{"a duration", `duration("90s")`, "1m30s"},
		{"null is no value", `nothing`, "<nil>"},
		{"absent is no value", `missing`, "<nil>"},
		{"a value or another", `missing ?? "other"`, "other"},
		{"not a finite number", `n / 0`, "error: x: the result is not a finite number"},
		{"a text that is no number", `int(s)`, "error: x: invalid operation: int(abc)"},
		{"a list as a value", `list`, "error: x: the result is a []interface {}, not a value of a field"},
		{"more memory than there is", `len(repeat(s, 1000000000))`, "error: x: memory budget exceeded"},
		{"a longer loop than there may be", `sum(1..100000000, # % 7)`, "error: x: memory budget exceeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compiled(t, jsonJob(c.expression))
			if reason := p.layout.read([]byte(row)); reason != "" {
				t.Fatal(reason)
			}
			for range 2 { // values are kept between rows
				if got := outcome(p); got != c.want {
					t.Fatalf("got %q, want %q", got, c.want)
				}
			}
		})
	}
}

// outcome is what became of x.
func outcome(p *Program) string {
	values := p.layout.values
	keep, err := p.eval(values)
	switch v := values[p.index["x"]]; {
	case err != nil:
		return "error: " + err.Error()
	case !keep:
		return "left out"
	case v == nil:
		return "<nil>"
	default:
		return string(v)
	}
}

func TestWhereComesBeforeWhatItDoesNotNeed(t *testing.T) {
	p := compiled(t, `name: a
source: {url: a.csv}
format: {csv: {names: [amount, shop]}}
where: cheap and shop != "closed"
compute: {cheap: int(amount) < 10, x: 100 / int(amount)}
group_by: [x]
aggregates: {Count: count}
`)
	for _, c := range []struct{ name, line, want string }{
		{"kept", "5,a", "20"},
		{"left out", "15,a", "left out"},
		{"left out before an error", "0,closed", "left out"},
		{"an error of the computed field", "0,a", "error: x: the result is not a finite number"},
		{"an error of the condition", "many,a", `error: cheap: invalid operation: int(many)`},
		{"kept again", "4,a", "25"},
	} {
		if reason := p.layout.read([]byte(c.line)); reason != "" {
			t.Fatal(reason)
		}
		if got := outcome(p); !strings.HasPrefix(got, c.want) || c.want == "left out" && got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAConditionThatIsNeitherIsAMistakeOfTheRow(t *testing.T) {
	p := compiled(t, "name: a\nsource: {url: a}\nformat: {jsonl: {}}\nwhere: flag\ngroup_by: [x]\naggregates: {Count: count}\n")
	for line, want := range map[string]string{`{"x":1,"flag":true}`: "1", `{"x":1,"flag":false}`: "left out", `{"x":1,"flag":"yes"}`: "error: where", `{"x":1}`: "left out"} {
		if reason := p.layout.read([]byte(line)); reason != "" {
			t.Fatal(reason)
		}
		if got := outcome(p); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func TestForksDoNotShareRows(t *testing.T) {
	a := compiled(t, jsonJob(`s + "!"`))
	b := a.Fork()
	a.layout.read([]byte(`{"s":"one"}`))
	b.layout.read([]byte(`{"s":"two"}`))
	gotA, gotB := outcome(a), outcome(b)
	if gotA != "one!" || gotB != "two!" || string(a.layout.values[a.index["x"]]) != "one!" {
		t.Errorf("got %s and %s", gotA, gotB)
	}
}

func TestTargetsOfARow(t *testing.T) {
	p := compiled(t, events)
	for _, c := range []struct{ name, line, want string }{
		{"that matches", `{"user":{"id":7},"class":"a"}`, "student-7 all"},
		{"that does not", `{"user":{"id":2},"class":"a"}`, ""},
		{"that can't be asked", `{"user":{"id":"seven"},"class":"a"}`, "error: when"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.layout.read([]byte(c.line))
			if keep, err := p.eval(p.layout.values); !keep || err != nil {
				t.Fatal(keep, err)
			}
			var topics []string
			err := p.targets(p.layout.values, func(topic []byte, partitions int) error {
				topics = append(topics, string(topic))
				return nil
			})
			got := strings.Join(topics, " ")
			if err != nil {
				got = "error: " + err.Error()
			}
			if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCompileChecksJobsThatAreMadeByHand(t *testing.T) {
	_, err := Compile(&Job{Name: "Bad"})
	if err == nil || !strings.Contains(err.Error(), `"Bad" is not a name`) || strings.Contains(err.Error(), ":0:") {
		t.Errorf("got %v", err)
	}
}

func TestEvalOfNothingCostsNothing(t *testing.T) {
	p := compiled(t, "name: a\nsource: {url: a}\nformat: {fixed: {code: 0-1}}\ngroup_by: [code]\naggregates: {Count: count}\n")
	p.layout.read([]byte("12"))
	if n := testing.AllocsPerRun(100, func() { _, _ = p.eval(p.layout.values) }); n != 0 || len(p.loads) != 0 {
		t.Errorf("%g allocations, %d loads", n, len(p.loads))
	}
}

func BenchmarkEval(b *testing.B) {
	p := compiled(b, small)
	row := []byte(" 123456shop")
	p.layout.read(row)
	b.ReportAllocs()
	for b.Loop() {
		row[2]++
		if row[2] > '9' {
			row[2] = '0'
		}
		p.layout.read(row)
		if keep, err := p.eval(p.layout.values); !keep || err != nil {
			b.Fatal(keep, err)
		}
	}
}

func TestValuesOfTheRowBeforeAreNotKept(t *testing.T) {
	p := compiled(t, jsonJob(`type(s) + ":" + string(s)`))
	for _, c := range []struct{ line, want string }{
		{`{"s":"a"}`, "string:a"}, {`{"s":"a"}`, "string:a"}, {`{"s":"b"}`, "string:b"}, {`{"s":1}`, "int:1"}, {`{"s":"1"}`, "string:1"},
		{`{"s":1.5}`, "float:1.5"}, {`{}`, "nil:<nil>"}, {`{"s":"1"}`, "string:1"}, {`{"s":true}`, "bool:true"},
	} {
		if reason := p.layout.read([]byte(c.line)); reason != "" {
			t.Fatal(reason)
		}
		if got := outcome(p); got != c.want {
			t.Errorf("%s: got %q, want %q", c.line, got, c.want)
		}
	}
}
