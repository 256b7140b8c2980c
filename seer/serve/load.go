package serve

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/httpd"
)

// maxFiles is how many files one request may name.
const maxFiles = 1000

// Loaded is what became of the files of POST /load, in the order in which they were named.
type Loaded struct {
	Files []LoadedFile `json:"files"`
}

// LoadedFile is one of them: stored, or why not.
type LoadedFile struct {
	Name string `json:"name"`
	*Accepted
	Failed *httpd.ErrorBody `json:"failed,omitempty"`
}

// serveLoad learns the named files of the folder. One that is bad does not keep the others from it: 200 when all are stored, else 422, and the body
// says for each.
func (r *Role) serveLoad(w http.ResponseWriter, req *http.Request) {
	names, err := r.namesOf(req)
	if err != nil {
		httpd.WriteError(w, err)
		return
	}
	root, err := os.OpenRoot(r.o.LoadDir)
	if err != nil {
		httpd.WriteError(w, kafkaops.NewError(kafkaops.Unavailable, "opening the folder to load from", "", "check the folder of --load-dir", err))
		return
	}
	defer root.Close()
	ctx, done := r.inHand(w, req, loadLimit(len(names)))
	defer done()
	out, code := Loaded{Files: make([]LoadedFile, len(names))}, http.StatusOK
	var stored []*Accepted
	for i, name := range names {
		at, err := r.loadFile(ctx, root, name)
		out.Files[i] = LoadedFile{Name: name}
		if err != nil {
			code = http.StatusUnprocessableEntity
			out.Files[i].Failed = &httpd.ErrorBody{Error: err.Error(), Class: kafkaops.ClassOf(err), Hint: kafkaops.HintOf(err)}
			continue
		}
		out.Files[i].Accepted = &at
		stored = append(stored, &at)
	}
	r.awaitLearned(ctx, stored)
	httpd.WriteJSON(w, code, out)
}

// namesOf reads the names, one a line.
func (r *Role) namesOf(req *http.Request) ([]string, error) {
	const op = "loading files"
	if r.o.LoadDir == "" {
		return nil, kafkaops.Errorf(kafkaops.Unsupported, op, "", "start the seer with --load-dir FOLDER, or send the text itself: POST /accept",
			"no folder to load from is configured")
	}
	body, err := r.readBody(req)
	if err != nil {
		return nil, err
	}
	var names []string
	lines := bufio.NewScanner(bytes.NewReader(body))
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" {
			names = append(names, name)
		}
		if len(names) > maxFiles {
			return nil, kafkaops.Errorf(kafkaops.Invalid, op, "", "send the names in parts", "more than %d files are named", maxFiles)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, op, "", "send names of files, one a line", err)
	}
	if len(names) == 0 {
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, "", "send names of files, one a line", "no file is named")
	}
	return names, nil
}

// loadFile stores one file. Its title is its name.
func (r *Role) loadFile(ctx context.Context, root *os.Root, name string) (Accepted, error) {
	release, err := take(r.bodies, "texts")
	if err != nil {
		return Accepted{}, err
	}
	defer release()
	text, err := readFile(root, name, r.o.MaxText)
	if err != nil {
		return Accepted{}, err
	}
	rec, err := statement(cut(strings.ToValidUTF8(path.Base(name), ""), maxTitle), text, r.o.MaxText)
	if err != nil {
		return Accepted{}, err
	}
	return r.store(ctx, rec)
}

// readFile reads a file that lies in the folder; neither .. nor a link leads out of it. Errors are not found, unauthorised or invalid.
func readFile(root *os.Root, name string, most int) ([]byte, error) {
	const op, hint = "loading file", "name a file inside the folder, as it is seen from there"
	// Without blocking: a FIFO in the folder must not hold the request.
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, kafkaops.NewError(fileClass(err), op, name, hint, plainCause(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, op, name, hint, plainCause(err))
	}
	if !info.Mode().IsRegular() {
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, name, hint, "it is not a regular file")
	}
	text, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	switch {
	case err != nil:
		return nil, kafkaops.NewError(kafkaops.Invalid, op, name, hint, plainCause(err))
	case len(text) > most:
		return nil, kafkaops.Errorf(kafkaops.Invalid, op, name, "split it, or raise --max-text", "it has more than %d bytes", most)
	}
	return text, nil
}

func fileClass(err error) kafkaops.Class {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return kafkaops.NotFound
	case errors.Is(err, fs.ErrPermission):
		return kafkaops.Unauthorised
	}
	return kafkaops.Invalid
}

// plainCause drops the path of an error: it is the server's.
func plainCause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// loadLimit is what a request for so many files may take.
func loadLimit(files int) time.Duration {
	return learnLimit + ackLimit + time.Duration(files)*time.Second
}
