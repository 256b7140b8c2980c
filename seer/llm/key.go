package llm

import (
	"encoding/json"
	"net/url"
	"strings"
	"unicode"

	"github.com/krapp-io/krapp/kafkaops"
)

const maxKey = 4 << 10 // bytes

// checkKey refuses what can't be a header's value. The error doesn't say what was given.
func checkKey(key string) error {
	bad := func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' || r == 0x7f }
	if len(key) > maxKey || strings.ContainsFunc(key, bad) {
		return kafkaops.Errorf(kafkaops.Invalid, opConfig, "", "give the key alone, on one line", "the key holds blanks or characters that no key has")
	}
	return nil
}

// redactor takes the key out of what others wrote. The key lives in the closures, so that printing a redactor shows nothing.
type redactor struct {
	clean func(string) string
	held  func(string) int // how many bytes at the end may be the beginning of the key
}

const redacted = "•••"

func newRedactor(secret kafkaops.Secret) redactor {
	key := secret.Reveal()
	if key == "" {
		return redactor{clean: func(s string) string { return s }, held: func(string) int { return 0 }}
	}
	pairs := []string{key, redacted}
	quoted, _ := json.Marshal(key)
	for _, form := range []string{strings.Trim(string(quoted), `"`), url.QueryEscape(key), url.PathEscape(key)} {
		if form != key {
			pairs = append(pairs, form, redacted)
		}
	}
	replacer := strings.NewReplacer(pairs...)
	return redactor{clean: replacer.Replace, held: func(s string) int {
		for n := min(len(s), len(key)-1); n > 0; n-- {
			if strings.HasSuffix(s, key[:n]) {
				return n
			}
		}
		return 0
	}}
}
