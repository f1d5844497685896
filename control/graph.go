package control

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/topology"
	"signalbox/release/verb"
)

// Graph returns the shared snapshot of the dependency graph, with how each service stands.
func (c *Control) Graph(ctx context.Context) (*topology.Map, error) {
	return c.graph.get(ctx, c, panelTopics, c.buildGraph)
}

func (c *Control) buildGraph(ctx context.Context) (*topology.Map, error) {
	at := c.now()
	going, err := c.Rollouts(ctx)
	if err != nil {
		return nil, err
	}
	seen, err := c.Health(ctx)
	if err != nil {
		return nil, err
	}
	var m *topology.Map
	err = c.judging(ctx, func(r port.Reader) error {
		l, err := c.load(ctx, r, at)
		if err != nil {
			return err
		}
		env := shownEnvironment(c.wired().Environments)
		f := topology.Facts{At: at, Environment: env, Catalog: l.cat, Since: c.wired().since,
			Bound: func(s *catalog.Service) []feed.Status { return c.bound(l, s, env) }}
		var open []change.Change
		for _, s := range []change.State{change.Requested, change.Authorised, change.Scheduled, change.Implementing} {
			list, err := r.ChangesIn(ctx, s)
			if err != nil {
				return err
			}
			open = append(open, list...)
		}
		if f.Changes, err = c.items(ctx, r, l, open, at); err != nil {
			return err
		}
		if f.Alerts, err = r.Alerts(ctx, ""); err != nil {
			return err
		}
		f.Live = going.Moving
		f.Measured = serving(seen, env)
		if f.Deployed, err = r.DeployedTo(ctx, env); err != nil {
			return err
		}
		for _, s := range l.feeds {
			if catalogs[s.Type] {
				f.Sources = append(f.Sources, s)
			}
		}
		m = topology.New(f)
		return nil
	})
	return m, err
}

// serving is what was measured last of the version of each service that serves most in an environment.
func serving(p *health.Panel, environment string) map[string]health.Sample {
	out := map[string]health.Sample{}
	for _, l := range p.Lines {
		if l.Environment != environment {
			continue
		}
		for _, v := range l.Versions { // those that serve most come first
			if v.Version != "" {
				out[l.Service] = v.Sample
				break
			}
		}
	}
	return out
}

// shownEnvironment is the one whose versions the graph shows: production, else the first that is gated.
func shownEnvironment(envs []catalog.Environment) string {
	if e, ok := catalog.Resolve(envs, "production"); ok {
		return e.Name
	}
	for _, e := range envs {
		if e.Gated {
			return e.Name
		}
	}
	return "production"
}

// Graph is the dependency graph. Permission: read.
func (s *Session) Graph(ctx context.Context) (*topology.Map, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Graph(ctx)
}

// surroundings is the answer of service graph.
type surroundings struct {
	AsOf    time.Time     `json:"as_of"`
	Stale   []string      `json:"stale"`
	Depth   int           `json:"depth"`
	Service topology.Node `json:"service"`
	Callers []neighbour   `json:"callers"`
	Callees []neighbour   `json:"callees"`
	Blast   blast         `json:"blast_radius"`
	Rests   []string      `json:"rests_on"`
	// Cycle are the nodes of the cycle that the service is in.
	Cycle   []string          `json:"cycle"`
	Singles []topology.Node   `json:"single_points_of_failure"` // among what is shown
	Sources []topology.Source `json:"sources"`
}

type neighbour struct {
	topology.Node
	Depth int              `json:"depth"`
	Via   string           `json:"via"`
	Edge  catalog.EdgeKind `json:"edge"`
	Down  bool             `json:"down"`
}

type blast struct {
	Count    int       `json:"count"`
	Of       int       `json:"of"`
	Tiers    [4]int    `json:"by_tier"`
	Services []reached `json:"services"`
}

type reached struct {
	ID    string       `json:"id"`
	Depth int32        `json:"depth"`
	Tier  catalog.Tier `json:"tier"`
	Team  string       `json:"team,omitempty"`
}

