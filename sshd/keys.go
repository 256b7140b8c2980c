package sshd

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
	"unicode/utf8"

	gossh "golang.org/x/crypto/ssh"
)

const (
	// MinRSABits is what an RSA key in the authorized-keys file must have; OpenSSH takes 1024, and nobody should.
	MinRSABits = 2048

	maxLineBytes = 16 << 10
	maxLines     = 10_000
)

// grant is what one line of the authorized-keys file gives to its key.
type grant struct {
	line        int
	key         string // in wire format
	fingerprint string
	name        string
	role        Role
	contexts    []string // sorted
	mayExec     bool
	console     bool
	expires     time.Time // zero: never
	from        []source  // nil: from anywhere
}

// problem is a line that is not honoured.
type problem struct {
	line        int
	name        string
	fingerprint string // of its key, where one could be read
	why         string
}

// keySet is an authorized-keys file, read.
type keySet struct {
	grants   map[string]*grant  // by key
	refused  map[string]problem // keys that the file names, and whose lines are not honoured
	problems []problem          // in the order of the lines
}

// parseKeys reads an authorized-keys file. A line that is not understood in full, or asks for what is not honoured here, is a problem, and its key
// is refused; the other keys go on working. A key on several lines that don't say the same is refused on all of them: that the first wins, or
// the last, would be a guess at who may come in, and as what.
func parseKeys(file []byte) (keySet, error) {
	set := keySet{grants: map[string]*grant{}, refused: map[string]problem{}}
	lines := bytes.Split(file, []byte("\n"))
	if len(lines) > maxLines {
		return set, fmt.Errorf("more than %d lines", maxLines)
	}
	for i, line := range lines {
		line = bytes.Trim(line, " \t\r")
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		g, err := parseLine(line)
		g.line = i + 1
		if err != nil {
			set.refuse(g, err.Error())
			continue
		}
		set.add(g)
	}
	slices.SortStableFunc(set.problems, func(a, b problem) int { return a.line - b.line })
	return set, nil
}

func (set *keySet) add(g *grant) {
	if p, ok := set.refused[g.key]; ok {
		set.refuse(g, fmt.Sprintf("its key stands on line %d too, which is refused", p.line))
		return
	}
	other, ok := set.grants[g.key]
	switch {
	case !ok:
		set.grants[g.key] = g
	case !other.same(g):
		set.refuse(g, fmt.Sprintf("its key stands on line %d too, with other options", other.line))
	}
}

// refuse takes a line's key, if one could be read, out of the set, with every other line that has it.
func (set *keySet) refuse(g *grant, why string) {
	p := problem{line: g.line, name: g.name, fingerprint: g.fingerprint, why: why}
	set.problems = append(set.problems, p)
	if g.key == "" {
		return
	}
	if other, ok := set.grants[g.key]; ok {
		delete(set.grants, g.key)
		set.problems = append(set.problems, problem{line: other.line, name: other.name, fingerprint: other.fingerprint,
			why: fmt.Sprintf("its key stands on line %d too, with other options", g.line)})
	}
	if _, ok := set.refused[g.key]; !ok {
		set.refused[g.key] = p
	}
}

// parseLine reads one line. With an error, the grant says whose line it is as far as that could be read.
func parseLine(line []byte) (*grant, error) {
	g := &grant{role: ReadOnly, console: true}
	if len(line) > maxLineBytes {
		return g, fmt.Errorf("longer than %d bytes", maxLineBytes)
	}
	if !utf8.Valid(line) || bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return g, errors.New("it holds control characters, or is not UTF-8")
	}
	key, comment, options, rest, err := gossh.ParseAuthorizedKey(line)
	if err != nil {
		return g, errors.New("no key could be read from it")
	}
	if len(rest) > 0 {
		return g, errors.New("more than one line")
	}
	g.key, g.fingerprint = string(key.Marshal()), gossh.FingerprintSHA256(key)
	if g.name = printable(comment, nameBytes); g.name == "" {
		g.name = printable(g.fingerprint, 20)
	}
	if err := checkStrength(key); err != nil {
		return g, err
	}
	return g, g.applyOptions(options)
}

// checkStrength refuses keys that are too weak, and certificates: whose signature would have to be trusted is not said by a line of keys.
func checkStrength(key gossh.PublicKey) error {
	switch key.Type() {
	case gossh.KeyAlgoED25519, gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521, gossh.KeyAlgoSKED25519, gossh.KeyAlgoSKECDSA256:
		return nil
	case gossh.KeyAlgoRSA:
		if bits := rsaBits(key); bits < MinRSABits {
			return fmt.Errorf("an RSA key of %d bits; at least %d are needed", bits, MinRSABits)
		}
		return nil
	}
	if _, ok := key.(*gossh.Certificate); ok {
		return errors.New("certificates are not honoured here")
	}
	return fmt.Errorf("keys of type %s are not honoured here", printable(key.Type(), nameBytes))
}

func rsaBits(key gossh.PublicKey) int {
	crypto, ok := key.(gossh.CryptoPublicKey)
	if !ok {
		return 0
	}
	public, ok := crypto.CryptoPublicKey().(*rsa.PublicKey)
	if !ok {
		return 0
	}
	return public.N.BitLen()
}

// same says whether two lines give the same; names may differ.
func (g *grant) same(o *grant) bool {
	return g.key == o.key && g.role == o.role && g.mayExec == o.mayExec && g.console == o.console && g.expires.Equal(o.expires) &&
		slices.Equal(g.contexts, o.contexts) && (g.from == nil) == (o.from == nil) && slices.Equal(g.from, o.from)
}

// denies says why a key of the file may not come in now and from there; empty: it may.
func (g *grant) denies(now time.Time, addr netip.Addr) reason {
	switch {
	case !g.expires.IsZero() && !now.Before(g.expires):
		return whyExpired
	case !g.allows(addr):
		return whyFrom
	}
	return ""
}
