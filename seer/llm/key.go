package llm

import (
	"encoding/json"
	"io"
	"net/url"
	"os"
	"strings"
	"unicode"

	"github.com/krapp-io/krapp/kafkaops"
)

const maxKey = 4 << 10 // bytes

// ReadKey reads the key from a file that nobody but its owner may read or write: its mode must be 0600 or stricter.
func ReadKey(path string) (kafkaops.Secret, error) {
	const op, hint = "reading the model's key", "write it: (umask 077; cat > FILE)"
	f, err := os.Open(path)
	if err != nil {
		class := kafkaops.NotFound
		if os.IsPermission(err) {
			class = kafkaops.Unauthorised
		}
		return kafkaops.Secret{}, kafkaops.NewError(class, op, path, hint, err)
	}
	defer f.Close()
	// The open file is looked at, not the name: what is checked is what is read.
	info, err := f.Stat()
	if err != nil {
		return kafkaops.Secret{}, kafkaops.NewError(kafkaops.Internal, op, path, hint, err)
	}
	if !info.Mode().IsRegular() {
		return kafkaops.Secret{}, kafkaops.Errorf(kafkaops.Invalid, op, path, hint, "not a regular file")
	}
	if mode := info.Mode().Perm(); mode&0o177 != 0 {
		return kafkaops.Secret{}, kafkaops.Errorf(kafkaops.Invalid, op, path, "chmod 600 "+path, "its mode %#o lets others at it", mode)
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err != nil {
		return kafkaops.Secret{}, kafkaops.NewError(kafkaops.Unauthorised, op, path, hint, err)
	}
	key := strings.TrimSpace(string(raw))
	if err := checkKey(key); err != nil || key == "" {
		return kafkaops.Secret{}, kafkaops.Errorf(kafkaops.Invalid, op, path, hint, "it does not hold one key and nothing else")
	}
	return kafkaops.NewSecret(key), nil
}

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
