package sshd_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/krapp-io/krapp/sshd"
)

// shifty is a signer that shows one key when it asks and another when it signs: what CVE-2024-45337 takes.
type shifty struct {
	gossh.Signer
	shown []gossh.PublicKey // by how often it was marshalled; the last stays
	asked *int
}

func (s shifty) PublicKey() gossh.PublicKey { return shiftyKey{s.shown[len(s.shown)-1], s} }

type shiftyKey struct {
	gossh.PublicKey
	of shifty
}

func (k shiftyKey) Marshal() []byte {
	n := min(*k.of.asked, len(k.of.shown)-1)
	*k.of.asked++
	return k.of.shown[n].Marshal()
}

// offerThenSign asks about the first key and signs with the second.
func offerThenSign(offered, own key) gossh.Signer {
	return shifty{own, []gossh.PublicKey{offered.PublicKey(), offered.PublicKey(), own.PublicKey()}, new(int)}
}

// offerOnly asks about a key and never signs.
func offerOnly(offered, own key) gossh.Signer {
	return shifty{own, []gossh.PublicKey{offered.PublicKey(), own.PublicKey()}, new(int)}
}

// attacks are ways to name an operator's key while holding a reader's.
var attacks = map[string]func(operator, reader key) []gossh.Signer{
	"asked about the operator's, signed with the reader's": func(o, r key) []gossh.Signer {
		return []gossh.Signer{offerThenSign(o, r)}
	},
	"asked about the operator's, then came with the reader's": func(o, r key) []gossh.Signer {
		return []gossh.Signer{offerOnly(o, r), r}
	},
	"asked about the reader's, the operator's, and signed with the reader's": func(o, r key) []gossh.Signer {
		return []gossh.Signer{offerOnly(r, o), offerThenSign(o, r)}
	},
}

func TestTheKeyThatSignedDecidesNotOneThatWasOffered(t *testing.T) {
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			w := serve(t, nil)
			client, err := w.dial(attack(w.operator, w.reader)...)
			must(t, err)
			defer client.Close()
			tm := w.open(client)
			tm.expect("welcome rita as read-only")
			if e := w.expectEvent(sshd.Opened, ""); e.Role != sshd.ReadOnly || e.Fingerprint != gossh.FingerprintSHA256(w.reader.PublicKey()) {
				t.Errorf("the audit log has %+v", e)
			}
			tm.press("q")
			must(t, tm.over())
			if out, err := w.command(client, "anything"); err == nil {
				t.Errorf("a reader ran a command: %s", out)
			}
		})
	}
}

// Negative control: a server that notes what was offered lets the same attack in as the operator.
func TestTheAttackSucceedsAgainstANaiveServer(t *testing.T) {
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			w := &world{t: t, host: newKey(t), operator: newKey(t), reader: newKey(t)}
			naive := &ssh.Server{
				HostSigners: []ssh.Signer{w.host},
				PublicKeyHandler: func(ctx ssh.Context, k ssh.PublicKey) bool {
					if ssh.KeysEqual(k, w.operator.PublicKey()) {
						ctx.SetValue("role", "operator")
					}
					return ssh.KeysEqual(k, w.operator.PublicKey()) || ssh.KeysEqual(k, w.reader.PublicKey())
				},
				Handler: func(s ssh.Session) { fmt.Fprintf(s, "role %v", s.Context().Value("role")) },
			}
			listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
			must(t, err)
			go func() { _ = naive.Serve(listener) }()
			defer naive.Close()
			client, err := gossh.Dial("tcp", listener.Addr().String(), w.config(gossh.PublicKeys(attack(w.operator, w.reader)...)))
			must(t, err)
			defer client.Close()
			s, err := client.NewSession()
			must(t, err)
			out, _ := s.CombinedOutput("")
			if string(out) != "role operator" {
				t.Fatalf("the attack does not work, so the test above shows nothing: %s", out)
			}
		})
	}
}

