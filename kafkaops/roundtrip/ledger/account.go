package ledger

import (
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/judge"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/message"
	"github.com/krapp-io/krapp/kafkaops/roundtrip/wire"
)

// account is what the ledger keeps of one run.
type account struct {
	run        roundtrip.Run
	cancelled  time.Time
	senders    map[string]judge.Sender
	senderSkew time.Duration // -1: not known
	judgement  roundtrip.Judgement
	verdict    *wire.Verdict // as kept in krapp.runs; nil: none yet
	reopened   bool          // the kept verdict has been overtaken
	tallies
}

// tallies is what was counted; it is forgotten when the run is final.
type tallies struct {
	stored, possibly, failed     *roaring.Bitmap
	handled, again, rejected     *roaring.Bitmap
	unproved                     *roaring.Bitmap
	found                        *roaring.Bitmap // seen in the topic itself, by a scan
	failedAs                     string
	discarded                    int64
	latency                      wire.Latencies
	skew                         time.Duration
	parts                        map[int32]*part
	workers                      map[string]*roundtrip.WorkerOutcome
	identities                   map[identity]struct{}
	firstSent, lastSent          time.Time
	lastStored, lastHandled      time.Time
	reportsAt, outputAt, topicAt kafkaops.Offsets // positions: the next offset to take
	scanned                      scanKind
	expired                      string
	overdue                      []span // where messages that are missing lie
	missedAt                     []roundtrip.Place
	pendingBits                  int64 // bytes of bitmaps that wait
	coarse                       bool  // some waiting bitmaps were dropped to save memory
	locator                      message.Locator
	short                        string
	verified                     bool
	dirty                        bool            // something was counted since the bitmaps were last optimised
	updates                      int             // how often it was brought up to date
	damaged                      int64           // reports under the run\'s key that could not be read
	gone                         *roaring.Bitmap // acknowledged, and not in the topic
	notes                        []string
}

// identity of a done report within a run: reading it twice is harmless. Its time is a part of it, as a group that was reset may process the
// same batch of offsets again.
type identity struct {
	partition   int32
	first, last int64
	at          int64 // unix nanoseconds; 0: not given
}

// part is one partition of the run's topic.
type part struct {
	roundtrip.PartitionOutcome
	latency wire.Latencies
	upTo    int64 // next offset after what sent reports cover
	waiting []batch
}

// batch is messages stored on one partition that are not all handled yet, from one report or one step of a scan.
type batch struct {
	first, last int64
	at          time.Time       // when it was reported stored
	seqs        *roaring.Bitmap // nil: dropped to save memory
}

// span is a range of offsets.
type span struct {
	partition   int32
	first, last int64
}

type scanKind uint8

const (
	scanNothing scanKind = iota
	scanRest             // what the sender's reports don't cover
	scanAll
)

func newAccount(run roundtrip.Run) *account {
	a := &account{run: run, senders: map[string]judge.Sender{}, senderSkew: -1}
	a.judgement = roundtrip.Judgement{Run: run, Verdict: roundtrip.Sending}
	a.forget()
	return a
}

// forget starts the counting anew.
func (a *account) forget() {
	a.tallies = tallies{
		stored: roaring.New(), possibly: roaring.New(), failed: roaring.New(), handled: roaring.New(), again: roaring.New(),
		rejected: roaring.New(), unproved: roaring.New(), found: roaring.New(),
		parts: map[int32]*part{}, workers: map[string]*roundtrip.WorkerOutcome{}, identities: map[identity]struct{}{},
		reportsAt: kafkaops.Offsets{}, outputAt: kafkaops.Offsets{}, topicAt: kafkaops.Offsets{}, short: a.run.Short(),
	}
	for tp, end := range a.run.Ends {
		switch tp.Topic {
		case roundtrip.ReportsTopic:
			a.reportsAt[tp] = end
		case a.run.Evidence.Topic:
			a.outputAt[tp] = end
		}
	}
	if a.run.Evidence.ID != "" {
		a.locator, _ = message.ParseLocator(a.run.Evidence.ID)
	}
}

// settled says whether there is nothing to do for the run.
func (a *account) settled() bool { return a.judgement.Final && !a.reopened }

// adopt takes a final verdict that some ledger has written.
func (a *account) adopt(v wire.Verdict) {
	a.verdict = &v
	if a.reopened && !v.Judgement.At.After(a.judgement.At) {
		return
	}
	a.reopened = false
	a.judgement = v.Judgement
	a.forget()
	for tp, at := range v.Read { // nothing before that is of interest
		switch tp.Topic {
		case roundtrip.ReportsTopic:
			a.reportsAt[tp] = at
		case a.run.Evidence.Topic:
			a.outputAt[tp] = at
		}
	}
}

// reopen judges a final run anew, from its first evidence.
func (a *account) reopen() {
	a.reopened = true
	a.judgement.Final = false
	a.forget()
}

func (a *account) part(partition int32) *part {
	p := a.parts[partition]
	if p == nil {
		p = &part{PartitionOutcome: roundtrip.PartitionOutcome{Partition: partition, FirstOffset: -1, LastOffset: -1}}
		a.parts[partition] = p
	}
	return p
}

// clip drops sequence numbers that the run does not have, and counts them.
func (a *account) clip(b *roaring.Bitmap) *roaring.Bitmap {
	if b == nil {
		return roaring.New()
	}
	if b.IsEmpty() || int64(b.Maximum()) < a.run.Count {
		return b
	}
	over := b.CardinalityInRange(uint64(a.run.Count), 1<<32)
	a.discarded += int64(over)
	b.RemoveRange(uint64(a.run.Count), 1<<32)
	return b
}

// ownTopic says whether a topic ID is the run's own, as far as is known.
func (a *account) ownTopic(id string) bool {
	return id == "" || a.run.TopicID == "" || id == a.run.TopicID
}
