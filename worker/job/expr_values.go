package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// valueKind is what JSON says a value is. Values of other formats are all texts.
type valueKind byte

// The kinds of value. An absent value is a nil one, whatever its kind.
const (
	textValue       valueKind = iota // of JSON: a string, unescaped
	nullValue                        // null
	numberValue                      // as it is written
	boolValue                        // true or false
	structuredValue                  // an object or a list, as it is written
)

// exprValue is what expressions see of a value of a JSON row: numbers are int where they are whole and fit, else float64.
func exprValue(text []byte, kind valueKind) (any, error) {
	switch kind {
	case nullValue:
		return nil, nil
	case numberValue:
		if n, err := strconv.Atoi(string(text)); err == nil {
			return n, nil
		}
		f, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			return nil, fmt.Errorf("%.40q is not a number that can be computed with", text)
		}
		return f, nil
	case boolValue:
		return string(text) == "true", nil
	case structuredValue:
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			return nil, fmt.Errorf("not JSON: %w", err)
		}
		return v, nil
	}
	return string(text), nil
}

// appendResult appends the text of an expression's result: numbers without exponent where that is not absurd, times as RFC 3339. absent: the
// result is nil, the field has no value.
func appendResult(dst []byte, v any) (out []byte, absent bool, err error) {
	switch v := v.(type) {
	case nil:
		return dst, true, nil
	case string:
		return append(dst, v...), false, nil
	case bool:
		return strconv.AppendBool(dst, v), false, nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), false, nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return dst, false, errors.New("the result is not a finite number")
		}
		return appendFloat(dst, v), false, nil
	case time.Time:
		return v.AppendFormat(dst, time.RFC3339Nano), false, nil
	case time.Duration:
		return append(dst, v.String()...), false, nil
	}
	return dst, false, fmt.Errorf("the result is a %T, not a value of a field", v)
}

// appendFloat writes the shortest text that reads back as v, with an exponent where JavaScript and JSON encoders write one.
func appendFloat(dst []byte, v float64) []byte {
	if v == 0 {
		return append(dst, '0') // -0 and 0 are one group
	}
	if abs := math.Abs(v); abs < 1e-6 || abs >= 1e21 {
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}
