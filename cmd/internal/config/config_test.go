package config

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// world is a machine to read a configuration on.
type world struct {
	file   string            // config.yaml
	dotenv string            // .env
	env    map[string]string // the environment
	flags  map[string]string
	named  string // --context
}

func (w world) load(t *testing.T) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	env := map[string]string{"XDG_CONFIG_HOME": dir}
	for k, v := range w.env {
		env[k] = strings.ReplaceAll(v, "$DIR", dir)
	}
	write(t, filepath.Join(dir, "secret"), "hunter2\n", 0o600)
	if w.file != "" {
		write(t, filepath.Join(dir, "krapp", "config.yaml"), strings.ReplaceAll(w.file, "$DIR", dir), 0o644)
	}
	if w.dotenv != "" {
		write(t, filepath.Join(dir, ".env"), w.dotenv, 0o600)
	}
	return Load(Inputs{Flags: w.flags, Context: w.named, Dir: dir, Getenv: func(k string) (string, bool) { v, ok := env[k]; return v, ok }})
}

func (w world) resolve(t *testing.T) (*Resolved, error) {
	t.Helper()
	c, err := w.load(t)
	if err != nil {
		return nil, err
	}
	return c.Resolve("")
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // the umask may have narrowed it
		t.Fatal(err)
	}
}

const twoContexts = `
current: dev
contexts:
  dev:
    brokers: [dev:9092]
  prod:
    brokers: [prod-1:9093, prod-2:9093]
    read-only: true
    colour: red
    security:
      tls: true
      sasl-mechanism: scram-sha-512
      username: alice
      password-file: $DIR/secret
`

func TestTheNearerWins(t *testing.T) {
	tests := []struct {
		name    string
		world   world
		brokers string
		origin  string // a part of it
	}{
		{"nothing at all", world{}, "", ""},
		{"the file's current context", world{file: twoContexts}, "dev:9092", `context "dev"`},
		{"the other generic name before KAFKA_BROKER", world{env: map[string]string{"KAFKA_BROKER": "a:1", "KAFKA_BOOTSTRAP_SERVERS": "b:2"}}, "b:2", "KAFKA_BOOTSTRAP_SERVERS"},
		{"KAFKA_BROKER before the context", world{file: twoContexts, env: map[string]string{"KAFKA_BROKER": "a:1"}}, "a:1", "environment KAFKA_BROKER"},
		{".env before the context", world{file: twoContexts, dotenv: "export KAFKA_BROKER='a:1' # ours\n"}, "a:1", ".env KAFKA_BROKER"},
		{"the environment before .env", world{dotenv: "KRAPP_BROKERS=a:1", env: map[string]string{"KAFKA_BROKER": "b:2"}}, "b:2", "environment"},
		{"krapp's own name before the generic one", world{env: map[string]string{"KAFKA_BROKER": "a:1", "KRAPP_BROKERS": "b:2"}}, "b:2", "KRAPP_BROKERS"},
		{"a flag before all", world{file: twoContexts, dotenv: "KRAPP_BROKERS=a:1", env: map[string]string{"KRAPP_BROKERS": "b:2"}, flags: map[string]string{Brokers: "c:3"}}, "c:3", "flag"},
		{"a context named by flag before the environment", world{file: twoContexts, named: "prod", env: map[string]string{"KRAPP_BROKERS": "b:2"}}, "prod-1:9093,prod-2:9093", `context "prod"`},
		{"a context named by the environment before .env", world{file: twoContexts, env: map[string]string{"KRAPP_CONTEXT": "prod"}, dotenv: "KRAPP_BROKERS=a:1"}, "prod-1:9093,prod-2:9093", `context "prod"`},
		{"within the environment, brokers before a context", world{file: twoContexts, env: map[string]string{"KRAPP_CONTEXT": "prod", "KRAPP_BROKERS": "b:2"}}, "b:2", "KRAPP_BROKERS"},
		{"a flag before the context a flag names", world{file: twoContexts, named: "prod", flags: map[string]string{Brokers: "c"}}, "c:9092", "flag"},
		{"an empty variable is none", world{file: twoContexts, env: map[string]string{"KRAPP_BROKERS": ""}}, "dev:9092", "dev"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := tt.world.resolve(t)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(r.Context.Brokers, ","); got != tt.brokers {
				t.Errorf("brokers are %q, want %q", got, tt.brokers)
			}
			if got := r.OriginOf(Brokers); !strings.Contains(got, tt.origin) {
				t.Errorf("they come from %q, want %q", got, tt.origin)
			}
		})
	}
}

