package job

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func TestNumbersAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "-0.0": "0", "-0e5": "0", "+7": "7", "-12": "-12", "007": "7", ".5": "0.5", "5.": "5", "1.10": "1.1",
		"9223372036854775807": "9223372036854775807", "-9223372036854775808": "-9223372036854775808", "9223372036854775808": "9223372036854776000",
		"999999999999999999": "999999999999999999", "9007199254740993": "9007199254740993", "123456789012345.678": "123456789012345.67",
		"0.1": "0.1", "1e3": "1000", "-1.5E-3": "-0.0015", "0.30000000000000004": "0.30000000000000004", "5e-324": "5e-324",
	} {
		x, ok := parseNumber([]byte(text))
		got := string(appendFloat(nil, x.f))
		if !x.isFloat {
			got = strconv.FormatInt(x.whole, 10)
		}
		if !ok || got != want || math.Signbit(x.f) != strings.HasPrefix(want, "-") && x.isFloat {
			t.Errorf("%s is read as %s (%v), want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-", "+", ".", "-.", "abc", "1a", "1.2.3", "1e", "1e999", "inf", "-Inf", "NaN", "0x10", "1_000", "1,5", " 1", "--1", strings.Repeat("1", 500)} {
		if x, ok := parseNumber([]byte(text)); ok {
			t.Errorf("%q is read as %+v", text, x)
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1", "-1.50", "123456789.123456789", "1e-400", "999999999999999999999"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, ok := parseNumber(b)
		want, err := strconv.ParseFloat(string(b), 64)
		if ok && (err != nil || x.float() != want) {
			t.Errorf("%q is read as %+v, strconv says %v, %v", b, x, want, err)
		}
	})
}

// numbersOf are numbers that are hard to add: of all sizes, that cancel out, whole ones at the ends of int64, subnormal ones.
func numbersOf(random *rand.Rand, n int) []number {
	var all []number
	for range n {
		switch random.IntN(5) {
		case 0:
			all = append(all, number{whole: random.Int64N(1000) - 500})
		case 1:
			all = append(all, number{whole: []int64{math.MaxInt64, math.MinInt64, math.MaxInt64 - 1}[random.IntN(3)]})
		case 2:
			f := math.Float64frombits(random.Uint64())
			if math.IsInf(f, 0) || math.IsNaN(f) {
				f = math.MaxFloat64
			}
			all = append(all, number{f: f, isFloat: true}, number{f: -f, isFloat: true})
		case 3:
			all = append(all, number{f: random.NormFloat64() * 1e-3, isFloat: true})
		default:
			all = append(all, number{f: math.SmallestNonzeroFloat64 * float64(random.IntN(9)-4), isFloat: true})
		}
	}
	return all
}

// exactly is the sum by rational numbers.
func exactly(all []number) *big.Rat {
	sum := new(big.Rat)
	for _, x := range all {
		term := new(big.Rat).SetInt64(x.whole)
		if x.isFloat {
			term.SetFloat64(x.f)
		}
		sum.Add(sum, term)
	}
	return sum
}

func TestSumsAreExactInAnyOrderAndGrouping(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 11))
	for round := range 200 {
		all := numbersOf(random, 1+random.IntN(60))
		exact := exactly(all)
		wantMean, _ := new(big.Rat).Quo(exact, new(big.Rat).SetInt64(int64(len(all)))).Float64()
		var texts []string
		for range 4 {
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			sum := groupedSum(t, random, all)
			if got := sum.over(int64(len(all))); math.Float64bits(got) != math.Float64bits(wantMean) {
				t.Fatalf("round %d: mean %v, want %v", round, got, wantMean)
			}
			want, _ := exact.Float64()
			if got, _ := strconv.ParseFloat(sum.text(), 64); got != want {
				t.Fatalf("round %d: sum %s, want %v", round, sum.text(), want)
			}
			if exact.IsInt() && exact.Num().IsInt64() && sum.text() != exact.Num().String() {
				t.Fatalf("round %d: whole sum %s, want %s", round, sum.text(), exact.Num())
			}
			texts = append(texts, sum.text())
		}
		for _, text := range texts {
			if text != texts[0] {
				t.Fatalf("round %d: another order gives another sum: %q", round, texts)
			}
		}
	}
}