// serviceGraph shows what a service calls and what calls it, and what is down when it is.
func (c *Control) serviceGraph(ctx context.Context, call verb.Call) (verb.Answer, error) {
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	depth := 2
	if s := call.Flag("depth"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > topology.Most {
			return verb.Answer{}, release.Errorf(release.Usage, "--depth takes a number from 1 to %d", topology.Most)
		}
		depth = n
	}
	m, err := c.Graph(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	n, ok := m.Find(strings.ToLower(call.Arg(0)))
	if !ok {
		return verb.Answer{}, release.Errorf(release.NotFound, "there is no service %q", release.Clean(call.Arg(0), 60)).Advise("service list shows them")
	}
	h := m.Around(n, depth)
	s := surrounds(m, h)
	if call.Has("dot") {
		var b bytes.Buffer
		if err := m.DOT(&b, h); err != nil {
			return verb.Answer{}, err
		}
		return verb.Answer{Lines: strings.Split(strings.TrimRight(b.String(), "\n"), "\n"), Value: s}, nil
	}
	return verb.Answer{Lines: graphLines(m, s), Value: s}, nil
}

func surrounds(m *topology.Map, h topology.Neighbourhood) surroundings {
	s := surroundings{AsOf: m.AsOf, Stale: m.Stale, Depth: h.Depth, Service: m.Nodes[h.Focus], Callers: []neighbour{}, Callees: []neighbour{},
		Rests: []string{}, Cycle: []string{}, Singles: []topology.Node{}, Sources: m.Sources,
		Blast: blast{Count: len(h.Blast), Of: m.Services, Tiers: m.Tiers(h.Blast), Services: []reached{}}}
	for _, list := range []struct {
		from []topology.Neighbour
		to   *[]neighbour
	}{{h.Callers, &s.Callers}, {h.Callees, &s.Callees}} {
		for _, b := range list.from {
			*list.to = append(*list.to, neighbour{m.Nodes[b.Node], b.Depth, m.Nodes[b.Via].ID, b.Kind, b.Down})
		}
	}
	for _, b := range h.Blast {
		a := &m.Nodes[b.Node]
		s.Blast.Services = append(s.Blast.Services, reached{a.ID, b.Depth, a.Tier, a.Team})
	}
	for _, b := range h.Rests {
		s.Rests = append(s.Rests, m.Nodes[b.Node].ID)
	}
	if k := s.Service.Cycle; k > 0 {
		for _, n := range m.Cycles[k-1] {
			s.Cycle = append(s.Cycle, m.Nodes[n].ID)
		}
	}
	for _, n := range h.Nodes() {
		if m.Nodes[n].Single != nil {
			s.Singles = append(s.Singles, m.Nodes[n])
		}
	}
	return s
}

func graphLines(m *topology.Map, s surroundings) []string {
	a := s.Service
	out := []string{fmt.Sprintf("%s %s, tier %d, team %s: %s%s", a.ID, orDash(a.Version), a.Tier, orDash(a.Team), nodeMark(a), because(a))}
	if len(s.Callers)+len(s.Callees) == 0 {
		words := make([]string, 0, len(s.Sources))
		for _, f := range s.Sources {
			words = append(words, f.Name+" "+string(f.Aspect))
		}
		if len(words) == 0 {
			words = append(words, "no catalog feed is connected; imports say nothing of it")
		}
		return append(out, "no edges known for "+a.ID+" · sources: "+strings.Join(words, ", "))
	}
	for _, side := range []struct {
		name string
		list []neighbour
	}{{"called by", s.Callers}, {"calls", s.Callees}} {
		out = append(out, fmt.Sprintf("%s %d, to a distance of %d", side.name, len(side.list), s.Depth))
		rows := [][]string{}
		for _, b := range side.list {
			down := ""
			if b.Down && side.name == "called by" {
				down = "down with it"
			} else if b.Down {
				down = "it is down without"
			}
			rows = append(rows, []string{"  " + nodeMark(b.Node), strings.Repeat("  ", b.Depth-1) + b.ID, orDash(b.Version), string(b.Edge), tierOf(b.Node), orDash(b.Team), down})
		}
		out = append(out, table(rows)...)
	}
	out = append(out, fmt.Sprintf("blast radius %d of %d services: tier 0 %d, tier 1 %d, tier 2 %d, tier 3 %d", s.Blast.Count, s.Blast.Of,
		s.Blast.Tiers[0], s.Blast.Tiers[1], s.Blast.Tiers[2], s.Blast.Tiers[3]))
	rows := [][]string{}
	for _, b := range s.Blast.Services {
		rows = append(rows, []string{"  " + b.ID, fmt.Sprintf("tier %d", b.Tier), orDash(b.Team), fmt.Sprintf("%d away", b.Depth)})
	}
	out = append(out, table(rows)...)
	if len(s.Cycle) > 0 {
		out = append(out, "in a cycle of "+strings.Join(s.Cycle, ", "))
	}
	for _, x := range s.Singles {
		out = append(out, "single point of failure "+x.ID+": "+x.Single.Where()+", "+journeys(len(x.Single.Journeys))+" through it")
	}
	return out
}

func journeys(n int) string {
	if n == 1 {
		return "1 journey"
	}
	return strconv.Itoa(n) + " journeys"
}

func tierOf(a topology.Node) string {
	if a.Kind != topology.Service {
		return "–"
	}
	return fmt.Sprintf("tier %d", a.Tier)
}

// nodeMark is mark for a node: a vendor and a stranger have no signal.
func nodeMark(a topology.Node) string {
	switch {
	case a.Kind == topology.Vendor:
		return "· vendor"
	case a.Kind == topology.Stranger:
		return "· not in the catalog"
	}
	return mark(a.Aspect)
}

func because(a topology.Node) string {
	if a.Why == "" {
		return ""
	}
	return ", " + a.Why
}
