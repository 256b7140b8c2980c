package serve

import (
	"embed"
	"net/http"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/worker/httpd"
)

//go:embed assets page.html
var files embed.FS

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
