package ui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
)

// Confirm is a question before something that is not a change to the cluster,
// or only to what krapp itself runs (cancel a run, leave a form). Changes to
// the cluster are plans: see AskPlan.
type Confirm struct {
	Title safetext.Text
	Body  []safetext.Text // sentences; wrapped to the width
	Yes   safetext.Text   // what Enter does: "cancel the run"
	No    safetext.Text   // what Esc does; "leave things as they are" when empty
	Typed string          // a name that must be typed before Enter counts
	Run   func() tea.Cmd  // called in Update's turn; its messages go to the page that asked
}

// Ask shows a question over the page.
func Ask(c Confirm) tea.Cmd { return send(AskMsg{Confirm: c}) }

// AskPlan shows a plan over the page; apply is called when it is confirmed,
// and the messages of its command go to the page that asked.
func AskPlan(p kafkaops.Plan, apply func() tea.Cmd) tea.Cmd {
	return send(PlanMsg{Plan: p, Apply: apply})
}

// Prompt asks for one line of text over the page: a jump to an offset, a number of rows.
type Prompt struct {
	Title safetext.Text
	Label safetext.Text
	Value string        // to begin with
	Hint  safetext.Text // what may be typed
	// Check says what is wrong with the text, as it is typed; nil: anything goes.
	Check func(string) error
	// Complete proposes whole values for a beginning, for Tab; nil for none.
	Complete func(prefix string) []string
	Run      func(value string) tea.Cmd
}

// AskText shows a prompt over the page.
func AskText(p Prompt) tea.Cmd { return send(PromptMsg{Prompt: p}) }

// AskMsg is what Ask sends.
type AskMsg struct{ Confirm Confirm }

// PlanMsg is what AskPlan sends.
type PlanMsg struct {
	Plan  kafkaops.Plan
	Apply func() tea.Cmd
}

// PromptMsg is what AskText sends.
type PromptMsg struct{ Prompt Prompt }
