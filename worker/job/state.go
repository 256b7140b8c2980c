package job

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/krapp-io/krapp/kafkaops"
)

// SourcePhase is what became of a source.
type SourcePhase string

// The phases of a source. Only pending ones are work for readers.
const (
	Pending SourcePhase = "pending"
	Reading SourcePhase = "reading"
	Done    SourcePhase = "done"
	Failed  SourcePhase = "failed"
)

const (
	stateVersion = 1
	maxState     = 64 << 10
	maxFailure   = 4 << 10 // of an error's text
)

// State is a record of the sources topic: what is known of one source. The record's key is ID.
type State struct {
	Version int               `json:"v"`
	Job     string            `json:"job"`
	ID      string            `json:"id"`
	URL     string            `json:"url"`
	Vars    map[string]string `json:"vars,omitempty"`
	Phase   SourcePhase       `json:"phase"`
	Attempt int               `json:"attempt,omitzero"`
	Limit   int64             `json:"limit,omitzero"`   // chunks that are wanted of it, 0: all
	Limited bool              `json:"limited,omitzero"` // done, but more is there than was wanted: a trial
	Chunks  int64             `json:"chunks,omitzero"`  // written so far; of a source that is done: all
	Rows    int64             `json:"rows,omitzero"`
	Bytes   int64             `json:"bytes,omitzero"` // decompressed
	Read    int64             `json:"read,omitzero"`  // compressed bytes
	Size    int64             `json:"size,omitzero"`  // compressed bytes of the source, -1: unknown
	Resume  Progress          `json:"resume,omitzero"`
	Error   *Failure          `json:"error,omitempty"` // of one that failed
	Worker  string            `json:"worker,omitempty"`
	At      time.Time         `json:"at,omitzero"`
}

// Failure is why a source couldn't be read, and where.
type Failure struct {
	Class    kafkaops.Class `json:"class"`
	Text     string         `json:"text"`
	URL      string         `json:"url"`
	Position int64          `json:"position"` // decompressed bytes
}

// EncodeState writes a state: JSON, version 1. A failure's text is clipped to 4 KiB.
func EncodeState(s State) ([]byte, error) {
	const op = "writing state of source"
	s.Version = stateVersion
	if s.Error != nil && len(s.Error.Text) > maxFailure {
		clipped := *s.Error
		clipped.Text = strings.ToValidUTF8(clipped.Text[:maxFailure], "") + "…"
		s.Error = &clipped
	}
	if why := s.wrong(); why != "" {
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, s.ID, "", "%s", why)
	}
	b, err := json.Marshal(s, json.Deterministic(true))
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, op, s.ID, "", err)
	}
	if len(b) > maxState {
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, s.ID, "", "it takes %d bytes, at most %d fit", len(b), maxState)
	}
	return b, nil
}

// DecodeState reads a record of the sources topic. It trusts nothing: the error is Invalid.
func DecodeState(b []byte) (State, error) {
	const op = "reading state of source"
	var s State
	if err := decodeStrict(op, maxState, b, &s); err != nil {
		return State{}, err
	}
	if why := s.wrong(); why != "" {
		return State{}, kafkaops.Errorf(kafkaops.Invalid, op, s.ID, "", "%s", why)
	}
	return s, nil
}

func (s *State) wrong() string {
	switch {
	case s.Version != stateVersion:
		return "it is of another version of krapp"
	case s.Job == "" || s.ID == "" || s.URL == "":
		return "it doesn't say its job, source and URL"
	case s.Phase != Pending && s.Phase != Reading && s.Phase != Done && s.Phase != Failed:
		return fmt.Sprintf("there is no phase %q", clip([]byte(s.Phase)))
	case (s.Phase == Failed) != (s.Error != nil):
		return "a source has an error exactly when it failed"
	case s.Attempt < 0 || s.Limit < 0 || min(s.Chunks, s.Rows, s.Bytes, s.Read) < 0 || s.Size < -1 || s.Chunks > maxChunkIndex || !s.Resume.sound():
		return "its numbers are out of range"
	case s.Error != nil && s.Error.Position < 0:
		return "its error's position is out of range"
	}
	return ""
}

// Progress is where a reader is in a source: the next chunk, what stands before it, and the checksum of that. It is the note of commits too.
type Progress struct {
	Index int64  // the next chunk
	Rows  int64  // before it
	Bytes int64  // decompressed, before it
	Sum   uint64 // of those bytes
}

// progressVersion begins a note: version 1.
const progressVersion = "1"

func (p Progress) sound() bool {
	return p.Index >= 0 && p.Index <= maxChunkIndex && p.Rows >= 0 && p.Bytes >= 0
}

// MarshalText writes "1 index rows bytes checksum"; of the start of a source, nothing.
func (p Progress) MarshalText() ([]byte, error) {
	if p == (Progress{}) {
		return []byte{}, nil
	}
	if !p.sound() {
		return nil, kafkaops.Errorf(kafkaops.Invalid, "writing progress", "", "", "%d %d %d is out of range", p.Index, p.Rows, p.Bytes)
	}
	return fmt.Appendf(nil, "%s %d %d %d %016x", progressVersion, p.Index, p.Rows, p.Bytes, p.Sum), nil
}

// UnmarshalText reads what MarshalText wrote, exactly that; "" is the start.
func (p *Progress) UnmarshalText(b []byte) error {
	*p = Progress{}
	if len(b) == 0 {
		return nil
	}
	refuse := func(why string) error {
		*p = Progress{}
		return kafkaops.Errorf(kafkaops.Invalid, "reading progress", "", "Is the group used by something else?", "%q: %s", clip(b), why)
	}
	if len(b) > 100 {
		return refuse("it is too long")
	}
	parts := strings.Split(string(b), " ")
	if len(parts) != 5 || parts[0] != progressVersion {
		return refuse("it isn't of this version of krapp")
	}
	for i, to := range []*int64{&p.Index, &p.Rows, &p.Bytes} {
		n, err := strconv.ParseInt(parts[i+1], 10, 64)
		if err != nil {
			return refuse("its numbers are out of range")
		}
		*to = n
	}
	sum, err := strconv.ParseUint(parts[4], 16, 64)
	if err != nil || !p.sound() {
		return refuse("its numbers are out of range")
	}
	p.Sum = sum
	if canonical, err := p.MarshalText(); err != nil || string(canonical) != string(b) {
		return refuse("it isn't as krapp writes it")
	}
	return nil
}
