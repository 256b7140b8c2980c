package job

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"strconv"
)

// exactSum is the exact sum of any number of int64 and float64, so that neither order nor grouping shows in it; it is rounded once, when it is
// read. Whole numbers stay in an int64 for as long as they fit. Shewchuk's partials (Python's fsum) would do as well, but they overflow in one
// order and not in another; this can't.
type exactSum struct {
	whole int64
	wide  *wideSum // nil: nothing
}

func (s *exactSum) add(x number) {
	if x.isFloat {
		s.widen().addFloat(x.f)
		return
	}
	s.addInt(x.whole)
}

func (s *exactSum) addInt(n int64) {
	sum := s.whole + n
	if (sum > s.whole) != (n > 0) && n != 0 { // it went over an end of int64
		s.widen().addInt(s.whole)
		sum = n
	}
	s.whole = sum
}

func (s *exactSum) widen() *wideSum {
	if s.wide == nil {
		s.wide = new(wideSum)
	}
	return s.wide
}

func (s *exactSum) merge(other *exactSum) {
	s.addInt(other.whole)
	if other.wide != nil {
		s.widen().merge(other.wide)
	}
}

func (s *exactSum) clear() {
	s.whole = 0
	if s.wide != nil {
		*s.wide = wideSum{}
	}
}

// big is the sum in units of 2^-wideUnit.
func (s *exactSum) big() *big.Int {
	total := new(big.Int).Lsh(big.NewInt(s.whole), wideUnit)
	if s.wide != nil {
		total.Add(total, s.wide.big())
	}
	return total
}

// text is the sum as a JSON number: whole ones exactly, others as the nearest float64.
func (s *exactSum) text() string {
	if s.wide == nil {
		return strconv.FormatInt(s.whole, 10)
	}
	total := s.big()
	if total.Sign() == 0 {
		return "0"
	}
	if total.TrailingZeroBits() >= wideUnit && total.BitLen() <= wideUnit+63 {
		return total.Rsh(total, wideUnit).String()
	}
	f := toFloat(total)
	if rounded, _ := f.Float64(); !math.IsInf(rounded, 0) {
		return string(appendFloat(nil, rounded))
	}
	return f.Text('e', 17)
}

// over is the sum divided by n, rounded once.
func (s *exactSum) over(n int64) float64 {
	quotient := new(big.Rat).SetFrac(s.big(), new(big.Int).Lsh(big.NewInt(n), wideUnit))
	f, _ := quotient.Float64()
	return f
}

func toFloat(total *big.Int) *big.Float {
	f := new(big.Float).SetInt(total) // with as many bits as it needs
	return f.SetMantExp(f, -wideUnit)
}

// append writes the sum exactly: a whole number in decimal, or its bits in hexadecimal, 'p' and the exponent of two.
func (s *exactSum) append(dst []byte) []byte {
	if s.wide == nil {
		return appendInt(dst, s.whole)
	}
	total := s.big()
	zeros := total.TrailingZeroBits()
	if total.Sign() == 0 || (zeros >= wideUnit && total.BitLen() <= wideUnit+63) { // the same sum has one form, however it came about
		return total.Rsh(total, wideUnit).Append(dst, 10)
	}
	total.Rsh(total, zeros)
	dst = append(total.Append(dst, 16), 'p')
	return appendInt(dst, int64(zeros)-wideUnit)
}

// parse reads what append wrote.
func (s *exactSum) parse(text []byte) error {
	digits, exponent, wide := bytes.Cut(text, []byte{'p'})
	if !wide {
		n, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return errors.New("a sum is not a number")
		}
		s.whole = n
		return nil
	}
	exp, err := strconv.Atoi(string(exponent))
	if err != nil || len(digits) > wideLimbs*8 || exp < -wideUnit || exp > wideBits-wideUnit || bytes.ContainsAny(digits, "_+") {
		return errors.New("a sum is out of range")
	}
	total, ok := new(big.Int).SetString(string(digits), 16)
	if !ok || total.BitLen()+exp+wideUnit > wideBits {
		return errors.New("a sum is not a number")
	}
	s.widen().addBig(total, exp+wideUnit)
	return nil
}

// The shape of a wideSum: from the smallest bit of a float64 to its largest, and room for 2^63 of those on top.
const (
	wideUnit  = 1074 // a unit is 2^-1074
	wideBits  = wideUnit + 1024 + 63
	wideLimbs = 70
	wideCarry = 1 << 29 // additions until the limbs could overflow
)

// wideSum is a number of wideBits bits in limbs of 32, each in an int64 so that carries can wait (Kulisch's accumulator).
type wideSum struct {
	limbs   [wideLimbs]int64
	pending int
}

func (w *wideSum) addInt(n int64) {
	if n < 0 {
		w.addBits(-uint64(n), wideUnit, true)
		return
	}
	w.addBits(uint64(n), wideUnit, false)
}

// addFloat adds a finite number.
func (w *wideSum) addFloat(f float64) {
	b := math.Float64bits(f)
	mantissa, exponent := b&(1<<52-1), int(b>>52&0x7ff)
	if exponent == 0 {
		exponent = 1 // subnormal
	} else {
		mantissa |= 1 << 52
	}
	w.addBits(mantissa, exponent-1, b>>63 != 0)
}

// addBits adds or takes away m times 2^at units.
func (w *wideSum) addBits(m uint64, at int, negative bool) {
	if w.pending++; w.pending == wideCarry {
		w.carry()
	}
	limb, shift := at/32, uint(at%32)
	low, high := m<<shift, m>>(64-shift)
	if shift == 0 {
		high = 0
	}
	parts := [3]int64{int64(low & math.MaxUint32), int64(low >> 32), int64(high)}
	for i, part := range parts {
		if negative {
			part = -part
		}
		w.limbs[limb+i] += part
	}
}

// carry makes every limb but the last one of 32 bits.
func (w *wideSum) carry() {
	w.pending = 0
	var carry int64
	for i := range w.limbs[:wideLimbs-1] {
		v := w.limbs[i] + carry
		w.limbs[i], carry = v&math.MaxUint32, v>>32
	}
	w.limbs[wideLimbs-1] += carry
}

func (w *wideSum) merge(other *wideSum) {
	w.carry()
	o := *other
	o.carry()
	for i := range w.limbs {
		w.limbs[i] += o.limbs[i]
	}
	w.pending = 1
}

// big is the number in units.
func (w *wideSum) big() *big.Int {
	v := *w
	v.carry()
	words := make([]byte, 0, 4*wideLimbs)
	for i := wideLimbs - 2; i >= 0; i-- {
		limb := uint32(v.limbs[i])
		words = append(words, byte(limb>>24), byte(limb>>16), byte(limb>>8), byte(limb))
	}
	total := new(big.Int).SetBytes(words)
	top := big.NewInt(v.limbs[wideLimbs-1])
	return total.Add(total, top.Lsh(top, 32*(wideLimbs-1)))
}

// addBig adds n times 2^at units; it has room for it.
func (w *wideSum) addBig(n *big.Int, at int) {
	negative := n.Sign() < 0
	rest := new(big.Int).Abs(n)
	low := new(big.Int)
	mask := big.NewInt(math.MaxUint32)
	for ; rest.Sign() != 0; at += 32 {
		w.addBits(low.And(rest, mask).Uint64(), at, negative)
		rest.Rsh(rest, 32)
	}
}
