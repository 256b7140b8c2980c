package ask

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/embed"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/passage"
	"github.com/krapp-io/krapp/seer/learn/template"
)

var _ Reader = (*rdkafka.Client)(nil)

// knowledge learns all at once what is in some topics: what seer/learn does as it comes.
type knowledge struct {
	table  *embed.Table
	miner  *template.Miner
	index  *index.Index
	topics []string
	n      int64
	newest time.Time
}

func learned(t *testing.T, c *rdkafka.Client, topics ...string) *knowledge {
	t.Helper()
	table, err := embed.Load()
	must(t, err)
	x, err := index.New(index.Options{Embedder: index.Offline(table), Words: table, Sentences: passage.Sentences})
	must(t, err)
	k := &knowledge{table: table, miner: template.New(template.Options{}), index: x, topics: topics}
	for _, topic := range topics {
		for _, r := range kafkatest.All(t, c, topic) {
			k.learn(t, &r)
		}
	}
	var docs []index.Doc
	for _, m := range k.miner.Changed() {
		docs = append(docs, index.Doc{ID: m.ID, Kind: index.Template, Place: m.Examples[0], Text: m.Text()})
	}
	must(t, x.Add(t.Context(), docs))
	return k
}

func (k *knowledge) learn(t *testing.T, r *kafkaops.Record) {
	t.Helper()
	k.n++
	if r.Timestamp.After(k.newest) {
		k.newest = r.Timestamp
	}
	if k.miner.Add(template.Observation{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, At: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value}) != template.Whole {
		return
	}
	title, _ := r.Header("krapp-title")
	var docs []index.Doc
	for _, p := range passage.Split(string(r.Value), passage.Options{}) {
		h := fnv.New64a()
		fmt.Fprint(h, r.Topic, r.Partition, r.Offset, p.N)
		docs = append(docs, index.Doc{
			ID: h.Sum64(), Kind: index.Passage, Title: string(title), Passage: p.N, Text: p.Text,
			Place: seer.Place{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, At: r.Timestamp.UTC()},
		})
	}
	must(t, k.index.Add(t.Context(), docs))
}

func (k *knowledge) Search(ctx context.Context, q index.Query) ([]index.Hit, error) {
	return k.index.Search(ctx, q)
}
func (k *knowledge) Template(id uint64) (template.Template, bool) { return k.miner.Get(id) }
func (k *knowledge) Templates(topic string) []template.Template   { return k.miner.All(topic) }
func (k *knowledge) Fields(topic string) []template.Field         { return k.miner.Fields(topic) }
func (k *knowledge) Topics() []string                             { return k.topics }
func (k *knowledge) Status() seer.Status {
	passages, templates := k.index.Len()
	return seer.Status{State: seer.Current, Messages: k.n, Passages: passages, Templates: templates, Topics: k.topics, Fresh: seer.Freshness{At: k.newest}}
}

var now = time.Date(2026, 11, 21, 14, 30, 0, 0, time.UTC)

// shop is a cluster with orders, payments, sensors, a log and texts, and an asker who has learned all of it.
type shop struct {
	t *testing.T
	c *rdkafka.Client
	k *knowledge
	a *Asker
	o Options
}

const wilymajinkas = `The Wilymajinkas are a small people who live in the marshes of Orvendal.
They build their houses on stilts and travel in flat boats made of reed.
Wilymajinkas are cheerful, curious and very fond of pickled onions.
Each spring they hold a festival at which the oldest boat is burnt.
Their queen is chosen by throwing an onion over the highest roof.`

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, c: client(t)}
	topics := []string{"orders", "payments", "sensors", "consumer-log", "seer-statement"}
	create(t, s.c, topics...)
	kafkatest.Send(t, s.c, s.records()...)
	s.k = learned(t, s.c, topics...)
	s.o = Options{Knowledge: s.k, Reader: s.c, Words: s.k.table, Now: func() time.Time { return now }}
	s.a = New(s.o)
	return s
}

// records are the same each time: 300 orders, 200 payments of which 50 declined, 120 readings, 40 timeouts, a text.
func (s *shop) records() []kafkaops.Record {
	var out []kafkaops.Record
	add := func(topic, key string, at time.Time, value any) {
		r := kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Key: []byte(key), Timestamp: at}
		if text, ok := value.(string); ok {
			r.Value = []byte(text)
		} else {
			r.Value, _ = json.Marshal(value)
		}
		out = append(out, r)
	}
	for i := range 300 {
		add("orders", fmt.Sprintf("order-%d", i), now.Add(-time.Duration(300-i)*time.Minute), map[string]any{
			"order_id": fmt.Sprintf("o-%d", i), "customer_id": fmt.Sprintf("c-%d", i%25), "amount": json.Number(fmt.Sprintf("%d.%02d", i, i%100)),
			"country": []string{"DE", "FR", "IT"}[i%3], "status": []string{"created", "shipped"}[i%2],
		})
	}
	for i := range 200 {
		add("payments", fmt.Sprintf("p-%d", i), now.Add(-time.Duration(200-i)*time.Minute), map[string]any{
			"payment_id": fmt.Sprintf("pay-%d", i), "amount": i % 40, "status": []string{"accepted", "declined", "accepted", "accepted"}[i%4],
			"method": []string{"card", "cash"}[i%2],
		})
	}
	for i := range 120 {
		add("sensors", fmt.Sprintf("s%d", i%7), now.Add(-time.Duration(120-i)*time.Second), map[string]any{
			"sensor": fmt.Sprintf("s%d", i%7), "celsius": json.Number(fmt.Sprintf("%d.%d", 10+i%30, i%10)),
		})
	}
	for i := range 40 {
		add("consumer-log", "", now.Add(-time.Duration(40-i)*time.Second), fmt.Sprintf("WARN connection to broker 10.0.0.%d:9092 timed out after %d ms", i%9, 100+i))
	}
	add("seer-statement", "w", now.Add(-time.Hour), wilymajinkas)
	out[len(out)-1].Headers = []kafkaops.Header{{Key: "krapp-title", Value: []byte("Peoples of Orvendal")}}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *shop) ask(question string, history ...string) seer.Answer {
	s.t.Helper()
	q := seer.Question{Text: question}
	for _, h := range history {
		q.History = append(q.History, seer.Turn{Question: h, Answer: "An answer."})
	}
	a, err := s.a.Ask(s.t.Context(), q, nil)
	must(s.t, err)
	return a
}
