package learn

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops/rdkafka"
	"github.com/krapp-io/krapp/seer"
	"github.com/krapp-io/krapp/seer/index"
	"github.com/krapp-io/krapp/seer/learn/passage"
	"github.com/krapp-io/krapp/seer/learn/template"
)

const (
	maxTitle    = 256  // bytes
	maxPassages = 2000 // of a record
)

// documentOf is what is indexed of a template.
func documentOf(t *template.Template) index.Doc {
	d := index.Doc{ID: t.ID, Kind: index.Template, Text: t.Text(), Place: seer.Place{Topic: t.Topic, At: t.Last}}
	if len(t.Examples) > 0 {
		d.Place = t.Examples[0]
	}
	return d
}

// numbered are the IDs of a record's passages, by number.
type numbered struct{ sum [sha256.Size]byte }

// ofRecord names passages by where the record is.
func ofRecord(p seer.Place) numbered {
	return name([]byte("record"), []byte(p.Topic), binary.LittleEndian.AppendUint64(nil, uint64(p.Partition)), binary.LittleEndian.AppendUint64(nil, uint64(p.Offset)))
}

// ofKey names passages by a statement's key: what is sent again under it replaces them, as it does in a compacted topic.
func ofKey(topic string, key []byte) numbered { return name([]byte("key"), []byte(topic), key) }

func name(parts ...[]byte) numbered {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(p))))
		h.Write(p)
	}
	var n numbered
	h.Sum(n.sum[:0])
	return n
}

// id of the passage n.
func (n numbered) id(passage int) uint64 {
	h := sha256.New()
	h.Write(n.sum[:])
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(passage)))
	return binary.LittleEndian.Uint64(h.Sum(nil))
}

func placeOf(o *template.Observation) seer.Place {
	return seer.Place{Topic: o.Topic, Partition: o.Partition, Offset: o.Offset, At: time.UnixMilli(o.At).UTC()}
}

// texts adds the passages of a record that is prose or holds some.
func (l *Learner) texts(o template.Observation, found template.Found, j *job) {
	place := placeOf(&o)
	ids, n := ofRecord(place), 0
	add := func(text string) {
		for _, p := range passage.Split(text, passage.Options{Most: maxPassages - n}) {
			n++
			j.add(index.Doc{ID: ids.id(n), Kind: index.Passage, Place: place, Passage: n, Text: p.Text})
		}
	}
	if found == template.Whole {
		add(string(o.Value))
		return
	}
	for _, t := range l.miner.Texts(o.Value) {
		if n < maxPassages {
			add(t.Text)
		}
	}
}

// statement adds the passages of a text that was given to the seer, or removes those of one that was taken back.
func (l *Learner) statement(b *rdkafka.Batch, i int, o template.Observation, j *job) {
	if o.Value == nil {
		l.miner.Add(o)
	} else {
		l.miner.AddProse(o)
	}
	place := placeOf(&o)
	ids := ofRecord(place)
	if o.Key != nil {
		ids = ofKey(o.Topic, o.Key)
	}
	title := ""
	if h, ok := b.Header(i, seer.TitleHeader); ok {
		title = passage.Excerpt(strings.Join(strings.Fields(strings.ToValidUTF8(string(h), "\uFFFD")), " "), maxTitle)
	}
	n := 0
	for _, p := range passage.Split(string(o.Value), passage.Options{Most: maxPassages}) {
		n = p.N
		j.add(index.Doc{ID: ids.id(n), Kind: index.Passage, Place: place, Title: title, Passage: n, Text: p.Text})
	}
	if o.Key != nil {
		j.trail(ids, n+1)
	}
}
