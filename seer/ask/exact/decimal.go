package exact

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Decimal is a number as it was written: digits / 10^scale. Numbers of more than 18 digits, or whose exponent leads out of that, are kept
// as the nearest float64 and are not exact.
type Decimal struct {
	digits int64
	scale  uint8
	float  float64
	exact  bool
}

const maxScale = 18

// ParseDecimal reads a JSON number.
func ParseDecimal(raw []byte) (Decimal, bool) {
	var d Decimal
	i, n, seen, point := 0, 0, false, false
	negative := len(raw) > 0 && raw[0] == '-'
	if negative {
		i++
	}
	d.exact = true
	for ; i < len(raw); i++ {
		c := raw[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		seen = true
		if n++; n > maxScale {
			d.exact = false
			break
		}
		d.digits = d.digits*10 + int64(c-'0')
		if point {
			d.scale++
		}
	}
	if negative {
		d.digits = -d.digits
	}
	if i == len(raw) && seen && d.exact {
		d.float = float64(d.digits) / pow10[d.scale]
		return d, true
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return Decimal{}, false
	}
	// An exponent, or many digits: written out it may still fit.
	if r, ok := written(string(raw)); ok {
		r.float = f
		return r, true
	}
	return Decimal{float: f}, true
}

var pow10 = func() (p [maxScale + 1]float64) {
	for i := range p {
		p[i] = math.Pow10(i)
	}
	return p
}()

// written writes a number with an exponent out.
func written(s string) (Decimal, bool) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	e, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if err != nil || e > 40 || e < -40 {
		return Decimal{}, false
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimRight(whole+fraction, "0")
	e -= len(fraction) - (len(whole+fraction) - len(digits))
	for ; e > 0 && len(digits) <= maxScale+1; e-- {
		digits += "0"
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || e > 0 || -e > maxScale || n > 1e18 || n < -1e18 {
		return Decimal{}, digits == "" || digits == "-"
	}
	return Decimal{digits: n, scale: uint8(-e), exact: true}, true
}

// Float is the nearest float64.
func (d Decimal) Float() float64 { return d.float }

// Compare orders numbers exactly, as far as they are.
func (d Decimal) Compare(o Decimal) int {
	if d.exact && o.exact && d.scale == o.scale {
		return cmp.Compare(d.digits, o.digits)
	}
	if near := math.Max(math.Abs(d.float), math.Abs(o.float)) * 1e-14; math.Abs(d.float-o.float) > near || !d.exact || !o.exact {
		switch {
		case d.float < o.float:
			return -1
		case d.float > o.float:
			return 1
		}
		return 0
	}
	return d.rat().Cmp(o.rat())
}

func (d Decimal) rat() *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(d.digits), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.scale)), nil))
}

// Sum adds numbers up. Exact decimals are added as integers of 128 bits, one a scale; what is not exact is added with compensation.
type Sum struct {
	n       int64
	hi      [maxScale + 1]int64
	lo      [maxScale + 1]uint64
	float   float64
	lost    float64 // Neumaier's compensation
	inexact int64
}

// Add adds d.
func (s *Sum) Add(d Decimal) {
	s.n++
	if d.exact {
		var carry uint64
		s.lo[d.scale], carry = bits.Add64(s.lo[d.scale], uint64(d.digits), 0)
		s.hi[d.scale] += d.digits>>63 + int64(carry)
		return
	}
	s.inexact++
	t := s.float + d.float
	if math.Abs(s.float) >= math.Abs(d.float) {
		s.lost += (s.float - t) + d.float
	} else {
		s.lost += (d.float - t) + s.float
	}
	s.float = t
}

// merge adds another sum.
func (s *Sum) merge(o *Sum) {
	for i := range s.lo {
		var carry uint64
		s.lo[i], carry = bits.Add64(s.lo[i], o.lo[i], 0)
		s.hi[i] += o.hi[i] + int64(carry)
	}
	s.n += o.n
	s.inexact += o.inexact
	s.float += o.float
	s.lost += o.lost
}

// N is how many numbers were added.
func (s *Sum) N() int64 { return s.n }

// Exact says that no number had to be rounded.
func (s *Sum) Exact() bool { return s.inexact == 0 }

// Rat is the sum; not exact numbers are in it as the nearest float64.
func (s *Sum) Rat() *big.Rat {
	total := new(big.Int)
	for i := range s.lo {
		v := new(big.Int).Lsh(big.NewInt(s.hi[i]), 64)
		v.Add(v, new(big.Int).SetUint64(s.lo[i]))
		total.Add(total, v.Mul(v, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(maxScale-i)), nil)))
	}
	r := new(big.Rat).SetFrac(total, new(big.Int).Exp(big.NewInt(10), big.NewInt(maxScale), nil))
	if s.inexact > 0 {
		if f := new(big.Rat).SetFloat64(s.float + s.lost); f != nil {
			r.Add(r, f)
		}
	}
	return r
}

// Mean is the sum divided by how many there are; 0 of none.
func (s *Sum) Mean() *big.Rat {
	if s.n == 0 {
		return new(big.Rat)
	}
	return new(big.Rat).Quo(s.Rat(), new(big.Rat).SetInt64(s.n))
}

// FormatRat writes a number with as many decimals as it needs, at most places; exact says that none was cut off.
func FormatRat(r *big.Rat, places int) (text string, exact bool) {
	text = r.FloatString(places)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		text = "0"
	}
	back, ok := new(big.Rat).SetString(text)
	return text, ok && back.Cmp(r) == 0
}

// String is the number as short as it can be written.
func (d Decimal) String() string {
	if !d.exact {
		return strconv.FormatFloat(d.float, 'g', -1, 64)
	}
	text, _ := FormatRat(d.rat(), maxScale)
	return text
}
