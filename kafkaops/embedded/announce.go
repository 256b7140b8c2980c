package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
)

// Announcement says where this user's embedded broker, and what runs beside it, can be reached.
type Announcement struct {
	Version  int               `json:"version"`
	PID      int               `json:"pid"`
	Brokers  []string          `json:"brokers"`            // host:port
	Services map[string]string `json:"services,omitempty"` // a role's name to its URL
	Dir      string            `json:"dir,omitempty"`      // the data directory; empty if nothing is kept
	Started  time.Time         `json:"started"`
}

const (
	announcementVersion = 1
	announcementName    = "broker.json"
	opAnnounce          = "announcing the embedded broker"
	dialTimeout         = time.Second
)

// AnnounceDir is $XDG_RUNTIME_DIR/krapp, or StateDir where there is no runtime directory.
func AnnounceDir() (string, error) {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "krapp"), nil
	}
	return StateDir()
}

// Announce writes a into dir ("" means AnnounceDir), where Announced finds it. PID, Version and, if zero, Started are filled in.
// withdraw removes the announcement, unless another process has replaced it since. While another live broker is announced there,
// the error is a Conflict: the first one stays what scripts find.
func Announce(ctx context.Context, dir string, a Announcement) (withdraw func() error, err error) {
	if dir, err = announceDirOr(dir); err != nil {
		return nil, err
	}
	if other, ok := Announced(ctx, dir); ok && other.PID != os.Getpid() {
		return nil, kafkaops.Errorf(kafkaops.Conflict, opAnnounce, dir, "Scripts find that one; name this one to them with --brokers.", "process %d announces its own at %v", other.PID, other.Brokers)
	}
	a.Version, a.PID = announcementVersion, os.Getpid()
	if a.Started.IsZero() {
		a.Started = time.Now().UTC()
	}
	raw, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Internal, opAnnounce, dir, "", err)
	}
	path := filepath.Join(dir, announcementName)
	if err = os.MkdirAll(dir, 0o700); err == nil {
		err = writeFile(path, append(raw, '\n'))
	}
	if err != nil {
		return nil, kafkaops.NewError(kafkaops.Invalid, opAnnounce, dir, "Set XDG_RUNTIME_DIR or XDG_STATE_HOME to a directory that can be written to.", err)
	}
	return func() error { return removeOwn(path) }, nil
}

func removeOwn(path string) error {
	a, err := readAnnouncement(path)
	if err != nil || a.PID != os.Getpid() {
		return nil //nolint:nilerr // gone or another's: nothing of ours to remove
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return kafkaops.NewError(kafkaops.Internal, "withdrawing the announcement", path, "Remove that file.", err)
	}
	return nil
}

// Announced returns what is announced in dir ("" means AnnounceDir). A stale announcement, whose process is gone or whose brokers
// don't answer within a second, counts as none.
func Announced(ctx context.Context, dir string) (Announcement, bool) {
	dir, err := announceDirOr(dir)
	if err != nil {
		return Announcement{}, false
	}
	a, err := readAnnouncement(filepath.Join(dir, announcementName))
	if err != nil || a.Version != announcementVersion || !alive(a.PID) || !answers(ctx, a.Brokers) {
		return Announcement{}, false
	}
	return a, true
}

func announceDirOr(dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	return AnnounceDir()
}

func readAnnouncement(path string) (Announcement, error) {
	var a Announcement
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &a)
	}
	return a, err
}

// alive says whether the process exists; one of another user's does, too.
func alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// answers says whether one of the brokers accepts a connection. Only loopback is asked: the file is not trusted to send us elsewhere.
func answers(ctx context.Context, brokers []string) bool {
	d := net.Dialer{Timeout: dialTimeout}
	for _, addr := range brokers {
		host, port, err := net.SplitHostPort(addr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			continue
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			continue
		}
		if conn, err := d.DialContext(ctx, "tcp", addr); err == nil {
			_ = conn.Close()
			return true
		}
	}
	return false
}
