package send

import (
	"errors"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

func TestATallyReportsEachMessageOnce(t *testing.T) {
	run := roundtrip.Run{ID: "01JDZ8T3Q5W0000000000ABCDE", TopicID: "id"}
	y := newTally()
	seq := func(from uint32) func(int) uint32 { return func(i int) uint32 { return from + uint32(i) } }
	large := kafkaops.NewError(kafkaops.Invalid, "producing to", "orders", "", errors.New("too large"))
	y.add([]kafkaops.Delivery{{Partition: 1, Offset: 9}, {Partition: 0, Offset: 4}, {Partition: 1, Offset: 8}, {Err: large}, {Err: errors.New("?"), Possibly: true}}, seq(10))

	r := y.take(run, "s")
	if len(r.Acked) != 2 || r.Acked[1].First != 8 || r.Acked[1].Last != 9 || r.Acked[1].Seqs.String() != "{10,12}" || r.Acked[0].Seqs.String() != "{11}" {
		t.Errorf("acknowledged %+v", r.Acked)
	}
	if len(r.Failed) != 1 || r.Failed[0].Class != "invalid" || r.Failed[0].Seqs.String() != "{13}" || r.Possibly.String() != "{14}" {
		t.Errorf("failed %+v, possibly %s", r.Failed, r.Possibly)
	}
	if again := y.take(run, "s"); again != nil {
		t.Errorf("taken twice: %+v", again)
	}
	if left := y.abandon(17); left.String() != "{0,1,2,3,4,5,6,7,8,9,15,16}" {
		t.Errorf("without an outcome: %s", left)
	}
	counts, stop := y.progress()
	if counts.Acked != 3 || counts.Failed != 1 || counts.Possibly != 13 || stop != nil {
		t.Errorf("%+v, %v", counts, stop)
	}
	y.add([]kafkaops.Delivery{{Err: kafkaops.NewError(kafkaops.NotFound, "producing to", "orders", "", nil)}}, seq(17))
	if _, stop := y.progress(); kafkaops.ClassOf(stop) != kafkaops.NotFound {
		t.Errorf("sending goes on into a topic that isn't there: %v", stop)
	}
}
