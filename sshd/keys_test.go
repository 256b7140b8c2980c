package sshd

import (
	"crypto/dsa" //nolint:staticcheck // that such keys are refused is what is tested
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// Lines of keys that were made for these tests; nobody holds their secrets.
func lineOf(t testing.TB, public any) string {
	t.Helper()
	key, err := gossh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(gossh.MarshalAuthorizedKey(key)))
}

func edLine(t testing.TB, seed byte) string {
	t.Helper()
	return lineOf(t, ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune('a'+seed)), 32))).Public())
}

func one(t *testing.T, file string) (*grant, []problem) {
	t.Helper()
	set, err := parseKeys([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range set.grants {
		return g, set.problems
	}
	return nil, set.problems
}

func TestOptionsThatAreHonoured(t *testing.T) {
	utc := func(s string) time.Time { v, _ := time.Parse("20060102150405", s); return v }
	for options, want := range map[string]grant{
		"":                                {role: ReadOnly, console: true},
		`krapp-role="operator"`:           {role: Operator, console: true},
		`krapp-role="read-only"`:          {role: ReadOnly, console: true},
		`KRAPP-ROLE="operator"`:           {role: Operator, console: true},
		`krapp-exec`:                      {role: ReadOnly, console: true, mayExec: true},
		`krapp-contexts="b,a,b"`:          {role: ReadOnly, console: true, contexts: []string{"a", "b"}},
		`no-pty,krapp-exec`:               {role: ReadOnly, mayExec: true},
		`restrict`:                        {role: ReadOnly},
		`restrict,pty`:                    {role: ReadOnly, console: true},
		`pty,restrict`:                    {role: ReadOnly},
		`expiry-time="20300102"`:          {role: ReadOnly, console: true, expires: time.Date(2030, 1, 2, 0, 0, 0, 0, time.Local)},
		`expiry-time="203001020304Z"`:     {role: ReadOnly, console: true, expires: utc("20300102030400")},
		`expiry-time="20300102030405z"`:   {role: ReadOnly, console: true, expires: utc("20300102030405")},
		`from="10.0.0.0/8,!10.1.2.3,::1"`: {role: ReadOnly, console: true},
		`no-port-forwarding,no-user-rc`:   {role: ReadOnly, console: true},
		`no-agent-forwarding,no-X11-forwarding,krapp-role="operator"`: {role: Operator, console: true},
	} {
		g, problems := one(t, strings.TrimSpace(options+" "+edLine(t, 0))+" olga\n")
		if g == nil || len(problems) > 0 {
			t.Errorf("%s: %+v", options, problems)
			continue
		}
		want.key = g.key
		if strings.HasPrefix(options, "from") {
			want.from = g.from
		}
		if !g.same(&want) || g.name != "olga" || g.line != 1 || !strings.HasPrefix(g.fingerprint, "SHA256:") {
			t.Errorf("%s: %+v", options, g)
		}
	}
}

func TestOptionsThatRefuseTheirKey(t *testing.T) {
	other := edLine(t, 1) + " rita"
	for _, options := range []string{
		`command="id"`, `environment="A=b"`, `permitopen="a:1"`, `permitlisten="1"`, `cert-authority`, `tunnel="0"`, `principals="a"`,
		`no-touch-required`, `verify-required`, `port-forwarding`, `agent-forwarding`, `X11-forwarding`, `user-rc`, `unheard-of`, `unheard-of="x"`,
		`krapp-role`, `krapp-role=`, `krapp-role=operator`, `krapp-role="operator`, `krapp-role="Operator"`, `krapp-role="root"`, `krapp-role=""`,
		`krapp-role="operator",krapp-role="read-only"`, `krapp-exec,krapp-exec`, `krapp-exec="yes"`, `pty="x"`, `restrict="x"`,
		`krapp-role="read-only\",krapp-role=\"operator"`, `krapp-contexts`, `krapp-contexts=""`, `krapp-contexts="a,,b"`, `krapp-contexts=" a"`,
		`krapp-contexts="` + strings.Repeat("x", 65) + `"`, `krapp-contexts="` + strings.Repeat("x,", 70) + `x"`,
		`expiry-time="2030"`, `expiry-time="20301301"`, `expiry-time="20300230"`, `expiry-time="tomorrow"`, `expiry-time="-2030101"`, `expiry-time=""`,
		`from="*.example.com"`, `from="example.com"`, `from="10.0.0.*"`, `from=""`, `from="10.0.0.1/8"`, `from="10.0.0.0/33"`, `from="!"`, `from="fe80::1%eth0"`,
		`from="1.2.3.4",from="5.6.7.8"`,
	} {
		set, err := parseKeys([]byte("# keys\n\n" + options + " " + edLine(t, 0) + " olga\r\n" + other + "\n"))
		if err != nil || len(set.problems) != 1 || set.problems[0].line != 3 || set.problems[0].why == "" {
			t.Errorf("%s: problems %+v, %v", options, set.problems, err)
		}
		if len(set.grants) != 1 { // the other key works on
			t.Errorf("%s: %d keys are honoured", options, len(set.grants))
		}
		for _, g := range set.grants {
			if g.name != "rita" {
				t.Errorf("%s: %s is honoured", options, g.name)
			}
		}
	}
}

func TestLinesThatAreNoKeys(t *testing.T) {
	ed := edLine(t, 0)
	kind, blob, _ := strings.Cut(ed, " ")
	for _, line := range []string{
		"nonsense", kind, kind + " AAAA", "ssh-rsa " + blob, "restrict", "restrict ", `"`, `krapp-role="operator"`, blob, kind + " " + blob[:20],
		ed + "\x1b[2J", ed + "\x00", "restrict\r" + ed, ed + " \xff\xfe", ed + strings.Repeat(" x", maxLineBytes),
	} {
		if g, problems := one(t, line+"\n"); g != nil || len(problems) != 1 {
			t.Errorf("%.60q: %+v %+v", line, g, problems)
		}
	}
	for _, file := range []string{"", "\n\n", "# only\n#comments\n"} {
		if g, problems := one(t, file); g != nil || problems != nil {
			t.Errorf("%q: %+v %+v", file, g, problems)
		}
	}
	if _, err := parseKeys([]byte(strings.Repeat("\n", maxLines+1))); err == nil {
		t.Error("a file without end was read")
	}
}

func TestWeakKeysAndCertificates(t *testing.T) {
	small := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2046), E: 65537} // 2047 bits
	exact := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := new(big.Int).Lsh(big.NewInt(1), 1023)
	weak := &dsa.PublicKey{Parameters: dsa.Parameters{P: p, Q: new(big.Int).Lsh(big.NewInt(1), 159), G: big.NewInt(2)}, Y: big.NewInt(4)}
	ed, _, _, _, err := gossh.ParseAuthorizedKey([]byte(edLine(t, 0)))
	if err != nil {
		t.Fatal(err)
	}
	cert := &gossh.Certificate{Key: ed, CertType: gossh.UserCert, SignatureKey: ed, Signature: &gossh.Signature{Format: "ssh-ed25519", Blob: make([]byte, 64)}}
	for name, c := range map[string]struct {
		line string
		fine bool
	}{
		"2047 bits":   {lineOf(t, small), false},
		"2048 bits":   {lineOf(t, exact), true},
		"P-256":       {lineOf(t, &curve.PublicKey), true},
		"DSA":         {lineOf(t, weak), false},
		"certificate": {strings.TrimSpace(string(gossh.MarshalAuthorizedKey(cert))), false},
	} {
		if g, problems := one(t, c.line+" x\n"); (g != nil) != c.fine || (len(problems) == 0) != c.fine {
			t.Errorf("%s: %+v %+v", name, g, problems)
		}
	}
}

