package index

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
)

func newTest(t testing.TB, change ...func(*Options)) *Index {
	t.Helper()
	o := Options{Embedder: Offline(testTable)}
	for _, c := range change {
		c(&o)
	}
	x, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func add(t testing.TB, x *Index, docs ...Doc) {
	t.Helper()
	if err := x.Add(context.Background(), docs); err != nil {
		t.Fatal(err)
	}
}

func search(t testing.TB, x *Index, q Query) []Hit {
	t.Helper()
	hits, err := x.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

func ids(hits []Hit) []uint64 {
	var out []uint64
	for _, h := range hits {
		out = append(out, h.ID)
	}
	return out
}

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// text is a passage, its record as old as its ID is small.
func text(id uint64, topic, words string) Doc {
	return Doc{ID: id, Kind: Passage, Text: words, Passage: 1,
		Place: seer.Place{Topic: topic, Offset: int64(id), At: start.Add(time.Duration(id) * time.Second)}}
}

func template(id uint64, topic, words string) Doc {
	d := text(id, topic, words)
	d.Kind, d.Passage = Template, 0
	return d
}

var few = []Doc{
	text(1, "texts", "The Wilymajinkas live in the hills. They bake bread at night. Nobody has seen one by day."),
	text(2, "texts", "A kitten sleeps. The feline is fed twice a day."),
	text(3, "letters", "The physician came by automobile. She stayed for a meal."),
	template(11, "payments", "payments payment declined for order amount reason insufficient funds"),
	template(12, "payments", "payments payment accepted for order amount"),
	template(13, "logs", "connection to broker timed out after ms"),
}

func TestTheWordsOfAQuestionFindTheirPassage(t *testing.T) {
	x := newTest(t)
	add(t, x, few...)
	hits := search(t, x, Query{Text: "Who are the Wilymajinkas?", Kinds: []Kind{Passage}})
	if len(hits) == 0 || hits[0].ID != 1 {
		t.Fatalf("found %v", ids(hits))
	}
	if h := hits[0]; h.BM25 <= 0 || h.Soft < .3 || h.Soft > 1 || h.Sentence < .3 ||
		math.Abs(h.Evidence-(3*h.Cosine+h.Sentence)/4) > 1e-6 || h.Cosine <= 0 { // its only word is covered
		t.Fatalf("its figures are %+v", h)
	}
	if unknown := search(t, x, Query{Text: "What is the capital of Peru?"}); len(unknown) > 0 && unknown[0].Evidence > hits[0].Evidence/3 {
		t.Fatalf("evidence for what nobody wrote about: %v beside %v", unknown[0].Evidence, hits[0].Evidence)
	}
}

func TestAWordFindsWhatMeansTheSame(t *testing.T) {
	x := newTest(t)
	add(t, x, few...)
	soft := search(t, x, Query{Text: "doctor car", Kinds: []Kind{Passage}, Mode: SoftOnly})
	if len(soft) == 0 || soft[0].ID != 3 || soft[0].BM25 != 0 || soft[0].Soft <= 0 {
		t.Fatalf("soft BM25 found %+v", soft)
	}
	if exact := search(t, x, Query{Text: "doctor car", Kinds: []Kind{Passage}, Mode: Keywords}); len(exact) > 0 { // the control
		t.Fatalf("exact BM25 found %v", ids(exact))
	}
	if near := search(t, x, Query{Text: "doctor car", Kinds: []Kind{Passage}, Mode: Vectors}); len(near) == 0 || near[0].ID != 3 {
		t.Fatalf("vectors found %v", ids(near))
	}
}

func TestTemplatesAreRankedByCosine(t *testing.T) {
	x := newTest(t)
	add(t, x, few...)
	hits := search(t, x, Query{Text: "which payments were refused", Kinds: []Kind{Template}})
	for i, h := range hits {
		if h.Kind != Template || i > 0 && h.Cosine > hits[i-1].Cosine || h.Score != h.Cosine {
			t.Fatalf("hit %d is %+v", i, h)
		}
	}
	if len(hits) == 0 || hits[0].ID != 11 {
		t.Fatalf("found %v", ids(hits))
	}
}

func TestBothKindsAreMergedByEvidenceEachInItsOrder(t *testing.T) {
	x := newTest(t)
	add(t, x, few...)
	for _, question := range []string{"payment declined", "kitten order", "broker connection of the physician"} {
		both := search(t, x, Query{Text: question, K: 20})
		for _, kind := range []Kind{Passage, Template} {
			var of []uint64
			for _, h := range both {
				if h.Kind == kind {
					of = append(of, h.ID)
				}
			}
			if alone := ids(search(t, x, Query{Text: question, K: 20, Kinds: []Kind{kind}})); fmt.Sprint(alone) != fmt.Sprint(of) {
				t.Errorf("%q: kind %d is in the order %v, alone %v", question, kind, of, alone)
			}
		}
	}
}

func TestTopicsLimitWhatIsFound(t *testing.T) {
	x := newTest(t)
	add(t, x, few...)
	for _, mode := range []Mode{Fused, Keywords, SoftOnly, Vectors} {
		for _, h := range search(t, x, Query{Text: "physician kitten payment connection", Topics: []string{"letters", "logs"}, Mode: mode}) {
			if h.Place.Topic != "letters" && h.Place.Topic != "logs" {
				t.Errorf("mode %d found %s", mode, h.Place.Topic)
			}
		}
	}
	if hits := search(t, x, Query{Text: "physician", Topics: []string{"letters"}}); len(hits) == 0 {
		t.Error("nothing was found in the topic that has it")
	}
}

func TestTheSameIDReplaces(t *testing.T) {
	x := newTest(t)
	add(t, x, text(1, "a", "the old harbour"))
	add(t, x, text(1, "a", "a new mountain"))
	for _, mode := range []Mode{Fused, Keywords, Vectors} {
		if hits := search(t, x, Query{Text: "harbour", Mode: mode}); len(hits) > 0 && hits[0].Text != "a new mountain" {
			t.Errorf("mode %d still finds %q", mode, hits[0].Text)
		}
		if hits := search(t, x, Query{Text: "mountain", Mode: mode}); len(hits) != 1 {
			t.Errorf("mode %d finds %d", mode, len(hits))
		}
	}
	add(t, x, template(1, "a", "a template by that ID"))
	if p, n := x.Len(); p != 0 || n != 1 {
		t.Errorf("%d passages, %d templates", p, n)
	}
	if hits := search(t, x, Query{Text: "mountain template", Kinds: []Kind{Passage}}); len(hits) > 0 {
		t.Errorf("the passage is still found: %v", hits)
	}
}

func TestATextThatIsThereIsNotEmbeddedAgain(t *testing.T) {
	e := &countingEmbedder{Embedder: Offline(testTable)}
	x := newTest(t, func(o *Options) { o.Embedder, o.Words = e, testTable })
	add(t, x, few...)
	again := few[0]
	again.Place.Offset, again.Place.At = 99, start.Add(time.Hour)
	before := e.texts.Load()
	add(t, x, append([]Doc{again}, few[1:]...)...)
	if got := e.texts.Load() - before; got != 0 {
		t.Errorf("%d texts were embedded again", got)
	}
	if d, _ := x.Doc(1); d.Place.Offset != 99 {
		t.Errorf("its place is %+v", d.Place)
	}
	if hits := search(t, x, Query{Text: "Wilymajinkas"}); len(hits) == 0 || hits[0].Place.Offset != 99 {
		t.Errorf("found at %+v", hits)
	}
}

func TestAnEmbedderThatFailsAddsNothing(t *testing.T) {
	e := &countingEmbedder{Embedder: Offline(testTable)}
	x := newTest(t, func(o *Options) { o.Embedder, o.Words = e, testTable })
	add(t, x, few[0])
	e.fail.Store(true)
	if err := x.Add(context.Background(), few[1:]); err == nil {
		t.Fatal("no error")
	}
	if p, n := x.Len(); p+n != 1 {
		t.Errorf("%d documents", p+n)
	}
	if _, err := x.Search(context.Background(), Query{Text: "Wilymajinkas"}); err == nil {
		t.Error("a search that needs the embedder has no error")
	}
	if hits := search(t, x, Query{Text: "Wilymajinkas", Mode: SoftOnly}); len(hits) != 1 {
		t.Errorf("words alone found %v", ids(hits))
	}
}

func TestWhatCanNotBeAskedIsInvalid(t *testing.T) {
	x := newTest(t)
	_, err := x.Search(context.Background(), Query{Text: strings.Repeat("a", seer.MaxQuestion+1)})
	if kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("a long question: %v", err)
	}
	if _, err := New(Options{}); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("no embedder: %v", err)
	}
	if err := x.Add(context.Background(), []Doc{{Kind: 9}}); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("a kind that is none: %v", err)
	}
}

func TestHostileTexts(t *testing.T) {
	x := newTest(t)
	for i, s := range []string{"", "\x00\xff\xfe", strings.Repeat("x", 3*MaxText), strings.Repeat("é", MaxText), strings.Repeat("a b ", MaxText),
		"漢字仮名交じり文", "\u202eabc", strings.Repeat("\xff a", MaxText), "'s's's", "don't l’eau A"} {
		add(t, x, text(uint64(i+1), "t", s))
		if d, _ := x.Doc(uint64(i + 1)); len(d.Text) > MaxText {
			t.Errorf("%d bytes are kept of text %d", len(d.Text), i)
		}
		for _, mode := range []Mode{Fused, Keywords, SoftOnly, Vectors} {
			search(t, x, Query{Text: s[:min(len(s), seer.MaxQuestion)], Mode: mode})
		}
	}
	if hits := search(t, x, Query{Text: "漢字", Mode: Keywords}); len(hits) != 1 {
		t.Errorf("two characters found %v", ids(hits))
	}
}
