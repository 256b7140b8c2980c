// Package guard is the service layer's gate: every change that the console or krapp makes passes it, whoever asks. It says whether this actor may do
// that here, and writes the audit log before and after. Pages show what is refused; that it doesn't happen is decided here.
package guard
