package results

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/httpd"
	"github.com/krapp-io/krapp/worker/job"
	"github.com/krapp-io/krapp/worker/results/materialise"
)

//go:embed assets page.html
var files embed.FS

// What a page is given.
const (
	maxBars    = 500                    // groups; more are counted
	maxText    = 200                    // bytes of a value or label
	livePeriod = 250 * time.Millisecond // between two pictures, at least
)

// page is what page.html shows at first; the script keeps it up to date.
type page struct {
	Job, Description string
	Others           []string
	picture
}

// picture is an event of GET /live.
type picture struct {
	Verdict  string   `json:"verdict"` // "none" while there is no answer
	Sentence string   `json:"sentence"`
	Phase    string   `json:"phase"`
	AsOf     string   `json:"as_of"`
	Fields   []string `json:"fields"`
	Values   []string `json:"values"` // the aggregates' names
	Bars     []bar    `json:"bars"`
	More     int      `json:"more"` // groups that are not shown
}

// bar is one group. Size is the first aggregate's part of the largest one, in per cent.
type bar struct {
	Key    []coded  `json:"key"`
	Values []string `json:"values"`
	Size   float64  `json:"size"`
}

// coded is a group-by value with its label.
type coded struct {
	Value string `json:"value"`
	Label string `json:"label,omitempty"`
}

// pictureOf says how complete an answer is before it shows any of it, and shows none while it is half of one.
func pictureOf(v *materialise.View) picture {
	p := picture{Verdict: "none", Phase: string(v.Phase), Bars: []bar{}, Fields: v.Job.GroupBy, Values: []string{}}
	for _, a := range v.Job.Aggregates {
		p.Values = append(p.Values, a.Name)
	}
	if !v.LookedAt.IsZero() {
		p.AsOf = v.LookedAt.UTC().Format(time.RFC3339)
	}
	if err := unready(v); err != nil {
		p.Sentence = "no answer yet: " + err.Error()
		return p
	}
	p.Verdict, p.Sentence = string(v.Verdict()), v.Completeness.Sentence
	if v.Err != nil {
		p.Sentence += "; nothing new can be read: " + v.Err.Error()
	}
	shown := v.Groups[:min(len(v.Groups), maxBars)]
	p.More = len(v.Groups) - len(shown)
	largest := 0.0
	for i := range shown {
		largest = max(largest, shown[i].Values[0].Number)
	}
	for i := range shown {
		p.Bars = append(p.Bars, barOf(&shown[i], largest))
	}
	return p
}

func barOf(g *job.Group, largest float64) bar {
	b := bar{}
	for i, k := range g.Key {
		b.Key = append(b.Key, coded{Value: short(k), Label: short(g.Labels[i])})
	}
	for _, v := range g.Values {
		b.Values = append(b.Values, v.Text)
	}
	if largest > 0 {
		b.Size = max(0, 100*g.Values[0].Number/largest)
	}
	return b
}

func short(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}

// Width is the bar's, as an attribute of SVG: the page's security policy allows no style in the page itself.
func (b bar) Width() string { return strconv.FormatFloat(b.Size, 'f', 2, 64) + "%" }

// servePage shows the results. Everything in it is escaped by html/template, and the security policy allows no script but its own.
func (r *Role) servePage(w http.ResponseWriter, req *http.Request) {
	m, err := r.asked(req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	tmpl, err := template.ParseFS(files, "page.html")
	if err != nil {
		httpd.WriteError(w, kafkaops.NewError(kafkaops.Internal, "reading the page", "", "", err))
		return
	}
	v := m.View()
	p := page{Job: v.Job.Name, Description: v.Job.Description, picture: pictureOf(&v)}
	for _, j := range r.o.Jobs {
		if j.Name != p.Job {
			p.Others = append(p.Others, j.Name)
		}
	}
	var body bytes.Buffer
	if err := tmpl.Execute(&body, p); err != nil {
		httpd.WriteError(w, kafkaops.NewError(kafkaops.Internal, "writing the page", "", "", err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body.Bytes()) // the client went away: nobody to tell
}

// serveLive streams pictures, a few a second at most: a page need not keep up with the topics.
func (r *Role) serveLive(w http.ResponseWriter, req *http.Request) {
	m, err := r.asked(req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	ctx, stream, done, err := r.streams.Open(w, req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	defer done()
	for v := m.View(); ; {
		if stream.Send(strconv.FormatInt(v.Version, 10), "results", pictureOf(&v)) != nil || !wait(ctx, livePeriod) {
			return
		}
		if v, err = m.Next(ctx, v.Version); err != nil {
			return
		}
	}
}

// wait is false when ctx has ended.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
