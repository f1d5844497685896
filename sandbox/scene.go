package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"signalbox/release"
)

// scene is what injects are measured by: how things stand after what happened last. It is a snapshot, shared and
// never changed, so that a command may be planned while another is carried out.
type scene struct {
	silent []string // feeds that say nothing, by name
	firing []firing // alerts, by service and name
	moving []string // services of which a version takes some of the requests and is on its way to all
	faults []fault
}

// firing is an alert that the pager has told of, or keeps to tell.
type firing struct {
	name, service, severity, summary string
	since                            time.Time
}

// look makes the scene. The caller has the turn.
func (s *Sandbox) look() *scene {
	n := &scene{silent: slices.Sorted(maps.Keys(s.silent)), firing: slices.Clone(s.firing)}
	slices.SortFunc(n.firing, func(a, b firing) int { return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(a.name, b.name)) })
	if s.telemetry == nil {
		return n
	}
	n.faults = slices.Clone(s.telemetry.faults)
	for i := range offers {
		if s.moves(offers[i].id) != nil {
			n.moving = append(n.moving, offers[i].id)
		}
	}
	return n
}

// moves is the version of a service that is being rolled out, nil where none is.
func (s *Sandbox) moves(service string) *ship {
	r := s.telemetry.services[service]
	for i := len(r.spans) - 1; i >= 0; i-- {
		if x := r.spans[i]; x.from.IsZero() || !x.whole.IsZero() || !x.gone.IsZero() {
			continue
		}
		for _, p := range s.ships {
			if p.service == service && p.version == r.spans[i].version {
				return p
			}
		}
	}
	return nil
}

// troubled are the services in trouble at an instant.
func (n *scene) troubled(at time.Time) []string {
	var out []string
	for _, f := range n.faults {
		if f.until.IsZero() || f.until.After(at) {
			out = append(out, f.service)
		}
	}
	return out
}

// measured refuses the trouble of a service that nobody measures.
func (n *scene) measured(st Step) (Step, error) {
	if st.Fault.Service == unwatched {
		return Step{}, release.Errorf(release.Refused, "nobody measures %s, so that nothing would be seen", unwatched).Advise("choose another service; sandbox inject alert %s lets an alert fire for it", unwatched)
	}
	return n.seen(st), nil
}

// seen says where the monitor is silent that nobody sees it.
func (n *scene) seen(st Step) Step {
	if slices.Contains(n.silent, monitor) {
		st.Text += ", and nobody sees it while " + monitor + " is silent"
	}
	return st
}

// heard says where the feed that would tell of a step is silent that it keeps it to itself.
func (n *scene) heard(feed string, st Step) Step {
	if slices.Contains(n.silent, feed) {
		st.Text += ", and " + feed + " keeps it to itself"
	}
	return st
}
