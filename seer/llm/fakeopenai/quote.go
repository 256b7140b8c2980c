package fakeopenai

import (
	"regexp"
	"strings"
)

var evidence = regexp.MustCompile(`(?s)<<<evidence (\d+) [0-9a-f]+>>>\n[^\n]*\n(.*?)\n<<<end `)

// Evidence is the texts that a chat was given, by their numbers as the prompt of seer/dialogue writes them: from the question and from tools.
func (r Request) Evidence() map[string]string {
	found := map[string]string{}
	for _, m := range r.Messages {
		if m.Role != "user" && m.Role != "tool" {
			continue
		}
		for _, e := range evidence.FindAllStringSubmatch(m.Content, -1) {
			found[e[1]] = e[2]
		}
	}
	return found
}

// Quote answers as an honest model would: with the first sentence or line of the evidence of that number and its citation; without such evidence it
// says that it doesn't know.
func Quote(number string) Step {
	return With(func(r Request) Step {
		text, ok := r.Evidence()[number]
		if !ok {
			return Say("NOT KNOWN")
		}
		text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
		sentence, _, _ := strings.Cut(text, ". ")
		return Say(strings.TrimRight(sentence, ". ") + " [" + number + "].")
	})
}
