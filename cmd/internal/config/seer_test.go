package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

// withModel is a context whose seer has a model and a key in a file.
func withModel(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("sk-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return "contexts:\n  prod:\n    brokers: [prod-1:9093]\n    seer:\n      url: http://seer:8030/\n      model: small\n" +
		"      model-url: https://models.example.com/v1\n      key-file: " + path + "\n"
}

func TestTheSeerOfAContext(t *testing.T) {
	r, err := world{file: withModel(t), named: "prod"}.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Seer; s.URL != "http://seer:8030" || s.Model != "small" || s.ModelURL != "https://models.example.com/v1" || s.Key.Reveal() != "sk-secret" || !s.HasModel() {
		t.Errorf("%+v", s)
	}
	for _, v := range r.Values {
		if strings.Contains(v.Text, "sk-secret") {
			t.Errorf("%s shows the key", v.Name)
		}
	}
}

func TestTheSeersKeyStaysWithItsEndpoint(t *testing.T) {
	file := withModel(t)
	evil := "https://evil.example.com/v1"
	for _, tt := range []struct {
		name  string
		world world
		key   string
	}{
		{"the context's own endpoint, named again", world{file: file, named: "prod", flags: map[string]string{SeerModelURL: "https://models.example.com/v1"}}, "sk-secret"},
		{"another endpoint by flag", world{file: file, named: "prod", flags: map[string]string{SeerModelURL: evil}}, ""},
		{"another endpoint by environment", world{file: strings.Replace(file, "contexts:", "current: prod\ncontexts:", 1), env: map[string]string{"KRAPP_SEER_MODEL_URL": evil}}, ""},
		{"another endpoint with its own key", world{file: file, named: "prod", flags: map[string]string{SeerModelURL: evil}, env: map[string]string{"KRAPP_SEER_KEY": "theirs"}}, "theirs"},
		{"OpenAI's variable for OpenAI", world{flags: map[string]string{SeerModel: "m"}, env: map[string]string{"OPENAI_API_KEY": "sk-openai"}}, "sk-openai"},
		{"OpenAI's variable for nobody else", world{flags: map[string]string{SeerModel: "m", SeerModelURL: evil}, env: map[string]string{"OPENAI_API_KEY": "sk-openai"}}, ""},
		{"OpenAI's variable attaches no model", world{env: map[string]string{"OPENAI_API_KEY": "sk-openai"}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := tt.world.resolve(t)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Seer.Key.Reveal(); got != tt.key {
				t.Errorf("key %q, want %q (notes %q)", got, tt.key, r.Notes)
			}
		})
	}
}

func TestADotenvDoesNotAttachAModel(t *testing.T) {
	r, err := world{dotenv: "KRAPP_SEER_MODEL_URL=http://evil:1\nKRAPP_SEER_MODEL=m\nKRAPP_SEER_URL=http://evil:2\n", env: map[string]string{"KRAPP_SEER_KEY": "k"}}.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	if r.Seer.HasModel() || r.Seer.URL != "" || r.Seer.ModelURL != "" || len(r.Notes) < 3 {
		t.Errorf("%+v, notes %q", r.Seer, r.Notes)
	}
}

func TestBadSettingsOfTheSeer(t *testing.T) {
	for _, w := range []world{
		{flags: map[string]string{SeerURL: "ftp://x"}},
		{flags: map[string]string{SeerURL: "127.0.0.1:8030"}},
		{flags: map[string]string{SeerModelURL: "https://user:pass@x/v1"}},
		{flags: map[string]string{SeerKeyFile: "/no/such/file", SeerModel: "m"}},
		{file: "contexts:\n  a:\n    brokers: [a:1]\n    seer: {key: sk-secret}\n", named: "a"},
	} {
		_, err := w.resolve(t)
		if kafkaops.HintOf(err) == "" || strings.Contains(err.Error(), "sk-secret") || strings.Contains(err.Error(), "pass@") {
			t.Errorf("%+v: %v (hint %q)", w, err, kafkaops.HintOf(err))
		}
	}
}
