package config

import (
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

// Inputs are everything a configuration is made of. The zero value reads nothing.
type Inputs struct {
	Path    string                      // config.yaml, as --config names it; "" means KRAPP_CONFIG or DefaultPath
	Context string                      // as --context names it; "" means KRAPP_CONTEXT or the file's current
	Flags   map[string]string           // settings given as flags, by setting name
	Getenv  func(string) (string, bool) // os.LookupEnv
	Dir     string                      // where .env is looked for; "" looks for none
}

// Config is what was read. Resolve says what holds.
type Config struct {
	Path    string
	file    file
	flags   map[string]string
	getenv  func(string) (string, bool)
	dotenv  map[string]string
	envPath string // the .env file's
	context string // --context
}

// Load reads the configuration file and .env. The errors are *kafkaops.OpError.
func Load(in Inputs) (*Config, error) {
	c := &Config{flags: in.Flags, getenv: in.Getenv, context: in.Context, Path: in.Path}
	if c.getenv == nil {
		c.getenv = func(string) (string, bool) { return "", false }
	}
	var err error
	if in.Dir != "" {
		if c.dotenv, c.envPath, err = readDotenv(in.Dir); err != nil {
			return nil, err
		}
	}
	named := true
	if c.Path == "" {
		c.Path, _ = c.getenv("KRAPP_CONFIG")
	}
	if c.Path == "" {
		named = false
		if c.Path, err = DefaultPath(func(k string) string { v, _ := c.getenv(k); return v }); err != nil {
			return c, nil //nolint:nilerr // a pod without HOME has no configuration file, which is no failure
		}
	}
	c.file, err = readFile(c.Path, named)
	return c, err
}

// Summary is a context of the file, in a list.
type Summary struct {
	Name     string
	Brokers  []string
	Security string // in a few words: "TLS, SCRAM-SHA-512"; "" for none
	ReadOnly bool
	Colour   string
}

// Contexts lists the contexts of the file by name, as they are written there.
func (c *Config) Contexts() []Summary {
	list := make([]Summary, 0, len(c.file.Contexts))
	for _, name := range sortedKeys(c.file.Contexts) {
		ctx := c.file.Contexts[name]
		s := Summary{Name: name, Brokers: ctx.Brokers, ReadOnly: ctx.ReadOnly != nil && *ctx.ReadOnly, Security: ctx.Security.words()}
		if ctx.Colour != nil {
			s.Colour = *ctx.Colour
		}
		list = append(list, s)
	}
	return list
}

// Keys are the remapped keys: a binding's title to the keys that run it.
func (c *Config) Keys() map[string][]string { return c.file.Keys }

// Current is the context in use and what chose it; "" when none is.
func (c *Config) Current() (name, origin string) {
	name, origin, _ = c.current()
	return name, origin
}

func (c *Config) current() (name, origin string, r rank) {
	if c.context != "" {
		return c.context, "flag --context", fromFlag
	}
	if v, ok := c.getenv("KRAPP_CONTEXT"); ok && v != "" {
		return v, "environment KRAPP_CONTEXT", fromEnv
	}
	if v := c.dotenv["KRAPP_CONTEXT"]; v != "" {
		return v, c.envPath + " KRAPP_CONTEXT", fromDotenv
	}
	if c.file.Current != "" {
		return c.file.Current, c.Path, fromFile
	}
	return "", "", fromFile
}

// rank orders the origins; the higher is the nearer and wins.
type rank int

const (
	fromFile rank = iota
	fromDotenv
	fromEnv
	fromFlag
)

// found is one setting's text, and where it was found.
type found struct {
	text   string
	origin string
	rank   rank
}

// lookup finds the nearest text of a setting. A context that was itself named nearer (by a flag, say) wins over settings that are
// farther away (the environment): who types --context prod means prod's brokers.
func (c *Config) lookup(name string, layer map[string]string, contextOrigin string, contextRank rank) (found, bool) {
	if v, ok := c.flags[name]; ok && name != Password && name != SeerKey {
		return found{v, "flag --" + name, fromFlag}, true
	}
	text, inContext := layer[name]
	contextValue := found{text, contextOrigin, fromFile}
	for _, r := range []rank{fromEnv, fromDotenv} {
		if inContext && contextRank > r {
			return contextValue, true
		}
		if f, ok := c.fromEnvironment(name, r); ok {
			return f, true
		}
	}
	return contextValue, inContext
}

// fromEnvironment looks in the process's environment or in .env, under krapp's name first, then under those other tools use.
func (c *Config) fromEnvironment(name string, r rank) (found, bool) {
	names := []string{envName(name)}
	if name == Brokers {
		names = append(names, "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BROKER")
	}
	for _, n := range names {
		if r == fromDotenv {
			if v := c.dotenv[n]; v != "" {
				return found{v, c.envPath + " " + n, r}, true
			}
			continue
		}
		if v, ok := c.getenv(n); ok && v != "" {
			return found{v, "environment " + n, r}, true
		}
	}
	return found{}, false
}

// layerOf returns the settings of a context of the file.
func (c *Config) layerOf(name string) (map[string]string, string, error) {
	if name == "" {
		return nil, "", nil
	}
	ctx, ok := c.file.Contexts[name]
	if !ok {
		return nil, "", unknownContext(c.Path, name, c.file.Contexts)
	}
	return ctx.layer(), c.Path + " context " + strconv.Quote(name), nil
}

// strayNames finds KRAPP_ variables in .env that are close to a setting's name without being one: typos.
func (c *Config) strayNames() []string {
	var notes []string
	names := []string{"KRAPP_CONFIG", "KRAPP_CONTEXT"}
	for _, s := range settingNames() {
		names = append(names, envName(s))
	}
	for _, n := range sortedKeys(c.dotenv) {
		if !strings.HasPrefix(n, "KRAPP_") || contains(names, n) {
			continue
		}
		if near := nearest(n, names); near != "" {
			notes = append(notes, c.envPath+" sets "+n+", which krapp does not read; did you mean "+near+"?")
		}
	}
	return notes
}

// noBrokers is the refusal to guess: a script with a typo must not succeed against a toy.
func noBrokers() error {
	return kafkaops.Errorf(kafkaops.NotFound, "finding the brokers", "",
		"Run krapp up in another terminal for an embedded broker, or name a cluster with --brokers HOST:PORT.",
		"none are named, and no embedded broker is announced")
}
