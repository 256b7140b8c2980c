package template_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/learn/template"
)

// learn adds the values to a topic, a second apart.
func learn(m *template.Miner, topic string, values ...string) {
	for i, v := range values {
		m.Add(template.Observation{Topic: topic, Offset: int64(i), At: int64(i) * 1000, Value: []byte(v)})
	}
}

func patterns(m *template.Miner, topic string) []string {
	var out []string
	for _, t := range m.All(topic) {
		out = append(out, fmt.Sprintf("%d %s", t.Count, t.Pattern))
	}
	slices.Sort(out)
	return out
}

func TestWhatIsMasked(t *testing.T) {
	for value, want := range map[string]string{
		"connection to 10.0.0.7:5432 timed out after 3000 ms":                                                           "connection to <addr> timed out after <num> ms",
		"2026-11-21T20:58:17.123Z ERROR disk full":                                                                      "<time> ERROR disk full",
		"2026-11-21 20:58:17,123 [main] WARN  slow query (1.5s)":                                                        "<time> [main] WARN slow query (<num>)",
		"Nov 21 20:58:17 web sshd[812]: Failed password for root from 10.0.0.7 port 22":                                 "<time> web sshd[<num>]: Failed password for root from <addr> port <num>",
		"user 123e4567-e89b-12d3-a456-426614174000 logged in":                                                           "user <id> logged in",
		"request 01HF8ZQ4W7K3R9X2N5V6B8M1P0 done":                                                                       "request <id> done",
		"checksum deadbeefcafe differs":                                                                                 "checksum <id> differs",
		"GET https://example.com/a?b=1 returned 404":                                                                    "GET <url> returned <num>",
		"mail to bob@example.com bounced":                                                                               "mail to <mail> bounced",
		"cannot open /var/log/krapp/today.log":                                                                          "cannot open <path>",
		"level=error status=503 took=12ms path=/a/b":                                                                    "level=error status=503 took=<num> path=<path>",
		`10.0.0.7 - - [21/Nov/2026:20:58:17 +0100] "GET /products/17 HTTP/1.1" 404 153 "-" "curl/8.4"`:                  `<addr> - - [<time>] GET /products/<path> HTTP 404 <num> - <text>`,
		`10.0.0.7 - - [21/Nov/2026:20:58:17 +0100] "POST /api/v2/stock/3?q=1 HTTP/2" 502 0 "-" "Mozilla/5.0 (X11) a b"`: `<addr> - - [<time>] POST /api/v2/stock/<path> HTTP 502 <num> - <text>`,
		`10.0.0.7 "GET / HTTP/1.0" 200 17`:                                                                              `<addr> GET / HTTP 200 <num>`,
		`10.0.0.7 "GET /7f3a9c HTTP/1.1" 418 17`:                                                                        `<addr> GET /<path> HTTP 4xx <num>`,
		`10.0.0.7 "GET http://a.b/cart?x=1 HTTP/1.1" 777 17`:                                                            `<addr> GET /cart HTTP <num> <num>`,
		`10.0.0.7 "BREW /pot HTTP/1.1" 404 17`:                                                                          `<addr> <text> <num> <num>`,
		`10.0.0.7 "GET /cart HTTP/1.1" took 404`:                                                                        `<addr> GET /cart HTTP took <num>`,
		`GET /orders/17 503 12.5 ms - 64`:                                                                               `GET /orders/<path> 503 <num> ms - <num>`,
		`10.0.0.7 "https://a.b/c" "bot/1 (+http://a.b)"`:                                                                `<addr> <url> <text>`,
		`a "quoted text" 404`:                                                                                           `a <text> <num>`,
		`{"request":"GET /cart HTTP/1.1","http_status":"429"}`:                                                          `http_status: 429, request: GET /cart HTTP`,
		"password of alice changed by administrator bob":                                                                "password of alice changed by administrator bob",
		"(G1 Evacuation Pause) EXT4-fs Win.Trojan.Agent-17 A4711B":                                                      "(G1 Evacuation Pause) EXT4-fs Win.Trojan.Agent-<num> <id>",
		`{"amount":12.5,"status":"declined","id":"ord-17"}`:                                                             "amount: <num>, id: <id>, status: declined",
		`{"status":"declined", "id":"ord-17","amount":3}`:                                                               "amount: <num>, id: <id>, status: declined",
		`{"customer":{"name":"Ann"},"items":[{"sku":"a1","n":2},{"sku":"b2","n":3}]}`:                                   "customer.name: Ann, items[].n: <num>, items[].sku: <id>",
		`{"level":"ERROR","message":"connection to db-3:5432 lost after 3 retries"}`:                                    "level: ERROR, message: connection to <addr> lost after <num> retries",
		`{"code":404,"bytes":404,"ok":true,"none":null,"empty":"","list":[]}`:                                           "bytes: <num>, code: 404, ok: true",
		`{"at":"2026-11-21T20:58:17Z","ip":"10.0.0.7","url":"http://a/b","mail":"a@b.com"}`:                             "at: <time>, ip: <addr>, mail: <mail>, url: <url>",
		`{"users":{"u1234567":{"n":1},"u7654321":{"n":2}}}`:                                                             "users.<key>.n: <num>",
		`[1,2,3]`:            "[]: <num>",
		`"just a string 17"`: "just a string <num>",
		`{"broken":`:         `{broken:`,
		"17":                 "<num>",
		"ok":                 "ok",
		"первый запуск 17":   "первый запуск <num>",
		"failed\n\tat a.b.C(C.java:12)\n\tat d.e.F": "failed …",
	} {
		m := template.New(template.Options{})
		learn(m, "t", value)
		if got := m.All("t"); len(got) != 1 || got[0].Pattern != want {
			t.Errorf("%s\ngot  %q\nwant %q", value, got[0].Pattern, want)
		}
	}
}

