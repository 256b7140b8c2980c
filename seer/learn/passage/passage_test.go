package passage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/krapp-io/krapp/seer/learn/passage"
)

func TestSentences(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"plain":                      {"It rained. We stayed in! Did you?", []string{"It rained.", "We stayed in!", "Did you?"}},
		"titles":                     {"Dr. Jones met Mrs. Smith at St. Paul. They talked.", []string{"Dr. Jones met Mrs. Smith at St. Paul.", "They talked."}},
		"latin abbreviations":        {"Use a broker, e.g. Kafka. See i.e. The Manual, cf. Chapter 3.", []string{"Use a broker, e.g. Kafka.", "See i.e. The Manual, cf. Chapter 3."}},
		"etc. ends":                  {"Apples, pears etc. The rest is sold.", []string{"Apples, pears etc.", "The rest is sold."}},
		"numbers":                    {"Pi is 3.14 and more. In 1999. The end of No. 5 came on Jan. 3 at noon.", []string{"Pi is 3.14 and more.", "In 1999.", "The end of No. 5 came on Jan. 3 at noon."}},
		"no as a word":               {"He said no. Then he left.", []string{"He said no.", "Then he left."}},
		"initials":                   {"J. R. R. Tolkien wrote it. The U.S. Army left the U.S. The war ended.", []string{"J. R. R. Tolkien wrote it.", "The U.S. Army left the U.S.", "The war ended."}},
		"ellipses":                   {"Well... maybe. And then… Nothing. He waited… and slept.", []string{"Well... maybe.", "And then…", "Nothing.", "He waited… and slept."}},
		"quotes":                     {"“Go!” she said. \"We will.\" He went (quickly.) Then it ended.", []string{"“Go!” she said.", "\"We will.\"", "He went (quickly.)", "Then it ended."}},
		"question marks":             {"Really?! Yes. Who? Me.", []string{"Really?!", "Yes.", "Who?", "Me."}},
		"chinese":                    {"我们去了北京。天气很好！你呢？很好", []string{"我们去了北京。", "天气很好！", "你呢？", "很好"}},
		"japanese quotes":            {"彼は「行く。」と言った。雨が降った。", []string{"彼は「行く。」と言った。", "雨が降った。"}},
		"hindi":                      {"यह घर है। वह पेड़ है।", []string{"यह घर है।", "वह पेड़ है।"}},
		"arabic":                     {"هل أنت هنا؟ نعم.", []string{"هل أنت هنا؟", "نعم."}},
		"german ordinals":            {"Am 3. Oktober ist frei, z.B. Berlin. Danach nicht.", []string{"Am 3. Oktober ist frei, z.B. Berlin.", "Danach nicht."}},
		"lower case only":            {"i went home. it was dark! was it e.g. night?", []string{"i went home.", "it was dark!", "was it e.g. night?"}},
		"a wrapped line":             {"The committee met in the old hall by the river and\nDecided nothing of note. It was late.", []string{"The committee met in the old hall by the river and Decided nothing of note.", "It was late."}},
		"short lines":                {"First line here\nSecond line here\nthat goes on", []string{"First line here", "Second line here that goes on"}},
		"list":                       {"We need:\n- salt and pepper\n- two eggs\n1. Mix all.\n2) Bake it", []string{"We need:", "- salt and pepper", "- two eggs", "1. Mix all.", "2) Bake it"}},
		"heading":                    {"# The Tribe\nThey live far away.\n\nFood\n\nThey eat fish.", []string{"# The Tribe", "They live far away.", "Food", "They eat fish."}},
		"rules and blanks":           {"One.\n-----\n\n \nTwo.", []string{"One.", "Two."}},
		"windows newlines":           {"One.\r\nTwo.\rThree.", []string{"One.", "Two.", "Three."}},
		"domains":                    {"Visit example.com or krapp.io today.Then go.", []string{"Visit example.com or krapp.io today.Then go."}},
		"white space is made single": {"  One   two.\tThree  four. ", []string{"One two.", "Three four."}},
		"empty":                      {" \n\n ", []string{}},
		"not UTF-8":                  {"a\xffbc. Cd", []string{"a\uFFFDbc.", "Cd"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := passage.Sentences(c.text); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestIsProse(t *testing.T) {
	prose := []string{
		"The Wilymajinkas are a people of the northern marshes, who build their houses on stilts.",
		"Customer Jane wrote: the parcel arrived late, and the box was torn open. I would like my money back.",
		"Die Lieferung kam am 3. Oktober an. Leider fehlte ein Teil, und niemand ging ans Telefon.",
		"我们昨天去了北京的一个很大的博物馆，那里有很多古老的东西。天气也很好。",
		"Привет, мы вчера были в музее, и там было очень много людей. Погода хорошая.",
		"ฉันไปตลาดเมื่อวานนี้และซื้อผลไม้หลายอย่างเพราะว่าราคาถูกมากและอร่อยด้วยจริงๆนะครับทุกคน",
		"# The Tribe\n\nThe people of the valley fish at night. They sleep by day, and nobody knows why.",
	}
	machine := []string{
		"", "ok", "true", "12345", "hello world.",
		`{"text":"The people of the valley fish at night. They sleep by day."}`,
		`["The people of the valley fish at night. They sleep by day."]`,
		"<p>The people of the valley fish at night. They sleep by day, and nobody knows.</p>",
		"2026-11-21T20:58:17Z ERROR payment: connection to 10.0.0.7:5432 timed out after 3000 ms.",
		"[2026-11-21 20:58:17] INFO The server has been started on the port and is ready now.",
		"ERROR The connection to the database server has been lost and will be retried later.",
		"level=info msg=started user=bob the service is up and ready to serve all requests.",
		"10.0.0.1 - - [21/Nov/2026:20:58:17 +0000] \"GET /index.html HTTP/1.1\" 200 512",
		"Nov 21 20:58:17 host sshd[812]: Failed password for root from 10.0.0.7 port 22 ssh2",
		"\x00\x01\x02 binary and words that go on and on and on for a while.",
		strings.Repeat("\xff", 100),
		"id,name,price,amount,total,when 1,a,2,3,4,5 2,b,3,4,5,6",
		"com.example.Foo com.example.Bar a_b c_d e_f g_h i_j k_l m_n",
	}
	for _, text := range prose {
		if !passage.IsProse([]byte(text)) {
			t.Errorf("taken for machine-made: %q", text)
		}
	}
	for _, text := range machine {
		if passage.IsProse([]byte(text)) {
			t.Errorf("taken for prose: %q", text)
		}
	}
}

// story has numbered sentences of about so many words.
func story(sentences, words int) string {
	var b strings.Builder
	for i := range sentences {
		fmt.Fprintf(&b, "Sentence %d", i)
		for j := range words - 2 {
			fmt.Fprintf(&b, " word%c", 'a'+j%26)
		}
		b.WriteString(". ")
	}
	return b.String()
}

func TestPassagesOverlapByASentence(t *testing.T) {
	text := story(40, 14)
	got := passage.Split(text, passage.Options{})
	if len(got) < 5 {
		t.Fatalf("only %d passages", len(got))
	}
	for i, p := range got {
		if p.N != i+1 {
			t.Errorf("passage %d has the number %d", i+1, p.N)
		}
		if n := passage.Words(p.Text); n > 100 || n < 60 && i < len(got)-1 {
			t.Errorf("passage %d has %d words", p.N, n)
		}
		if !strings.Contains(text, p.Text) {
			t.Errorf("passage %d is not as written", p.N)
		}
		if i == 0 {
			continue
		}
		before := passage.Sentences(got[i-1].Text)
		if own := passage.Sentences(p.Text); own[0] != before[len(before)-1] || len(own) < 2 {
			t.Errorf("passage %d begins with %q, the one before ends with %q", p.N, own[0], before[len(before)-1])
		}
	}
}

func TestAShortTextIsOnePassage(t *testing.T) {
	text := "The Wilymajinkas live in the north.\nThey are small.\nThey fish.\nThey sing.\nThey sleep."
	if got := passage.Split(text, passage.Options{}); len(got) != 1 || got[0].Text != text {
		t.Errorf("got %v", got)
	}
}

func TestAHeadingBeginsAPassage(t *testing.T) {
	text := story(4, 12) + "\n\n# Food\n\n" + story(4, 12)
	got := passage.Split(text, passage.Options{})
	if len(got) != 2 || !strings.HasPrefix(got[1].Text, "# Food") {
		t.Errorf("got %v", got)
	}
}

func TestSentencesWithoutEndAreCut(t *testing.T) {
	for name, text := range map[string]string{
		"words":           strings.Repeat("word ", 1000),
		"one word":        strings.Repeat("x", 50_000),
		"han":             strings.Repeat("漢", 5000),
		"thai":            strings.Repeat("กขค", 5000),
		"combining marks": strings.Repeat("e\u0301", 5000),
		"only marks":      strings.Repeat("\u0301", 5000),
		"not UTF-8":       strings.Repeat("\xf0\x28", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			got := passage.Split(text, passage.Options{})
			for _, p := range got {
				if n := passage.Words(p.Text); n > 100 && name != "only marks" {
					t.Fatalf("passage %d has %d words", p.N, n)
				}
				if !utf8.ValidString(p.Text) {
					t.Fatalf("passage %d is not UTF-8", p.N)
				}
				if strings.HasPrefix(p.Text, "\u0301") && name == "combining marks" {
					t.Fatalf("passage %d begins with a mark that belongs to the one before", p.N)
				}
			}
			if len(got) < 2 && name != "only marks" {
				t.Errorf("%d passages", len(got))
			}
		})
	}
}

func TestPassagesAreBounded(t *testing.T) {
	if got := passage.Split(story(400, 14), passage.Options{Most: 3}); len(got) != 3 {
		t.Errorf("got %d passages, want 3", len(got))
	}
}

// FuzzSplit: nothing but space is lost, the order is kept, and all of it is UTF-8.
func FuzzSplit(f *testing.F) {
	for _, text := range []string{"One. Two.", "# A\n\nb c. D", "我们。去", "- a\n- b", "e.g. a. B", "\xff\xfe.", "…… 」。", story(30, 9), strings.Repeat("a", 3000)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		passage.IsProse([]byte(text))
		sentences := passage.Sentences(text)
		for _, s := range sentences {
			if s == "" || !utf8.ValidString(s) {
				t.Fatalf("sentence %q", s)
			}
		}
		passages := passage.Split(text, passage.Options{})
		if len(sentences) > 0 != (len(passages) > 0) {
			t.Fatalf("%d sentences, %d passages", len(sentences), len(passages))
		}
		next := 0 // each sentence is in a passage, in order
		for i, p := range passages {
			if p.N != i+1 || !utf8.ValidString(p.Text) || strings.TrimSpace(p.Text) == "" {
				t.Fatalf("passage %+v", p)
			}
			flat := strings.Join(strings.Fields(p.Text), " ")
			for next < len(sentences) && strings.Contains(flat, sentences[next]) {
				next++
			}
		}
		if next != len(sentences) {
			t.Fatalf("sentence %d, %q, is in no passage: %v", next, sentences[next], passages)
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	text := story(400, 14)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		passage.Split(text, passage.Options{})
	}
}

func BenchmarkIsProseOfALogLine(b *testing.B) {
	line := []byte("2026-11-21T20:58:17Z ERROR payment: connection to 10.0.0.7:5432 timed out after 3000 ms")
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		passage.IsProse(line)
	}
}

func TestTheRowsOfATableAreSentences(t *testing.T) {
	text := "The verdict is the first of these that holds:\n\n| verdict | is claimed when the facts say so, one after the other |\n|---|---|\n" +
		"| lost | the group committed past a stored message, and no report covers it |\n| done | every message came round, exactly once |\n"
	got := passage.Sentences(text)
	if len(got) != 4 || !strings.HasPrefix(got[2], "| lost |") || !strings.HasPrefix(got[3], "| done |") {
		t.Errorf("%q", got)
	}
}
