package ask

import (
	"strings"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/seer"
)

// Three short texts and questions about them. They were written before anything was measured on them, and nothing may be tuned to them: an index of
// one to three passages is where the words' rarity within the index says nothing.
const (
	dunnocks = `The Tarrowmere dunnock is a brown bird no larger than a thumb, found only on the cliffs of Skelby.
It nests in abandoned rabbit holes and lines them with sheep's wool.
Its song sounds like a rusty hinge and can be heard a mile away.
Hens lay seven eggs in April and both parents sit on them in turn.
The birds feed on sea lice that the tide leaves behind.
In winter they huddle together in the lighthouse to keep warm.`

	castle = `Hobbel Castle was finished in 1388 by Duchess Irmtrud, who never lived in it because the chimneys smoked.
Its walls are four metres thick and hold eleven hidden staircases.
In 1640 a fire destroyed the library, and only one book was saved.
Today the castle is a school for bakers, and visitors may come on Sundays.
The moat is stocked with carp, which the pupils are forbidden to catch.`

	ferry = `The Pelldown ferry crosses the strait of Aune twice a day, at seven in the morning and at six in the evening.
The crossing takes fifty minutes when the sea is calm.
Dogs travel free of charge, but bicycles cost three crowns.
In fog the captain blows the horn every two minutes and the ship goes at half speed.
Nobody is allowed on the car deck while the ferry is under way.
Hot soup and tea are served in the saloon.`
)

type unseen struct{ about, text, says string }

// The later half of each text's are paraphrased: they share hardly a word with the answer.
func unseenQuestions() []unseen {
	return []unseen{
		{"dunnocks", "What is the Tarrowmere dunnock?", "brown bird"},
		{"dunnocks", "Where does the dunnock nest?", "rabbit holes"},
		{"dunnocks", "How many eggs do the hens lay?", "seven eggs"},
		{"dunnocks", "What does its song sound like?", "rusty hinge"},
		{"dunnocks", "What do the animals eat?", "sea lice"},
		{"dunnocks", "How do they survive the cold months?", "huddle"},
		{"dunnocks", "How big is the little creature?", "thumb"},
		{"castle", "Who finished Hobbel Castle?", "Irmtrud"},
		{"castle", "How thick are the walls of the castle?", "four metres"},
		{"castle", "What did the fire of 1640 destroy?", "library"},
		{"castle", "What is the fortress used for nowadays?", "school for bakers"},
		{"castle", "When are guests admitted?", "Sundays"},
		{"castle", "Which fish swim around the building?", "carp"},
		{"ferry", "How often does the Pelldown ferry cross the strait?", "twice a day"},
		{"ferry", "How long does the crossing take?", "fifty minutes"},
		{"ferry", "What do bicycles cost?", "three crowns"},
		{"ferry", "What does the captain do in fog?", "horn"},
		{"ferry", "Do I have to pay for my pet?", "free of charge"},
		{"ferry", "Is there anything to eat aboard?", "soup"},
		{"ferry", "Where must passengers not go during the voyage?", "car deck"},
	}
}

// Nothing in the text that each is asked of answers these: the near ones speak of what it speaks of, the far ones don't.
func unseenUnanswerable() []unseen {
	return []unseen{
		{"dunnocks", "How long does the Zimbabwean elephant live?", ""},
		{"dunnocks", "Who discovered penicillin?", ""},
		{"dunnocks", "Which diseases threaten the dunnock?", ""},
		{"castle", "What is the boiling point of mercury?", ""},
		{"castle", "Who is the president of Bolivia?", ""},
		{"castle", "How many towers does Windsor Castle have?", ""},
		{"castle", "How do I reset my password?", ""},
		{"ferry", "What is the capital of Mongolia?", ""},
		{"ferry", "How does photosynthesis work?", ""},
		{"ferry", "In which shipyard was the Pelldown ferry built?", ""},
	}
}

// unseenAskers learn each text alone, and all of them together.
func unseenAskers(t *testing.T) (alone map[string]*Asker, together *Asker) {
	c := kafkatest.Client(t)
	var topics []string
	alone = map[string]*Asker{}
	for name, text := range map[string]string{"dunnocks": dunnocks, "castle": castle, "ferry": ferry} {
		topic := "texts-" + name
		must(t, c.CreateTopics(t.Context(), kafkaops.NewTopic{Name: topic, Partitions: 1, ReplicationFactor: 1}))
		kafkatest.Send(t, c, kafkaops.Record{Topic: topic, Partition: kafkaops.AnyPartition, Key: []byte(name), Value: []byte(text)})
		k := learned(t, c, topic)
		alone[name] = New(Options{Knowledge: k, Reader: c, Words: k.table})
		topics = append(topics, topic)
	}
	k := learned(t, c, topics...)
	return alone, New(Options{Knowledge: k, Reader: c, Words: k.table})
}

func TestTextsThatNothingWasTunedTo(t *testing.T) {
	alone, together := unseenAskers(t)
	right, wrong, refused, rightly := 0, 0, 0, 0
	ask := func(where string, a *Asker, q unseen) {
		answer, err := a.Ask(t.Context(), seer.Question{Text: q.text}, nil)
		must(t, err)
		verdict := "wrong"
		switch {
		case q.says == "" && answer.Way == seer.Refused:
			rightly++
			return
		case answer.Way == seer.Refused:
			refused, verdict = refused+1, "refused"
		case q.says != "" && strings.Contains(answer.Text, q.says):
			right++
			return
		case q.says != "":
			wrong++
		}
		t.Logf("%s, %s: %s: %.200q", where, q.text, verdict, answer.Text)
	}
	for _, q := range append(unseenQuestions(), unseenUnanswerable()...) {
		ask("alone", alone[q.about], q)
		ask("together", together, q)
	}
	t.Logf("of 40: %d right, %d wrong, %d refused; of 20 that nothing answers %d refused", right, wrong, refused, rightly)
	if right < 22 || rightly < 13 {
		t.Errorf("of 40: only %d right, %d wrong, %d refused; of 20 that nothing answers only %d refused", right, wrong, refused, rightly)
	}
}