func TestTheTextIsReadable(t *testing.T) {
	for value, want := range map[string]string{
		`{"event":"payment.declined","reason":"Card 17 expired","customerName":"Ann Lee","amount":3}`: "shop order events amount, customer name Ann Lee, event payment.declined, reason Card expired",
		"User Alice logged in from Paris after 3 s":                                                   "shop order events User Alice logged in from Paris after s",
		`{"error":"manifest unknown","orderId":3,"step":"bank_challenge","why":"<none>"}`:             "shop order events error manifest unknown, order id, step bank challenge, why",
		"GC(17) Pause Full (G1 Compaction Pause) 512M->256M(1024M) java.lang.OutOfMemoryError":        "shop order events GC Pause Full G1 Compaction Pause java.lang.Out Of Memory Error",
		`10.0.0.7 - - [x] "GET /a/b HTTP/1.1" 429 17`:                                                 "shop order events x GET a HTTP request answered 429 too many requests, rate limited, throttled",
		`10.0.0.7 "PUT /a HTTP/1.1" 599 17`:                                                           "shop order events PUT a HTTP request answered 5xx",
		`{"path":"/a/17","res":{"statusCode":502}}`:                                                   "shop order events path, res status code 502 bad gateway",
		`{"status":7,"code":502}`:                                                                     "shop order events code 502, status 7",
		"took=3ms status=404 done":                                                                    "shop order events took status 404 not found, missing done",
		"[main] code=51 denied":                                                                       "shop order events main code 51 denied",
	} {
		m := template.New(template.Options{})
		learn(m, "shop.orderEvents", value)
		if got := m.All("shop.orderEvents")[0]; got.Text() != want {
			t.Errorf("got %q, want %q", got.Text(), want)
		}
	}
}

func TestWhatHasNoTemplateIsCounted(t *testing.T) {
	m := template.New(template.Options{})
	m.Add(template.Observation{Topic: "t"})
	m.Add(template.Observation{Topic: "t", Value: []byte{}})
	m.Add(template.Observation{Topic: "t", Value: []byte{0, 1, 2}})
	m.Add(template.Observation{Topic: "t", Value: []byte("a\xff")})
	if m.Add(template.Observation{Topic: "t", Value: []byte("The people of the valley fish at night. They sleep by day.")}) != template.Whole {
		t.Error("prose is not told")
	}
	want := []string{"1 (empty value)", "1 (prose)", "1 (tombstone)", "2 (binary value)"}
	if got := patterns(m, "t"); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if len(m.Changed()) > 0 {
		t.Error("they are to be indexed")
	}
}

