package backstage

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
)

const (
	// maxFetch is how much of a repository is fetched, in bytes on the disk: its files at one commit, packed.
	maxFetch = 64 << 20
	// maxListing is the longest list of a commit's files that is read, in bytes.
	maxListing = 32 << 20
	// fetchedRef is where a fetched commit is kept.
	fetchedRef = "refs/heads/fetched"
)

// repository is a git repository at an address. Each reading fetches the files of one commit into a directory
// of its own, reads them from git's own store without a checkout, and takes the directory away.
type repository struct {
	c      Config
	at     *url.URL
	what   string
	target string // host:port, "" on this machine
	ref    string // HEAD, or refs/heads/BRANCH
}

var (
	validBranch = regexp.MustCompile(`^[^\s:?*~^\\\[\x00-\x20\x7f-][^\s:?*~^\\\[\x00-\x20\x7f]*$`)
	validHost   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9a-fA-F:]+$`)
	validUser   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
)

// newRepository checks the configuration of a repository. The error is Usage.
func newRepository(c Config, u *url.URL) (*repository, error) {
	refuse := func(try, format string, args ...any) (*repository, error) {
		return nil, release.Errorf(release.Usage, "the connector "+c.Name+" "+format, args...).Advise("%s", try)
	}
	if err := connectors.CheckName(c.Name); err != nil {
		return nil, err
	}
	r := &repository{c: c, ref: "HEAD", what: "the repository " + c.Name}
	if c.Branch != "" {
		if len(c.Branch) > 200 || !validBranch.MatchString(c.Branch) || strings.Contains(c.Branch, "..") || strings.Contains(c.Branch, "@{") || strings.HasSuffix(c.Branch, "/") || strings.HasSuffix(c.Branch, ".lock") {
			return refuse("write it as git branch shows it", "has the branch %q, which git cannot have", release.Clean(c.Branch, 60))
		}
		r.ref = "refs/heads/" + c.Branch
	}
	switch {
	case c.Path != "":
		return refuse("keep one of the two", "has a url and a path")
	case c.Dir == "":
		return refuse("give it a directory", "has nowhere to keep what it fetches")
	}
	at := *u
	at.Fragment, at.RawQuery = "", ""
	r.at = &at
	switch u.Scheme {
	case "http", "https":
		if err := (connectors.Origin{Name: c.Name, URL: c.URL, User: c.User, Secret: c.Secret, Outbound: c.Outbound}).Check(); err != nil {
			return nil, err
		}
	case "ssh":
		if u.User != nil {
			if _, has := u.User.Password(); has {
				return refuse("give the private key by secret_file", "has a password in its url")
			}
		}
		user := cmp.Or(u.User.Username(), c.User, "git")
		if !validHost.MatchString(u.Hostname()) || !validUser.MatchString(user) {
			return refuse("write it as ssh://git@git.example.com/catalog.git", "has a url that cannot be read")
		}
		r.at.User = url.User(user)
	case "file":
		if u.Host != "" || !strings.HasPrefix(u.Path, "/") || c.User != "" || len(c.Secret) > 0 {
			return refuse("write it as file:///srv/git/catalog.git, without a user or a secret", "has a url that cannot be read")
		}
		r.what = "the repository " + release.Clean(u.Path, 120)
		return r, nil
	default:
		return refuse("use https or ssh", "has a url of the scheme %q", release.Clean(u.Scheme, 20))
	}
	r.target = hostPort(u.Scheme, u.Host)
	r.what = "the repository " + c.Name + " at " + release.Clean(u.Hostname(), 120)
	return r, nil
}

// read returns the files of the repository and the commit that they are of; nil where the commit is the known
// one.
func (r *repository) read(ctx context.Context, known string) (*gathered, string, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(r.c.Outbound.Timeout, time.Minute))
	defer cancel()
	dir, leave, err := openScratch(ctx, r.c.Dir)
	if err != nil {
		return nil, "", r.unwritten(err)
	}
	defer leave()
	g, done, failed, err := r.way(ctx, dir)
	if err != nil {
		return nil, "", err
	}
	defer done()
	if _, err := g.run(ctx, nil, 1<<20, "init", "--bare", "--quiet", "--template="); err != nil {
		return nil, "", r.fault(err, failed())
	}
	out, err := g.run(ctx, nil, 1<<20, "ls-remote", "--quiet", "--", r.at.String(), r.ref)
	if err != nil {
		return nil, "", r.fault(err, failed())
	}
	tip := ""
	for line := range strings.Lines(string(out)) {
		if id, name, _ := strings.Cut(strings.TrimSpace(line), "\t"); name == r.ref {
			tip, _ = connectors.Commit(id)
		}
	}
	if tip == "" {
		return nil, "", release.Errorf(release.NotFound, "%s has no branch %s", r.what, cmp.Or(r.c.Branch, "of its own choice")).Advise("correct the branch of the connector")
	}
	if tip == known {
		return nil, tip, nil
	}
	if err := r.fetch(ctx, g, dir); err != nil {
		return nil, "", r.fault(err, failed())
	}
	out, err = g.run(ctx, nil, 1<<10, "rev-parse", "--verify", "--quiet", fetchedRef+"^{commit}")
	if err != nil {
		return nil, "", r.fault(err, nil)
	}
	commit, ok := connectors.Commit(strings.TrimSpace(string(out)))
	if !ok {
		return nil, "", r.fault(fmt.Errorf("git names the commit %q", release.Clean(string(out), 80)), nil)
	}
	got, err := r.files(ctx, g)
	if err != nil {
		return nil, "", r.fault(err, nil)
	}
	return got, commit, nil
}

// errFetch says that a repository is larger than is fetched.
var errFetch = errors.New("more than is fetched")

// fetch fetches the newest commit alone. The directory is measured while it grows.
func (r *repository) fetch(ctx context.Context, g git, dir string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				if size(dir) > maxFetch {
					cancel(errFetch)
				}
			}
		}
	}()
	_, err := g.run(ctx, nil, 1<<20, "fetch", "--depth=1", "--no-tags", "--force", "--quiet", "--no-write-fetch-head", "--no-recurse-submodules", "--", r.at.String(), "+"+r.ref+":"+fetchedRef)
	close(ended)
	<-watched
	if err == nil && size(dir) > maxFetch {
		return errFetch
	}
	return err
}

// size is how many bytes the files under a directory have.
func size(dir string) int64 {
	var total int64
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // it may have been renamed meanwhile
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return total
}

// files reads the YAML files of the fetched commit. Links and submodules are refused: what they name is not
// part of the commit's own files, or is read there.
func (r *repository) files(ctx context.Context, g git) (*gathered, error) {
	listing, err := g.run(ctx, nil, maxListing, "ls-tree", "-r", "-l", "-z", "--full-tree", fetchedRef)
	if err != nil {
		return nil, err
	}
	var out gathered
	refuse := func(p, item, reason string) {
		out.refused = append(out.refused, fact.Refusal{Place: connectors.At(p, 1), Item: item, Reason: reason})
	}
	var paths []string
	var ids strings.Builder
	total := int64(0)
	for entry := range strings.SplitSeq(string(listing), "\x00") {
		about, p, ok := strings.Cut(entry, "\t")
		f := strings.Fields(about)
		if !ok || len(f) != 4 || hidden(p) {
			continue
		}
		mode, kind, id := f[0], f[1], f[2]
		bytes, _ := strconv.ParseInt(f[3], 10, 64) // a submodule has none
		switch {
		case kind == "commit":
			refuse(p, "submodule", "it is another repository; give that one a connector of its own")
		case !yamlFile(p):
		case mode == "120000":
			refuse(p, "file", "it is a link, and links of a repository are not followed")
		case bytes > connectors.MaxFile:
			refuse(p, "file", fmt.Sprintf("the file has %d bytes; at most %d are read", bytes, connectors.MaxFile))
		default:
			if total += bytes; total > maxTotal || len(paths) == maxFiles {
				return nil, release.Errorf(release.Usage, "%s is too large: more than %d files or %d MB of YAML", r.what, maxFiles, maxTotal>>20).
					Advise("keep the catalog in a repository of its own")
			}
			paths = append(paths, p)
			fmt.Fprintln(&ids, id)
		}
	}
	texts, err := g.run(ctx, strings.NewReader(ids.String()), maxTotal+int64(len(paths))*128, "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	in := bufio.NewReader(bytes.NewReader(texts))
	for _, p := range paths {
		head, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		f := strings.Fields(head)
		if len(f) != 3 {
			return nil, fmt.Errorf("git says %q of a file it has listed", release.Clean(head, 80))
		}
		n, err := strconv.Atoi(f[2])
		if err != nil || n < 0 || n > connectors.MaxFile {
			return nil, fmt.Errorf("git gives a file of %q bytes", f[2])
		}
		data := make([]byte, n+1)
		if _, err := io.ReadFull(in, data); err != nil {
			return nil, err
		}
		if err := out.keep(File{Path: p, Data: data[:n]}, r.what); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

// hidden reports whether any part of a path begins with a dot.
func hidden(p string) bool { return strings.HasPrefix(p, ".") || strings.Contains(p, "/.") }

// credentials is the header that proves who asks, "" where nothing is to be proven.
func (r *repository) credentials() string {
	switch {
	case len(r.c.Secret) == 0:
		return ""
	case r.c.User != "":
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(r.c.User+":"+string(r.c.Secret)))
	}
	return "Authorization: Bearer " + string(r.c.Secret)
}
