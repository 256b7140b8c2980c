package config

import (
	"fmt"
	"os"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

const (
	opSecret       = "reading the secret file"
	maxSecretBytes = 64 << 10
)

// ReadSecret reads a secret from a file that nobody but its owner can read. Line ends after it are taken off.
func ReadSecret(path string) (kafkaops.Secret, error) {
	if err := checkPrivate(path); err != nil {
		return kafkaops.Secret{}, err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return kafkaops.Secret{}, kafkaops.NewError(kafkaops.Invalid, opSecret, path, "Make the file readable to you alone.", causeOf(err))
	}
	text := strings.TrimRight(string(raw), "\r\n")
	if text == "" {
		return kafkaops.Secret{}, kafkaops.Errorf(kafkaops.Invalid, opSecret, path, "Write the secret into it.", "the file is empty")
	}
	return kafkaops.NewSecret(text), nil
}

// checkPrivate refuses a file that others than its owner may read or write. Kubernetes mounts secrets as links to files: links are
// followed, and a pod sets defaultMode 0400.
func checkPrivate(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return kafkaops.NewError(kafkaops.NotFound, opSecret, path, "Name a file that holds the secret and nothing else.", causeOf(err))
	case !info.Mode().IsRegular():
		return kafkaops.Errorf(kafkaops.Invalid, opSecret, path, "Name a file that holds the secret and nothing else.", "not a regular file")
	case info.Size() > maxSecretBytes:
		return kafkaops.Errorf(kafkaops.Invalid, opSecret, path, "Name a file that holds the secret and nothing else.", "%d bytes are no secret", info.Size())
	case info.Mode().Perm()&0o077 != 0:
		return kafkaops.Errorf(kafkaops.Unauthorised, opSecret, path, fmt.Sprintf("Run: chmod 600 %s", path), "its mode %04o lets others read it", info.Mode().Perm())
	}
	return nil
}
