package serve

import (
	"embed"
	"net/http"
	"strings"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/httpd"
)

//go:embed assets page.html
var files embed.FS

// assets serves the page's script and style, from memory.
func assets() http.Handler {
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") { // no list of files
			http.NotFound(w, r)
			return
		}
		serve.ServeHTTP(w, r)
	})
}

// servePage serves the page to ask. It is the same for everybody: what it shows comes through /status and /ask, and is only ever set as text.
func servePage(w http.ResponseWriter, _ *http.Request) {
	page, err := files.ReadFile("page.html")
	if err != nil {
		httpd.WriteError(w, kafkaops.NewError(kafkaops.Internal, "reading the page", "", "", err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page) // the client went away: nobody to tell
}
