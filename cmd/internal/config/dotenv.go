package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/secretfile"
)

// maxDotenvBytes bounds what is read of a .env file: it is whatever lies in the working directory.
const maxDotenvBytes = 1 << 20

// readDotenv reads dir/.env; nil when there is none. A .env file holds other programs' settings too, so that only names krapp knows
// are kept; one that holds krapp's password must not be readable by others.
func readDotenv(dir string) (map[string]string, string, error) {
	path := filepath.Join(dir, ".env")
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || (err == nil && !info.Mode().IsRegular()) {
		return nil, path, nil
	}
	if err == nil && info.Size() > maxDotenvBytes {
		return nil, path, nil // no settings file is that large
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(path)
	}
	if errors.Is(err, os.ErrPermission) {
		return nil, path, nil // not ours to read: another program's
	}
	if err != nil {
		return nil, path, kafkaops.NewError(kafkaops.Invalid, opRead, path, "Make the file readable, or remove it.", causeOf(err))
	}
	values := parseDotenv(string(raw))
	if _, secret := values[envName(Password)]; secret {
		if err := secretfile.Check(opSecret, path); err != nil {
			return nil, path, err
		}
	}
	return values, path, nil
}

// parseDotenv reads NAME=VALUE lines, with an optional "export", quotes and # comments. Lines it can't read are another program's.
func parseDotenv(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		line = strings.TrimSpace(strings.TrimPrefix(line, "export "))
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if !ok || strings.HasPrefix(name, "#") || !ourName(name) {
			continue
		}
		values[name] = dotenvValue(strings.TrimSpace(value))
	}
	return values
}

func ourName(name string) bool {
	return strings.HasPrefix(name, "KRAPP_") || name == "KAFKA_BROKER" || name == "KAFKA_BOOTSTRAP_SERVERS"
}

// dotenvValue takes off quotes, or an unquoted value's comment.
func dotenvValue(v string) string {
	if v == "" {
		return ""
	}
	if q := v[0]; q == '"' || q == '\'' {
		if end := strings.IndexByte(v[1:], q); end >= 0 {
			return v[1 : 1+end]
		}
	}
	if i := strings.Index(v, " #"); i >= 0 {
		v = strings.TrimSpace(v[:i])
	}
	return v
}
