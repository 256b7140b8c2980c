package deadletter

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

func TestALetterKeepsTheRecordAndSaysWhereItIsFrom(t *testing.T) {
	r := &kafkaops.Record{
		Topic: "orders", Partition: 3, Offset: 41, Key: []byte("k"), Value: []byte("v"),
		Headers: []kafkaops.Header{{Key: "own", Value: []byte("1")}},
	}
	got := Letter(r, "no good", 2)
	want := kafkaops.Record{Topic: "orders.dlq", Partition: kafkaops.AnyPartition, Key: []byte("k"), Value: []byte("v"), Headers: []kafkaops.Header{
		{Key: "own", Value: []byte("1")}, {Key: TopicHeader, Value: []byte("orders")}, {Key: PartitionHeader, Value: []byte("3")},
		{Key: OffsetHeader, Value: []byte("41")}, {Key: ErrorHeader, Value: []byte("no good")}, {Key: AttemptHeader, Value: []byte("2")},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("letter %+v, want %+v", got, want)
	}
	if len(r.Headers) != 1 {
		t.Errorf("the record's own headers are %v now", r.Headers)
	}
}

func TestALetterAlwaysFits(t *testing.T) {
	big := func(n int) []byte { return make([]byte, n) }
	cases := map[string]struct {
		r     kafkaops.Record
		value int // bytes that are left of it
		own   bool
		cut   string
	}{
		"just fits":     {kafkaops.Record{Topic: "t", Value: big(maxBytes - 200)}, maxBytes - 200, true, ""},
		"a large value": {kafkaops.Record{Topic: "t", Value: big(8 << 20), Headers: []kafkaops.Header{{Key: "own"}}}, -1, true, "8388608"},
		"a large key":   {kafkaops.Record{Topic: "t", Key: big(2 << 20), Value: big(10)}, 0, true, "10"},
		"many headers":  {kafkaops.Record{Topic: "t", Value: big(10), Headers: []kafkaops.Header{{Key: "own", Value: big(4 << 20)}}}, 0, false, "10"},
		"a tombstone":   {kafkaops.Record{Topic: "t", Key: []byte("k")}, 0, true, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l := Letter(&c.r, "no good", 1)
			if n := Bytes(&l); n > maxBytes+1<<10 {
				t.Errorf("it has %d bytes", n)
			}
			if c.value >= 0 && len(l.Value) != c.value || c.value < 0 && len(l.Value) < maxBytes-1<<10 {
				t.Errorf("%d bytes of the value are left", len(l.Value))
			}
			if cut, _ := l.Header(CutHeader); string(cut) != c.cut {
				t.Errorf("it says that it was cut from %q, want %q", cut, c.cut)
			}
			if _, own := l.Header("own"); len(c.r.Headers) > 0 && own != c.own {
				t.Errorf("it has headers of its own: %v", own)
			}
			if why, _ := l.Header(ErrorHeader); string(why) != "no good" {
				t.Errorf("its reason is %q", why)
			}
		})
	}
}

// fakeAdmin has topics, and counts what it is asked.
type fakeAdmin struct {
	topics map[string]kafkaops.Topic
	asked  int
	made   []kafkaops.NewTopic
	raced  bool // somebody else makes the topic first
}

func (f *fakeAdmin) DescribeTopics(_ context.Context, names ...string) ([]kafkaops.Topic, error) {
	f.asked++
	t, ok := f.topics[names[0]]
	if !ok {
		t.Err = kafkaops.NewError(kafkaops.NotFound, "describing topic", names[0], "", nil)
	}
	return []kafkaops.Topic{t}, nil
}

func (f *fakeAdmin) CreateTopics(_ context.Context, topics ...kafkaops.NewTopic) error {
	f.made = append(f.made, topics...)
	f.topics[topics[0].Name] = kafkaops.Topic{Name: topics[0].Name}
	if f.raced {
		return kafkaops.NewError(kafkaops.AlreadyExists, "creating topic", topics[0].Name, "", nil)
	}
	return nil
}

func newFake() *fakeAdmin {
	replicas := []int32{1, 2, 3}
	return &fakeAdmin{topics: map[string]kafkaops.Topic{
		"orders": {Name: "orders", ID: "first", Partitions: []kafkaops.Partition{{ID: 0, Replicas: replicas}, {ID: 1, Replicas: replicas}}},
	}}
}

func TestADeadLetterTopicIsMadeOnceLikeItsTopic(t *testing.T) {
	for name, raced := range map[string]bool{"alone": false, "somebody was faster": true} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.raced = raced
			b := NewBook(f)
			for range 3 {
				if err := b.Ensure(t.Context(), "orders"); err != nil {
					t.Fatal(err)
				}
			}
			want := []kafkaops.NewTopic{{Name: "orders.dlq", Partitions: 2, ReplicationFactor: 3}}
			if !reflect.DeepEqual(f.made, want) {
				t.Errorf("made %+v, want %+v", f.made, want)
			}
		})
	}
	if err := NewBook(newFake()).Ensure(t.Context(), "nothing"); kafkaops.ClassOf(err) != kafkaops.NotFound {
		t.Errorf("of a topic that isn't there: %v", err)
	}
}

func TestTheBookForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		b := NewBook(f)
		asked := func(what string, want int) {
			t.Helper()
			if id := b.ID(t.Context(), "orders"); id == "" {
				t.Error("no ID")
			}
			if f.asked != want {
				t.Errorf("%s: asked %d times, want %d", what, f.asked, want)
			}
		}
		asked("at first", 1)
		asked("again", 1)
		b.Forget()
		asked("told to forget", 2)
		time.Sleep(topicMemory)
		asked("after a while", 3)
		if id := b.ID(t.Context(), "nothing"); id != "" {
			t.Errorf("ID of a topic that isn't there: %q", id)
		}
	})
}
