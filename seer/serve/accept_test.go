package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/krapp-io/krapp/kafkaops"
	"github.com/krapp-io/krapp/kafkaops/kafkatest"
	"github.com/krapp-io/krapp/seer"
)

const people = "The Wilymajinkas live in trees.\nThey are small, kind and fond of soup.\n"

// accepted sends a text and reads where it is.
func accepted(t testing.TB, base, path, text string, want int, headers ...string) Accepted {
	t.Helper()
	res, body := call(t, "POST", base+path, text, headers...)
	var a Accepted
	if err := json.Unmarshal([]byte(body), &a); err != nil || res.StatusCode != want {
		t.Fatalf("%d %s, want %d", res.StatusCode, body, want)
	}
	return a
}

func TestATextIsStoredAndLearnedBeforeItIsAcknowledged(t *testing.T) {
	c := kafkatest.Client(t)
	var mu sync.Mutex
	var asked []seer.Place
	base := startRole(t, Options{Client: c, NoTopics: true, Learner: learner{func(_ context.Context, at seer.Place) error {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, at)
		recs, err := c.Fetch(t.Context(), kafkaops.TopicPartition{Topic: at.Topic, Partition: at.Partition}, at.Offset, 1)
		if err != nil || len(recs) != 1 {
			t.Errorf("it is to be learned before it is stored: %v, %v", recs, err)
		}
		return nil
	}}})
	a := accepted(t, base, "/accept?title="+url.QueryEscape("The Wily\tmajinkas \n"), "\ufeff"+people, 200)
	if !a.Learned || a.Topic != seer.StatementTopic || a.Note != "" || len(asked) != 1 || asked[0] != (seer.Place{Topic: a.Topic, Partition: a.Partition, Offset: a.Offset}) {
		t.Errorf("%+v, asked for %+v", a, asked)
	}
	b := accepted(t, base, "/accept", people, 200, "X-Title", "Über sie")
	other := accepted(t, base, "/accept", people+"And old.", 200)
	recs := kafkatest.All(t, c, seer.StatementTopic)
	if len(recs) != 3 || recs[0].Offset != a.Offset || recs[1].Offset != b.Offset || recs[2].Offset != other.Offset {
		t.Fatalf("stored %+v", recs)
	}
	if string(recs[0].Value) != people || string(recs[0].Key) != string(recs[1].Key) || string(recs[0].Key) == string(recs[2].Key) || len(recs[0].Key) != 64 {
		t.Errorf("keys %s, %s and %s, value %q", recs[0].Key, recs[1].Key, recs[2].Key, recs[0].Value)
	}
	for i, want := range []string{"The Wily majinkas", "Über sie", ""} {
		if title, has := recs[i].Header(seer.TitleHeader); string(title) != want || has != (want != "") {
			t.Errorf("title %q, want %q", title, want)
		}
	}
}

func TestATextThatIsNotLearnedInTimeIsStoredAllTheSame(t *testing.T) {
	c := kafkatest.Client(t)
	r, address := newRole(t, Options{Client: c, NoTopics: true, Learner: learner{never}})
	r.learnWait = time.Millisecond
	base, _ := run(t, r, address)
	if a := accepted(t, base, "/accept", people, 202); a.Learned || a.Note == "" || a.Topic != seer.StatementTopic {
		t.Errorf("%+v", a)
	}
	if recs := kafkatest.All(t, c, seer.StatementTopic); len(recs) != 1 || string(recs[0].Value) != people {
		t.Errorf("stored %+v", recs)
	}
}

func TestTextsThatAreRefusedAreNotStored(t *testing.T) {
	c := kafkatest.Client(t)
	base := startRole(t, Options{Client: c, NoTopics: true, MaxText: 1 << 20})
	cases := map[string]struct {
		path, body string
		status     int
	}{
		"nothing":                {"/accept", "", 400},
		"spaces":                 {"/accept", " \n\t", 400},
		"Latin-1":                {"/accept", "caf\xe9", 400},
		"a binary":               {"/accept", "PK\x03\x04\x00\x00", 400},
		"a body over the limit":  {"/accept", strings.Repeat("x", 1<<20+1), 413},
		"a title over the limit": {"/accept?title=" + strings.Repeat("x", maxTitle+1), people, 400},
		"a title of Latin-1":     {"/accept?title=caf%E9", people, 400},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			res, body := call(t, "POST", base+k.path, k.body)
			checkError(t, res, body, k.status, kafkaops.Invalid)
		})
	}
	if n := len(kafkatest.All(t, c, seer.StatementTopic)); n != 0 {
		t.Errorf("%d are stored", n)
	}
	accepted(t, base, "/accept", strings.Repeat("word ", 1<<20/5), 200) // the control: as much as is allowed fits into the topic
}

