package ask

import (
	"strings"
	"time"

	"github.com/krapp-io/krapp/seer/ask/route"
	"github.com/krapp-io/krapp/seer/learn/passage"
)

func sentences(text string) []string { return passage.Sentences(text) }

// known is what the router may know of: the topics, their fields, and the words of their kinds of message.
func (a *Asker) known(topics []string, now time.Time) route.Known {
	k := route.Known{Now: now}
	for _, name := range topics {
		t := route.Topic{Name: name, Holds: a.holds(name)}
		for _, f := range a.o.Knowledge.Fields(name) {
			t.Fields = append(t.Fields, route.Field{Path: f.Path, Kind: f.Kind, Values: f.Values})
		}
		k.Topics = append(k.Topics, t)
	}
	return k
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
