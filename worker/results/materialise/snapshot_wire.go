package materialise

import (
	"encoding/json"
	"fmt"

	"github.com/krapp-io/krapp/kafkaops"
)

// SnapshotHeader is the record header that says what a record of the snapshots topic is; its value is JSON.
const SnapshotHeader = "krapp-snapshot"

const (
	snapshotVersion = 1
	partBytes       = 900 << 10 // of a snapshot in one record: brokers take 1 MiB
	maxParts        = 400
	slots           = 2 // snapshots are written over one another in turn, so that a damaged one leaves another
)

// partHeader says what a record of the snapshots topic holds: a part of a snapshot. Its key is partKey's.
type partHeader struct {
	Version int    `json:"v"`
	Print   string `json:"print"`
	TopicID string `json:"topic"` // of the results topic: offsets of one that was deleted say nothing
	ID      string `json:"id"`    // parts of one snapshot have the same
	Slot    int    `json:"slot"`
	Part    int    `json:"part"`
	Parts   int    `json:"parts"`
}

// partKey is the key under which compaction keeps a part of a computation's snapshot.
func partKey(computed string, slot, part int) string {
	return fmt.Sprintf("%s/%d/%d", computed, slot, part)
}

func (h *partHeader) encode() ([]byte, error) {
	h.Version = snapshotVersion
	return json.Marshal(h)
}

// decodePart reads a header. It trusts nothing: the error is Invalid.
func decodePart(b []byte) (partHeader, error) {
	const op, hint = "reading snapshot", "The results are rebuilt without it."
	var h partHeader
	if len(b) > 1<<10 {
		return partHeader{}, kafkaops.Errorf(kafkaops.Invalid, op, "", hint, "its header has %d bytes", len(b))
	}
	if err := json.Unmarshal(b, &h); err != nil {
		return partHeader{}, kafkaops.NewError(kafkaops.Invalid, op, "", hint, err)
	}
	switch {
	case h.Version != snapshotVersion:
		return partHeader{}, kafkaops.Errorf(kafkaops.Invalid, op, "", hint, "it is of version %d, this is %d", h.Version, snapshotVersion)
	case h.Print == "" || h.ID == "" || h.Slot < 0 || h.Slot >= slots || h.Parts < 1 || h.Parts > maxParts || h.Part < 0 || h.Part >= h.Parts:
		return partHeader{}, kafkaops.Errorf(kafkaops.Invalid, op, "", hint, "its header is out of range")
	}
	return h, nil
}
