package kafkatest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
)

// contractNotes: what is noted with an offset comes back with it, and belongs to the transaction as the offset does.
func contractNotes(t *testing.T, s *suite) {
	topic, group := s.topic(2), s.name("group")
	tp, other := at(topic, 0), at(topic, 1)
	m := s.member(rdkafka.GroupOptions{Group: group, Topics: []string{topic}})
	s.eventually("the member has all", func() bool { return len(m.Assigned()) == 2 })
	metadata, err := m.Metadata()
	s.ok(err)
	p := s.txProducer(s.name("tx"))
	stable := func(s *suite) kafkaops.Commits {
		s.t.Helper()
		got, err := s.CommittedStable(s.ctx, group, []kafkaops.TopicPartition{tp, other})
		s.ok(err)
		return got
	}
	commit := func(s *suite, c kafkaops.Commits) {
		s.t.Helper()
		s.ok(p.Begin(s.ctx))
		s.ok(p.SendOffsets(s.ctx, c, metadata))
		s.ok(p.Commit(s.ctx))
	}

	notes := map[string]string{
		"none": "", "ascii": `{"v":1,"chunk":7}`, "unicode": "κραπ 📦 e\u0301\n\ttab", "4,000 bytes": strings.Repeat("0123456789", 400),
		"all that Kafka keeps": strings.Repeat("x", kafkaops.MaxNoteBytes),
	}
	for name, note := range notes {
		t.Run("a note comes back: "+name, func(t *testing.T) {
			s := s.in(t)
			want := kafkaops.Commits{tp: {Offset: 5, Note: note}, other: {Offset: 6}} // the same offset each time: only the note moves
			commit(s, want)
			if got := stable(s); len(got) != 2 || got[tp] != want[tp] || got[other] != want[other] {
				t.Errorf("got %.200s, want %.200s", fmt.Sprint(got), fmt.Sprint(want))
			}
			offsets, err := s.Committed(s.ctx, group, nil)
			s.ok(err)
			if len(offsets) != 2 || offsets[tp] != 5 {
				t.Errorf("the offsets alone are %v", offsets)
			}
		})
	}

	before := kafkaops.Commit{Offset: 5, Note: "before"}
	commit(s, kafkaops.Commits{tp: before})
	t.Run("of an open transaction it does not count", func(t *testing.T) {
		s := s.in(t)
		s.ok(p.Begin(s.ctx))
		s.ok(p.SendOffsets(s.ctx, kafkaops.Commits{tp: {Offset: 9, Note: "aborted"}}, metadata))
		offsets, err := s.Committed(s.ctx, group, nil)
		s.ok(err)
		if offsets[tp] != before.Offset {
			t.Errorf("%d is committed", offsets[tp])
		}
		short, cancel := context.WithTimeout(s.ctx, 200*time.Millisecond)
		defer cancel()
		if got, err := s.CommittedStable(short, group, []kafkaops.TopicPartition{tp}); err == nil {
			t.Errorf("a successor would start from %+v, though a transaction is open", got)
		}
		s.ok(p.Abort(s.ctx))
		if got := stable(s)[tp]; got != before {
			t.Errorf("after an abort %+v is committed", got)
		}
	})
	// Without the check the two differ: kfake takes notes of any length, Kafka answers OFFSET_METADATA_TOO_LARGE, which comes out as an
	// internal error. Kafka counts UTF-16 units, and what CheckNote counts, bytes, is never less.
	t.Run("one that would not come back is refused before it is sent", func(t *testing.T) {
		s := s.in(t)
		for _, note := range []string{strings.Repeat("x", kafkaops.MaxNoteBytes+1), "a\xff", "a\x00b"} {
			s.ok(p.Begin(s.ctx))
			err := p.SendOffsets(s.ctx, kafkaops.Commits{tp: {Offset: 5, Note: note}}, metadata)
			s.class(err, kafkaops.Invalid)
			if !strings.Contains(err.Error(), "note") || !strings.Contains(err.Error(), topic+"/0") {
				t.Errorf("the error names neither note nor partition: %v", err)
			}
			s.ok(p.Abort(s.ctx))
		}
		if got := stable(s)[tp]; got != before {
			t.Errorf("after that %+v is committed", got)
		}
		commit(s, kafkaops.Commits{tp: {Offset: 6, Note: "the producer goes on"}})
	})
}