func TestManyWordsAtAPathBecomeOne(t *testing.T) {
	m := template.New(template.Options{})
	for i := range 200 {
		learn(m, "t", fmt.Sprintf(`{"status":"%s","city":"%s"}`, []string{"paid", "declined"}[i%2], word(i)))
	}
	want := []string{"100 city: <word>, status: declined", "100 city: <word>, status: paid"}
	if got := patterns(m, "t"); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestManyNamesInALineBecomeOne(t *testing.T) {
	m := template.New(template.Options{})
	for i := range 1000 {
		learn(m, "t", fmt.Sprintf("user %s logged in from %s", word(i), word(i/7+500)))
	}
	if got := patterns(m, "t"); !slices.Equal(got, []string{"1000 user <word> logged in from <word>"}) {
		t.Errorf("got %q", got)
	}
}

// word is a name without digits, another for each n.
func word(n int) string {
	s := "x"
	for ; n > 0; n /= 20 {
		s += string("bcdfghjklmnpqrstvwxz"[n%20])
	}
	return s
}

func TestExamplesAreTheNewest(t *testing.T) {
	m := template.New(template.Options{})
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(100) {
		m.Add(template.Observation{Topic: "t", Partition: int32(i % 3), Offset: int64(i), At: int64(i / 2), Value: fmt.Appendf(nil, "n %d", i)})
	}
	got := m.All("t")[0]
	if got.Count != 100 || len(got.Examples) != 8 || got.First.UnixMilli() != 0 || got.Last.UnixMilli() != 49 {
		t.Fatalf("got %+v", got)
	}
	for i, p := range got.Examples {
		if i > 0 && got.Examples[i-1].At.Before(p.At) || p.Offset < 92 {
			t.Errorf("got %v", got.Examples)
		}
	}
	if want := fmt.Sprintf("n %d", got.Examples[0].Offset); got.Exemplar != want {
		t.Errorf("the exemplar is %q, want %q", got.Exemplar, want)
	}
}

func TestFields(t *testing.T) {
	m := template.New(template.Options{})
	for i := range 40 {
		learn(m, "t", fmt.Sprintf(`{"amount":%d.5,"status":"%s","id":"o-%d","ok":%t,"at":"2026-11-21T20:58:17Z"}`, i-3, []string{"a", "b"}[i%2], i, i%2 == 0))
	}
	got := m.Fields("t")
	want := []template.Field{
		{Topic: "t", Path: "amount", Kind: "number", Count: 40, Min: -3.5, Max: 36.5},
		{Topic: "t", Path: "at", Kind: "time", Count: 40},
		{Topic: "t", Path: "id", Kind: "string", Count: 40},
		{Topic: "t", Path: "ok", Kind: "bool", Count: 40, Values: []string{"false", "true"}},
		{Topic: "t", Path: "status", Kind: "string", Count: 40, Values: []string{"a", "b"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

// event is one of many kinds, with words from long and short tails.
func event(r *rand.Rand, i int) string {
	tail := func(n int) string { return word(int(float64(n) * r.Float64() * r.Float64() * r.Float64())) }
	switch r.IntN(8) {
	case 0:
		return fmt.Sprintf(`{"status":"%s","city":"%s","name":"%s %s","total":%d}`, tail(5), tail(30), tail(500), tail(500), r.IntN(1000))
	case 1:
		return fmt.Sprintf(`{"city":"%s","kind":"%s","note":"%s is %s","code":%d}`, tail(60), tail(40), tail(9), tail(9), 200+r.IntN(40))
	case 2:
		return fmt.Sprintf("user %s logged in from %s by %s", tail(50), tail(20), tail(100))
	case 3:
		return fmt.Sprintf("level=%s user=%s took=%dms", tail(4), tail(100), i)
	case 4:
		return fmt.Sprintf(`{"level":"%s","message":"order %d of %s failed at %s","ok":%t}`, tail(4), i, tail(10), tail(30), i%2 == 0)
	case 5:
		return fmt.Sprintf("The people of the %s fish at night and sleep by day. Nobody knows why the %s song ends in spring.", tail(400), tail(30))
	case 6:
		return fmt.Sprintf("Dear customer %s, your parcel is on its way to you and will come in %d days. It is for Mrs. Jones.", tail(100), i)
	}
	return fmt.Sprintf("job %s ended with %d errors", tail(40), i)
}

// state is all that can be asked of a miner.
func state(m *template.Miner) []any {
	var out []any
	for _, topic := range m.Topics() {
		out = append(out, m.All(topic), m.Fields(topic))
	}
	return out
}

func TestTheEndDoesNotDependOnTheOrder(t *testing.T) {
	for name, o := range map[string]template.Options{"within the bounds": {}, "beyond the bounds": {MaxTopic: 12}} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(6) {
				r := rand.New(rand.NewPCG(seed, 1))
				all := make([]template.Observation, 3000)
				for i := range all {
					value := event(r, i)
					if o.MaxTopic > 0 { // what differs by form alone: beyond the bounds, merging is a matter of what is still there
						value = fmt.Sprintf(`{"%s":%d,"status":"%s"}`, word(r.IntN(30)), i, word(r.IntN(3)))
					}
					all[i] = template.Observation{Topic: word(i % 2), Partition: int32(i % 3), Offset: int64(i), At: int64(r.IntN(500)), Value: []byte(value)}
				}
				var want []any
				for range 5 {
					m := template.New(o)
					index := map[uint64]template.Template{} // as who indexes what is told
					texts := map[seer.Place]bool{}
					for i, obs := range all {
						if m.Add(obs) == template.Whole {
							texts[seer.Place{Topic: obs.Topic, Partition: obs.Partition, Offset: obs.Offset, At: time.UnixMilli(obs.At).UTC()}] = true
						}
						for _, p := range m.Repeated() {
							delete(texts, p)
						}
						if i%97 == 0 || i == len(all)-1 {
							follow(index, m)
						}
					}
					check(t, m, index)
					got := append(state(m), texts)
					if want == nil {
						want = got
					} else if !reflect.DeepEqual(got, want) {
						t.Fatalf("seed %d: another order has another end:\n%s", seed, difference(got, want))
					}
					r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				}
			}
		})
	}
}

func follow(index map[uint64]template.Template, m *template.Miner) {
	for _, id := range m.Removed() {
		delete(index, id)
	}
	for _, t := range m.Changed() {
		index[t.ID] = t
	}
}

// check holds what was told of changes against what is there, and the counts against the records.
func check(t *testing.T, m *template.Miner, index map[uint64]template.Template) {
	t.Helper()
	n, count := 0, int64(0)
	for _, topic := range m.Topics() {
		for _, x := range m.All(topic) {
			count += x.Count
			if x.Special() {
				continue
			}
			n++
			if got, ok := index[x.ID]; !ok || got.Text() != x.Text() {
				t.Fatalf("template %q is indexed as %q", x.Text(), got.Text())
			}
			if got, ok := m.Get(x.ID); !ok || got.Pattern != x.Pattern {
				t.Fatalf("template %q is not found by its ID", x.Pattern)
			}
		}
	}
	if n != len(index) || n != m.Len() || count != m.Records() {
		t.Fatalf("%d templates, %d by Len, %d indexed; %d records, %d counted", n, m.Len(), len(index), m.Records(), count)
	}
}

func difference(a, b []any) string {
	x, y := strings.Split(fmt.Sprintf("%+v", a), "{ID:"), strings.Split(fmt.Sprintf("%+v", b), "{ID:")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n" + y[i]
		}
	}
	return fmt.Sprint(len(x), " and ", len(y))
}

