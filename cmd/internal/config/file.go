package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/krapp-io/krapp/kafkaops"
)

const opRead = "reading the configuration"

// file is config.yaml. Unknown keys are errors: a misspelt "read-only" must not go unnoticed.
type file struct {
	Current  string                 `yaml:"current"`
	Contexts map[string]contextFile `yaml:"contexts"`
	Keys     map[string][]string    `yaml:"keys"` // a binding's title to the keys that run it
}

// contextFile is one named context. Pointers tell "not written" from an empty value.
type contextFile struct {
	Brokers  []string     `yaml:"brokers"`
	ReadOnly *bool        `yaml:"read-only"`
	Colour   *string      `yaml:"colour"`
	ClientID *string      `yaml:"client-id"`
	Timeout  *string      `yaml:"request-timeout"`
	Security securityFile `yaml:"security"`
	Seer     seerFile     `yaml:"seer"`
}

// seerFile holds the settings of the seer, without the "seer-" that they have elsewhere.
type seerFile struct {
	URL        *string `yaml:"url"`
	TokenFile  *string `yaml:"token-file"`
	ModelURL   *string `yaml:"model-url"`
	Model      *string `yaml:"model"`
	Embeddings *string `yaml:"embeddings"`
	KeyFile    *string `yaml:"key-file"`
}

type securityFile struct {
	TLS           *bool   `yaml:"tls"`
	CAFile        *string `yaml:"ca-file"`
	CertFile      *string `yaml:"cert-file"`
	KeyFile       *string `yaml:"key-file"`
	SASLMechanism *string `yaml:"sasl-mechanism"`
	Username      *string `yaml:"username"`
	PasswordFile  *string `yaml:"password-file"`
}

// DefaultPath is $XDG_CONFIG_HOME/krapp/config.yaml, or ~/.config/krapp/config.yaml.
func DefaultPath(getenv func(string) string) (string, error) {
	if dir := getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) { // the XDG specification: relative ones are to be ignored
		return filepath.Join(dir, "krapp", "config.yaml"), nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", kafkaops.Errorf(kafkaops.Invalid, "finding the configuration", "", "Set HOME or XDG_CONFIG_HOME, or name the file with --config.", "neither HOME nor XDG_CONFIG_HOME is set")
	}
	return filepath.Join(home, ".config", "krapp", "config.yaml"), nil
}

// readFile reads path; a missing file is an empty configuration unless it was asked for by name.
func readFile(path string, named bool) (file, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && !named {
		return file{}, nil
	}
	if err != nil {
		return file{}, kafkaops.NewError(kafkaops.NotFound, opRead, path, "Name a file that can be read with --config or KRAPP_CONFIG.", causeOf(err))
	}
	return parse(path, raw)
}

// parse reads the text of a configuration file.
func parse(path string, raw []byte) (file, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return file{}, syntaxError(path, err)
	}
	if err := checkKeys(path, &root); err != nil {
		return file{}, err
	}
	var f file
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return file{}, syntaxError(path, err)
	}
	if _, ok := f.Contexts[f.Current]; f.Current != "" && !ok {
		return file{}, unknownContext(path, f.Current, f.Contexts)
	}
	return f, nil
}

func syntaxError(path string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var typeErr *yaml.TypeError
	if errors.As(err, &typeErr) && len(typeErr.Errors) > 0 {
		text = typeErr.Errors[0]
	}
	return kafkaops.Errorf(kafkaops.Invalid, opRead, path, "Correct that line; docs/configuration.md shows every key.", "%s", text)
}

func unknownContext(path, name string, known map[string]contextFile) error {
	names := sortedKeys(known)
	hint := "Add it under contexts: in that file."
	if near := nearest(name, names); near != "" {
		hint = "Did you mean " + near + "?"
	} else if len(names) > 0 {
		hint = "It knows " + strings.Join(names, ", ") + "."
	}
	return kafkaops.Errorf(kafkaops.NotFound, "choosing the context", strconv.Quote(name), hint, "no context of that name in %s", path)
}

// known maps where a mapping stands in the document to the keys it may have; "*" stands for a name of the user's.
func known() map[string][]string {
	return map[string][]string{
		"":                    {"current", "contexts", "keys"},
		"contexts.*":          {Brokers, ReadOnly, Colour, ClientID, Timeout, "security", "seer"},
		"contexts.*.security": {TLS, CAFile, CertFile, KeyFile, SASLMechanism, Username, PasswordFile},
		"contexts.*.seer":     {"url", "token-file", "model-url", "model", "embeddings", "key-file"},
	}
}

// checkKeys refuses unknown keys, saying the line, the column and the nearest known key, which the decoder doesn't.
func checkKeys(path string, root *yaml.Node) error {
	if root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		return nil
	}
	return checkMapping(path, "", root.Content[0])
}

func checkMapping(path, at string, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	allowed, strict := known()[at]
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if strict && !contains(allowed, key.Value) {
			return unknownKey(path, key, allowed)
		}
		below := strings.TrimPrefix(at+"."+key.Value, ".")
		if at == "contexts" {
			below = "contexts.*"
		}
		if err := checkMapping(path, below, value); err != nil {
			return err
		}
	}
	return nil
}

func unknownKey(path string, key *yaml.Node, allowed []string) error {
	hint := "The keys here are " + strings.Join(allowed, ", ") + "."
	if key.Value == Password {
		hint = "Write the password to a file of mode 0600 and name it with password-file, or set KRAPP_PASSWORD."
	} else if key.Value == "key" {
		hint = "Write the key to a file of mode 0600 and name it with key-file, or set KRAPP_SEER_KEY."
	} else if near := nearest(key.Value, allowed); near != "" {
		hint = "Did you mean " + near + "?"
	}
	return kafkaops.Errorf(kafkaops.Invalid, opRead, fmt.Sprintf("%s:%d:%d", path, key.Line, key.Column), hint, "unknown key %q", key.Value)
}

// layer turns a context of the file into the texts of its settings.
func (c contextFile) layer() map[string]string {
	l := map[string]string{}
	if len(c.Brokers) > 0 {
		l[Brokers] = strings.Join(c.Brokers, ",")
	}
	putBool(l, ReadOnly, c.ReadOnly)
	putBool(l, TLS, c.Security.TLS)
	for name, v := range map[string]*string{
		Colour: c.Colour, ClientID: c.ClientID, Timeout: c.Timeout, CAFile: c.Security.CAFile, CertFile: c.Security.CertFile,
		KeyFile: c.Security.KeyFile, SASLMechanism: c.Security.SASLMechanism, Username: c.Security.Username, PasswordFile: c.Security.PasswordFile,
		SeerURL: c.Seer.URL, SeerTokenFile: c.Seer.TokenFile, SeerModelURL: c.Seer.ModelURL, SeerModel: c.Seer.Model,
		SeerEmbeddings: c.Seer.Embeddings, SeerKeyFile: c.Seer.KeyFile,
	} {
		if v != nil {
			l[name] = *v
		}
	}
	return l
}

func putBool(l map[string]string, name string, v *bool) {
	if v != nil {
		l[name] = strconv.FormatBool(*v)
	}
}

// words says in a few words how a context authenticates and encrypts.
func (s securityFile) words() string {
	var words []string
	if s.TLS != nil && *s.TLS {
		words = append(words, "TLS")
	}
	if s.SASLMechanism != nil && *s.SASLMechanism != "" {
		words = append(words, strings.ToUpper(*s.SASLMechanism))
	}
	if s.CertFile != nil && *s.CertFile != "" {
		words = append(words, "client certificate")
	}
	return strings.Join(words, ", ")
}
