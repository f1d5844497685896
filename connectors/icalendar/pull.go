package icalendar

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// Puller asks a calendar. It satisfies port.Puller.
type Puller struct {
	c      Config
	at     *url.URL // nil for a file
	what   string   // how sentences name the calendar: never its whole address, which may be a secret
	client *http.Client
	means  string // a digest of what would make the same calendar other entries
}

// New returns a Puller. The error is Usage and says what of the configuration is wrong.
func New(c Config) (*Puller, error) {
	c, u, err := c.checked()
	if err != nil {
		return nil, err
	}
	p := &Puller{c: c, at: u, client: c.Outbound.Client(), means: digest(fmt.Sprintf("%q %q %q", c.Name, c.Options, cmp.Or(c.URL, c.Path)))}
	if u == nil {
		p.what = "the calendar " + release.Clean(filepath.Base(c.Path), 80)
	} else {
		p.what = "the calendar " + c.Name + " at " + release.Clean(u.Hostname(), 120)
	}
	return p, nil
}

// Name returns the connector's name.
func (p *Puller) Name() string { return p.c.Name }

// cursor is what is known of the last reading. The other side sees of it only the validators that it gave.
type cursor struct {
	Means    string `json:"means"`
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
	State    string `json:"state,omitempty"` // of a CalDAV collection
	Sum      string `json:"sum,omitempty"`   // of the bytes
}

// maxValidator is the longest validator kept, in bytes.
const maxValidator = 1024

// Pull reads the calendar as a whole. It is Unchanged where the other side says so, or where its bytes and
// the options are those of the cursor. Where events were read and none could be taken, the error is Usage,
// and Pulled holds what was refused.
func (p *Puller) Pull(ctx context.Context, last string, _ time.Time) (port.Pulled, error) {
	var old cursor
	if json.Unmarshal([]byte(last), &old) != nil || old.Means != p.means {
		old = cursor{} // another connector's, or read by other options
	}
	next, files, err := p.read(ctx, old)
	if err != nil {
		return port.Pulled{}, err
	}
	text, err := json.Marshal(next)
	if err != nil {
		return port.Pulled{}, err
	}
	if files == nil || old.Sum != "" && next.Sum == old.Sum {
		return port.Pulled{Cursor: string(text), Unchanged: true}, nil
	}
	s, err := mapAll(p.c.Name, files, p.c.Options, p.c.CalDAV)
	if err != nil {
		e := release.AsError(err)
		return port.Pulled{}, release.Errorf(e.Code, "%s: %s", p.what, e.Message).Advise("%s", e.Try).Because(err)
	}
	out := port.Pulled{Read: s.Read, Refused: s.Refused}
	if err := s.taken(p.what); err != nil {
		return out, err
	}
	out.Facts, out.Cursor = []fact.Fact{s.CalendarSeen}, string(text)
	return out, nil
}

// read returns the calendar's files, nil where the other side says that nothing changed since the cursor.
func (p *Puller) read(ctx context.Context, old cursor) (cursor, []file, error) {
	switch {
	case p.at == nil:
		data, err := load(p.c.Path)
		base := release.Clean(filepath.Base(p.c.Path), 120)
		return cursor{Means: p.means, Sum: digest(string(data))}, []file{{base, data}}, err
	case p.c.CalDAV:
		return p.collection(ctx, old)
	}
	return p.get(ctx, old)
}

// get reads a file over HTTP.
func (p *Puller) get(ctx context.Context, old cursor) (cursor, []file, error) {
	header := http.Header{"Accept": {"text/calendar, */*;q=0.5"}}
	if old.ETag != "" {
		header.Set("If-None-Match", old.ETag)
	}
	if old.Modified != "" {
		header.Set("If-Modified-Since", old.Modified)
	}
	r, err := p.ask(ctx, http.MethodGet, header, nil)
	if err != nil {
		return cursor{}, nil, err
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusNotModified && old.ETag+old.Modified != "" {
		return old, nil, nil
	}
	if err := connectors.Answered(p.what, r); err != nil {
		return cursor{}, nil, err
	}
	data, err := connectors.ReadAll(p.what, r.Body, maxFile)
	if err != nil {
		return cursor{}, nil, err
	}
	return cursor{Means: p.means, ETag: p.validator(r.Header.Get("ETag")), Modified: p.validator(r.Header.Get("Last-Modified")), Sum: digest(string(data))},
		[]file{{p.c.Name, data}}, nil
}

// validator returns a validator that is kept; a very long one is none, nor is one that holds a piece of the
// calendar's address. The digest of the bytes decides without it.
func (p *Puller) validator(s string) string {
	if len(s) > maxValidator || p.reveals(s) {
		return ""
	}
	return s
}

// reveals reports whether a text holds a piece of the calendar's address beyond the host, as a private feed's
// secret is one. Pieces of fewer than six bytes, which are in any text, are none.
func (p *Puller) reveals(text string) bool {
	for _, from := range []string{p.at.Path, p.at.EscapedPath(), p.at.RawQuery} {
		for _, piece := range strings.FieldsFunc(from, func(r rune) bool { return r == '/' || r == '&' || r == '=' }) {
			if len(piece) >= 6 && strings.Contains(text, piece) {
				return true
			}
		}
	}
	return false
}

// ask sends one request to the calendar's address.
func (p *Puller) ask(ctx context.Context, method string, header http.Header, body []byte) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, method, p.at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, release.Errorf(release.Usage, "%s has an address that cannot be asked", p.what).Advise("correct the url of the connector").Because(bare(err))
	}
	for k, v := range header {
		q.Header[k] = v
	}
	q.Header.Set("User-Agent", "signalbox")
	switch {
	case p.c.User != "":
		q.SetBasicAuth(p.c.User, string(p.c.Secret))
	case len(p.c.Secret) > 0:
		q.Header.Set("Authorization", "Bearer "+string(p.c.Secret))
	}
	r, err := p.client.Do(q)
	if err != nil {
		return nil, connectors.Unreached(p.what, bare(err))
	}
	return r, nil
}

// bare returns the cause of a failed request without its address, which may hold a secret.
func bare(err error) error {
	if u, ok := err.(*url.Error); ok {
		return u.Err
	}
	return err
}
