package connectors

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"signalbox/release"
)

// Origin is where a file is that a connector reads again and again: on this machine, or at an address.
type Origin struct {
	// Name is the connector's name: up to 40 small letters, digits and hyphens.
	Name string
	// URL is an http or https address; Path is a file on this machine. One of the two is given.
	URL, Path string
	// User and Secret are sent as basic credentials; a Secret without a User as a bearer token. They go over
	// https only, or to an address that Outbound.Allow lists.
	User   string
	Secret []byte
	// Outbound says where the connector may go.
	Outbound Outbound
	// Max is the largest file taken, in bytes.
	Max int64
}

// Check returns a Usage error where the origin makes no sense, for a file and for an address alike.
func (o Origin) Check() error {
	if err := CheckName(o.Name); err != nil {
		return err
	}
	refuse := func(try, format string, args ...any) error {
		return release.Errorf(release.Usage, "the connector "+o.Name+" "+format, args...).Advise("%s", try)
	}
	switch {
	case (o.URL == "") == (o.Path == ""):
		return refuse("give it a url or a path", "needs either a url or a path")
	case o.Path != "" && (o.User != "" || len(o.Secret) > 0):
		return refuse("leave them out", "reads a file: user and secret are of no use there")
	case o.Path != "":
		return nil
	}
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return refuse("write it as https://intranet.example.com/file", "has a url that cannot be read")
	case u.Scheme != "https" && u.Scheme != "http":
		return refuse("use https", "has a url of the scheme %q", release.Clean(u.Scheme, 20))
	case u.User != nil:
		return refuse("give them by user and secret_file or secret_env", "has a user or a password in its url")
	case o.User != "" && len(o.Secret) == 0:
		return refuse("put the password into its secret_file or secret_env", "has a user and no secret")
	case len(o.Secret) > 0 && u.Scheme == "http" && !o.Outbound.Lists(u.Hostname()):
		return refuse("use https", "would send its secret in the clear")
	}
	return nil
}

// Lists reports whether a host is written as an address of a network that Allow lists.
func (o Outbound) Lists(host string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range o.Allow {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// Reading is what an Origin gave. Unchanged says that the file is the one that the cursor names; Data is nil
// then. File is the name that places of it carry.
type Reading struct {
	Data      []byte
	File      string
	Cursor    string
	Unchanged bool
}

// originCursor is what is known of the last reading. The other side sees of it only the validators it gave.
type originCursor struct {
	Means    string `json:"means"` // a digest of what would make the same bytes another reading
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
	Sum      string `json:"sum"` // of the bytes
}

// Read reads the file once. means is what else decides what its bytes mean: a reading with another is never
// Unchanged. The error is NotFound where nothing is there, and as Unreached and Answered say.
func (o Origin) Read(ctx context.Context, client *http.Client, last, means string) (Reading, error) {
	means = sum([]byte(fmt.Sprintf("%q %q %q", o.Name, cmp.Or(o.URL, o.Path), means)))
	var old originCursor
	if json.Unmarshal([]byte(last), &old) != nil || old.Means != means {
		old = originCursor{}
	}
	next := originCursor{Means: means}
	r := Reading{File: release.Clean(filepath.Base(o.Path), 120)}
	var err error
	if o.Path != "" {
		r.Data, err = LoadFile(o.Path, o.Max)
	} else {
		r.File = o.Name
		r.Data, err = o.get(ctx, client, old, &next)
	}
	if err != nil {
		return Reading{}, err
	}
	if r.Data == nil {
		return Reading{File: r.File, Cursor: last, Unchanged: true}, nil
	}
	next.Sum = sum(r.Data)
	text, err := json.Marshal(next)
	if err != nil {
		return Reading{}, err
	}
	r.Cursor = string(text)
	if next.Sum == old.Sum {
		r.Data, r.Unchanged = nil, true
	}
	return r, nil
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// What is how sentences name the origin: never by its whole address, which may be a secret.
func (o Origin) What() string {
	if o.Path != "" {
		return release.Clean(filepath.Base(o.Path), 120)
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		return o.Name
	}
	return o.Name + " at " + release.Clean(u.Hostname(), 120)
}

// get reads the file over HTTP; nil where the other side says that it is the one of the validators.
func (o Origin) get(ctx context.Context, client *http.Client, old originCursor, next *originCursor) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, o.URL, nil)
	if err != nil {
		return nil, release.Errorf(release.Usage, "%s has an address that cannot be asked", o.What()).Advise("correct the url of the connector").Because(err)
	}
	q.Header.Set("User-Agent", "signalbox")
	if old.ETag != "" {
		q.Header.Set("If-None-Match", old.ETag)
	}
	if old.Modified != "" {
		q.Header.Set("If-Modified-Since", old.Modified)
	}
	switch {
	case o.User != "":
		q.SetBasicAuth(o.User, string(o.Secret))
	case len(o.Secret) > 0:
		q.Header.Set("Authorization", "Bearer "+string(o.Secret))
	}
	r, err := client.Do(q)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // its own words have the whole address
		}
		return nil, Unreached(o.What(), err)
	}
	defer r.Body.Close()
	if r.StatusCode == http.StatusNotModified && old.ETag+old.Modified != "" {
		return nil, nil
	}
	if err := Answered(o.What(), r); err != nil {
		return nil, err
	}
	data, err := ReadAll(o.What(), r.Body, o.Max)
	if err != nil {
		return nil, err
	}
	next.ETag, next.Modified = validator(r.Header.Get("ETag")), validator(r.Header.Get("Last-Modified"))
	if data == nil {
		data = []byte{}
	}
	return data, nil
}

// validator returns a validator that is kept; a very long one is none.
func validator(s string) string {
	if len(s) > 1024 {
		return ""
	}
	return strings.TrimSpace(s)
}

// LoadFile reads a regular file of at most limit bytes. The error is NotFound where there is none, and Usage
// where it cannot be read or is larger.
func LoadFile(name string, limit int64) ([]byte, error) {
	shown := release.Clean(name, 200)
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, release.Errorf(release.NotFound, "there is no %s", shown).Advise("correct the path").Because(err)
	case err == nil && !info.Mode().IsRegular():
		return nil, release.Errorf(release.Usage, "%s is no file", shown).Advise("name the file itself")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, release.Errorf(release.Usage, "%s cannot be read", shown).Advise("give signalbox the right to read it").Because(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, release.Errorf(release.Usage, "%s cannot be read to its end", shown).Advise("try again").Because(err)
	}
	if int64(len(data)) > limit {
		return nil, release.Errorf(release.Usage, "%s has more than %d bytes", shown, limit).Advise("split it into several files")
	}
	return data, nil
}
