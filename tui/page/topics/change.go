package topics

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/tui/safetext"
	"github.com/krapp-io/krapp/tui/ui"
)

// changeTimeout bounds creating and deleting, which wait until the brokers have done it.
const changeTimeout = 30 * time.Second

// changed is what became of a change.
type changed struct {
	did safetext.Text
	err error
}

// change runs a change that has been planned and confirmed. It is the one place where a read-only context refuses.
func (p *page) change(plan kafkaops.Plan, did safetext.Text, do func(context.Context) error) tea.Cmd {
	if p.deps.ReadOnly && p.deps.Served {
		return ui.Fail(ui.LookOnly("changing", "the topics"))
	}
	if p.deps.ReadOnly {
		return ui.Fail(kafkaops.Errorf(kafkaops.Unauthorised, "changing", "the topics",
			"Choose a context that may be changed with :contexts.", "this context is read-only"))
	}
	return ui.AskPlan(plan, func() tea.Cmd {
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(p.env.Ctx, changeTimeout)
			defer cancel()
			return changed{did: did, err: do(ctx)}
		}
	})
}

func (p *page) done(c changed) tea.Cmd {
	p.refresh()
	if c.err != nil {
		return ui.Fail(c.err)
	}
	p.form = nil
	p.table.ClearMarks()
	return ui.Notify(ui.Success, c.did)
}

func (p *page) startDelete() tea.Cmd {
	rows := p.table.Marked()
	if len(rows) == 0 {
		return nil
	}
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.name
	}
	did := safetext.Join(safetext.Const("Deleted "), what(names))
	return p.change(planDelete(rows), did, func(ctx context.Context) error { return p.deps.Client.DeleteTopics(ctx, names...) })
}

func what(names []string) safetext.Text {
	if len(names) == 1 {
		return safetext.Join(safetext.Const("topic "), ui.T(names[0]))
	}
	return ui.Plural(len(names), "topic", "topics")
}

// planDelete says what goes. Offsets also count what transactions and compaction left out, hence "about".
func planDelete(rows []row) kafkaops.Plan {
	plan := kafkaops.Plan{Title: "Delete topic " + rows[0].name, Typed: rows[0].name, Table: [][]string{{"topic", "partitions", "messages, about"}}}
	if len(rows) > 1 {
		plan.Title = fmt.Sprintf("Delete %d topics", len(rows))
		plan.Typed = fmt.Sprintf("%d topics", len(rows))
	}
	commands := make([]string, len(rows))
	for i, r := range rows {
		records := "not known"
		if r.counted && r.count.unknown == 0 {
			records = ui.Count(r.count.messages).String()
		}
		plan.Table = append(plan.Table, []string{r.name, ui.Count(r.partitions).String(), records})
		commands[i] = fmt.Sprintf("krapp topics delete %s --yes %s", r.name, r.name)
		if isOwn(r.name) {
			plan.Lost = append(plan.Lost, "krapp's own facts in "+r.name)
		}
	}
	plan.Effects = []string{"Groups that read it keep committed offsets that mean nothing any more. Clients that may create topics can bring it back, empty."}
	plan.Lost = append(plan.Lost, "every message in it")
	plan.Command = strings.Join(commands, " && ")
	return plan
}

// planCreate says what is made.
func planCreate(t kafkaops.NewTopic) kafkaops.Plan {
	partitions, replicas := "the brokers' default number of partitions", "the brokers' default replication"
	command := "krapp topics create " + t.Name
	if t.Partitions > 0 {
		partitions = ui.Plural(t.Partitions, "partition", "partitions").String()
		command += fmt.Sprintf(" --partitions %d", t.Partitions)
	}
	if t.ReplicationFactor > 0 {
		replicas = ui.Plural(t.ReplicationFactor, "replica", "replicas").String() + " of each"
		command += fmt.Sprintf(" --replication-factor %d", t.ReplicationFactor)
	}
	plan := kafkaops.Plan{Title: "Create topic " + t.Name, Undo: "krapp topics delete " + t.Name, Effects: []string{"With " + partitions + " and " + replicas + "."}}
	for _, k := range slices.Sorted(maps.Keys(t.Configs)) {
		plan.Effects = append(plan.Effects, k+" = "+t.Configs[k])
		command += " --set " + k + "=" + t.Configs[k]
	}
	plan.Command = command
	return plan
}