func TestAKeyOnSeveralLines(t *testing.T) {
	ed := edLine(t, 0)
	for name, c := range map[string]struct {
		file string
		fine bool
	}{
		"the same":             {`krapp-role="operator" ` + ed + " a\n" + `krapp-role="operator" ` + ed + " b\n", true},
		"other roles":          {`krapp-role="operator" ` + ed + " a\n" + ed + " b\n", false},
		"other roles, swapped": {ed + " a\n" + `krapp-role="operator" ` + ed + " b\n", false},
		"one refused":          {`command="x" ` + ed + " a\n" + ed + " b\n", false},
		"one refused after":    {ed + " a\n" + `command="x" ` + ed + " b\n", false},
		"three":                {ed + " a\n" + `krapp-exec ` + ed + " b\n" + ed + " c\n", false},
		"other addresses":      {`from="10.0.0.1" ` + ed + " a\n" + ed + " b\n", false},
	} {
		g, problems := one(t, c.file)
		if (g != nil) != c.fine {
			t.Errorf("%s: %+v", name, g)
		}
		if lines := strings.Count(c.file, "\n"); !c.fine && len(problems) != lines {
			t.Errorf("%s: %d problems of %d lines", name, len(problems), lines)
		}
	}
}

func TestFromAndExpiry(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		options, addr string
		why           reason
	}{
		{``, "192.0.2.1", ""},
		{`from="192.0.2.0/24"`, "192.0.2.1", ""},
		{`from="192.0.2.0/24"`, "::ffff:192.0.2.1", ""},
		{`from="192.0.2.0/24"`, "192.0.3.1", whyFrom},
		{`from="192.0.2.0/24,!192.0.2.7"`, "192.0.2.7", whyFrom},
		{`from="!192.0.2.7,192.0.2.0/24"`, "192.0.2.7", whyFrom},
		{`from="!192.0.2.7"`, "192.0.2.8", whyFrom}, // as OpenSSH: one must match
		{`from="2001:db8::/32"`, "2001:db8::1", ""},
		{`from="2001:db8::/32"`, "192.0.2.1", whyFrom},
		{`expiry-time="20300102030405Z"`, "192.0.2.1", whyExpired},
		{`expiry-time="20300102030406Z"`, "192.0.2.1", ""},
	} {
		g, problems := one(t, strings.TrimSpace(c.options+" "+edLine(t, 0))+"\n")
		if g == nil {
			t.Fatalf("%s: %+v", c.options, problems)
		}
		if why := g.denies(now, netip.MustParseAddr(c.addr)); why != c.why {
			t.Errorf("%s from %s: %q", c.options, c.addr, why)
		}
	}
}

