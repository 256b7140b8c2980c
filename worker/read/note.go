package read

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
)

// note is what is committed with a record that isn't finished: which record it is about, and how far it is.
type note struct {
	offset     int64 // of the record
	registered int64 // State.At of the record, in Unix nanoseconds: another after the topic was deleted and made again
	job.Progress
}

// noteVersion begins a note.
const noteVersion = "1"

// noteOf is the note of a record's progress.
func noteOf(offset int64, s *job.State, p job.Progress) note {
	n := note{offset: offset, Progress: p}
	if !s.At.IsZero() {
		n.registered = s.At.UnixNano()
	}
	return n
}

// encode gives "1 offset registered progress".
func (n note) encode() (string, error) {
	p, err := n.MarshalText()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %d %d %s", noteVersion, n.offset, n.registered, p), nil
}

// decodeNote reads what encode made, exactly that. "" is no note.
func decodeNote(text string) (n note, has bool, err error) {
	if text == "" {
		return note{}, false, nil
	}
	refuse := func(why string) (note, bool, error) {
		return note{}, false, kafkaops.Errorf(kafkaops.Invalid, "reading the note of", "", "Is the group used by something else, or by a newer krapp?",
			"%.100q: %s", text, why)
	}
	parts := strings.SplitN(text, " ", 4)
	if len(parts) != 4 || parts[0] != noteVersion {
		return refuse("it isn't of this version of krapp")
	}
	for i, to := range []*int64{&n.offset, &n.registered} {
		if *to, err = strconv.ParseInt(parts[i+1], 10, 64); err != nil {
			return refuse("its numbers are out of range")
		}
	}
	if err := n.UnmarshalText([]byte(parts[3])); err != nil {
		return refuse("its progress can't be read")
	}
	if canonical, err := n.encode(); err != nil || canonical != text || n.offset < 0 {
		return refuse("it isn't as krapp writes it")
	}
	return n, true, nil
}
