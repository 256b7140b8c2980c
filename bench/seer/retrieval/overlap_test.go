package retrieval_test

import (
	"os"
	"testing"

	"github.com/krapp-io/krapp/bench/seer/corpus"
	"github.com/krapp-io/krapp/bench/seer/retrieval"
)

func load(t testing.TB) corpus.Corpus {
	t.Helper()
	set, err := corpus.Load(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// TestParaphrasesAreInOtherWords keeps the paraphrased half from drifting towards the words of its answers.
func TestParaphrasesAreInOtherWords(t *testing.T) {
	set := load(t)
	messages := set.Messages(10_000, 1)
	for _, kind := range []corpus.Kind{corpus.Prose, corpus.Event} {
		for style, most := range map[corpus.Style]float64{corpus.Words: 1, corpus.Natural: .7, corpus.Paraphrased: .4} {
			some := set.Styled(kind, style)
			o := retrieval.Overlap(set, some, messages)
			t.Logf("%s, %s: %.2f of %d", kind, style, mean(o.Values()), o.Len())
			if o.Len() != len(some) || mean(o.Values()) > most {
				t.Errorf("%s, %s: %d of %d were measured; they share %.2f of their words with their answers", kind, style, o.Len(), len(some), mean(o.Values()))
			}
		}
	}
}
