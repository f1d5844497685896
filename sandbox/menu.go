package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/simulation"
)

// menu is what a trainer may let happen. step makes it for a target, which is a service or a feed, as things
// stand; it is a Refused error where it would have no effect.
var menu = []struct {
	name, short, target string // target "" takes the scenario's focus
	feed                bool
	step                func(n *scene, t string, at time.Time) (Step, error)
}{
	{"errors", "the newest version of a service answers 5xx", "", false, func(n *scene, t string, at time.Time) (Step, error) {
		return n.measured(Step{Text: t + " answers 5xx", Fault: &faultStep{Service: t, Version: "newest", Errors: 0.08}})
	}},
	{"latency", "a service becomes four times slower", "", false, func(n *scene, t string, at time.Time) (Step, error) {
		return n.measured(Step{Text: t + " is four times slower", Fault: &faultStep{Service: t, Latency: 4, Errors: 0.004}})
	}},
	{"surge", "a service is asked three times as much for 20m", "", false, func(n *scene, t string, at time.Time) (Step, error) {
		return n.measured(Step{Text: t + " is asked three times as much", Fault: &faultStep{Service: t, Rate: 3, Latency: 1.4, For: duration(20 * time.Minute)}})
	}},
	{"alert", "an alert fires for a service", "", false, func(n *scene, t string, at time.Time) (Step, error) {
		a := &alertStep{Name: "HighErrorRate", Service: t, Severity: "page", Summary: "5xx ratio over its limit on " + t}
		if slices.ContainsFunc(n.firing, func(f firing) bool { return f.name == a.Name && f.service == t }) {
			return Step{}, release.Errorf(release.Refused, "%s of %s fires already", a.Name, t).Advise("sandbox inject resolve %s ends it", t)
		}
		return n.heard(pager, Step{Text: "an alert fires for " + t, Alert: a}), nil
	}},
	{"calm", "a service is well again", "", false, func(n *scene, t string, at time.Time) (Step, error) {
		if ill := n.troubled(at); !slices.Contains(ill, t) {
			return Step{}, release.Errorf(release.Refused, "%s is well already", t).Advise("%s", would("in trouble: %s", ill, "no service is in trouble; errors, latency and surge make some"))
		}
		return n.seen(Step{Text: t + " is well again", Mend: &mendStep{Service: t}}), nil
	}},
	{"resolve", "the alerts of a service are resolved", "", false, func(n *scene, t string, at time.Time) (Step, error) {
		var names, others []string
		for _, f := range n.firing {
			if others = append(others, f.service); f.service == t {
				names = append(names, f.name)
			}
		}
		switch len(names) {
		case 0:
			return Step{}, release.Errorf(release.Refused, "no alert fires for %s", t).Advise("%s", would("alerts fire for %s", others, "none fires at all; sandbox inject alert lets one fire"))
		case 1:
			return n.heard(pager, Step{Text: names[0] + " of " + t + " is resolved", Resolve: &resolveStep{Service: t}}), nil
		}
		return n.heard(pager, Step{Text: fmt.Sprintf("%d alerts of %s are resolved", len(names), t), Resolve: &resolveStep{Service: t}}), nil
	}},
	{"abort", "the rollout of a service that moves fails", "", false, func(n *scene, t string, at time.Time) (Step, error) {
		if !slices.Contains(n.moving, t) {
			return Step{}, release.Errorf(release.Refused, "no rollout of %s moves", t).
				Advise("%s", would("rollouts of %s move", n.moving, "none moves at all; approve what waits, and it begins two minutes later"))
		}
		return n.heard(forge, Step{Text: "the deployment of " + t + " fails", Status: &statusStep{Service: t, State: "failure"}}), nil
	}},
	{"deploy", "another version of a service asks for production", "", false, func(n *scene, t string, at time.Time) (Step, error) {
		return n.heard(forge, Step{Text: t + " asks for production", Deploy: &deployStep{Service: t}}), nil
	}},
	{"dark", "a feed falls silent", monitor, true, func(n *scene, t string, at time.Time) (Step, error) {
		if slices.Contains(n.silent, t) {
			return Step{}, release.Errorf(release.Refused, "%s is silent already", t).Advise("sandbox inject back %s lets it speak", t)
		}
		return Step{Text: t + " falls silent", Silence: &feedStep{Feed: t}}, nil
	}},
	{"back", "a silent feed speaks again", monitor, true, func(n *scene, t string, at time.Time) (Step, error) {
		if !slices.Contains(n.silent, t) {
			return Step{}, release.Errorf(release.Refused, "%s is not silent", t).
				Advise("%s", would("silent: %s", n.silent, "no feed is silent; sandbox inject dark "+t+" silences it"))
		}
		return Step{Text: t + " speaks again", Back: &feedStep{Feed: t}}, nil
	}},
	{"freeze", "the coordinator freezes the team of a service for 2h", "", false, func(n *scene, t string, at time.Time) (Step, error) {
		team := teamOf(t)
		return Step{Text: "n.okafor freezes the team " + team.name + " for 2h", Freeze: &freezeStep{Kind: "hard", Scope: "team:" + team.id, By: "n.okafor",
			For: duration(2 * time.Hour), Message: "nothing moves until it is understood"}}, nil
	}},
	{"vendor", "the vendor of a service announces maintenance in 30m", "payments-api", false, func(n *scene, t string, at time.Time) (Step, error) {
		name := vendorOf(t)
		if name == "" {
			var rest []string
			for i := range offers {
				if vendorOf(offers[i].id) != "" {
					rest = append(rest, offers[i].id)
				}
			}
			return Step{}, release.Errorf(release.Refused, "%s rests on no vendor", t).Advise("%s do", strings.Join(rest, ", "))
		}
		return n.heard("vendor-notices", Step{Text: name + " announces maintenance in 30m", Calendar: &calendarStep{Calendar: "vendor-notices", Title: name + ": unplanned maintenance",
			Kind: "vendor", Scope: "service:" + t, From: duration(30 * time.Minute), For: duration(2 * time.Hour)}}), nil
	}},
}

// would is what may be chosen, in words, or what is said where there is nothing.
func would(format string, names []string, none string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return none
	}
	return fmt.Sprintf(format, strings.Join(names, ", "))
}

// teamOf is the team that owns a service.
func teamOf(service string) team {
	for _, t := range teams {
		if t.id == offered(service).team {
			return t
		}
	}
	return team{}
}

// vendorOf is the name of the vendor on which a service rests, "" where there is none.
func vendorOf(service string) string {
	for need := range strings.FieldsSeq(offered(service).needs) {
		if id, ok := strings.CutPrefix(need, "vendor:"); ok {
			for _, v := range vendors {
				if v.id == id {
					return v.name
				}
			}
		}
	}
	return ""
}

// chosen is the step of an inject. What names nothing that there is is NotFound, what would have no effect Refused.
func (s *Sandbox) chosen(c simulation.Command, st *simulation.State) (Step, error) {
	var names []string
	for i, m := range menu {
		names = append(names, m.name)
		if m.name != c.Name {
			continue
		}
		to := strings.ToLower(c.Target)
		if to == "" {
			to = st.Injects[i].Target
		}
		there := knownService
		if m.feed {
			there = knownFeed
		}
		if err := there(to); err != nil {
			return Step{}, release.Errorf(release.NotFound, "%s", err.Error()).Advise("service list and feeds show what there is")
		}
		return m.step(s.scene.Load(), to, st.Now)
	}
	return Step{}, release.Errorf(release.NotFound, "there is no inject %q", release.Clean(c.Name, 40)).Advise("choose one of %s", strings.Join(names, ", "))
}
