package template_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/seer/learn/template"
)

// flags are 15 people who turn 3 flags of 9 services on and off.
func flags(n int) []string {
	r := rand.New(rand.NewPCG(7, 7))
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(`{"service":"%s","flag":"%s","to":%t,"who":"%s"}`, word(r.IntN(9)+100), word(r.IntN(3)+200), r.IntN(2) == 0, word(r.IntN(15)+300))
	}
	return out
}

func TestSlotsDoNotMultiply(t *testing.T) {
	m := template.New(template.Options{})
	index := map[uint64]template.Template{}
	for i, v := range flags(4000) {
		m.Add(template.Observation{Topic: "t", Offset: int64(i), At: int64(i), Value: []byte(v)})
		if i%50 == 0 {
			follow(index, m)
			check(t, m, index)
		}
	}
	follow(index, m)
	check(t, m, index)
	got := m.All("t")
	if len(got) != 6 { // the flags, on and off
		t.Errorf("%d templates: %q", len(got), patterns(m, "t"))
	}
	for _, x := range got {
		if !strings.Contains(x.Pattern, "service: <word>") || !strings.Contains(x.Pattern, "who: <word>") || strings.Contains(x.Pattern, "flag: <word>") {
			t.Errorf("got %q", x.Pattern)
		}
		if len(x.Examples) != 8 || x.Exemplar == "" || x.Examples[0].At.Before(x.Examples[7].At) || !x.Last.Equal(x.Examples[0].At) {
			t.Errorf("examples %v of %q", x.Examples, x.Exemplar)
		}
		if place, ok := m.Newest(x.ID); !ok || place != x.Examples[0] {
			t.Errorf("the newest is %v", place)
		}
	}
}

// TestFewTuplesAreKept: many words alone are no product. The negative control of TestSlotsDoNotMultiply.
func TestFewTuplesAreKept(t *testing.T) {
	m := template.New(template.Options{})
	for i := range 200 {
		learn(m, "t", fmt.Sprintf(`{"service":"%s","team":"%s"}`, word(i%12+100), word(i%12+300)))
		learn(m, "u", fmt.Sprintf(`{"event":"%s","level":"%s"}`, word(i%25+100), word(i%2+300)))
	}
	if got := m.All("t"); len(got) != 12 || strings.Contains(got[0].Pattern, "<word>") {
		t.Errorf("got %q", patterns(m, "t"))
	}
	if got := m.All("u"); len(got) != 25 || strings.Contains(got[0].Pattern, "event: <word>") {
		t.Errorf("what happened is masked: %q", patterns(m, "u"))
	}
}

func TestWhatIsShownDoesNotDependOnTheOrder(t *testing.T) {
	values := flags(2000)
	r := rand.New(rand.NewPCG(1, 9))
	for range 600 { // which of these two is the wider one, and is masked, is another on the way
		values = append(values, fmt.Sprintf(`{"city":"%s","shop":"%s"}`, word(r.IntN(10)+400), word(r.IntN(9)+500)))
	}
	all := make([]template.Observation, len(values))
	for i, v := range values {
		all[i] = template.Observation{Topic: "t", Partition: int32(i % 3), Offset: int64(i), At: int64(r.IntN(500)), Value: []byte(v)}
	}
	var want []any
	shown := map[int]bool{} // how many templates there were on the way: it must go down, too
	for range 6 {
		m := template.New(template.Options{})
		index := map[uint64]template.Template{}
		for i, o := range all {
			m.Add(o)
			if r.IntN(40) == 0 || i == len(all)-1 {
				follow(index, m)
				check(t, m, index)
				shown[len(index)] = true
			}
		}
		if got := state(m); want == nil {
			want = got
		} else if !reflect.DeepEqual(got, want) {
			t.Fatalf("another order has another end:\n%s", difference(got, want))
		}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	if most := slices.Max(slices.Collect(maps.Keys(shown))); most > 2*16 || most <= 6+9 {
		t.Errorf("at most %d templates on the way", most)
	}
}

func TestWhatIsShownIsDroppedAndComesAgain(t *testing.T) {
	m := template.New(template.Options{})
	index := map[uint64]template.Template{}
	values := flags(1000)
	learn(m, "t", values...)
	follow(index, m)
	m.Trim("t", func(_ int32, offset int64) bool { return offset < 995 })
	follow(index, m)
	check2(t, m, index)
	if len(index) == 0 || len(index) > 5 {
		t.Errorf("%d templates are left of five records", len(index))
	}
	learn(m, "t", values...)
	m.Forget("t")
	follow(index, m)
	if len(index) > 0 || m.Len() > 0 {
		t.Errorf("indexed: %v", index)
	}
}

// check2 is check without the counts, which Trim leaves as they were.
func check2(t *testing.T, m *template.Miner, index map[uint64]template.Template) {
	t.Helper()
	for id, x := range index {
		if got, ok := m.Get(id); !ok || got.Text() != x.Text() || len(got.Examples) == 0 {
			t.Errorf("%q is indexed, and %q is there", x.Text(), got.Text())
		}
	}
	if len(index) != m.Len() {
		t.Errorf("%d indexed, %d there", len(index), m.Len())
	}
}

// TestAScannerDoesNotHideTheLog: a thousand missing paths mask the paths of what is missing, and of nothing else.
func TestAScannerDoesNotHideTheLog(t *testing.T) {
	m := template.New(template.Options{})
	for i := range 1000 {
		learn(m, "access", fmt.Sprintf(`10.0.0.7 - - [21/Nov/2026:20:58:17 +0100] "GET /%s HTTP/1.1" 404 153 "-" "curl/8.4"`, word(i)),
			fmt.Sprintf(`10.0.0.7 - - [21/Nov/2026:20:58:17 +0100] "GET /%s/%d HTTP/1.1" 200 %d "-" "curl/8.4"`, []string{"products", "cart"}[i%2], i, i),
			fmt.Sprintf(`10.0.0.7 - - [21/Nov/2026:20:58:17 +0100] "GET /%s/%d HTTP/1.1" %d 7 "-" "curl/8.4"`, word(i%3), i, 100+i%600))
	}
	got := strings.Join(patterns(m, "access"), "\n")
	for _, want := range []string{"GET /<word> HTTP 404", "GET /products/<path> HTTP 200", "GET /cart/<path> HTTP 200", "HTTP 5xx"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n := len(m.All("access")); n > 200 {
		t.Errorf("%d templates", n)
	}
}