// groupedSum adds numbers in groups, sends each over the wire and merges them.
func groupedSum(t *testing.T, random *rand.Rand, all []number) *exactSum {
	t.Helper()
	var total exactSum
	for len(all) > 0 {
		n := 1 + random.IntN(len(all))
		var part, read exactSum
		for _, x := range all[:n] {
			part.add(x)
		}
		if err := read.parse(part.append(nil)); err != nil {
			t.Fatalf("%s: %v", part.append(nil), err)
		}
		total.merge(&read)
		all = all[n:]
	}
	return &total
}

func TestSumsBeyondFloat64AreNotInfinite(t *testing.T) {
	var s exactSum
	for range 4 {
		s.add(number{f: math.MaxFloat64, isFloat: true})
	}
	if got := s.text(); !strings.HasPrefix(got, "7.19") || !strings.HasSuffix(got, "e+308") {
		t.Errorf("sum %s", got)
	}
	for range 4 {
		s.add(number{f: -math.MaxFloat64, isFloat: true})
	}
	if got := s.text(); got != "0" {
		t.Errorf("sum %s, want 0: an order that overflows on its way is no other sum", got)
	}
}

func TestManyAdditionsCarry(t *testing.T) {
	var w wideSum
	w.pending = wideCarry - 3
	for range 6 {
		w.addFloat(math.MaxFloat64)
		w.addFloat(-math.MaxFloat64)
		w.addInt(1)
	}
	s := exactSum{wide: &w}
	if s.text() != "6" || w.pending > 20 {
		t.Errorf("sum %s, %d pending", s.text(), w.pending)
	}
}

func TestDamagedSumsAreRefused(t *testing.T) {
	for _, text := range []string{"", "x", "1.5", "p0", "1p", "1p-1075", "1p9999", "zzp0", "1_0p0", "+1p0", "9223372036854775808", strings.Repeat("f", 561) + "p0", strings.Repeat("f", 500) + "p1000"} {
		var s exactSum
		if err := s.parse([]byte(text)); err == nil {
			t.Errorf("%.20s… is read as %s", text, s.text())
		}
	}
}

func TestSketchesDontShowHowTheyWereMade(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 13))
	for _, values := range []int{3, 500, 6000, 60000} {
		var encodings []string
		for range 3 {
			var total cell
			order := random.Perm(values)
			for len(order) > 0 {
				n := min(len(order), 1+random.IntN(values))
				var part cell
				for _, v := range order[:n] {
					part.add(Distinct, fmt.Appendf(nil, "value %d", v), number{})
				}
				raw, err := part.append(nil, Distinct)
				if err != nil {
					t.Fatal(err)
				}
				read, err := parseCell(Distinct, raw)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // twice the same changes the rows only
					if err := total.merge(Distinct, &read); err != nil {
						t.Fatal(err)
					}
				}
				order = order[n:]
			}
			raw, err := total.append(nil, Distinct)
			if err != nil {
				t.Fatal(err)
			}
			if got := float64(total.sketch.Estimate()); math.Abs(got/float64(values)-1) > 0.03 {
				t.Errorf("%d values are estimated as %.0f", values, got)
			}
			encodings = append(encodings, string(raw))
		}
		if encodings[0] != encodings[1] || encodings[0] != encodings[2] {
			t.Errorf("%d values: sketches differ with the order", values)
		}
	}
}

func FuzzCell(f *testing.F) {
	for _, s := range []string{"5", `[2,"17"]`, `[2,"-1f3p-1074"]`, `[1,1.5]`, `[1,"AgAAAA=="]`, `[3,`, "[]", `[1,"]`} {
		for kind := range 6 {
			f.Add(kind, []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, n int, raw []byte) {
		kinds := []AggregateKind{Count, Sum, Min, Max, Mean, Distinct}
		kind := kinds[max(n, -n)&7%len(kinds)]
		c, err := parseCell(kind, raw)
		if err != nil {
			return
		}
		again, err := c.append(nil, kind)
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseCell(kind, again)
		if err != nil || back.n != c.n || back.edge != c.edge || back.sum.big().Cmp(c.sum.big()) != 0 {
			t.Fatalf("%s %q became %q: %v", kind, raw, again, err)
		}
	})
}
