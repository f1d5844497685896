package organisation

import (
	"context"
	"net/http"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// Config is what an organisation.yaml needs that is read again and again.
type Config struct {
	// Name is the connector's name: up to 40 small letters, digits and hyphens.
	Name string
	// URL is an http or https address of the file; Path is a file on this machine. One of the two is given.
	URL, Path string
	// User and Secret are sent as basic credentials; a Secret without a User as a bearer token.
	User   string
	Secret []byte
	// Outbound says where the connector may go.
	Outbound connectors.Outbound
}

// Puller reads an organisation.yaml again and again. It satisfies port.Puller.
type Puller struct {
	at     connectors.Origin
	source string
	client *http.Client
}

// New returns a Puller. The error is Usage and says what of the configuration is wrong. The source of a file
// on this machine is that of Read, so that a file which was imported once and is now read again and again
// stays one source; that of an address is the connector's name.
func New(c Config) (*Puller, error) {
	at := connectors.Origin{Name: c.Name, URL: c.URL, Path: c.Path, User: c.User, Secret: append([]byte(nil), c.Secret...), Outbound: c.Outbound, Max: connectors.MaxFile}
	if err := at.Check(); err != nil {
		return nil, err
	}
	source := "organisation:" + c.Name
	if c.Path != "" {
		source = sourceOf(c.Path)
	}
	return &Puller{at, source, c.Outbound.Client()}, nil
}

// Name returns the connector's name.
func (p *Puller) Name() string { return p.at.Name }

// Pull reads the file as a whole. It is Unchanged where its bytes are those of the cursor. One fault, and the
// error is Usage with the line of the first; Pulled holds all of them.
func (p *Puller) Pull(ctx context.Context, cursor string, _ time.Time) (port.Pulled, error) {
	r, err := p.at.Read(ctx, p.client, cursor, "")
	if err != nil || r.Unchanged {
		return port.Pulled{Cursor: r.Cursor, Unchanged: r.Unchanged}, err
	}
	seen, err := Map(p.source, r.File, r.Data)
	if err != nil {
		return port.Pulled{Read: len(seen.Refused), Refused: seen.Refused}, release.AsError(err)
	}
	items := len(seen.Units) + len(seen.Regions) + len(seen.Teams) + len(seen.Vendors) + len(seen.Placements) + len(seen.Edges)
	return port.Pulled{Facts: []fact.Fact{seen}, Cursor: r.Cursor, Read: items}, nil
}
