package backstage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// Config is what a catalog needs that is read again and again.
type Config struct {
	// Name is the connector's name: up to 40 small letters, digits and hyphens.
	Name string
	// Path is a file or a directory on this machine, which may be a checkout of a git repository: its files are
	// read as they stand, committed or not. URL is an http or https address of one file, or a git repository:
	// one that ends in .git, or any with a Branch. Of git the schemes https, http, ssh and file are known. One
	// of Path and URL is given.
	Path, URL string
	// Branch is the branch of a git repository; "" is the one that the repository names itself.
	Branch string
	// User and Secret are sent as basic credentials; a Secret without a User as a bearer token, which most
	// forges do not take for git. Over ssh the Secret is the private key, and the host must be among the known
	// hosts of the account that signalbox runs as.
	User   string
	Secret []byte
	// Outbound says where the connector may go. Its Timeout bounds the fetch of a repository too; 60 s if it
	// is not given.
	Outbound connectors.Outbound
	// Dir is a directory for what is fetched by git, on a local disk, made when it is needed. Readings of one
	// catalog may share it, in one process or in several; nobody else may use it. It is empty between readings.
	Dir string
}

// Puller reads a catalog again and again. It satisfies port.Puller.
type Puller struct {
	c      Config
	source string
	what   string // how sentences name the catalog
	means  string // a digest of what would make the same bytes another catalog
	client *http.Client
	file   connectors.Origin // of one file at an address
	git    *repository       // nil where the catalog is none
}

// New returns a Puller. The error is Usage and says what of the configuration is wrong. The source of a
// catalog on this machine is that of Read, so that one which was imported once and is now read again and
// again stays one source; that of an address is the connector's name.
func New(c Config) (*Puller, error) {
	c.Secret = append([]byte(nil), c.Secret...)
	p := &Puller{c: c, source: "backstage:" + c.Name, client: c.Outbound.Client(), means: digest([]byte(fmt.Sprintf("%q %q %q", c.Name, cmp.Or(c.URL, c.Path), c.Branch)))}
	p.file = connectors.Origin{Name: c.Name, URL: c.URL, Path: c.Path, User: c.User, Secret: c.Secret, Outbound: c.Outbound, Max: connectors.MaxFile}
	u, err := url.Parse(c.URL)
	if c.URL != "" && err == nil && (c.Branch != "" || strings.HasSuffix(u.Path, ".git") || u.Scheme == "ssh" || u.Scheme == "file") {
		p.git, err = newRepository(c, u)
		if err != nil {
			return nil, err
		}
		p.what = p.git.what
		return p, nil
	}
	if err := p.file.Check(); err != nil {
		return nil, err
	}
	if c.Path != "" {
		if c.Branch != "" {
			return nil, release.Errorf(release.Usage, "the connector %s reads a path: a branch is of no use there", c.Name).Advise("check the branch out there, or give the url of the repository")
		}
		p.source = sourceOf(c.Path)
	}
	p.what = p.file.What()
	return p, nil
}

// Name returns the connector's name.
func (p *Puller) Name() string { return p.c.Name }

// cursor is what is known of the last reading.
type cursor struct {
	Means  string `json:"means"`
	Commit string `json:"commit,omitempty"` // of a git repository, or of the checkout that was read
	Sum    string `json:"sum,omitempty"`    // of the files on this machine
}

// Pull reads the catalog as a whole. It is Unchanged where the files on this machine, the other side's word or
// the commit are those of the cursor. Where nothing could be read the error is Usage, and Pulled holds what
// was refused.
func (p *Puller) Pull(ctx context.Context, last string, _ time.Time) (port.Pulled, error) {
	switch {
	case p.git != nil:
		return p.fetched(ctx, last)
	case p.c.Path != "":
		return p.local(ctx, last)
	}
	r, err := p.file.Read(ctx, p.client, last, "")
	if err != nil || r.Unchanged {
		return port.Pulled{Cursor: r.Cursor, Unchanged: r.Unchanged}, err
	}
	return p.told(gathered{files: []File{{Path: r.File, Data: r.Data}}}, r.Cursor)
}

func (p *Puller) local(ctx context.Context, last string) (port.Pulled, error) {
	g, err := gather(p.c.Path)
	if err != nil {
		return port.Pulled{}, err
	}
	h := sha256.New()
	for _, f := range g.files {
		fmt.Fprintf(h, "%q %d\n", f.Path, len(f.Data))
		h.Write(f.Data)
	}
	for _, r := range g.refused {
		fmt.Fprintf(h, "%q\n", r)
	}
	next := cursor{Means: p.means, Commit: head(ctx, p.c.Path), Sum: hex.EncodeToString(h.Sum(nil))}
	if old := p.known(last); old.Sum == next.Sum {
		return port.Pulled{Cursor: next.text(), Unchanged: true}, nil
	}
	return p.told(g, next.text())
}

func (p *Puller) fetched(ctx context.Context, last string) (port.Pulled, error) {
	g, commit, err := p.git.read(ctx, p.known(last).Commit)
	if err != nil {
		return port.Pulled{}, err
	}
	next := cursor{Means: p.means, Commit: commit}
	if g == nil {
		return port.Pulled{Cursor: next.text(), Unchanged: true}, nil
	}
	if len(g.files) == 0 && len(g.refused) == 0 {
		return port.Pulled{}, release.Errorf(release.NotFound, "there is no *.yaml or *.yml in %s", p.what).Advise("name the repository that holds the catalog-info files")
	}
	return p.told(*g, next.text())
}

// told turns what was gathered into a fact.
func (p *Puller) told(g gathered, next string) (port.Pulled, error) {
	seen, err := g.survey(p.source, p.what)
	out := port.Pulled{Read: seen.Read, Refused: seen.Refused}
	if err != nil {
		return out, err
	}
	out.Facts, out.Cursor = []fact.Fact{seen.CatalogSeen}, next
	return out, nil
}

// known reads a cursor; one that is not of this catalog says nothing.
func (p *Puller) known(last string) cursor {
	var c cursor
	if json.Unmarshal([]byte(last), &c) != nil || c.Means != p.means {
		return cursor{}
	}
	return c
}

func (c cursor) text() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // three texts can always be written
	}
	return string(b)
}

func digest(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// head is the commit of the checkout that a path lies in, "" where there is none.
func head(ctx context.Context, name string) string {
	dir := filepath.Clean(name)
	if strings.HasSuffix(dir, ".yaml") || strings.HasSuffix(dir, ".yml") {
		dir = filepath.Dir(dir)
	}
	out, err := git{dir: dir}.run(ctx, nil, 1<<10, "rev-parse", "--verify", "--quiet", "HEAD")
	if commit, ok := connectors.Commit(strings.TrimSpace(string(out))); ok && err == nil {
		return commit
	}
	return ""
}
