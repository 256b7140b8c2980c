package secretfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/krapp-io/krapp/kafkaops"
)

// maxBytes is more than any key or chain of certificates has.
const maxBytes = 64 << 10

const hintWrite = "Name a file that holds the secret and nothing else: (umask 077; cat > FILE)"

// Read reads a secret; line ends after it are taken off. op says what for, in errors: "reading the token file". Errors are not found (no such
// file), unauthorised (others can read it, or this process can't), or invalid (no file, empty, too long).
func Read(op, path string) (kafkaops.Secret, error) {
	f, err := open(op, path)
	if err != nil {
		return kafkaops.Secret{}, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	switch text := strings.TrimRight(string(raw), "\r\n"); {
	case err != nil:
		return kafkaops.Secret{}, kafkaops.NewError(kafkaops.Invalid, op, path, hintWrite, cause(err))
	case len(raw) > maxBytes:
		return kafkaops.Secret{}, kafkaops.Errorf(kafkaops.Invalid, op, path, hintWrite, "more than %d bytes are no secret", maxBytes)
	case text == "":
		return kafkaops.Secret{}, kafkaops.Errorf(kafkaops.Invalid, op, path, "Write the secret into it.", "the file is empty")
	default:
		return kafkaops.NewSecret(text), nil
	}
}

// Check says why a file is no place for a secret that a library will read by its name; nil: it is one.
func Check(op, path string) error {
	f, err := open(op, path)
	if err != nil {
		return err
	}
	return f.Close()
}

// open opens a file that is private. The open file is looked at, not the name: what is checked is what is read.
func open(op, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // nobody waits for the other end of a pipe
	if err != nil {
		class := kafkaops.NotFound
		if errors.Is(err, fs.ErrPermission) {
			class = kafkaops.Unauthorised
		}
		return nil, kafkaops.NewError(class, op, path, hintWrite, cause(err))
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		err = kafkaops.NewError(kafkaops.Internal, op, path, "", cause(err))
	case !info.Mode().IsRegular():
		err = kafkaops.Errorf(kafkaops.Invalid, op, path, hintWrite, "not a regular file")
	case !private(ownershipOf(info), self()):
		err = kafkaops.Errorf(kafkaops.Unauthorised, op, path, fmt.Sprintf("Run: chmod 600 %s", path), "its mode %04o lets others at it", info.Mode().Perm())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ownership is what decides who can read a file.
type ownership struct {
	mode     fs.FileMode
	uid, gid int
}

// identity is who this process is.
type identity struct {
	uid    int
	groups []int
}

// private says that nobody but the process's user, or root, can read or write the file.
func private(o ownership, me identity) bool {
	if o.mode.Perm()&0o177 == 0 {
		return true
	}
	mounted := o.uid == 0 && me.uid != 0 && o.mode.Perm()&^0o440 == 0
	return mounted && slices.Contains(me.groups, o.gid)
}

func ownershipOf(info fs.FileInfo) ownership {
	o := ownership{mode: info.Mode(), uid: -1, gid: -1}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		o.uid, o.gid = int(stat.Uid), int(stat.Gid)
	}
	return o
}

func self() identity {
	groups, _ := os.Getgroups() // without them only the own group counts
	return identity{uid: os.Geteuid(), groups: append(groups, os.Getegid())}
}

// cause drops what an error of the system says beside its reason: the operation and the path stand in ours already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
