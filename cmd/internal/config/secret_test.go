package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestSecretFileModes(t *testing.T) {
	tests := []struct {
		mode os.FileMode
		ok   bool
	}{
		{0o600, true}, {0o400, true}, {0o640, false}, {0o604, false}, {0o660, false}, {0o644, false}, {0o610, false},
	}
	for _, tt := range tests {
		t.Run(tt.mode.String(), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "password")
			write(t, path, "s3cret\r\n", tt.mode)
			s, err := ReadSecret(path)
			if ok := err == nil; ok != tt.ok {
				t.Fatalf("accepted: %v, want %v (%v)", ok, tt.ok, err)
			}
			if tt.ok && s.Reveal() != "s3cret" {
				t.Errorf("read %q", s.Reveal())
			}
			if !tt.ok && kafkaops.HintOf(err) == "" {
				t.Error("no hint")
			}
		})
	}
}

func TestASecretBehindALinkIsJudgedByItsFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "wide"), "x", 0o644)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "wide"), link); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSecret(link); err == nil {
		t.Error("a link to a file that others can read was accepted")
	}
}

func TestWhatIsNoSecretFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "empty"), "\n", 0o600)
	for _, name := range []string{"missing", "empty", "."} {
		if _, err := ReadSecret(filepath.Join(dir, name)); kafkaops.HintOf(err) == "" {
			t.Errorf("%s: %v has no hint", name, err)
		}
	}
}

func TestDotenvWithAPasswordMustBePrivate(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".env"), "KRAPP_PASSWORD=x\n", 0o644)
	if _, err := Load(Inputs{Dir: dir}); kafkaops.ClassOf(err) != kafkaops.Unauthorised {
		t.Errorf("got %v", err)
	}
	write(t, filepath.Join(dir, ".env"), "KAFKA_BROKER=a:1\n", 0o644) // no secret in it: anybody may read it
	if _, err := Load(Inputs{Dir: dir}); err != nil {
		t.Error(err)
	}
}
