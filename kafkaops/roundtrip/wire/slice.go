package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

// Slice is the messages First to Last of a run, to be sent by a worker in one transaction. It carries its run, so that a worker needs nothing
// else to send it.
type Slice struct {
	Run       roundtrip.Run
	First     int64
	Last      int64
	NotBefore time.Time // when it is due, for a run with a rate; zero: at once
	Lines     []string  // the values, of a run from a file; nil otherwise
}

// Len is how many messages the slice has.
func (s *Slice) Len() int { return int(s.Last - s.First + 1) }

// MaxSlice is the most messages that a slice may have.
const MaxSlice = 20_000

const sliceVersion = 1

type sliceJSON struct {
	Version   int             `json:"v"`
	Run       json.RawMessage `json:"run"`
	First     int64           `json:"first"`
	Last      int64           `json:"last"`
	NotBefore time.Time       `json:"not_before,omitzero"`
	Lines     []string        `json:"lines,omitempty"`
}

// EncodeSlice gives the value of a record of krapp.work.
func EncodeSlice(s Slice) ([]byte, error) {
	run, err := roundtrip.EncodeRun(s.Run)
	if err != nil {
		return nil, err
	}
	return json.Marshal(sliceJSON{Version: sliceVersion, Run: run, First: s.First, Last: s.Last, NotBefore: s.NotBefore, Lines: s.Lines})
}

// DecodeSlice reads the value of a record of krapp.work.
func DecodeSlice(value []byte) (Slice, error) {
	var in sliceJSON
	if err := json.Unmarshal(value, &in); err != nil {
		return Slice{}, fmt.Errorf("reading a slice: %w", err)
	}
	if in.Version != sliceVersion {
		return Slice{}, fmt.Errorf("reading a slice: version %d is not known here", in.Version)
	}
	run, err := roundtrip.DecodeRun(in.Run)
	if err != nil {
		return Slice{}, fmt.Errorf("reading a slice: %w", err)
	}
	s := Slice{Run: run, First: in.First, Last: in.Last, NotBefore: in.NotBefore, Lines: in.Lines}
	switch {
	case s.First < 0 || s.Last < s.First || s.Last >= run.Count || s.Last-s.First >= MaxSlice:
		return Slice{}, fmt.Errorf("reading a slice: messages %d to %d of %d", s.First, s.Last, run.Count)
	case run.File != "" && len(s.Lines) != s.Len():
		return Slice{}, errors.New("reading a slice: it has another number of lines than of messages")
	}
	return s, nil
}
