package compute

import (
	"log/slog"
	"time"

	"github.com/krapp-io/krapp/worker/deadletter"
)

// complainEvery is the least time between two log lines about dead letters.
const complainEvery = time.Minute

// complaints log dead letters: the first at once, then at most a line a minute, with how many there were since the line before. A job whose
// topics are missing would else fill its dead letters unnoticed, or the log.
type complaints struct {
	log   *slog.Logger
	now   func() time.Time
	at    time.Time // of the last line
	since int64     // letters since
}

func (c *complaints) tell(topic string, letters []letter) {
	c.since += int64(len(letters))
	if len(letters) == 0 || !c.at.IsZero() && c.now().Sub(c.at) < complainEvery {
		return
	}
	c.log.Warn("dead letters were written", "topic", topic+deadletter.Suffix, "count", c.since, "newest_reason", letters[len(letters)-1].reason)
	c.at, c.since = c.now(), 0
}
