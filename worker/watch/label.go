package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLabel is the longest name that is told as it is, in bytes; Kafka's topics have at most 249, a group's name may have 32 KiB.
const maxLabel = 249

// label makes a label's value of a name that came from a cluster. One that is too long, no UTF-8, or has control characters in it is shortened and
// cleaned, and told apart from others by a hash of the whole; so is one that could pass for such a name: two series with the same labels would
// fail the whole scrape.
func label(name string) string {
	if len(name) <= maxLabel && utf8.ValidString(name) && !strings.Contains(name, "~") && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	clean := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, name[:min(len(name), 200)])
	return clean + "~" + hex.EncodeToString(sum[:12])
}
