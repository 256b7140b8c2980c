package remote

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Accepted is a text that the seer has stored: where, and whether it can be asked about already.
type Accepted struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Learned   bool   `json:"learned"`
	Note      string `json:"note,omitempty"`
}

// LoadedFile is one file of Load: stored, or why not.
type LoadedFile struct {
	Name string
	Accepted
	Err error // nil: stored
}

// Accept gives the seer a text to learn; title may be "". It returns once the text is stored, and mostly once it is learned. The same text again
// changes nothing. Errors are invalid (the text, its size), and those of Ask.
func (c *Client) Accept(ctx context.Context, title, text string) (Accepted, error) {
	const op = "giving a text to the seer at"
	ctx, _, stop := watch(ctx, c.silence)
	defer stop()
	req, err := c.request(ctx, http.MethodPost, "/accept", []byte(text))
	if err != nil {
		return Accepted{}, err
	}
	if title != "" {
		req.URL.RawQuery = url.Values{"title": {title}}.Encode()
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	res, err := c.do(ctx, req, op, "application/json", http.StatusOK, http.StatusAccepted)
	if err != nil {
		return Accepted{}, err
	}
	defer res.Body.Close()
	var a Accepted
	if err := c.readJSON(ctx, op, res.Body, &a); err != nil {
		return Accepted{}, err
	}
	return a, c.checkPlace(op, a)
}

func (c *Client) checkPlace(op string, a Accepted) error {
	if !validTopic(a.Topic) || a.Partition < 0 || a.Offset < 0 {
		return c.stranger(op, "it says of no record where the text is")
	}
	return nil
}

// Load has the seer learn files of its own folder, by their names there. The error is of the request; what became of a file is in its LoadedFile, in
// the order of the names.
func (c *Client) Load(ctx context.Context, names ...string) ([]LoadedFile, error) {
	const op = "having files loaded by the seer at"
	for _, n := range names {
		if strings.ContainsAny(n, "\r\n") || strings.TrimSpace(n) == "" {
			return nil, kafkaops.Errorf(kafkaops.Invalid, op, c.URL(), "name files, one a line", "%q can't be sent", n)
		}
	}
	ctx, _, stop := watch(ctx, c.silence+time.Duration(len(names))*time.Second) // it answers when all are stored
	defer stop()
	req, err := c.request(ctx, http.MethodPost, "/load", []byte(strings.Join(names, "\n")))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	res, err := c.do(ctx, req, op, "application/json", http.StatusOK, http.StatusUnprocessableEntity)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var body struct {
		Files []struct {
			Name string `json:"name"`
			Accepted
			Failed *said `json:"failed"`
		} `json:"files"`
	}
	if err := c.readJSON(ctx, op, res.Body, &body); err != nil {
		return nil, err
	}
	if len(body.Files) != len(names) {
		return nil, c.stranger(op, "it does not say of each file what became of it")
	}
	out := make([]LoadedFile, len(names))
	for i, f := range body.Files {
		out[i] = LoadedFile{Name: names[i], Accepted: f.Accepted}
		if f.Failed != nil {
			out[i].Err = c.told(op, *f.Failed, kafkaops.Internal)
		} else if err := c.checkPlace(op, f.Accepted); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// validTopic says whether Kafka could have a topic of that name.
func validTopic(name string) bool {
	if name == "" || len(name) > 249 || name == "." || name == ".." {
		return false
	}
	return !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-'
	})
}
