package ask

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

// The reasons why a record can't be read any more.
const (
	goneTopic      = "the topic was deleted"
	gonePartition  = "the topic was deleted and made again, with fewer partitions"
	goneRetention  = "removed by retention"
	goneCompaction = "removed by compaction"
	goneRecreated  = "the topic was deleted and made again: another record is there now"
)

// checksAtOnce is how many citations are checked at the same time.
const checksAtOnce = 4

// verify checks that each cited record can still be read, and takes its excerpt from it as it is now. It takes CheckLimit at most; what could
// not be checked until then is noted.
func (s *asking) verify(ctx context.Context) {
	if len(s.answer.Citations) == 0 || ctx.Err() != nil {
		return
	}
	limited, cancel := context.WithTimeout(ctx, s.o.CheckLimit)
	defer cancel()
	v := verifier{asking: s, extents: map[string]extentsOf{}}
	for _, c := range s.answer.Citations {
		if _, have := v.extents[c.Place.Topic]; !have {
			e, err := s.o.Reader.TopicExtents(limited, kafkaops.ReadCommitted, c.Place.Topic)
			v.extents[c.Place.Topic] = extentsOf{e, err}
		}
	}
	unchecked := make([]bool, len(s.answer.Citations))
	work := make(chan int)
	var done sync.WaitGroup
	for range min(checksAtOnce, len(unchecked)) {
		done.Go(func() {
			for i := range work {
				unchecked[i] = !v.check(limited, &s.answer.Citations[i])
			}
		})
	}
	for i := range unchecked {
		work <- i
	}
	close(work)
	done.Wait()
	missed, gone := int64(0), int64(0)
	for i, c := range s.answer.Citations {
		if unchecked[i] {
			missed++
		}
		if c.Gone != "" {
			gone++
		}
	}
	if missed > 0 {
		s.note(count(missed, "citation") + " could not be checked in time.")
	}
	if gone > 0 {
		s.note(count(gone, "record") + " cited here can't be read any more.")
	}
}

type extentsOf struct {
	extents kafkaops.Extents
	err     error
}

// verifier checks citations. Each check touches its own citation only.
type verifier struct {
	*asking
	extents map[string]extentsOf
}

// check sets Gone, or the excerpt. False: it could not be told.
func (v *verifier) check(ctx context.Context, c *seer.Citation) bool {
	of := v.extents[c.Place.Topic]
	if kafkaops.ClassOf(of.err) == kafkaops.NotFound {
		c.Gone = goneTopic
		return true
	}
	if of.err != nil || ctx.Err() != nil {
		return false
	}
	tp := kafkaops.TopicPartition{Topic: c.Place.Topic, Partition: c.Place.Partition}
	x, ok := of.extents[tp]
	switch {
	case !ok:
		c.Gone = gonePartition
		return true
	case x.Err != nil:
		return false
	case c.Place.Offset < x.Start:
		c.Gone = goneRetention
		return true
	case c.Place.Offset >= x.End:
		c.Gone = goneRecreated
		return true
	}
	records, err := v.o.Reader.Fetch(ctx, tp, c.Place.Offset, 1)
	if err != nil {
		return false
	}
	if len(records) == 0 || records[0].Offset != c.Place.Offset {
		c.Gone = goneCompaction
		return true
	}
	r := &records[0]
	if !c.Place.At.IsZero() && r.TimestampKind != kafkaops.NoTimestamp && r.Timestamp.UnixMilli() != c.Place.At.UnixMilli() {
		c.Gone = goneRecreated
		return true
	}
	c.Place.At = stamp(r)
	if c.Passage == 0 {
		c.Excerpt = excerpt(r.Value)
	} else if !holds(r.Value, c.Excerpt) {
		c.Gone = goneRecreated
	}
	return true
}

func stamp(r *kafkaops.Record) time.Time {
	if r.TimestampKind == kafkaops.NoTimestamp {
		return time.Time{}
	}
	return r.Timestamp.UTC()
}

// holds says that a passage is still in the record: its first words are there, whatever white space or JSON escapes are between them.
func holds(value []byte, passage string) bool {
	const words = 6
	text := strings.NewReplacer(`\n`, " ", `\t`, " ", `\"`, `"`, `\/`, "/").Replace(strings.ToValidUTF8(string(value), "\uFFFD"))
	for i, w := range strings.Fields(passage) {
		if i == words {
			break
		}
		if !strings.Contains(text, w) && !strings.Contains(w, "\uFFFD") && isPlain(w) {
			return false
		}
	}
	return true
}

// isPlain says that JSON writes a word as it is.
func isPlain(w string) bool {
	for _, r := range w {
		if r >= 0x7f || r < 0x20 || strings.ContainsRune(`"\<>&/`, r) {
			return false
		}
	}
	return true
}
