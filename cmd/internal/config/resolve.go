package config

import (
	"context"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/secretfile"
)

// Value is one setting that holds, for people: a secret's text is hidden.
type Value struct {
	Name   string
	Text   string
	Origin string
}

// Resolved is what holds after every origin was asked.
type Resolved struct {
	Context kafkaops.Context
	Colour  string
	Seer    Seer
	Values  []Value  // in the order of the settings; those nobody set are left out
	Notes   []string // what an operator should know: credentials that were dropped, misspelt names
}

// Announced finds the brokers of the embedded broker that is announced, if one is.
type Announced func(context.Context) (brokers []string, ok bool)

// OriginOf says where a setting's value came from; "" when nobody set it.
func (r *Resolved) OriginOf(setting string) string {
	for _, v := range r.Values {
		if v.Name == setting {
			return v.Origin
		}
	}
	return ""
}

// Resolve merges the origins for the context that is in use, or for the one named here. Brokers may be empty afterwards; Locate then
// looks for an embedded broker.
func (c *Config) Resolve(name string) (*Resolved, error) {
	contextRank := fromFlag
	if name == "" {
		name, _, contextRank = c.current()
	}
	layer, origin, err := c.layerOf(name)
	if err != nil {
		return nil, err
	}
	values := map[string]found{}
	for _, s := range settingNames() {
		if f, ok := c.lookup(s, layer, origin, contextRank); ok {
			values[s] = f
		}
	}
	r := &Resolved{Context: kafkaops.Context{Name: name}, Notes: c.strayNames()}
	if err := c.keepCredentialsHome(r, values, layer); err != nil {
		return nil, err
	}
	r.keepSeerHome(values, layer)
	if err := r.applyAll(values); err != nil {
		return nil, err
	}
	c.useOpenAIKey(r)
	if name != "" && len(r.Context.Brokers) == 0 {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "reading the context", name, "Add brokers: [HOST:PORT] to it in "+c.Path+".", "it names no brokers")
	}
	return r, r.check()
}

// keepCredentialsHome drops what was written for other brokers than those that hold: a context's credentials when the brokers come from
// elsewhere, and all but .env's own when a .env file (which may be anybody's) names the brokers.
func (c *Config) keepCredentialsHome(r *Resolved, values map[string]found, layer map[string]string) error {
	brokers, ok := values[Brokers]
	if !ok || brokers.rank == fromFile {
		return nil
	}
	same, err := sameBrokers(brokers.text, layer[Brokers])
	if err != nil {
		return kafkaops.NewError(kafkaops.Invalid, "reading the setting brokers from", brokers.origin, kafkaops.HintOf(err), err)
	}
	if same {
		return nil
	}
	var dropped []string
	for _, name := range settingNames() {
		v, ok := values[name]
		if !ok || !isSecurity(name) {
			continue
		}
		foreign := v.rank == fromFile
		if brokers.rank == fromDotenv && v.rank == fromEnv && isCredential(name) {
			foreign = true
		}
		if foreign {
			delete(values, name)
			dropped = append(dropped, name)
		}
	}
	if len(dropped) > 0 {
		r.Notes = append(r.Notes, "the brokers come from "+brokers.origin+"; not sent to them: "+strings.Join(dropped, ", "))
	}
	r.Context.Name = "" // these are not that context's brokers
	return nil
}

func sameBrokers(a, b string) (bool, error) {
	as, err := ParseBrokers(a)
	if err != nil || b == "" {
		return false, err
	}
	bs, err := ParseBrokers(b)
	if err != nil {
		return false, nil //nolint:nilerr // the context's own list is reported when it is used
	}
	slices.Sort(as)
	slices.Sort(bs)
	return slices.Equal(as, bs), nil
}

func (r *Resolved) applyAll(values map[string]found) error {
	pass, passFile := values[Password], values[PasswordFile]
	if pass.text != "" && passFile.text != "" { // the nearer of the two is meant
		if passFile.rank > pass.rank {
			delete(values, Password)
		} else {
			delete(values, PasswordFile)
		}
	}
	for _, name := range settingNames() {
		v, ok := values[name]
		if !ok {
			continue
		}
		if err := apply(r, name, v.text, v.origin); err != nil {
			return err
		}
		shown := v.text
		switch name {
		case Password:
			shown = r.Context.Security.Password.String()
		case SeerKey:
			shown = r.Seer.Key.String()
		case Brokers:
			shown = strings.Join(r.Context.Brokers, ",")
		case PasswordFile:
			secret, err := secretfile.Read(opSecret, v.text)
			if err != nil {
				return err
			}
			r.Context.Security.Password = secret
		}
		r.Values = append(r.Values, Value{Name: name, Text: shown, Origin: v.origin})
	}
	return r.readSeerSecrets(values)
}

// check refuses combinations that can't work, before a broker answers with something less clear.
func (r *Resolved) check() error {
	s := r.Context.Security
	const op = "reading the security settings"
	switch {
	case s.SASLMechanism != "" && (s.Username == "" || s.Password.IsZero()):
		return kafkaops.Errorf(kafkaops.Invalid, op, "", "Set username, and password-file or KRAPP_PASSWORD.", "%s needs a user name and a password", s.SASLMechanism)
	case s.SASLMechanism == "" && s.Username != "" && !s.Password.IsZero():
		return kafkaops.Errorf(kafkaops.Invalid, op, "", "Set sasl-mechanism to PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.", "a password is given and no SASL mechanism")
	case (s.CertFile == "") != (s.KeyFile == ""):
		return kafkaops.Errorf(kafkaops.Invalid, op, "", "Set both cert-file and key-file, or neither.", "a client certificate and its key belong together")
	case s.KeyFile != "":
		return secretfile.Check(opSecret, s.KeyFile)
	}
	return nil
}

// Locate is the resolution rule for brokers: those that were named, else those of the announced embedded broker, else an error that says
// both ways out. It never starts a broker.
func (r *Resolved) Locate(ctx context.Context, announced Announced) error {
	if len(r.Context.Brokers) > 0 {
		return nil
	}
	brokers, ok := announced(ctx)
	if !ok {
		return noBrokers()
	}
	r.Context.Name = "embedded"
	r.Context.Brokers = brokers
	r.Context.Security = kafkaops.Security{} // it speaks plain text on loopback; nothing secret is to go there
	r.Values = append(r.Values, Value{Name: Brokers, Text: strings.Join(brokers, ","), Origin: "announcement of the embedded broker"})
	return nil
}
