package backstage_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/backstage"
	"signalbox/release"
	"signalbox/release/port"
)

// TestOverlap: a reading that begins while another goes on leaves it what it has fetched, and takes away what
// a dead one left.
func TestOverlap(t *testing.T) {
	o := newOrigin(t, map[string]string{"a.yaml": entity("Component", "a", "", "")})
	s := serve(t, o.root, "", "")
	begun, goOn := make(chan struct{}), make(chan struct{})
	var first sync.Once
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		held := false
		first.Do(func() { held = true })
		if held {
			close(begun)
			<-goOn
		}
		s.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(slow.Close)
	c := backstage.Config{Name: "c", URL: slow.URL + "/catalog.git", Outbound: connectors.Outbound{Allow: here, Timeout: time.Minute}, Dir: filepath.Join(t.TempDir(), "scratch")}
	p, err := backstage.New(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := backstage.New(c)
	if err != nil {
		t.Fatal(err)
	}
	type result struct {
		got port.Pulled
		err error
	}
	done := make(chan result, 1)
	go func() {
		got, err := p.Pull(t.Context(), "", time.Time{})
		done <- result{got, err}
	}()
	select {
	case <-begun:
	case r := <-done:
		t.Fatalf("the first reading ended before it asked: %v", r.err)
	}
	dead := filepath.Join(c.Dir, "fetch-dead")
	if err := os.MkdirAll(filepath.Join(dead, "objects"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dead, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := again.Pull(t.Context(), "", time.Time{})
	if seen := seenOf(t, got, err); len(seen.Services) != 1 {
		t.Errorf("the second reading: %+v", seen)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("what a dead reading left is there: %v", err)
	}
	close(goOn)
	r := <-done
	if seen := seenOf(t, r.got, r.err); len(seen.Services) != 1 {
		t.Errorf("the first reading: %+v", seen)
	}
	if left, err := os.ReadDir(c.Dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestScratchUnwritable: the error names the directory and says what to do.
func TestScratchUnwritable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scratch")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, filepath.Join(dir, "c")} {
		p, err := backstage.New(backstage.Config{Name: "c", URL: "file:///srv/catalog.git", Dir: name})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Pull(t.Context(), "", time.Time{})
		if release.CodeOf(err) != release.Unavailable || !strings.Contains(err.Error(), name+"; give it, with all that is in it, to the account that signalbox runs as, or remove it") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
