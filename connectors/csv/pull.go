package csv

import (
	"context"
	"net/http"
	"slices"
	"time"

	"signalbox/connectors"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// Config is what a table needs that is read again and again.
type Config struct {
	// Name is the connector's name: up to 40 small letters, digits and hyphens.
	Name string
	// URL is an http or https address of the table; Path is a file on this machine. One of the two is given.
	URL, Path string
	// What its rows are: Services, People, Windows, Batches or Periods.
	What string
	// User and Secret are sent as basic credentials; a Secret without a User as a bearer token.
	User   string
	Secret []byte
	// Outbound says where the connector may go.
	Outbound connectors.Outbound
}

// Puller reads a table again and again. It satisfies port.Puller.
type Puller struct {
	c      Config
	at     connectors.Origin
	client *http.Client
}

// New returns a Puller. The error is Usage and says what of the configuration is wrong.
func New(c Config) (*Puller, error) {
	at := connectors.Origin{Name: c.Name, URL: c.URL, Path: c.Path, User: c.User, Secret: append([]byte(nil), c.Secret...), Outbound: c.Outbound, Max: maxFile}
	if err := at.Check(); err != nil {
		return nil, err
	}
	if err := known(c.What); err != nil {
		return nil, err
	}
	return &Puller{c, at, c.Outbound.Client()}, nil
}

// Name returns the connector's name.
func (p *Puller) Name() string { return p.c.Name }

// Pull reads the table as a whole. It is Unchanged where its bytes are those of the cursor. The source of what
// it says is the connector: "csv:NAME", of entries of the calendar NAME alone. Where no row could be taken the error is
// Usage, and Pulled holds what was refused.
func (p *Puller) Pull(ctx context.Context, cursor string, _ time.Time) (port.Pulled, error) {
	r, err := p.at.Read(ctx, p.client, cursor, p.c.What)
	if err != nil || r.Unchanged {
		return port.Pulled{Cursor: r.Cursor, Unchanged: r.Unchanged}, err
	}
	source := "csv:" + p.c.Name
	if slices.Contains(onCalendar, p.c.What) {
		source = p.c.Name
	}
	s, err := Map(source, r.File, p.c.What, r.Data)
	if err != nil {
		return port.Pulled{Read: s.Read, Refused: s.Refused}, err
	}
	return port.Pulled{Facts: []fact.Fact{s.Fact}, Cursor: r.Cursor, Read: s.Read, Refused: s.Refused}, nil
}
