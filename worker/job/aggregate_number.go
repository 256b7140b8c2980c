package job

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// number is a field's value as a number: whole ones that fit are exact, of others it is the nearest float64.
type number struct {
	whole   int64
	f       float64
	isFloat bool
}

func (x number) float() float64 {
	if x.isFloat {
		return x.f
	}
	return float64(x.whole)
}

// maxNumberText bounds what is looked at: a float64 never needs more, and a longer text is no number that somebody meant.
const maxNumberText = 400

// parseNumber reads a decimal number: sign, digits, point, exponent. Infinities, NaN and hexadecimal are not numbers here.
func parseNumber(b []byte) (x number, ok bool) {
	i, negative := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		i, negative = 1, b[0] == '-'
	}
	var mantissa int64
	first, point := i, -1
	for ; i < len(b); i++ {
		c := b[i]
		if c == '.' && point < 0 {
			point = i
			continue
		}
		if c < '0' || c > '9' || i-first > 17 {
			return parseFloat(b)
		}
		mantissa = mantissa*10 + int64(c-'0')
	}
	digits := i - first
	if point >= 0 {
		digits--
	}
	if digits == 0 {
		return number{}, false
	}
	if point < 0 {
		if negative {
			mantissa = -mantissa
		}
		return number{whole: mantissa}, true
	}
	if mantissa >= 1<<53 {
		return parseFloat(b)
	}
	// Both are exact as float64, so that their quotient is the nearest one (Clinger's fast path).
	f := float64(mantissa) / powerOfTen(len(b)-point-1)
	if negative {
		f = 0 - f // not -0
	}
	return number{f: f, isFloat: true}, true
}

// powerOfTen returns 10^n, which is exact up to n = 22.
func powerOfTen(n int) float64 {
	p := 1.0
	for ; n > 0; n-- {
		p *= 10
	}
	return p
}

// parseFloat is the way of long and odd ones.
func parseFloat(b []byte) (x number, ok bool) {
	if len(b) > maxNumberText {
		return number{}, false
	}
	for _, c := range b {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return number{}, false
		}
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return number{whole: n}, true
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsInf(f, 0) {
		return number{}, false
	}
	return number{f: f + 0, isFloat: true}, true // -0 + 0 is 0
}

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// parseCount reads a number of rows.
func parseCount(b []byte) (int64, error) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s is not a number of rows", clip(b))
	}
	return n, nil
}

// cutCell splits rows, or [rows,value], of which value is a number or a string without escapes.
func cutCell(raw jsontext.Value) (rows, value []byte, err error) {
	if len(raw) < 2 || raw[0] != '[' {
		return raw, nil, nil
	}
	rows, value, ok := bytes.Cut(raw[1:len(raw)-1], []byte{','})
	if !ok || len(value) == 0 {
		return nil, nil, fmt.Errorf("%s is not an aggregate", clip(raw))
	}
	return rows, value, nil
}

// unquoted is a string without escapes; of what isn't a string, nothing.
func unquoted(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return nil
	}
	return value[1 : len(value)-1]
}