func TestWithoutABrokerNoTextIsAccepted(t *testing.T) {
	b, c := kafkatest.Embedded(t, kafkaops.Context{Timeout: 3 * time.Second})
	r, address := newRole(t, Options{Client: c, NoTopics: true})
	base, _ := run(t, r, address)
	accepted(t, base, "/accept", people, 200)
	r.ackWait = time.Second
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	res, body := call(t, "POST", base+"/accept", people)
	if res.StatusCode != http.StatusServiceUnavailable && res.StatusCode != http.StatusGatewayTimeout {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, body := call(t, "GET", base+"/ask?q=x", ""); res.StatusCode != http.StatusOK { // what was learned can still be asked about
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// folder makes a folder to load from, with all that may lie in one, and a secret beside it.
func folder(t testing.TB) string {
	t.Helper()
	above := t.TempDir()
	dir := filepath.Join(above, "texts")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(dir, "sub"), 0o755),
		os.WriteFile(filepath.Join(above, "secret.txt"), []byte("a secret"), 0o600),
		os.WriteFile(filepath.Join(dir, "people.txt"), []byte(people), 0o600),
		os.WriteFile(filepath.Join(dir, "sub", "a file.md"), []byte("# More\n"+people), 0o600),
		os.WriteFile(filepath.Join(dir, "empty"), nil, 0o600),
		os.WriteFile(filepath.Join(dir, "binary"), []byte("\x7fELF\x00\xff"), 0o600),
		os.WriteFile(filepath.Join(dir, "large"), []byte(strings.Repeat("x", 5000)), 0o600),
		os.Symlink("people.txt", filepath.Join(dir, "inside")),
		os.Symlink("../secret.txt", filepath.Join(dir, "out")),
		os.Symlink(filepath.Join(above, "secret.txt"), filepath.Join(dir, "far out")),
		os.Symlink("..", filepath.Join(dir, "up")),
		syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadReadsOnlyWhatLiesInItsFolder(t *testing.T) {
	c, dir := kafkatest.Client(t), folder(t)
	base := startRole(t, Options{Client: c, NoTopics: true, LoadDir: dir, MaxText: 4000})
	good := []string{"people.txt", "sub/a file.md", "./inside", "sub/../people.txt"}
	bad := map[string]kafkaops.Class{
		"missing": kafkaops.NotFound, "../secret.txt": kafkaops.Invalid, "out": kafkaops.Invalid, "far out": kafkaops.Invalid, "up/secret.txt": kafkaops.Invalid,
		filepath.Join(filepath.Dir(dir), "secret.txt"): kafkaops.Invalid, "/etc/passwd": kafkaops.Invalid, "sub": kafkaops.Invalid, "pipe": kafkaops.Invalid,
		"empty": kafkaops.Invalid, "binary": kafkaops.Invalid, "large": kafkaops.Invalid, "sub/../../secret.txt": kafkaops.Invalid,
	}
	var names []string
	for name := range bad {
		names = append(names, name)
	}
	names = append(names, good...)
	res, body := call(t, "POST", base+"/load", strings.Join(names, "\r\n")+"\n\n")
	var out Loaded
	if err := json.Unmarshal([]byte(body), &out); err != nil || res.StatusCode != http.StatusUnprocessableEntity || len(out.Files) != len(names) {
		t.Fatalf("%d %s: %v", res.StatusCode, body, err)
	}
	for i, f := range out.Files {
		class, isBad := bad[names[i]]
		switch {
		case f.Name != names[i] || isBad != (f.Failed != nil) || isBad != (f.Accepted == nil):
			t.Errorf("%s: %+v", names[i], f)
		case isBad && f.Failed.Class != class:
			t.Errorf("%s: %+v, want %s", f.Name, f.Failed, class)
		case !isBad && !f.Learned:
			t.Errorf("%s is not learned", f.Name)
		}
	}
	if strings.Contains(strings.ReplaceAll(body, filepath.Join(filepath.Dir(dir), "secret.txt"), ""), filepath.Dir(dir)) {
		t.Errorf("it tells where the folder is: %s", body)
	}
	recs := kafkatest.All(t, c, seer.StatementTopic)
	for _, r := range recs {
		if strings.Contains(string(r.Value), "secret") {
			t.Errorf("it read %q", r.Value)
		}
	}
	if title, _ := recs[1].Header(seer.TitleHeader); len(recs) != len(good) || string(title) != "a file.md" {
		t.Errorf("%d are stored, the second as %q", len(recs), title)
	}
	if res, body := call(t, "POST", base+"/load", "people.txt"); res.StatusCode != http.StatusOK {
		t.Errorf("good ones alone: %d %s", res.StatusCode, body)
	}
}

func TestLoadRefuses(t *testing.T) {
	c := kafkatest.Client(t)
	base := startRole(t, Options{Client: c, NoTopics: true, LoadDir: t.TempDir()})
	for name, body := range map[string]string{"no names": "\n \n", "too many": strings.Repeat("x\n", maxFiles+1), "a line too long": strings.Repeat("x", 100_000)} {
		t.Run(name, func(t *testing.T) {
			res, body := call(t, "POST", base+"/load", body)
			checkError(t, res, body, 400, kafkaops.Invalid)
		})
	}
	without := startRole(t, Options{Client: c, NoTopics: true})
	res, body := call(t, "POST", without+"/load", "people.txt")
	checkError(t, res, body, 501, kafkaops.Unsupported)
	if _, err := New(Options{Client: c, Asker: &scripted{}, Learner: learner{}, LoadDir: "/nowhere"}); kafkaops.ClassOf(err) != kafkaops.Invalid {
		t.Errorf("a folder that is none: %v", err)
	}
}

func TestMoreTextsThanThereIsRoomForAreTurnedAway(t *testing.T) {
	c := kafkatest.Client(t)
	r, address := newRole(t, Options{Client: c, NoTopics: true, LoadDir: folder(t)})
	base, _ := run(t, r, address)
	for range maxBodies {
		r.bodies <- struct{}{}
	}
	for _, path := range []string{"/accept", "/load", "/ask"} {
		res, body := call(t, "POST", base+path, people)
		checkError(t, res, body, 503, kafkaops.Unavailable)
	}
	<-r.bodies
	accepted(t, base, "/accept", people, 200)
	accepted(t, base, "/accept", people, 200) // the room was given back
}
