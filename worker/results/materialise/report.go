package materialise

import (
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/job"
)

// Report is the completeness of a view as JSON tells it: the body of GET /completeness, and of krapp results. Its fields are documented in
// docs/json.md; they may be added to, and are not renamed.
type Report struct {
	Job      string  `json:"job"`
	Print    string  `json:"print"`
	Verdict  Verdict `json:"verdict"`
	Complete bool    `json:"complete"`
	Sentence string  `json:"sentence"`
	Phase    Phase   `json:"phase"`
	CaughtUp bool    `json:"caught_up"`

	Sources        int             `json:"sources"`
	Pending        int             `json:"pending"`
	Reading        int             `json:"reading"`
	Done           int             `json:"done"`
	Limited        int             `json:"limited"`
	Failed         int             `json:"failed"`
	Failures       []ReportFailure `json:"failures,omitempty"`
	Chunks         int64           `json:"chunks"`
	ChunksExpected int64           `json:"chunks_expected"`
	Rows           int64           `json:"rows"`
	RowsExpected   int64           `json:"rows_expected"`

	LeftOut      int64            `json:"left_out"`
	Blank        int64            `json:"blank"`
	Dead         int64            `json:"dead"`
	Late         int64            `json:"late"`
	Unlabelled   int64            `json:"unlabelled"`
	UnlabelledBy map[string]int64 `json:"unlabelled_by,omitempty"`
	Dropped      int64            `json:"dropped"`
	Duplicated   int64            `json:"duplicated"`
	Refused      int64            `json:"refused"`
	Damaged      int64            `json:"damaged"`
	Expired      int64            `json:"expired"`
	Groups       int              `json:"groups"`
	Watermark    *string          `json:"watermark"`

	Lag    *int64  `json:"lag"`    // null: not known
	Newest *string `json:"newest"` // null: none was read since the snapshot
	AsOf   *string `json:"as_of"`  // null: never yet
	Error  string  `json:"error,omitempty"`
	Hint   string  `json:"hint,omitempty"`
}

// ReportFailure is a source that couldn't be read to its end.
type ReportFailure struct {
	Source   string         `json:"source"`
	Class    kafkaops.Class `json:"class"`
	Text     string         `json:"text"`
	URL      string         `json:"url"`
	Position int64          `json:"position"` // decompressed bytes
	Chunks   int64          `json:"chunks"`   // of it that are in the results all the same
}

// Report says how complete a view is.
func (v *View) Report() Report {
	c := &v.Completeness
	r := Report{
		Job: v.Job.Name, Print: v.Job.Print(), Verdict: v.Verdict(), Complete: v.CaughtUp && c.Complete, Sentence: c.Sentence, Phase: v.Phase,
		CaughtUp: v.CaughtUp, Sources: c.Sources, Pending: c.Pending, Reading: c.Reading, Done: c.Done, Limited: c.Limited, Failed: c.Failed,
		Failures: failures(c.Failures), Chunks: c.Chunks, ChunksExpected: c.ChunksExpected, Rows: c.Rows, RowsExpected: c.RowsExpected,
		LeftOut: c.LeftOut, Blank: c.Blank, Dead: c.Dead, Late: c.Late, Unlabelled: c.Unlabelled, UnlabelledBy: c.UnlabelledBy,
		Dropped: c.Dropped, Duplicated: c.Duplicated, Refused: c.Refused, Damaged: c.Damaged, Expired: c.Expired, Groups: c.Groups,
		Watermark: timeText(c.Watermark), Newest: timeText(v.Newest), AsOf: timeText(v.LookedAt),
	}
	if v.Lag >= 0 {
		r.Lag = &v.Lag
	}
	if v.Err != nil {
		r.Error, r.Hint = v.Err.Error(), kafkaops.HintOf(v.Err)
	}
	return r
}

func failures(all []job.SourceFailure) []ReportFailure {
	var out []ReportFailure
	for _, f := range all {
		out = append(out, ReportFailure{Source: f.ID, Class: f.Class, Text: f.Text, URL: f.URL, Position: f.Position, Chunks: f.Chunks})
	}
	return out
}

// timeText is RFC 3339 in UTC with milliseconds, nil for the zero time.
func timeText(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	return &s
}