func TestCredentialsStayWithTheirBrokers(t *testing.T) {
	tests := []struct {
		name  string
		world world
		kept  bool
	}{
		{"the context's own brokers", world{file: twoContexts, named: "prod"}, true},
		{"the same brokers, named again in another order", world{file: twoContexts, named: "prod", flags: map[string]string{Brokers: "prod-2:9093,prod-1:9093"}}, true},
		{"other brokers by flag", world{file: twoContexts, named: "prod", flags: map[string]string{Brokers: "evil:9093"}}, false},
		{"one broker more", world{file: twoContexts, named: "prod", flags: map[string]string{Brokers: "prod-1:9093,prod-2:9093,evil:1"}}, false},
		{"other brokers by environment", world{file: strings.Replace(twoContexts, "current: dev", "current: prod", 1), env: map[string]string{"KAFKA_BROKER": "evil:9093"}}, false},
		{"a .env file can't have the environment's password", world{dotenv: "KAFKA_BROKER=evil:1", env: map[string]string{"KRAPP_PASSWORD": "p", "KRAPP_USERNAME": "u", "KRAPP_SASL_MECHANISM": "PLAIN"}}, false},
		{"the environment's password for the brokers of a flag", world{flags: map[string]string{Brokers: "a:1"}, env: map[string]string{"KRAPP_PASSWORD": "p", "KRAPP_USERNAME": "u", "KRAPP_SASL_MECHANISM": "PLAIN"}}, true},
		{".env's own password", world{dotenv: "KAFKA_BROKER=a:1\nKRAPP_PASSWORD=p\nKRAPP_USERNAME=u\nKRAPP_SASL_MECHANISM=PLAIN\n"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := tt.world.resolve(t)
			if err != nil {
				t.Fatal(err)
			}
			s := r.Context.Security
			if kept := !s.Password.IsZero() && s.Username != ""; kept != tt.kept {
				t.Errorf("credentials kept: %v, want %v", kept, tt.kept)
			}
			if noted := strings.Contains(strings.Join(r.Notes, "\n"), Username); noted == tt.kept {
				t.Errorf("notes: %q", r.Notes)
			}
		})
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	for _, w := range []world{
		{file: twoContexts, named: "prod"},
		{env: map[string]string{"KRAPP_BROKERS": "a:1", "KRAPP_PASSWORD": "hunter2", "KRAPP_USERNAME": "u", "KRAPP_SASL_MECHANISM": "PLAIN"}},
	} {
		r, err := w.resolve(t)
		if err != nil {
			t.Fatal(err)
		}
		if r.Context.Security.Password.Reveal() != "hunter2" {
			t.Error("the password did not arrive")
		}
		for _, v := range r.Values {
			if strings.Contains(v.Text, "hunter2") {
				t.Errorf("%s shows the password", v.Name)
			}
		}
	}
}

func TestBadConfigurationSaysWhatAndWhere(t *testing.T) {
	tests := []struct {
		name  string
		world world
		class kafkaops.Class
		says  string
		hint  string
	}{
		{"unknown key", world{file: "contexts:\n  dev:\n    brokes: [a:1]\n"}, kafkaops.Invalid, `config.yaml:3:5: unknown key "brokes"`, "brokers"},
		{"unknown key at the top", world{file: "context:\n  dev: {}\n"}, kafkaops.Invalid, `config.yaml:1:1: unknown key "context"`, "contexts"},
		{"unknown security key", world{file: "contexts:\n  dev:\n    security: {user: a}\n"}, kafkaops.Invalid, `:3:16: unknown key "user"`, "username"},
		{"a password in the file", world{file: "contexts:\n  dev:\n    security:\n      password: hunter2\n"}, kafkaops.Invalid, `unknown key "password"`, "password-file"},
		{"not YAML", world{file: "contexts: [\n"}, kafkaops.Invalid, "line 1", "docs/configuration.md"},
		{"a wrong type", world{file: "contexts:\n  dev: {brokers: a:1}\n"}, kafkaops.Invalid, "line 2", ""},
		{"an unknown context", world{file: twoContexts, named: "prdo"}, kafkaops.NotFound, `"prdo"`, "prod"},
		{"an unknown current context", world{file: "current: x\ncontexts: {dev: {brokers: [a:1]}}\n"}, kafkaops.NotFound, `"x"`, "dev"},
		{"a context without brokers", world{file: "contexts: {dev: {read-only: true}}\n", named: "dev"}, kafkaops.Invalid, "names no brokers", "brokers:"},
		{"a broker with a protocol", world{flags: map[string]string{Brokers: "kafka://a:9092"}}, kafkaops.Invalid, "kafka://a:9092", "HOST:PORT"},
		{"port 0", world{flags: map[string]string{Brokers: "a:0"}}, kafkaops.Invalid, "a:0", "HOST:PORT"},
		{"an empty broker list", world{flags: map[string]string{Brokers: ","}}, kafkaops.Invalid, "empty", "HOST:PORT"},
		{"an unknown mechanism", world{env: map[string]string{"KRAPP_SASL_MECHANISM": "GSSAPI"}}, kafkaops.Invalid, "GSSAPI", "SCRAM"},
		{"a mechanism without a password", world{env: map[string]string{"KRAPP_SASL_MECHANISM": "PLAIN"}}, kafkaops.Invalid, "password", "KRAPP_PASSWORD"},
		{"a timeout without a unit", world{env: map[string]string{"KRAPP_REQUEST_TIMEOUT": "10"}}, kafkaops.Invalid, "KRAPP_REQUEST_TIMEOUT", "10s"},
		{"a colour there is not", world{env: map[string]string{"KRAPP_COLOUR": "mauve"}}, kafkaops.Invalid, "mauve", "red"},
		{"not a boolean", world{env: map[string]string{"KRAPP_READ_ONLY": "si"}}, kafkaops.Invalid, "KRAPP_READ_ONLY", "true"},
		{"a configuration that was named is missing", world{env: map[string]string{"KRAPP_CONFIG": "/nonexistent/krapp.yaml"}}, kafkaops.NotFound, "/nonexistent/krapp.yaml", "--config"},
		{"a configuration that is a directory", world{env: map[string]string{"KRAPP_CONFIG": "$DIR"}}, kafkaops.NotFound, "directory", "--config"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.world.resolve(t)
			if err == nil {
				t.Fatal("it was accepted")
			}
			if got := kafkaops.ClassOf(err); got != tt.class {
				t.Errorf("class %q, want %q: %v", got, tt.class, err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
			if hint := kafkaops.HintOf(err); hint == "" && tt.hint != "" || !strings.Contains(hint, tt.hint) {
				t.Errorf("the hint %q does not say %q", hint, tt.hint)
			}
			if strings.Contains(err.Error()+kafkaops.HintOf(err), "hunter2") {
				t.Error("the error shows a secret")
			}
		})
	}
}

func TestMisspeltNamesInDotenvAreNoted(t *testing.T) {
	r, err := world{dotenv: "KRAPP_BROKER=a:1\nOTHER=1\nKRAPP_SERVICE_HOST=10.0.0.1\n"}.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "KRAPP_BROKERS") {
		t.Errorf("notes: %q", r.Notes)
	}
}

func TestLocate(t *testing.T) {
	announced := func(context.Context) ([]string, bool) { return []string{"127.0.0.1:5"}, true }
	silent := func(context.Context) ([]string, bool) { return nil, false }
	named, err := world{flags: map[string]string{Brokers: "a:1"}}.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := named.Locate(t.Context(), announced); err != nil || named.Context.Brokers[0] != "a:1" {
		t.Errorf("named brokers became %v (%v)", named.Context.Brokers, err)
	}
	none, err := world{env: map[string]string{"KRAPP_TLS": "true"}}.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := none.Locate(t.Context(), silent); kafkaops.ClassOf(err) != kafkaops.NotFound || !strings.Contains(kafkaops.HintOf(err), "krapp up") ||
		!strings.Contains(kafkaops.HintOf(err), "--brokers") {
		t.Errorf("with nothing announced: %v", err)
	}
	if err := none.Locate(t.Context(), announced); err != nil || none.Context.Brokers[0] != "127.0.0.1:5" || none.Context.Security.TLS {
		t.Errorf("the announced broker became %+v (%v)", none.Context, err)
	}
}
