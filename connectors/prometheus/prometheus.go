package prometheus

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
)

const (
	// maxGap and maxInstants bound how far a reading catches up. Prometheus answers at most 11,000 instants a
	// query.
	maxGap      = 6 * time.Hour
	maxInstants = 11_000
	// chunk is how many instants of a gap are asked about at once, and maxSamples ends a reading that has as
	// many: the next one goes on from there.
	chunk      = 240
	maxSamples = 200_000
)

// Puller asks one Prometheus. It satisfies port.Puller and may be used by many goroutines.
type Puller struct {
	config Config
	what   string // for sentences
	api    v1.API
}

var _ port.Puller = (*Puller)(nil)

// New returns the puller, or a Usage error. It connects to nothing.
func New(c Config) (*Puller, error) { return through(c, nil) }

// through is New over a transport of its own; nil means the one of Outbound.
func through(c Config, transport http.RoundTripper) (*Puller, error) {
	c, err := c.checked()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, release.Errorf(release.Usage, "the url of the connector %s cannot be read", c.Name).Because(err)
	}
	p := &Puller{config: c, what: "prometheus at " + release.Clean(u.Host, 120)}
	p.api, err = client(c, p.what, u.Host, transport)
	return p, err
}

// Name is the connector's name.
func (p *Puller) Name() string { return p.config.Name }

// Pull measures at the newest instant of the grid that is not after at, so that a repeat is about the same
// instant, and at those before it that the cursor says were missed. Without a cursor nothing was missed. A
// gap that is too long for one reading is read from its older end; the next reading goes on.
func (p *Puller) Pull(ctx context.Context, cursor string, at time.Time) (port.Pulled, error) {
	g := grid{to: at.UTC().Truncate(p.config.Interval), step: p.config.Interval}
	g.from = g.to
	var notes []string
	if last, ok := p.last(cursor, g.to); ok {
		if !last.Before(g.to) {
			return p.probe(ctx, cursor, g.to)
		}
		g.from = last.Truncate(g.step).Add(g.step)
		instants := max(1, min(int64(maxGap/g.step), maxInstants))
		if first := g.to.Add(-time.Duration(instants-1) * g.step); g.from.Before(first) {
			notes = append(notes, p.note("not read: what lies between %s and %s; a reading goes back %s at most", g.from, first, time.Duration(instants)*g.step))
			g.from = first
		}
	}
	out, err := p.read(ctx, g)
	if err != nil {
		return port.Pulled{}, err
	}
	out.Notes = append(notes, out.Notes...)
	return out, nil
}

// last reads the cursor: the newest instant that was read. One that lies in the future was written under
// another clock, and one that is no instant not by this connector; both say nothing.
func (p *Puller) last(cursor string, now time.Time) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, cursor)
	if err != nil || t.After(now.Add(p.config.Interval)) {
		return time.Time{}, false
	}
	return t.UTC(), true
}

// probe reads nothing new and yet learns whether the other side would have answered.
func (p *Puller) probe(ctx context.Context, cursor string, at time.Time) (port.Pulled, error) {
	if _, _, _, err := p.api.Query(ctx, "vector(1)", at); err != nil {
		return port.Pulled{}, p.failed("a query", err)
	}
	return port.Pulled{Cursor: cursor, Unchanged: true}, nil
}

// read reads a grid in chunks, oldest first. What was read before a failure is kept: the next reading finds the
// rest, so that a gap shrinks even where time is short. A chunk that the other side cannot answer whole is
// halved.
func (p *Puller) read(ctx context.Context, g grid) (port.Pulled, error) {
	var (
		out     port.Pulled
		samples []health.Sample
		size    = time.Duration(chunk)
	)
	for from := g.from; !from.After(g.to); {
		part := grid{from: from, to: from.Add(min((size-1)*g.step, g.to.Sub(from))), step: g.step}
		m, err := p.measure(ctx, part)
		if n := part.to.Sub(part.from)/g.step + 1; n > 1 && release.CodeOf(err) == release.Usage {
			size = n / 2
			continue
		}
		if err != nil && out.Cursor == "" {
			return port.Pulled{}, err
		}
		if err != nil {
			out.Notes = append(out.Notes, p.note("read up to %s only: %s", from.Add(-g.step), release.AsError(err).Message))
			break
		}
		samples = append(samples, m.list()...)
		out.Read += m.read
		for _, r := range m.refused {
			if !slices.Contains(out.Refused, r) {
				out.Refused = append(out.Refused, r)
			}
		}
		out.Cursor = part.to.Format(time.RFC3339)
		if from = part.to.Add(g.step); len(samples) >= maxSamples && !from.After(g.to) {
			out.Notes = append(out.Notes, p.note("read up to %s only: that is as much as one reading takes", part.to))
			break
		}
	}
	if out.Read == 0 {
		out.Notes = append(out.Notes, p.note("no series has the label %q: all queries gave nothing", p.config.Labels.Service))
	}
	if len(samples) > 0 {
		out.Facts = []fact.Fact{fact.Measured{Samples: samples}}
	}
	return out, nil
}

// measure asks about a grid and maps the answers.
func (p *Puller) measure(ctx context.Context, g grid) (*mapping, error) {
	answers, err := p.ask(ctx, g.from, g.to)
	if err != nil {
		return nil, err
	}
	m := &mapping{config: p.config, what: p.what, grid: g, samples: map[subject]*health.Sample{}}
	for _, a := range answers {
		if err := m.add(a); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// note tells of the reading as a whole. Instants are written in UTC.
func (p *Puller) note(format string, args ...any) string {
	for i, a := range args {
		if t, ok := a.(time.Time); ok {
			args[i] = t.Format("2006-01-02 15:04:05Z")
		}
	}
	return fmt.Sprintf(format, args...)
}
