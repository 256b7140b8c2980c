package config

import (
	"path/filepath"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

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
