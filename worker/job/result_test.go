package job

import (
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

const aState = `{"v":1,"job":"j","id":"a","url":"a.dat","phase":"reading","chunks":3,"rows":30}`

func TestResultsAreOfTwoKinds(t *testing.T) {
	for name, c := range map[string]struct {
		value          string
		partial, state bool
	}{
		"a partial result": {`{"v":1,"job":"j","print":"p","worker":"w","part":0,"groups":[]}`, true, false},
		"a state":          {aState, false, true},
		"neither":          {`{"v":1}`, false, false},
		"a name twice":     {`{"v":1,"v":1,"phase":"done"}`, false, false},
		"a broken partial": {`{"print":1}`, false, false},
		"a broken state":   {`{"phase":"done"}`, false, false},
		"an array":         {`["phase"]`, false, false},
		"nothing":          {``, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			partial, state, err := DecodeResult([]byte(c.value))
			if (partial != nil) != c.partial || (state != nil) != c.state {
				t.Errorf("partial %v, state %v, %v", partial, state, err)
			}
			if wrong := !c.partial && !c.state; wrong != (kafkaops.ClassOf(err) == kafkaops.Invalid) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func FuzzDecodeResult(f *testing.F) {
	f.Add([]byte(aState))
	f.Add([]byte(`{"v":1,"job":"j","print":"p","worker":"w","part":0,"groups":[]}`))
	f.Add([]byte(`{"phase":{"print":[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		partial, state, err := DecodeResult(b)
		if n := btoi(partial != nil) + btoi(state != nil) + btoi(err != nil); n != 1 {
			t.Errorf("partial %v, state %v, error %v", partial, state, err)
		}
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
