package sshd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

const maxKeysBytes = 256 << 10

// keyring is the authorized-keys file over time. It is read at every authentication: what decides is what stands there now, and to compare a file's
// time and size instead would miss a change now and then.
//
// A file that can't be read, is open to others' changes or honours no key lets nobody in, and ends who is in (Server.watch): whoever took the file
// away meant something by it, and a door that stays open because its lock is broken is no door.
type keyring struct {
	path    string
	now     func() time.Time
	changed func(keySet, error) // called with the lock held, at the first reading and after each change

	mu     sync.Mutex
	read   bool
	file   []byte
	unread error // why the file could not be read
	set    keySet
	fault  error // why nobody is let in
}

// look reads the file and returns what it gives now.
func (k *keyring) look() (keySet, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	file, unread := readKeys(k.path)
	if k.read && bytes.Equal(file, k.file) && sameFault(unread, k.unread) {
		return k.set, k.fault
	}
	set, fault := keySet{}, unread
	if fault == nil {
		if set, fault = parseKeys(file); fault == nil && len(set.grants) == 0 {
			fault = errors.New("it holds no key that is honoured")
		}
	}
	k.read, k.file, k.unread, k.set, k.fault = true, file, unread, set, fault
	if k.changed != nil {
		k.changed(set, fault)
	}
	return set, fault
}

// find returns what a key may do from an address now, or why nothing.
func (k *keyring) find(key gossh.PublicKey, addr netip.Addr) (*grant, reason) {
	set, fault := k.look()
	if fault != nil {
		return nil, whyNoKeys
	}
	wire := key.Marshal()
	if _, ok := set.refused[string(wire)]; ok {
		return nil, whyLine
	}
	g, ok := set.grants[string(wire)]
	if !ok {
		return nil, whyUnknown
	}
	if why := g.denies(k.now(), addr); why != "" {
		return nil, why
	}
	return g, ""
}

// readKeys reads the file whose open handle was checked. Symbolic links are followed: that is how Kubernetes mounts and replaces it.
func readKeys(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // nobody waits for the other end of a pipe
	if err != nil {
		return nil, reasonOf(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, reasonOf(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Mode().Perm()&0o022 != 0:
		return nil, fmt.Errorf("its mode %04o lets others change it", info.Mode().Perm())
	}
	file, err := io.ReadAll(io.LimitReader(f, maxKeysBytes+1))
	switch {
	case err != nil:
		return nil, reasonOf(err)
	case len(file) > maxKeysBytes:
		return nil, fmt.Errorf("more than %d bytes", maxKeysBytes)
	}
	return file, nil
}

func reasonOf(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func sameFault(a, b error) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Error() == b.Error()
}
