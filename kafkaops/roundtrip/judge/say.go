package judge

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/roundtrip"
)

func logRatio(a, b time.Duration) float64 { return math.Log(float64(b) / float64(a)) }

// say puts the verdict into words.
func (c *situation) say(j *roundtrip.Judgement) {
	switch j.Verdict {
	case roundtrip.Cancelled:
		j.Said = fmt.Sprintf("The run was cancelled: %s of %s messages were stored, %s of them %s.",
			number(c.outcome.Stored), number(c.Run.Count), number(c.handled()), c.verb())
	case roundtrip.Failed:
		c.sayFailed(j)
	case roundtrip.Lost, roundtrip.Missing:
		c.sayMissing(j)
	case roundtrip.Duplicated:
		j.Said = fmt.Sprintf("%s of %s messages were %s more than once.", number(c.outcome.Duplicated), number(c.Run.Count), c.verb())
		j.Cause = "the same messages were " + c.verb() + " again" + c.by()
		j.Hint = "look for a consumer that commits outside the transaction of its results, or a group that was reset"
	case roundtrip.Rejected:
		j.Said = fmt.Sprintf("%s of %s messages could not be processed and went to the dead letters%s.",
			number(c.outcome.Rejected), number(c.Run.Count), c.stillWaiting())
		j.Cause = "the worker refused them"
		j.Hint = "read " + c.Run.Topic + ".dlq: the header krapp-dlq-error says why"
	case roundtrip.Expired:
		j.Said = fmt.Sprintf("The evidence of this run has expired: of %s messages, %s are known to be %s, and of the rest nothing can be proved any more.",
			number(c.Run.Count), number(c.handled()), c.verb())
		j.Cause = c.Expired
		j.Hint = "judge runs within the retention of krapp.reports (7 days), or raise it"
	case roundtrip.Stalled:
		c.sayStalled(j)
	case roundtrip.Sending:
		j.Said = fmt.Sprintf("%s of %s messages are stored, %s %s.", number(c.outcome.Stored), number(c.Run.Count), number(c.handled()), c.verb())
	case roundtrip.InFlight:
		j.Said = fmt.Sprintf("All %s messages are stored; %s %s, %s on their way.",
			number(c.outcome.Stored), number(c.handled()), c.verb(), number(c.outcome.Waiting))
	case roundtrip.Done:
		c.sayDone(j)
	}
}

func (c *situation) sayDone(j *roundtrip.Judgement) {
	n := number(c.Run.Count)
	switch c.Run.Evidence.Kind {
	case roundtrip.Committed:
		j.Said = fmt.Sprintf("All %s messages are committed by group %s. A commit says that they were passed, not what was done with them.", n, c.Run.Evidence.Group)
	case roundtrip.Arrived:
		j.Said = fmt.Sprintf("All %s messages arrived in %s exactly once.", n, c.Run.Evidence.Topic)
	default:
		j.Said = fmt.Sprintf("All %s messages were processed exactly once%s.", n, c.by())
	}
}

func (c *situation) sayFailed(j *roundtrip.Judgement) {
	stored := fmt.Sprintf("%s of %s messages were stored, %s of them %s", number(c.outcome.Stored), number(c.Run.Count), number(c.handled()), c.verb())
	failed, gaveUp := c.said("failed")
	switch {
	case c.Topic.Recreated && !c.complete():
		j.Said = fmt.Sprintf("The topic %s was deleted and created again during the run; before, %s.", c.Run.Topic, stored)
		j.Cause = "the topic " + c.Run.Topic + " has another topic ID than when the run was registered"
		j.Hint = "start the run again"
	case c.Topic.Gone && !c.complete():
		j.Said = fmt.Sprintf("The topic %s was deleted during the run; before, %s.", c.Run.Topic, stored)
		j.Cause = "the topic " + c.Run.Topic + " was deleted"
		j.Hint = "create the topic and start the run again"
	case c.outcome.Failed > 0:
		j.Said = fmt.Sprintf("%s of %s messages could not be sent; %s.", number(c.outcome.Failed), number(c.Run.Count), stored)
		j.Cause = c.FailedAs
		j.Hint = "see what the broker refused them for"
	case gaveUp:
		j.Said = fmt.Sprintf("The sender gave up; %s.", stored)
		j.Cause = failed.Reason
	default:
		j.Said = fmt.Sprintf("%s of %s messages timed out and were not found in the topic; %s.",
			number(c.outcome.PossiblyStored), number(c.Run.Count), stored)
		j.Cause = "no acknowledgement came in time"
		j.Hint = "check the brokers and the in-sync replicas of " + c.Run.Topic
	}
}

func (c *situation) sayMissing(j *roundtrip.Judgement) {
	n, all := number(c.outcome.Missing), number(c.Run.Count)
	gone := count(orEmpty(c.Gone)) > 0
	switch {
	case gone:
		j.Said = fmt.Sprintf("%s of %s messages are lost: among them some that were acknowledged and are not in the topic.", n, all)
		j.Cause = "the cluster does not have what it acknowledged"
		j.Hint = "check for unclean leader elections, retention and min.insync.replicas of " + c.Run.Topic
	case j.Verdict == roundtrip.Missing:
		j.Said = fmt.Sprintf("%s of %s messages did not arrive in %s within %s%s.", n, all, c.Run.Evidence.Topic, c.grace(), c.stillWaiting())
		j.Cause = "the pipeline dropped them, or is slower than that"
		j.Hint = "look at the missing ranges; a message that still arrives is counted"
	default:
		j.Said = fmt.Sprintf("%s of %s messages are lost: group %s has committed past them and no worker reported them%s.",
			n, all, c.Run.Evidence.Group, c.stillWaiting())
		j.Cause = "group " + c.Run.Evidence.Group + " committed offsets without processing what lies before them"
		j.Hint = "look for a consumer that commits before it processes, or for a reset of the group"
	}
}

