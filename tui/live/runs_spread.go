package live

import (
	"context"

	"github.com/krapp-io/krapp/tui/ui"
)

// runsPhases is into how many groups those who show a hub's runs are divided, which paint in turns as views do.
const runsPhases = 16

// phases are the mailboxes of a Runs: the first is told at once.
type phases []*ui.Mailbox[RunsPicture]

func newPhases(n int) phases {
	all := make(phases, n)
	for i := range all {
		all[i] = ui.NewMailbox(sameRuns)
	}
	return all
}

// spread hands on what the first mailbox holds, whenever news comes, until ctx ends. There is no hurry when more than one console looks on,
// but who has seen nothing yet is told at once.
func (r *Runs) spread(ctx context.Context, news <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-news:
		}
		for _, box := range r.boxes[1:] {
			if _, told := box.Latest(); told && r.crowded() {
				pause(ctx, turns*turnGap/runsPhases, nil)
			}
			if p, any := r.Latest(); any {
				box.Put(p)
			}
		}
	}
}

// crowded says that more than one console looks on.
func (r *Runs) crowded() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.attending) > 1
}

// phase is the mailbox of the next who subscribes.
func (r *Runs) phase() *ui.Mailbox[RunsPicture] {
	r.mu.Lock()
	defer r.mu.Unlock()
	box := r.boxes[r.subscribed%len(r.boxes)]
	r.subscribed++
	return box
}
