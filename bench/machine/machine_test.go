package machine_test

import (
	"os"
	"testing"

	"github.com/krapp-io/krapp/bench/machine"
)

func TestAProcessUsesMemory(t *testing.T) {
	u, err := machine.Process(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if u.Resident < 1<<20 || u.CPU < 0 {
		t.Errorf("%+v", u)
	}
	if _, err := machine.Process(-1); err == nil {
		t.Error("no process has the number -1")
	}
}

func TestTheMachineIsDescribed(t *testing.T) {
	for _, line := range machine.Describe() {
		if line[0] == "" || line[1] == "" {
			t.Errorf("%q", line)
		}
	}
}
