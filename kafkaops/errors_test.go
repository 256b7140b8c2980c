package kafkaops

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestOpErrorKeepsItsCauseAndHint(t *testing.T) {
	cause := errors.New("connection refused")
	inner := NewError(Unreachable, "connecting to", "127.0.0.1:1", "start it: krapp up", cause)
	err := fmt.Errorf("listing topics: %w", inner)
	if got, want := err.Error(), "listing topics: connecting to 127.0.0.1:1: connection refused"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is hidden")
	}
	if ClassOf(err) != Unreachable || HintOf(err) != "start it: krapp up" {
		t.Errorf("class %q, hint %q", ClassOf(err), HintOf(err))
	}
	if ClassOf(cause) != Internal || ClassOf(nil) != "" {
		t.Error("class of a plain error or nil")
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	c := Context{Name: "prod", Security: Security{Password: NewSecret("hunter2")}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, c); strings.Contains(s, "hunter2") {
			t.Errorf("%s shows the secret: %s", verb, s)
		}
	}
}
