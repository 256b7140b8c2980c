package compute

import (
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// The watermark of a partition is committed with its offset, as its note: what is late is then decided once and for all, whoever dies. A note
// is "1 N", version 1, N Unix time in nanoseconds; "" where no event has been seen.
const watermarkVersion = "1"

func encodeWatermark(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return watermarkVersion + " " + strconv.FormatInt(at.UnixNano(), 10)
}

// decodeWatermark reads a note, exactly as encodeWatermark writes it. The error is Invalid.
func decodeWatermark(note string) (time.Time, error) {
	if note == "" {
		return time.Time{}, nil
	}
	version, text, _ := strings.Cut(note, " ")
	n, err := strconv.ParseInt(text, 10, 64)
	at := time.Unix(0, n).UTC()
	if version != watermarkVersion || err != nil || n < 0 || encodeWatermark(at) != note {
		return time.Time{}, kafkaops.Errorf(kafkaops.Invalid, "reading watermark", "", "Is the group used by something else?",
			"%q is not one of this version of krapp", note[:min(len(note), 60)])
	}
	return at, nil
}
