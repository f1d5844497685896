// Package openslo owns how signalbox reads service level objectives from OpenSLO files (openslo/v1): which
// files, which documents of them, and what each says. Where the numbers of an objective come from is not read:
// signalbox reckons it from the samples of its own monitors. It imports connectors and release, never control
// or the store.
package openslo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// Config is what a set of objectives needs that is read again and again.
type Config struct {
	// Name is the connector's name: up to 40 small letters, digits and hyphens.
	Name string
	// Path is a file, or a directory whose *.yaml and *.yml are read with those below it.
	Path string
	Options
}

// Options say what objectives mean here that do not say it themselves.
type Options struct {
	// Map says which service of the catalog a spec.service stands for; one that it does not name is itself the id.
	Map map[string]string
	// Environment is that of objectives without the annotation signalbox.dev/environment; "" is production.
	Environment string
}

// Puller reads objectives again and again. It satisfies port.Puller.
type Puller struct {
	c     Config
	means string // what would make the same bytes other objectives
}

// New returns a Puller. The error is Usage and says what of the configuration is wrong.
func New(c Config) (*Puller, error) {
	if err := connectors.CheckName(c.Name); err != nil {
		return nil, err
	}
	if c.Path == "" {
		return nil, release.Errorf(release.Usage, "the connector %s needs a path", c.Name).Advise("name a file or a directory of OpenSLO documents")
	}
	p := &Puller{c: c, means: fmt.Sprintf("%q %q", c.Path, c.Environment)}
	for _, k := range slices.Sorted(maps.Keys(c.Map)) {
		p.means += fmt.Sprintf(" %q %q", k, c.Map[k])
	}
	return p, nil
}

// Name returns the connector's name.
func (p *Puller) Name() string { return p.c.Name }

// Pull reads the objectives as a whole. It is Unchanged where the files are those of the cursor. Where nothing
// could be read the error is Usage, and Pulled holds what was refused: what is known stays as it is.
func (p *Puller) Pull(_ context.Context, last string, _ time.Time) (port.Pulled, error) {
	g, err := gather(p.c.Path)
	if err != nil {
		return port.Pulled{}, err
	}
	h := sha256.New()
	fmt.Fprintln(h, p.means)
	for _, f := range g.files {
		fmt.Fprintf(h, "%q %d\n", f.Path, len(f.Data))
		h.Write(f.Data)
	}
	for _, r := range g.refused {
		fmt.Fprintf(h, "%q\n", r)
	}
	next := hex.EncodeToString(h.Sum(nil))
	if next == last {
		return port.Pulled{Cursor: last, Unchanged: true}, nil
	}
	s, err := g.survey(p.c.Name, p.c.Path, p.c.Options)
	out := port.Pulled{Read: s.read, Refused: s.seen.Refused}
	if err != nil {
		return out, err
	}
	out.Facts, out.Cursor = []fact.Fact{s.seen}, next
	return out, nil
}

// Read reads a file or a directory once, as an import of a person does.
func Read(path string, o Options) (fact.ObjectivesSeen, error) {
	g, err := gather(path)
	if err != nil {
		return fact.ObjectivesSeen{}, err
	}
	s, err := g.survey("import:"+release.Clean(filepath.Clean(path), 200), path, o)
	return s.seen, err
}

// survey maps what was gathered. Where nothing could be read of it, that is an error.
func (g gathered) survey(source, path string, o Options) (surveyed, error) {
	s := mapped(source, g.files, o)
	s.seen.Refused = append(slices.Clone(g.refused), s.seen.Refused...)
	s.read += len(g.refused)
	if len(s.seen.Objectives)+len(s.seen.Unread) == 0 && len(s.seen.Refused) > 0 {
		r := s.seen.Refused[0]
		return s, release.Errorf(release.Usage, "nothing in %s could be read; first %s: %s", release.Clean(path, 200), r.Place, r.Reason).
			Advise("name a file or a directory of OpenSLO documents; what is known stays as it is")
	}
	return s, nil
}
