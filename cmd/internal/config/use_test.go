package config

import (
	"os"
	"strings"
	"testing"
)

func TestUseKeepsWhatPeopleWrote(t *testing.T) {
	c, err := world{file: "# our clusters\ncurrent: dev # for now\ncontexts:\n  dev: {brokers: [a:1]} # mine\n  prod: {brokers: [b:1]}\n"}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Use("prod"); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# our clusters", "current: prod", "# for now", "# mine"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%q is gone from:\n%s", want, raw)
		}
	}
	if name, _ := c.Current(); name != "prod" {
		t.Errorf("current is %q", name)
	}
}

func TestUseWithoutACurrentOne(t *testing.T) {
	c, err := world{file: "contexts:\n  dev: {brokers: [a:1]}\n"}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Use("dve"); err == nil {
		t.Error("an unknown context was accepted")
	}
	if err := c.Use("dev"); err != nil {
		t.Fatal(err)
	}
	again, err := Load(Inputs{Path: c.Path})
	if err != nil {
		t.Fatal(err)
	}
	if name, _ := again.Current(); name != "dev" {
		t.Errorf("current is %q", name)
	}
}
