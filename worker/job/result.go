package job

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/krapp-io/krapp/kafkaops"
)

// DecodeResult reads a record of the results topic, which holds two kinds: partial results, and the reading states of sources. Exactly one of
// the two is set, unless there is an error, which is Invalid.
func DecodeResult(b []byte) (*PartialRecord, *State, error) {
	const op = "reading result"
	d := jsontext.NewDecoder(bytes.NewReader(b))
	if _, err := d.ReadToken(); err != nil || d.StackDepth() != 1 {
		return nil, nil, kafkaops.Errorf(kafkaops.Invalid, op, "", "Was it written by something else?", "it isn't a JSON object")
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			break
		}
		switch name.String() {
		case "print": // what computed it; states don't say
			partial, err := DecodePartial(b)
			return partial, nil, err
		case "phase":
			state, err := DecodeState(b)
			if err != nil {
				return nil, nil, err
			}
			return nil, &state, nil
		}
		if d.SkipValue() != nil {
			break
		}
	}
	return nil, nil, kafkaops.Errorf(kafkaops.Invalid, op, "", "Was it written by another version of krapp, or by something else?",
		"it is neither a partial result nor a state")
}
