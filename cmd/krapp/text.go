package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func firstError(first, next error) error {
	if first != nil {
		return first
	}
	return next
}

// withHint gives an error a hint if it has none.
func withHint(err error, hint string) error {
	var op *kafkaops.OpError
	if err == nil || kafkaops.HintOf(err) != "" || !errors.As(err, &op) {
		return err
	}
	hinted := *op
	hinted.Hint = hint
	return &hinted
}

func orNone(s []int32) []int32 {
	if s == nil {
		return []int32{}
	}
	return s
}

func joinInts(s []int32) string {
	parts := make([]string, len(s))
	for i, n := range s {
		parts[i] = strconv.Itoa(int(n))
	}
	return strings.Join(parts, ",")
}

// numberOr writes a number, or what stands for none.
func numberOr[T int32 | int64](n *T, none string) string {
	if n == nil {
		return none
	}
	return strconv.FormatInt(int64(*n), 10)
}

// grouped writes a number as people read it: 1,234,567.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}
