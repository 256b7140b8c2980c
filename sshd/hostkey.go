package sshd

import (
	"crypto/rsa"
	"errors"
	"fmt"

	gossh "golang.org/x/crypto/ssh"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/secretfile"
)

// minHostRSABits is what an RSA host key must have; it lives longer than a client's.
const minHostRSABits = 3072

const opHostKey = "reading the host key"

// readHostKey reads the server's private key. It is never made here: a key that appears by itself is one that no client can have checked.
func readHostKey(path string) (gossh.Signer, error) {
	if path == "" {
		return nil, kafkaops.Errorf(kafkaops.Invalid, opHostKey, "", "Name one with --host-key FILE; "+makeHint("FILE"), "no file named")
	}
	secret, err := secretfile.Read(opHostKey, path)
	if err != nil {
		if kafkaops.ClassOf(err) == kafkaops.NotFound {
			return nil, kafkaops.NewError(kafkaops.NotFound, opHostKey, path, makeHint(path), errors.Unwrap(err))
		}
		return nil, err
	}
	signer, err := gossh.ParsePrivateKey([]byte(secret.Reveal()))
	if _, encrypted := errors.AsType[*gossh.PassphraseMissingError](err); encrypted {
		hint := fmt.Sprintf("Nobody is there to type it: ssh-keygen -p -N '' -f %s", path)
		return nil, kafkaops.Errorf(kafkaops.Invalid, opHostKey, path, hint, "it has a passphrase")
	}
	if err != nil { // the parser's words are not passed on: they are about a secret
		return nil, kafkaops.Errorf(kafkaops.Invalid, opHostKey, path, makeHint(path+".new"), "not a private key")
	}
	return strongSigner(signer, path)
}

// strongSigner refuses weak keys and keeps RSA from signing with SHA-1.
func strongSigner(signer gossh.Signer, path string) (gossh.Signer, error) {
	refuse := func(format string, args ...any) error {
		return kafkaops.Errorf(kafkaops.Invalid, opHostKey, path, makeHint(path+".new"), format, args...)
	}
	switch kind := signer.PublicKey().Type(); kind {
	case gossh.KeyAlgoED25519, gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521:
		return signer, nil
	case gossh.KeyAlgoRSA:
		public, ok := signer.PublicKey().(gossh.CryptoPublicKey).CryptoPublicKey().(*rsa.PublicKey)
		if !ok || public.N.BitLen() < minHostRSABits {
			return nil, refuse("an RSA key of less than %d bits", minHostRSABits)
		}
		algorithms, ok := signer.(gossh.AlgorithmSigner)
		if !ok {
			return nil, refuse("an RSA key that can't sign with SHA-2")
		}
		return gossh.NewSignerWithAlgorithms(algorithms, []string{gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256})
	default:
		return nil, refuse("a key of type %s", printable(kind, nameBytes))
	}
}

func makeHint(path string) string {
	return fmt.Sprintf("Make one: ssh-keygen -t ed25519 -N '' -C krapp -f %s", path)
}
