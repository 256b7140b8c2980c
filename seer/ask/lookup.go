package ask

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/ask/exact"
	"github.com/krapp-io/krapp/seer/ask/route"
)

// Limits of a lookup.
const (
	shownRecords = 5
	maxFetches   = 64  // partitions in which an offset is looked for
	keptValue    = 400 // bytes of a record that an answer may show
)

// sight is a record that was found.
type sight struct {
	place seer.Place
	key   []byte
	value []byte
	tomb  bool
}

func sightOf(r *kafkaops.Record) sight {
	return sight{
		place: seer.Place{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, At: r.Timestamp.UTC()},
		key:   bytes.Clone(r.Key[:min(len(r.Key), 80)]), value: bytes.Clone(r.Value[:min(len(r.Value), keptValue)]), tomb: r.Value == nil,
	}
}

// newest keeps the newest few of many records.
type newest struct{ kept []sight }

func (n *newest) add(r *kafkaops.Record) {
	at := seer.Place{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, At: r.Timestamp}
	if len(n.kept) == shownRecords && newer(n.kept[shownRecords-1].place, at) <= 0 {
		return
	}
	n.kept = append(n.kept, sightOf(r))
	slices.SortFunc(n.kept, func(a, b sight) int { return newer(a.place, b.place) })
	n.kept = n.kept[:min(len(n.kept), shownRecords)]
}

// newer puts the newest first.
func newer(a, b seer.Place) int {
	return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Topic, b.Topic), cmp.Compare(b.Partition, a.Partition), cmp.Compare(b.Offset, a.Offset))
}

// lookup finds a record by where it is, by its key or by a text that it holds, or those that meet conditions.
func (s *asking) lookup(ctx context.Context) error {
	s.answer.Way = seer.Lookup
	if s.route.Place != nil {
		return s.byPlace(ctx)
	}
	if len(s.route.Keys) > 0 {
		found, err := s.byKey(ctx)
		if err != nil || found {
			return err
		}
	}
	return s.byText(ctx)
}

// byPlace fetches a record; where the topic or partition is not named, in all that it may be in.
func (s *asking) byPlace(ctx context.Context) error {
	at := s.route.Place
	topics := s.route.Topics
	if at.Topic != "" {
		topics = []string{at.Topic}
		if !slices.Contains(s.topics, at.Topic) {
			s.refuse("I have not learned a topic "+code(at.Topic)+".", route.Nearest(at.Topic, s.topics, 3))
			return nil
		}
	} else if len(topics) == 0 {
		topics = s.topics
	}
	var found []sight
	var missing []string
	tried := 0
	for _, topic := range topics {
		extents, err := s.o.Reader.TopicExtents(ctx, kafkaops.ReadCommitted, topic)
		if kafkaops.ClassOf(err) == kafkaops.NotFound {
			missing = append(missing, code(topic)+" does not exist any more")
			continue
		}
		if err != nil {
			return err
		}
		for _, tp := range extents.Partitions() {
			x := extents[tp]
			if at.Partition >= 0 && tp.Partition != at.Partition || tried == maxFetches {
				continue
			}
			if x.Err != nil {
				return x.Err
			}
			tried++
			s.answer.Counted = append(s.answer.Counted, seer.Counted{Topic: topic, Partition: tp.Partition, From: at.Offset, To: at.Offset})
			if why := outside(at.Offset, x); why != "" {
				missing = append(missing, fmt.Sprintf("%s %s", code(fmt.Sprintf("%s/%d", topic, tp.Partition)), why))
				continue
			}
			records, err := s.o.Reader.Fetch(ctx, tp, at.Offset, 1)
			if err != nil {
				return err
			}
			c := &s.answer.Counted[len(s.answer.Counted)-1]
			c.To = at.Offset + 1
			if len(records) == 0 || records[0].Offset != at.Offset {
				missing = append(missing, fmt.Sprintf("%s has no record at that offset: it was removed by compaction, or it is a transaction's marker or aborted",
					code(fmt.Sprintf("%s/%d", topic, tp.Partition))))
				continue
			}
			c.Records = 1
			found = append(found, sightOf(&records[0]))
		}
	}
	s.answer.Text = s.placed(found, missing)
	return nil
}

// outside says why an offset can't be in an extent.
func outside(offset int64, x kafkaops.Extent) string {
	switch {
	case offset < x.Start:
		return fmt.Sprintf("begins at offset %s: earlier records were removed", number(x.Start))
	case offset >= x.End:
		return fmt.Sprintf("ends before offset %s", number(x.End))
	}
	return ""
}

func (s *asking) placed(found []sight, missing []string) string {
	at := s.route.Place
	if len(found) == 0 {
		text := "There is no record at offset " + number(at.Offset)
		if at.Partition >= 0 {
			text += " of partition " + number(int64(at.Partition))
		}
		if len(missing) == 0 {
			return text + ": no topic that I have learned has that partition."
		}
		return text + ". " + someOf(missing, 4) + "."
	}
	var b strings.Builder
	b.WriteString("The record at that place")
	if len(found) > 1 {
		fmt.Fprintf(&b, ", in %s", count(int64(len(found)), "partition"))
	}
	b.WriteString(":\n")
	for _, f := range found[:min(len(found), shownRecords)] {
		b.WriteString(s.line(f))
	}
	return b.String()
}

