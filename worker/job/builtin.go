package job

import (
	"embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
)

// builtin is the jobs that krapp brings along, one a file.
//
//go:embed jobs/*.yaml
var builtin embed.FS

// Builtin is the names of the built-in jobs.
func Builtin() []string {
	var names []string
	files, err := fs.Glob(builtin, "jobs/*.yaml")
	if err != nil {
		return nil
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".yaml"))
	}
	return names
}

// Load finds a job: a built-in one by its name, or a file by its path (one with a '/', or that ends in .yaml or .yml). A relative path of the
// job's source begins where the file is.
func Load(nameOrPath string) (*Job, error) {
	if strings.ContainsRune(nameOrPath, '/') || strings.HasSuffix(nameOrPath, ".yaml") || strings.HasSuffix(nameOrPath, ".yml") {
		return loadFile(nameOrPath)
	}
	text, err := builtin.ReadFile("jobs/" + nameOrPath + ".yaml")
	if err != nil {
		return nil, kafkaops.Errorf(kafkaops.NotFound, "finding job", nameOrPath, didYouMean(nameOrPath, Builtin(), "the built-in jobs are")+"; a file is named as ./FILE or FILE.yaml",
			"no job of that name is built in")
	}
	return Parse(nameOrPath, text)
}

func loadFile(path string) (*Job, error) {
	text, err := readBounded(path)
	if err != nil {
		class := kafkaops.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			class = kafkaops.NotFound
		}
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err // the path is named already
		}
		return nil, kafkaops.NewError(class, opReading, path, "name a job file that can be read, or a built-in job: "+strings.Join(Builtin(), ", "), err)
	}
	j, err := Parse(path, text)
	if err != nil || j.Files == nil {
		return j, err
	}
	dir := filepath.Dir(path)
	if url := j.Files.URL; dir != "." && !strings.Contains(url, "://") && !filepath.IsAbs(url) {
		if strings.ContainsAny(dir, "{}") {
			return nil, kafkaops.Errorf(kafkaops.Invalid, opReading, path, "move the file, or write its source's path out", "the directory's name has braces, which the source's path can't have")
		}
		j.Files.URL = filepath.Join(dir, url)
	}
	return j, nil
}

// readBounded reads a file; of one that is too large a byte more than Parse takes.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFileBytes+1))
}
