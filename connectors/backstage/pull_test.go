package backstage_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signalbox/connectors"
	"signalbox/connectors/backstage"
	"signalbox/release"
)

func TestPullFiles(t *testing.T) {
	dir := tree(t, map[string]string{"a.yaml": entity("Component", "a", "", ""), "out.yaml": "->/etc/passwd"})
	c := backstage.Config{Name: "c", Path: dir}
	one, err := pull(t, c, "")
	if seen := seenOf(t, one, err); one.Read != 2 || len(one.Refused) != 1 || len(seen.Services) != 1 {
		t.Errorf("%+v", one)
	}
	if two, err := pull(t, c, one.Cursor); err != nil || !two.Unchanged || two.Cursor != one.Cursor {
		t.Errorf("%+v %v", two, err)
	}
	if err := os.Rename(filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")); err != nil {
		t.Fatal(err)
	}
	three, err := pull(t, c, one.Cursor)
	if seen := seenOf(t, three, err); seen.Services[0].From != "backstage:b.yaml:1" {
		t.Errorf("another name is another place: %+v", seen)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.yaml"), []byte("kind: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	if four, err := pull(t, c, one.Cursor); release.CodeOf(err) != release.Usage || four.Facts != nil || four.Cursor != "" || len(four.Refused) != 2 {
		t.Errorf("nothing to be read: %+v %v", four, err)
	}
	c.Path = filepath.Join(dir, "none")
	if _, err := pull(t, c, ""); release.CodeOf(err) != release.NotFound {
		t.Errorf("no such path: %v", err)
	}
}

func TestPullAddress(t *testing.T) {
	text := entity("Component", "a", "", "")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := `"` + text[len(text)-10:] + `"`
		w.Header().Set("ETag", strings.ReplaceAll(tag, "\n", ""))
		if r.Header.Get("If-None-Match") == w.Header().Get("ETag") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write([]byte(text))
	}))
	defer s.Close()
	c := backstage.Config{Name: "c", URL: s.URL + "/catalog-info.yaml", Outbound: connectors.Outbound{Allow: here}}
	one, err := pull(t, c, "")
	if seen := seenOf(t, one, err); seen.Source != "backstage:c" || len(seen.Services) != 1 {
		t.Errorf("%+v", seen)
	}
	if two, err := pull(t, c, one.Cursor); err != nil || !two.Unchanged || two.Cursor != one.Cursor {
		t.Errorf("%+v %v", two, err)
	}
	text = strings.Repeat("#", 1<<20+1)
	if _, err := pull(t, c, ""); release.CodeOf(err) != release.Usage {
		t.Errorf("too large: %v", err)
	}
	c.Outbound.Allow = nil
	if _, err := pull(t, c, ""); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "not public") {
		t.Errorf("a barred address: %v", err)
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		words string
		c     backstage.Config
	}{
		{"is no name", backstage.Config{Name: "C d", Path: "x"}},
		{"is no name", backstage.Config{Name: "C d", URL: "https://git.example.com/x.git", Dir: "d"}},
		{"either a url or a path", backstage.Config{Name: "c"}},
		{"a url and a path", backstage.Config{Name: "c", URL: "https://git.example.com/x.git", Path: "x", Dir: "d"}},
		{"a branch is of no use", backstage.Config{Name: "c", Path: "x", Branch: "main"}},
		{"nowhere to keep", backstage.Config{Name: "c", URL: "https://git.example.com/x.git"}},
		{"which git cannot have", backstage.Config{Name: "c", URL: "https://git.example.com/x", Branch: "--upload-pack=touch", Dir: "d"}},
		{"which git cannot have", backstage.Config{Name: "c", URL: "https://git.example.com/x", Branch: "a..b", Dir: "d"}},
		{"which git cannot have", backstage.Config{Name: "c", URL: "https://git.example.com/x", Branch: "a:b", Dir: "d"}},
		{"the scheme \"ext\"", backstage.Config{Name: "c", URL: "ext::sh -c touch% x.git", Branch: "main", Dir: "d"}},
		{"the scheme \"git\"", backstage.Config{Name: "c", URL: "git://git.example.com/x.git", Dir: "d"}},
		{"the scheme \"ftp\"", backstage.Config{Name: "c", URL: "ftp://git.example.com/x.yaml"}},
		{"a user or a password in its url", backstage.Config{Name: "c", URL: "https://u:p@git.example.com/x.git", Dir: "d"}},
		{"in the clear", backstage.Config{Name: "c", URL: "http://git.example.com/x.git", User: "u", Secret: []byte("s"), Dir: "d"}},
		{"cannot be read", backstage.Config{Name: "c", URL: "ssh://-oProxyCommand=touch/x.git", Dir: "d"}},
		{"cannot be read", backstage.Config{Name: "c", URL: "ssh://-l@git.example.com/x.git", Dir: "d"}},
		{"a password in its url", backstage.Config{Name: "c", URL: "ssh://u:p@git.example.com/x.git", Dir: "d"}},
		{"cannot be read", backstage.Config{Name: "c", URL: "file://host/x.git", Dir: "d"}},
	} {
		if _, err := backstage.New(c.c); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%+v: %v", c.c, err)
		}
	}
}
