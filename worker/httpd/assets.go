package httpd

import (
	"io/fs"
	"net/http"
	"strings"
)

// Assets serves the scripts and styles of a role's page from what is built into the program. Folders are not listed.
func Assets(files fs.FS) http.Handler {
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r)
			return
		}
		serve.ServeHTTP(w, r)
	})
}