func (c *situation) sayStalled(j *roundtrip.Judgement) {
	if c.sendingStalled() {
		c.saySenderGone(j)
		return
	}
	// A moment, not an age: a run that stands still reads the same at each look, so that nothing is drawn again.
	waits := fmt.Sprintf("%s stored messages wait and nothing was %s since %s", number(c.outcome.Waiting), c.verb(),
		latest(c.WaitingSince, c.LastHandled).UTC().Format("15:04:05 UTC"))
	g := c.Group
	switch {
	case len(c.Topic.Leaderless) > 0:
		j.Cause = fmt.Sprintf("%s of %s has no leader", partitions(c.Topic.Leaderless), c.Run.Topic)
		j.Hint = "start the brokers that hold it"
	case g == nil:
		j.Cause = "nothing is known of the group"
	case g.class() == kafkaops.Unauthorised || g.class() == kafkaops.Unauthenticated:
		j.Cause = "not authorised to look at group " + g.Name + ": " + g.Err.Error()
		j.Hint = "ask for DESCRIBE on the group"
	case g.Err != nil && g.class() != kafkaops.NotFound:
		j.Cause = "group " + g.Name + " can't be looked at: " + g.Err.Error()
	case g.Members == 0:
		j.Cause = "no member in group " + g.Name
		j.Hint = "start a consumer: krapp-worker consume --topics " + c.Run.Topic
	case rebalancing(g.State):
		j.Cause = "group " + g.Name + " is rebalancing (" + g.State + ")"
		j.Hint = "wait, or look for a member that joins and leaves"
	case g.Assigned == 0:
		j.Cause = fmt.Sprintf("group %s is not subscribed to %s: none of its %d members has a partition of it", g.Name, c.Run.Topic, g.Members)
		j.Hint = "subscribe it: krapp-worker consume --topics " + c.Run.Topic
	case g.Stuck != nil:
		at := *g.Stuck
		j.StuckAt = &at
		j.Cause = fmt.Sprintf("member %s is assigned but not moving; it stands before partition %d offset %d", g.Member, at.Partition, at.Offset)
		j.Hint = "look at that record, and whether the member still runs"
	default:
		j.Cause = "the members of group " + g.Name + " are assigned but not moving"
		j.Hint = "look at the members' logs"
	}
	j.Said = fmt.Sprintf("Stalled: %s: %s.", waits, j.Cause)
}

func (c *situation) saySenderGone(j *roundtrip.Judgement) {
	stored := fmt.Sprintf("%s of %s messages stored", number(c.outcome.Stored), number(c.Run.Count))
	stopped, hasStopped := c.said("stopped")
	_, enqueued := c.said("enqueued")
	switch {
	case c.Run.Sender == roundtrip.SendWorkers && enqueued && len(c.Topic.Leaderless) > 0:
		j.Cause = fmt.Sprintf("%s of %s has no leader", partitions(c.Topic.Leaderless), c.Run.Topic)
		j.Hint = "start the brokers that hold it"
	case c.Run.Sender == roundtrip.SendWorkers && enqueued && c.Workforce != nil && c.Workforce.Err == nil && c.Workforce.Members == 0:
		j.Cause = "no produce worker takes the work"
		j.Hint = "start one: krapp-worker produce"
	case c.Run.Sender == roundtrip.SendWorkers && enqueued:
		j.Cause = "the produce workers do not get on"
		j.Hint = "look at their logs, and whether their configuration allows the topic " + c.Run.Topic
	case hasStopped:
		j.Cause = "the sender was stopped"
		if stopped.Reason != "" {
			j.Cause += ": " + stopped.Reason
		}
		j.Hint = "start another run for the rest"
	default:
		j.Cause = "the sender is gone"
		j.Hint = "it was killed or lost the brokers; start another run for the rest"
	}
	j.Said = fmt.Sprintf("Stalled: %s, %s.", j.Cause, stored)
}

func rebalancing(state string) bool {
	s := strings.ToLower(state)
	return strings.Contains(s, "rebalanc") || strings.Contains(s, "assigning") || strings.Contains(s, "reconciling")
}

// handled counts what made the round trip at least once.
func (c *situation) handled() int64 { return count(orEmpty(c.Handled)) }

// verb is what the evidence proves: it never says "processed" of what was only committed.
func (c *situation) verb() string {
	switch c.Run.Evidence.Kind {
	case roundtrip.Arrived:
		return "arrived"
	case roundtrip.Committed:
		return "committed"
	}
	return "processed"
}

func (c *situation) by() string {
	switch c.Run.Evidence.Kind {
	case roundtrip.Reported, roundtrip.Committed:
		return " by group " + c.Run.Evidence.Group
	}
	return " in " + c.Run.Evidence.Topic
}

func (c *situation) stillWaiting() string {
	if c.outcome.Waiting == 0 {
		return ""
	}
	return "; " + number(c.outcome.Waiting) + " are still on their way"
}

func partitions(ids []int32) string {
	if len(ids) == 1 {
		return fmt.Sprintf("partition %d", ids[0])
	}
	texts := make([]string, 0, 5)
	for i, id := range ids {
		if i == 4 {
			texts = append(texts, "…")
			break
		}
		texts = append(texts, strconv.Itoa(int(id)))
	}
	return fmt.Sprintf("each of %d partitions (%s)", len(ids), strings.Join(texts, ", "))
}

// number writes n with commas between thousands.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
