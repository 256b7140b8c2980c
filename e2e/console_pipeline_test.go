//go:build tmux

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// A job is started by keys, from the empty dashboard to the complete answer, which is what awk counts.
func TestConsoleCountsAPileOfFiles(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			b := startBackend(t)
			s := newSurvey(t, 3_000, []string{"2019"}, []string{"jan", "feb"})
			_, file := b.pipelineJob(t)
			term := b.home.open(t, size.w, size.h, "krapp-tui")
			term.shows(t, "n DoIt")
			term.command(t, "read "+file)
			term.shows(t, "Start a job")
			term.fill(t, "year", "2019")
			term.fill(t, "mon", "jan,feb")
			term.fill(t, "From", s.url)
			term.fill(t, "Workers here", "1")
			term.keys(t, "Enter")
			term.shows(t, "apply")
			term.keys(t, "Enter")
			rows := term.shows(t, "✔ complete: 2 of 2 sources")
			if want := fmt.Sprintf("%s rows", grouped(s.rows)); !strings.Contains(strings.Join(rows, "\n"), want) {
				t.Errorf("it does not say %q:\n%s", want, strings.Join(rows, "\n"))
			}
			s.wantEqual(t, b.worker(t, "results", "--job", file))
		})
	}
}
