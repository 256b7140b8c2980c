package config

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/secretfile"
)

// opSecret is what a secret's errors say was done.
const opSecret = "reading the secret file"

// Seer says which seer answers and which model, if any, writes its prose. The zero value is the seer of this process, without a model.
type Seer struct {
	URL        string          // of a seer to ask; "": the one in this process, or the one that is announced
	Token      kafkaops.Secret // for URL
	ModelURL   string          // base URL of an OpenAI-compatible endpoint; "" with a Model: OpenAI's own
	Model      string          // that writes prose; "": none
	Embeddings string          // model that embeds; "": the table in the binary
	Key        kafkaops.Secret // for the endpoint
}

// OpenAI is where models are when no URL is given.
const OpenAI = "https://api.openai.com/v1"

// HasModel says that something may leave the machine for a model.
func (s Seer) HasModel() bool { return s.Model != "" || s.Embeddings != "" }

func seerSettings() []string {
	return []string{SeerURL, SeerTokenFile, SeerModelURL, SeerModel, SeerEmbeddings, SeerKeyFile, SeerKey}
}

// applySeer parses a setting of the seer. The files of secrets aren't read here.
func applySeer(s *Seer, name, text string) error {
	var err error
	switch name {
	case SeerURL:
		s.URL, err = parseURL(text)
	case SeerModelURL:
		s.ModelURL, err = parseURL(text)
	case SeerModel:
		s.Model = text
	case SeerEmbeddings:
		s.Embeddings = text
	case SeerKey:
		s.Key = kafkaops.NewSecret(text)
	}
	return err
}

func parseURL(text string) (string, error) {
	const op, hint = "reading a URL", "Write it as in http://127.0.0.1:8030 or https://api.example.com/v1, without user and password."
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", kafkaops.Errorf(kafkaops.Invalid, op, strconv.Quote(text), hint, "not an http or https URL")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", kafkaops.Errorf(kafkaops.Invalid, op, u.Redacted(), hint, "it has more than a host and a path")
	}
	return strings.TrimRight(text, "/"), nil
}

// keepSeerHome drops what a .env says of the seer: the file may be anybody's, and would decide where questions and evidence are sent. It drops
// too the secrets that a context keeps for another address than the one that holds.
func (r *Resolved) keepSeerHome(values map[string]found, layer map[string]string) {
	for _, name := range seerSettings() {
		if v, given := values[name]; given && v.rank == fromDotenv {
			delete(values, name)
			r.Notes = append(r.Notes, v.origin+" is not followed: a .env does not say where questions and evidence are sent")
		}
	}
	for address, secret := range map[string]string{SeerURL: SeerTokenFile, SeerModelURL: SeerKeyFile} {
		at, named := values[address]
		v, given := values[secret]
		if named && given && v.rank == fromFile && at.text != layer[address] {
			delete(values, secret)
			r.Notes = append(r.Notes, "the "+address+" comes from "+at.origin+"; not sent there: "+secret)
		}
	}
}

// readSeerSecrets reads the secret files that hold: the nearer of key file and key is meant.
func (r *Resolved) readSeerSecrets(values map[string]found) error {
	key, keyFile := values[SeerKey], values[SeerKeyFile]
	if keyFile.text != "" && (key.text == "" || keyFile.rank > key.rank) {
		secret, err := secretfile.Read(opSecret, keyFile.text)
		if err != nil {
			return err
		}
		r.Seer.Key = secret
	}
	if file := values[SeerTokenFile].text; file != "" {
		secret, err := secretfile.Read(opSecret, file)
		if err != nil {
			return err
		}
		r.Seer.Token = secret
	}
	return nil
}

// openAIKey is the variable that OpenAI's own tools read. It is for their host alone.
const openAIKey = "OPENAI_API_KEY"

// useOpenAIKey takes that variable where the endpoint is OpenAI's and nothing nearer is given.
func (c *Config) useOpenAIKey(r *Resolved) {
	if !r.Seer.HasModel() || !r.Seer.Key.IsZero() || r.Seer.ModelURL != "" && r.Seer.ModelURL != OpenAI {
		return
	}
	if text, ok := c.getenv(openAIKey); ok && text != "" {
		r.Seer.Key = kafkaops.NewSecret(text)
		r.Values = append(r.Values, Value{Name: SeerKey, Text: r.Seer.Key.String(), Origin: "environment " + openAIKey})
	}
}
