package csv_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/csv"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

var _ port.Puller = (*csv.Puller)(nil)

func TestPullFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := csv.New(csv.Config{Name: "hr", Path: path, What: csv.People})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Pull(t.Context(), "", time.Time{}); release.CodeOf(err) != release.NotFound || !strings.Contains(err.Error(), "there is no "+path) {
		t.Errorf("no file: %v", err)
	}
	write("id,name\nann,Ann\n9,No\n")
	one, err := p.Pull(t.Context(), "", time.Time{})
	if err != nil || one.Unchanged || one.Read != 2 || len(one.Refused) != 1 || len(one.Facts) != 1 {
		t.Fatalf("%+v %v", one, err)
	}
	if f := one.Facts[0].(fact.CatalogSeen); f.Source != "csv:hr" || len(f.Proposals) != 1 || f.Refused[0].Place != "people.csv:3" {
		t.Errorf("%+v", f)
	}
	write("id,name\nann,Ann\n9,No\n") // written again, and the same
	two, err := p.Pull(t.Context(), one.Cursor, time.Time{})
	if err != nil || !two.Unchanged || two.Facts != nil || two.Cursor != one.Cursor {
		t.Errorf("%+v %v", two, err)
	}
	write("id,name\nann,Ann\nben,Ben\n")
	three, err := p.Pull(t.Context(), two.Cursor, time.Time{})
	if err != nil || three.Unchanged || len(three.Facts[0].(fact.CatalogSeen).Proposals) != 2 {
		t.Errorf("%+v %v", three, err)
	}
	write("id,name\n9,No\n")
	four, err := p.Pull(t.Context(), three.Cursor, time.Time{})
	if release.CodeOf(err) != release.Usage || four.Facts != nil || four.Cursor != "" || len(four.Refused) != 1 {
		t.Errorf("nothing to be taken: %+v %v", four, err)
	}
	other, err := csv.New(csv.Config{Name: "hr", Path: path, What: csv.Services})
	if err != nil {
		t.Fatal(err)
	}
	write("id\nann\n")
	if got, err := other.Pull(t.Context(), three.Cursor, time.Time{}); err != nil || got.Unchanged {
		t.Errorf("the cursor of another reading: %+v %v", got, err)
	}
}

func TestPullAddress(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if user, password, _ := r.BasicAuth(); user != "box" || password != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write([]byte("id,kind,scope,zone,start\nmay-day,holiday,org,Europe/Berlin,2027-05-01\n"))
	}))
	defer s.Close()
	c := csv.Config{Name: "windows", URL: s.URL + "/secret/windows.csv", What: csv.Windows, User: "box", Secret: []byte("s3cret"),
		Outbound: connectors.Outbound{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	pull := func(c csv.Config, cursor string) (port.Pulled, error) {
		t.Helper()
		p, err := csv.New(c)
		if err != nil {
			t.Fatal(err)
		}
		return p.Pull(t.Context(), cursor, time.Time{})
	}
	one, err := pull(c, "")
	if err != nil || len(one.Facts) != 1 || one.Facts[0].(fact.CalendarSeen).Source != "windows" {
		t.Fatalf("%+v %v", one, err)
	}
	if two, err := pull(c, one.Cursor); err != nil || !two.Unchanged || asked != 2 {
		t.Errorf("%+v %v", two, err)
	}
	wrong := c
	wrong.Secret = []byte("other")
	if _, err := pull(wrong, ""); release.CodeOf(err) != release.Unauthenticated || strings.Contains(err.Error(), "secret/") {
		t.Errorf("wrong secret: %v", err)
	}
	barred := c
	barred.User, barred.Secret, barred.Outbound = "", nil, connectors.Outbound{}
	if _, err := pull(barred, ""); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "not public") {
		t.Errorf("a barred address: %v", err)
	}
	s.Close()
	if _, err := pull(c, ""); release.CodeOf(err) != release.Unavailable {
		t.Errorf("nobody there: %v", err)
	}
}

func TestConfig(t *testing.T) {
	for words, c := range map[string]csv.Config{
		"is no name":            {Name: "Not This", Path: "x", What: csv.People},
		"either a url or":       {Name: "a", What: csv.People},
		"is no kind":            {Name: "a", Path: "x", What: "things"},
		"in the clear":          {Name: "a", URL: "http://example.com/x.csv", Secret: []byte("s"), What: csv.People},
		"a password in its url": {Name: "a", URL: "https://u:p@example.com/x.csv", What: csv.People},
		"the scheme":            {Name: "a", URL: "ftp://example.com/x.csv", What: csv.People},
		"of no use":             {Name: "a", Path: "x", User: "u", What: csv.People},
		"no secret":             {Name: "a", URL: "https://example.com/x.csv", User: "u", What: csv.People},
	} {
		if _, err := csv.New(c); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), words) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