// FuzzParseKeys holds what any file must: a key is honoured on one line's word alone, and a word that is not known refuses it.
func FuzzParseKeys(f *testing.F) {
	ed, other := edLine(f, 0), edLine(f, 1)
	for _, options := range []string{"", "restrict", `krapp-role="operator",krapp-exec`, `from="10.0.0.0/8,!10.1.1.1",expiry-time="20300101Z"`,
		`command="a\"b"`, `krapp-contexts="a,b"`, `a="`, "restrict,pty", `krapp-role="operator`, ",,"} {
		f.Add(options+" "+ed+" olga\n"+other+"\n", "krapp-role=\"operator\"")
	}
	f.Fuzz(func(t *testing.T, file, option string) {
		set, err := parseKeys([]byte(file))
		if err != nil {
			return
		}
		for key, g := range set.grants {
			if _, refused := set.refused[key]; refused || g.key != key {
				t.Fatalf("%+v is honoured and refused", g)
			}
			if g.role != Operator && g.role != ReadOnly || g.role == Operator && !strings.Contains(strings.ToLower(file), `krapp-role="operator"`) {
				t.Fatalf("role %q out of %q", g.role, file)
			}
			if g.mayExec && !strings.Contains(strings.ToLower(file), "krapp-exec") {
				t.Fatalf("exec out of %q", file)
			}
			if printable(g.name, nameBytes) != g.name {
				t.Fatalf("name %q", g.name)
			}
		}
		if strings.ContainsAny(option, "\r\n") {
			return
		}
		own, err := parseKeys([]byte(`unheard-of,` + option + " " + ed + "\n"))
		if err != nil || len(own.grants) != 0 {
			t.Fatalf("unheard-of,%s is honoured: %v %v", option, own.grants, err)
		}
	})
}

func TestTheKeyring(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	told := 0
	k := &keyring{path: path, now: time.Now, changed: func(keySet, error) { told++ }}
	ed, _, _, _, err := gossh.ParseAuthorizedKey([]byte(edLine(t, 0)))
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string, mode os.FileMode) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	find := func(want reason) {
		t.Helper()
		for range 2 { // the second time it is known already, and not told again
			if _, why := k.find(ed, netip.MustParseAddr("192.0.2.1")); why != want {
				t.Errorf("%q, wanted %q", why, want)
			}
		}
	}
	find(whyNoKeys)
	write(edLine(t, 0)+"\n", 0o600)
	find("")
	write(edLine(t, 1)+"\n", 0o644) // as long as before, and maybe in the same moment
	find(whyUnknown)
	write(edLine(t, 0)+"\n", 0o664)
	find(whyNoKeys)
	write(edLine(t, 0)+"\n", 0o646)
	find(whyNoKeys)
	write("# "+edLine(t, 0)+"\n", 0o600)
	find(whyNoKeys)
	write(strings.Repeat("#", maxKeysBytes+1), 0o600)
	find(whyNoKeys)
	write(edLine(t, 0)+"\n", 0o444)
	find("")
	if told != 8 {
		t.Errorf("told %d times of 8 changes", told)
	}
	link := filepath.Join(t.TempDir(), "link") // as Kubernetes mounts it
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	k.path = link
	find("")
	k.path = filepath.Dir(path)
	find(whyNoKeys)
}
