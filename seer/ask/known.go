package ask

import (
	"context"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/seer/ask/route"
	"github.com/krapp-io/krapp/seer/learn/passage"
)

func sentences(text string) []string { return passage.Sentences(text) }

// known is what the router may know of: the topics, their fields, and the words of their kinds of message.
func (a *Asker) known(topics []string, now time.Time, keyWord func(topic string) string) route.Known {
	k := route.Known{Now: now}
	for _, name := range topics {
		t := route.Topic{Name: name, Holds: a.holds(name)}
		if keyWord != nil {
			t.KeyWord = func(word string) bool { return word != "" && keyWord(name) == word }
		}
		for _, f := range a.o.Knowledge.Fields(name) {
			t.Fields = append(t.Fields, route.Field{Path: f.Path, Kind: f.Kind, Values: f.Values})
		}
		k.Topics = append(k.Topics, t)
	}
	return k
}

// Bounds of looking at a topic's keys.
const (
	keyTopics  = 8  // whose keys are looked at for one question
	keyRecords = 20 // read of each of its partitions
	keyParts   = 8  // partitions of a topic that are looked at
	keyLimit   = 2 * time.Second
)

// keySample finds, for one question, the word that the keys of a topic begin with. Not safe for concurrent use.
type keySample struct {
	reader Reader
	words  map[string]string
}

// word is what all keys of a few of the topic's records have before a dash or the like and what tells them apart; "" when they aren't so.
func (k *keySample) word(ctx context.Context, topic string) string {
	if w, have := k.words[topic]; have || len(k.words) >= keyTopics {
		return w
	}
	k.words[topic] = ""
	ctx, cancel := context.WithTimeout(ctx, keyLimit)
	defer cancel()
	extents, err := k.reader.TopicExtents(ctx, kafkaops.ReadCommitted, topic)
	if err != nil {
		return ""
	}
	from, to := kafkaops.Offsets{}, kafkaops.Offsets{}
	for _, tp := range extents.Partitions() {
		if x := extents[tp]; x.Err == nil && x.End > x.Start && len(from) < keyParts {
			from[tp], to[tp] = max(x.Start, x.End-keyRecords), x.End
		}
	}
	word, same := "", true
	_, err = k.reader.ScanRecords(ctx, from, to, kafkaops.ReadCommitted, func(records []kafkaops.Record) error {
		for i := range records {
			w := keyWord(records[i].Key)
			same = same && w != "" && (word == "" || w == word)
			word = w
		}
		return nil
	})
	if err != nil || !same {
		return ""
	}
	k.words[topic] = word
	return word
}

// keyWord is the first word of a key like sensor-7, "" of another.
func keyWord(key []byte) string {
	if len(key) > 128 || !route.IDLike(string(key)) {
		return ""
	}
	parts := route.Words(string(key))
	if len(parts) < 2 || len(parts[0]) < 2 || strings.ContainsAny(parts[0], "0123456789") {
		return ""
	}
	return parts[0]
}

// maxTemplatesRead bounds the kinds of message whose words are looked through for one question, of each topic that it names.
const maxTemplatesRead = 2000

// holds says whether one kind of message of a topic has all the words, so that counting the records with them answers the question.
func (a *Asker) holds(topic string) func(words []string) bool {
	return func(words []string) bool {
		for i, t := range a.o.Knowledge.Templates(topic) {
			if i == maxTemplatesRead {
				return false
			}
			if t.Special() {
				continue
			}
			pattern := strings.ToLower(t.Pattern)
			all := true
			for _, w := range words {
				all = all && wordBegins(pattern, w)
			}
			if all {
				return true
			}
		}
		return false
	}
}

// wordBegins says that a word of text begins with w; both are lower case.
func wordBegins(text, w string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], w)
		if i < 0 {
			return false
		}
		i += at
		if i == 0 || !letter(text[i-1]) {
			return true
		}
		at = i + 1
	}
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 0x80 }
