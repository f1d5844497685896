package organisation_test

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
	"signalbox/connectors/organisation"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

var _ port.Puller = (*organisation.Puller)(nil)

func TestPull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "organisation.yaml")
	p, err := organisation.New(organisation.Config{Name: "org", Path: path})
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Pull(t.Context(), "", time.Time{}); release.CodeOf(err) != release.NotFound {
		t.Errorf("no file: %v", err)
	}
	write(whole)
	one, err := p.Pull(t.Context(), "", time.Time{})
	if err != nil || one.Unchanged || one.Read != 11 || len(one.Facts) != 1 || one.Facts[0].(fact.CatalogSeen).Source != "organisation:"+path {
		t.Fatalf("%+v %v", one, err)
	}
	byHand, err := organisation.Read(path)
	if err != nil || byHand.Source != one.Facts[0].(fact.CatalogSeen).Source {
		t.Errorf("imported by hand it is another source: %q %v", byHand.Source, err)
	}
	if two, err := p.Pull(t.Context(), one.Cursor, time.Time{}); err != nil || !two.Unchanged || two.Facts != nil || two.Cursor != one.Cursor {
		t.Errorf("%+v %v", two, err)
	}
	write(whole + "  - {from: till, to: [x]}\n  - {from: till}\n")
	bad, err := p.Pull(t.Context(), one.Cursor, time.Time{})
	if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "organisation.yaml:22: edges: a list stands where another kind of value is read (and 1 more)") ||
		len(bad.Refused) != 2 || bad.Facts != nil || bad.Cursor != "" {
		t.Errorf("%+v %v", bad, err)
	}
	write("units:\n  - {id: acme}\n\tx: 1\n")
	if _, err := p.Pull(t.Context(), one.Cursor, time.Time{}); !strings.Contains(err.Error(), "organisation.yaml:") || strings.Contains(err.Error(), "yaml: ") {
		t.Errorf("%v", err)
	}
}

func TestPullAddress(t *testing.T) {
	text := whole
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t0ken" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Write([]byte(text))
	}))
	defer s.Close()
	c := organisation.Config{Name: "org", URL: s.URL, Secret: []byte("t0ken"), Outbound: connectors.Outbound{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	p, err := organisation.New(c)
	if err != nil {
		t.Fatal(err)
	}
	one, err := p.Pull(t.Context(), "", time.Time{})
	if err != nil || len(one.Facts) != 1 || one.Facts[0].(fact.CatalogSeen).Source != "organisation:org" {
		t.Fatalf("%+v %v", one, err)
	}
	if two, err := p.Pull(t.Context(), one.Cursor, time.Time{}); err != nil || !two.Unchanged {
		t.Errorf("the same bytes without a validator: %+v %v", two, err)
	}
	text = "units: []\n"
	if three, err := p.Pull(t.Context(), one.Cursor, time.Time{}); err != nil || three.Unchanged || three.Read != 0 {
		t.Errorf("%+v %v", three, err)
	}
	c.Secret = []byte("wrong")
	if p, err = organisation.New(c); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Pull(t.Context(), "", time.Time{}); release.CodeOf(err) != release.Unauthenticated {
		t.Errorf("wrong token: %v", err)
	}
	if _, err := organisation.New(organisation.Config{Name: "org"}); release.CodeOf(err) != release.Usage {
		t.Errorf("neither a url nor a path: %v", err)
	}
}
