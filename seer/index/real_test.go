package index_test

import (
	"bytes"
	"context"
	"reflect"
	"testing"

	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/embed"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/passage"
)

// With the table that is in the binary.
func offline(t testing.TB) index.Options {
	t.Helper()
	table, err := embed.Load()
	if err != nil {
		t.Fatal(err)
	}
	return index.Options{Embedder: index.Offline(table), Words: table, Sentences: passage.Sentences}
}

const wilymajinkas = `The Wilymajinkas are a people of the upper Sorrel valley.
They are shy, patient and very fond of riddles.
A guest is given soup before anybody asks for a name.
Their houses stand on the roots of old trees.
In autumn they walk to the coast to trade honey for salt.`

var messages = []string{
	"payments payment declined, reason insufficient funds",
	"payments payment captured, amount, currency", "broker log connection to node timed out after ms",
	"sensors temperature reading, celsius",
	"auth login failed, wrong password for user", "gc pause full, heap before and after", "disk usage of volume above percent",
}

func learned(t testing.TB) *index.Index {
	t.Helper()
	x, err := index.New(offline(t))
	if err != nil {
		t.Fatal(err)
	}
	docs := []index.Doc{{ID: 1, Kind: index.Passage, Text: wilymajinkas, Passage: 1, Place: seer.Place{Topic: "seer-statement"}}}
	for i, m := range messages {
		docs = append(docs, index.Doc{ID: uint64(100 + i), Kind: index.Template, Text: m, Place: seer.Place{Topic: "events", Offset: int64(i)}})
	}
	if err := x.Add(context.Background(), docs); err != nil {
		t.Fatal(err)
	}
	return x
}

func first(t testing.TB, x *index.Index, question string) index.Hit {
	t.Helper()
	hits, err := x.Search(context.Background(), index.Query{Text: question})
	if err != nil {
		t.Fatal(err)
	}
	if len(hits) == 0 {
		return index.Hit{}
	}
	return hits[0]
}

func TestWithTheTableInTheBinary(t *testing.T) {
	x := learned(t)
	weakest := 1.0
	for question, want := range map[string]uint64{
		"Who are the Wilymajinkas?":                   1,
		"What are the Wilymajinkas like?":             1,
		"Where do the Wilymajinkas live?":             1,
		"Which cards were refused for lack of money?": 100,
		"Who could not sign in?":                      104,
		"How hot is it?":                              103,
		"Was there a timeout of a connection?":        102,
	} {
		h := first(t, x, question)
		if h.ID != want {
			t.Errorf("%s found %d %q, evidence %.2f", question, h.ID, h.Text, h.Evidence)
		}
		if h.Kind == index.Passage {
			weakest = min(weakest, h.Evidence)
		}
	}
	for _, question := range []string{"What is the capital of Peru?", "Who wrote Hamlet?", "How far away is the moon?"} {
		if h := first(t, x, question); h.Evidence >= weakest/2 {
			t.Errorf("%s: evidence %.2f by %q; what can be answered has %.2f", question, h.Evidence, h.Text, weakest)
		}
	}
}

func TestWithTheTableRestarted(t *testing.T) {
	x := learned(t)
	var b bytes.Buffer
	if err := x.Encode(&b); err != nil {
		t.Fatal(err)
	}
	y, err := index.Decode(&b, offline(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, question := range append(messages, "Who are the Wilymajinkas?", "honey for guests", "capital of Peru") {
		if a, b := first(t, x, question), first(t, y, question); !reflect.DeepEqual(a, b) {
			t.Errorf("%s: before %+v, after %+v", question, a, b)
		}
	}
}

// BenchmarkAddWithTheTable: passages of 50 words, all that adding takes.
func BenchmarkAddWithTheTable(b *testing.B) {
	x, err := index.New(offline(b))
	if err != nil {
		b.Fatal(err)
	}
	for id := uint64(1); b.Loop(); id++ {
		_ = x.Add(context.Background(), []index.Doc{{ID: id, Text: wilymajinkas}})
	}
}
