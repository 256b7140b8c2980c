package secretfile

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/krapp-io/krapp/kafkaops"
)

const op = "reading the token file"

func file(t *testing.T, text string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOnlyAPrivateFileIsRead(t *testing.T) {
	for mode, good := range map[fs.FileMode]bool{
		0o600: true, 0o400: true, 0o640: false, 0o440: false, 0o604: false, 0o660: false, 0o644: false, 0o610: false, 0o700: false,
	} {
		path := file(t, "s3cret\r\n", mode)
		s, err := Read(op, path)
		if (err == nil) != good || good && s.Reveal() != "s3cret" {
			t.Errorf("%04o: %v", mode, err)
		}
		if checked := Check(op, path); (checked == nil) != good {
			t.Errorf("%04o: Check says %v", mode, checked)
		}
		if err != nil && (kafkaops.ClassOf(err) != kafkaops.Unauthorised || kafkaops.HintOf(err) == "" || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%04o: %v", mode, err)
		}
	}
}

func TestAFileAsKubernetesMountsIt(t *testing.T) {
	pod := identity{uid: 65532, groups: []int{65532}}
	tests := map[string]struct {
		o    ownership
		me   identity
		want bool
	}{
		"root's, for the pod's group":            {ownership{0o440, 0, 65532}, pod, true},
		"only the group may":                     {ownership{0o040, 0, 65532}, pod, true},
		"of another group":                       {ownership{0o440, 0, 1000}, pod, false},
		"the group may write":                    {ownership{0o460, 0, 65532}, pod, false},
		"its owner may write: no mount is so":    {ownership{0o640, 0, 65532}, pod, false},
		"everybody may read":                     {ownership{0o444, 0, 65532}, pod, false},
		"not root's":                             {ownership{0o440, 1000, 65532}, pod, false},
		"the process's own, open to the group":   {ownership{0o440, 65532, 65532}, pod, false},
		"the process is root: no need for it":    {ownership{0o440, 0, 0}, identity{0, []int{0}}, false},
		"nobody knows whose: only the mode says": {ownership{0o400, -1, -1}, pod, true},
	}
	for name, tt := range tests {
		if got := private(tt.o, tt.me); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestAPodReadsItsSecret runs this test binary as a user like a pod's, on a file like one that a kubelet mounts.
func TestAPodReadsItsSecret(t *testing.T) {
	if path := os.Getenv("SECRETFILE_TEST"); path != "" {
		s, err := Read(op, path)
		if err != nil {
			t.Fatal(err)
		}
		if s.Reveal() != "s3cret" {
			t.Fatal("another secret")
		}
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else; the rule is tested above")
	}
	dir, err := os.MkdirTemp("", "secretfile") // t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	binary, path := filepath.Join(dir, "test"), filepath.Join(dir, "secret")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Chmod(dir, 0o755))
	must(os.WriteFile(binary, self, 0o755))
	must(os.WriteFile(path, []byte("s3cret\n"), 0o600))
	for gid, good := range map[int]bool{65532: true, 65531: false} {
		must(os.Chown(path, 0, gid))
		must(os.Chmod(path, 0o440))
		cmd := exec.CommandContext(t.Context(), binary, "-test.run=^TestAPodReadsItsSecret$")
		cmd.Env = []string{"SECRETFILE_TEST=" + path}
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		out, err := cmd.CombinedOutput()
		if (err == nil) != good {
			t.Errorf("group %d: %v\n%s", gid, err, out)
		}
	}
}

func TestWhatIsNoSecretFile(t *testing.T) {
	wide := file(t, "x", 0o644)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(wide, link); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, class := range map[string]kafkaops.Class{
		link: kafkaops.Unauthorised, fifo: kafkaops.Invalid, t.TempDir(): kafkaops.Invalid, "/nowhere/secret": kafkaops.NotFound,
		file(t, "\n", 0o600): kafkaops.Invalid, file(t, strings.Repeat("x", maxBytes+1), 0o600): kafkaops.Invalid,
	} {
		if _, err := Read(op, path); kafkaops.ClassOf(err) != class || kafkaops.HintOf(err) == "" {
			t.Errorf("%s: %v", path, err)
		}
	}
}