func TestProseThatRepeatsIsAMachines(t *testing.T) {
	m := template.New(template.Options{})
	value := "The connection to the broker was lost for %d seconds. It will be tried again in a while."
	for i := range 20 {
		found, want := m.Add(template.Observation{Topic: "t", Offset: int64(i), At: int64(i), Value: fmt.Appendf(nil, value, i)}), template.Whole
		if i >= 8 {
			want = template.Nothing
		}
		if found != want {
			t.Errorf("record %d: found %d", i, found)
		}
		if got := len(m.Repeated()); got != 0 && i != 8 || i == 8 && got != 8 {
			t.Errorf("record %d: the passages of %d records are to go", i, got)
		}
		if got := len(m.Changed()); got != 0 && i != 8 || i == 8 && got != 1 {
			t.Errorf("record %d: %d templates are to come", i, got)
		}
	}
}

func TestWhatIsGoneIsDropped(t *testing.T) {
	m := template.New(template.Options{})
	learn(m, "t", "old 1", "old 2", "both 3", "both 4", "new 5", "")
	index := map[uint64]template.Template{}
	follow(index, m)
	m.Trim("t", func(_ int32, offset int64) bool { return offset < 3 })
	follow(index, m)
	if got, want := patterns(m, "t"), []string{"1 (empty value)", "1 new <num>", "2 both <num>"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if len(index) != 2 {
		t.Errorf("indexed: %v", index)
	}
	learn(m, "t", "old 9")
	follow(index, m)
	if got := patterns(m, "t"); !slices.Contains(got, "1 old <num>") || len(index) != 3 {
		t.Errorf("it does not come again: %q", got)
	}
	m.Forget("t")
	follow(index, m)
	if len(index) > 0 || m.Len() > 0 || len(m.Topics()) > 0 {
		t.Errorf("indexed: %v", index)
	}
}

func TestTemplatesAreBounded(t *testing.T) {
	m := template.New(template.Options{MaxTopic: 50, MaxAll: 120})
	for i := range 5000 {
		learn(m, word(i%4), fmt.Sprintf(`{"%s":1}`, word(i)), strings.Repeat(word(i)+" ", i%300))
	}
	if m.Len() > 120 {
		t.Errorf("%d templates", m.Len())
	}
	if got := m.Full(); len(got) != 4 {
		t.Errorf("full: %v", got)
	}
	index := map[uint64]template.Template{}
	follow(index, m)
	check(t, m, index)
}