// line shows a record in a list.
func (s *asking) line(f sight) string {
	c := s.cite(seer.Citation{Place: f.place, Excerpt: excerpt(f.value)})
	var b strings.Builder
	fmt.Fprintf(&b, "\n- %s %s, %s", c, code(placeName(f.place)), when(f.place.At))
	if len(f.key) > 0 {
		b.WriteString(", key " + code(string(f.key)))
	}
	if f.tomb {
		return b.String() + ": a tombstone"
	}
	return b.String() + ": `" + strings.ReplaceAll(oneLine(string(f.value), 240), "`", "'") + "`"
}

// byKey looks in the partition that the default partitioner gives the key, of each topic.
func (s *asking) byKey(ctx context.Context) (bool, error) {
	key := s.route.Keys[0]
	only := kafkaops.Offsets{}
	var scopes []route.Scope
	for _, scope := range s.route.Scopes {
		extents, err := s.o.Reader.TopicExtents(ctx, kafkaops.ReadCommitted, scope.Topic)
		if kafkaops.ClassOf(err) == kafkaops.NotFound {
			continue
		}
		if err != nil {
			return false, err
		}
		if len(extents) == 0 {
			continue
		}
		only[kafkaops.TopicPartition{Topic: scope.Topic, Partition: defaultPartition([]byte(key), len(extents))}] = 0
		scope.Filters = []route.Filter{{Path: route.ByKey, Op: route.Equal, Values: []string{key}}}
		for _, f := range s.route.Scopes[0].Filters {
			if !slices.Contains(f.Values, key) {
				scope.Filters = append(scope.Filters, f)
			}
		}
		scopes = append(scopes, scope)
	}
	if len(scopes) == 0 {
		return false, nil
	}
	s.each(seer.Event{Step: "looking for the key " + oneLine(key, 60)})
	var n newest
	res, err := exact.Run(ctx, s.o.Reader, exact.Query{
		Scopes: scopes, Partitions: s.route.Partitions, Only: only, Span: s.route.Span, Limit: s.o.ScanLimit, Each: n.add,
	})
	if err != nil || res.Matched == 0 {
		return false, err
	}
	s.answer.Counted = res.Counted
	s.limits(&res)
	s.note("Looked in the partition that the default partitioner gives this key; others were not read.")
	s.found("have the key "+code(key), res.Matched, n.kept)
	return true, nil
}

// byText reads all for what meets the conditions.
func (s *asking) byText(ctx context.Context) error {
	s.each(seer.Event{Step: "looking through " + someOf(topicsOf(s.route.Scopes), 3)})
	var n newest
	res, err := s.scan(ctx, n.add)
	if err != nil {
		return err
	}
	s.answer.Counted = res.Counted
	s.limits(&res)
	w := &wording{asking: s, res: &res}
	what := w.what()
	if len(s.route.Keys) > 0 {
		var keys []string
		for _, k := range s.route.Keys {
			keys = append(keys, code(k))
		}
		what = " with " + list(keys) + " as key or within"
	}
	if res.Matched > 0 {
		s.found("are there"+what, res.Matched, n.kept)
		return nil
	}
	if s.anywhere() {
		s.note("No record" + what + " was found; the ID was looked for anywhere in the records then.")
		return s.byText(ctx)
	}
	if better, err := s.insteadOfNothing(ctx, what); err != nil || better {
		return err
	}
	s.answer.Text = "No record" + what + " is there. " + w.lead()
	return nil
}

// anywhere turns the conditions that a field be an ID into ones that the record hold it. False: there are none.
func (s *asking) anywhere() bool {
	turned := false
	for i := range s.route.Scopes {
		scope := &s.route.Scopes[i]
		scope.Filters = slices.Clone(scope.Filters)
		for n, f := range scope.Filters {
			if f.Op == route.Equal && f.Path != route.ByKey && len(f.Values) == 1 && route.IDLike(f.Values[0]) {
				scope.Filters[n] = route.Filter{Op: route.Holds, Values: f.Values}
				turned = true
			}
		}
	}
	return turned
}

// insteadOfNothing answers by meaning where nothing was found but what was learned answers well.
func (s *asking) insteadOfNothing(ctx context.Context, what string) (bool, error) {
	if len(s.route.Keys) == 0 {
		return false, nil
	}
	hits, err := s.retrieve(ctx)
	if err != nil {
		return false, err
	}
	if hits = s.strong(hits, 1.5); len(hits) == 0 {
		return false, nil
	}
	s.note("No record" + what + " was found by reading all; this was answered by meaning.")
	return true, s.fromHits(ctx, hits)
}

// found writes what was found, newest first.
func (s *asking) found(what string, n int64, kept []sight) {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** record%s %s", number(n), plural(n), what)
	if n == 1 {
		b.Reset()
		fmt.Fprintf(&b, "**1** record %s", strings.Replace(strings.Replace(what, "have", "has", 1), "are", "is", 1))
	}
	if n > int64(len(kept)) {
		fmt.Fprintf(&b, "; the newest %d", len(kept))
	}
	b.WriteString(":\n")
	for _, f := range kept {
		b.WriteString(s.line(f))
	}
	s.answer.Text = b.String()
}
