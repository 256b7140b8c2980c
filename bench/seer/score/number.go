package score

import (
	"math/big"
	"regexp"
	"strings"
)

// Numbers finds all numbers of an answer's text, thousands separated by commas or not. References to citations ([1]) are left out, as are
// numbers that are part of a word, of an offset ("2@118"), of a date or of a time of day.
func Numbers(text string) []string {
	text = regexp.MustCompile(`\[\d+\]`).ReplaceAllString(text, " ")
	var found []string
	for _, m := range regexp.MustCompile(`[\pL\d@:,._-]+`).FindAllString(text, -1) {
		m = strings.TrimRight(strings.TrimLeft(m, ":,._"), ":,._-")
		if regexp.MustCompile(`^-?\d+(,\d{3})*(\.\d+)?$`).MatchString(m) {
			found = append(found, strings.ReplaceAll(m, ",", ""))
		}
	}
	return found
}

// Says is whether an answer's text gives that number exactly; with rounded, a number that it rounds to, with at least one decimal, will do.
func Says(text string, want *big.Rat, rounded bool) bool {
	for _, n := range Numbers(text) {
		got, ok := new(big.Rat).SetString(n)
		if !ok {
			continue
		}
		if got.Cmp(want) == 0 {
			return true
		}
		_, decimals, _ := strings.Cut(n, ".")
		if rounded && len(decimals) > 0 && roundsTo(want, got, len(decimals)) {
			return true
		}
	}
	return false
}

// roundsTo is whether want lies within half a unit of got's last decimal.
func roundsTo(want, got *big.Rat, decimals int) bool {
	unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
	off := new(big.Rat).Sub(want, got)
	return off.Abs(off).Cmp(unit.Quo(unit, big.NewRat(2, 1))) <= 0
}
