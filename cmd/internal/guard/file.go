package guard

import (
	"path/filepath"

	"github.com/krapp-io/krapp/audit"
	"github.com/krapp-io/krapp/kafkaops/embedded"
)

// FileName is the audit log's name in the state directory.
const FileName = "audit.jsonl"

// DefaultLog is the audit log in this user's state directory. Where there is none, each write says so.
func DefaultLog() audit.Log {
	dir, err := embedded.StateDir()
	if err != nil {
		return broken{err}
	}
	return &audit.File{Path: filepath.Join(dir, FileName)}
}

type broken struct{ err error }

func (b broken) Write(audit.Entry) error { return b.err }