func TestWhoHasNoKeyIsRefused(t *testing.T) {
	w := serve(t, nil)
	stranger := newKey(t)
	password := gossh.Password("secret")
	prompt := gossh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
		return make([]string, len(questions)), nil
	})
	for name, method := range map[string][]gossh.AuthMethod{
		"none": nil, "password": {password}, "keyboard-interactive": {prompt}, "unknown key": {gossh.PublicKeys(stranger)},
		"another's key without its secret": {gossh.PublicKeys(pretender{w.operator, stranger})},
	} {
		if c, err := gossh.Dial("tcp", w.server.Addr(), w.config(method...)); err == nil {
			c.Close()
			t.Errorf("%s came in", name)
		}
	}
	e := w.expectEvent(sshd.Refused, "unknown key: as anybody")
	if e.Fingerprint != gossh.FingerprintSHA256(stranger.PublicKey()) || e.Address == "" || e.Time.IsZero() {
		t.Errorf("the audit log has %+v", e)
	}
	eventually(t, "five that were refused", func() bool { return w.metric("krapp_ssh_refused_total", "") == 5 }, w.events.String)
	w.open(w.mustDial(w.operator)).expect("as operator") // negative control: a key does come in
}

// pretender shows one key and signs with another.
type pretender struct{ shown, own key }

func (p pretender) PublicKey() gossh.PublicKey { return p.shown.PublicKey() }
func (p pretender) Sign(r io.Reader, data []byte) (*gossh.Signature, error) {
	return &gossh.Signature{Format: gossh.KeyAlgoED25519, Blob: ed25519.Sign(p.own.secret, data)}, nil
}

func TestAttemptsAreLimited(t *testing.T) {
	w := serve(t, func(o *sshd.Options) { o.Limits.Attempts = 3 })
	keys := []gossh.Signer{newKey(t), newKey(t), newKey(t), w.reader}
	if c, err := w.dial(keys...); err == nil {
		c.Close()
		t.Error("the fourth key was still asked about")
	}
	if _, err := w.dial(keys[1:]...); err != nil { // negative control
		t.Errorf("two attempts in vain and then a key: %v", err)
	}
}

func TestCertificatesAreRefused(t *testing.T) {
	w := serve(t, nil)
	cert := &gossh.Certificate{Key: w.operator.PublicKey(), CertType: gossh.UserCert, ValidPrincipals: []string{"anybody"}, ValidBefore: gossh.CertTimeInfinity}
	must(t, cert.SignCert(nil2rand{}, w.operator))
	signer, err := gossh.NewCertSigner(cert, w.operator)
	must(t, err)
	if c, err := w.dial(signer); err == nil {
		c.Close()
		t.Error("a certificate came in")
	}
}

type nil2rand struct{}

func (nil2rand) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestOnlyModernAlgorithms(t *testing.T) {
	w := serve(t, nil)
	for name, c := range map[string]gossh.Config{
		"SHA-1 key exchange": {KeyExchanges: []string{gossh.InsecureKeyExchangeDH14SHA1}},
		"group exchange":     {KeyExchanges: []string{gossh.KeyExchangeDHGEXSHA256}},
		"CBC":                {Ciphers: []string{gossh.InsecureCipherAES128CBC}},
		"3DES":               {Ciphers: []string{gossh.InsecureCipherTripleDESCBC}},
		"SHA-1 MAC":          {Ciphers: []string{gossh.CipherAES128CTR}, MACs: []string{gossh.HMACSHA1}},
	} {
		config := w.config(gossh.PublicKeys(w.reader))
		config.Config = c
		if client, err := gossh.Dial("tcp", w.server.Addr(), config); err == nil || !strings.Contains(err.Error(), "no common algorithm") {
			t.Errorf("%s: %v %v", name, client, err)
		}
	}
	w.expectEvent(sshd.Refused, "handshake failed: ssh: no common algorithm")
	config := w.config(gossh.PublicKeys(w.reader))
	config.Config = gossh.Config{Ciphers: []string{gossh.CipherAES128CTR}, MACs: []string{gossh.HMACSHA256ETM}} // negative control
	client, err := gossh.Dial("tcp", w.server.Addr(), config)
	must(t, err)
	defer client.Close()
	if v := string(client.ServerVersion()); v != "SSH-2.0-krapp" {
		t.Errorf("version %s", v)
	}
}
