package conflicts

import (
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/conflict"
	"signalbox/views"
	"signalbox/views/kit"
)

// word is the word of a case's signal.
func word(k *conflict.Case, at time.Time) string {
	switch a := k.Aspect(at); {
	case k.State == conflict.Gone:
		return "SETTLED"
	case k.Holds(at):
		return "WAIVED"
	case a == release.Escalated:
		return "ESCALATED"
	case a == release.Stop:
		return "STOP"
	case a == release.Caution:
		return "CAUTION"
	}
	return "WARNING"
}

// party is what a party is called in a few words: the service of work that is planned, else its id; the id of a
// freeze; of another fact what it is.
func (v View) party(p conflict.Party) string {
	if w, ok := v.docket.Work[p.ID]; ok && p.Sort == conflict.WorkParty {
		return release.Clean(w.Service, 60)
	}
	switch p.Sort {
	case conflict.WorkParty, conflict.FreezeFact, conflict.ServiceParty, conflict.TeamParty, conflict.RegionParty, conflict.ResourceFact, conflict.IncidentFact:
		if p.ID != "" && !strings.Contains(p.ID, "/") {
			return release.Clean(p.ID, 60)
		}
	}
	return strings.ReplaceAll(string(p.Sort), "_", " ")
}

// between names the parties of a case: "identity × checkout-web", or the one.
func (v View) between(k *conflict.Case) string {
	out := k.Work()
	if len(k.Parties) > 0 {
		out = v.party(k.Parties[0])
	}
	o := k.Conflict.Other()
	if o.Sort == conflict.RuleParty {
		return out
	}
	other := v.party(o)
	if other == out { // two changes of one service: their ids tell them apart
		return k.Work() + " × " + release.Clean(o.ID, 60)
	}
	return out + " × " + other
}

// unjudged is of how many of the kinds nobody tells enough to judge them.
func (v View) unjudged() int { return conflict.InputsOf(v.docket.Unfed).Unjudged() }

// fed are those of conflicts that cannot be ruled out, of which something is missing although it is fed.
func (v View) fed(list []conflict.Conflict) (out []conflict.Conflict) {
	unfed := map[string]bool{}
	for _, n := range v.docket.Unfed {
		unfed[n] = true
	}
	for _, x := range list {
		known := len(x.Missing) == 0
		for _, m := range x.Missing {
			known = known || !unfed[m]
		}
		if known {
			out = append(out, x)
		}
	}
	return out
}

// names are the kinds of conflicts, each once.
func names(list []conflict.Conflict) string {
	var out []string
	for _, x := range list {
		if n := x.Kind.Name(); len(out) == 0 || out[len(out)-1] != n {
			out = append(out, n)
		}
	}
	return strings.Join(out, ", ")
}

// dark are the silent feeds that the calendar rests on.
func (v View) dark() []string {
	if v.docket == nil {
		return nil
	}
	return v.docket.Stale
}

// darkness names the silent feeds, the first with its age.
func (v View) darkness(f views.Frame) []kit.Run {
	list := v.dark()
	if len(list) == 0 {
		return nil
	}
	out := []kit.Run{kit.Mark(release.Dark), kit.T(" "+release.Clean(list[0], 40)+" DARK", kit.AspectWord(release.Dark))}
	for k := range f.Alarm.Feeds {
		if s := &f.Alarm.Feeds[k]; s.Name == list[0] && !s.LastGood.IsZero() {
			out = append(out, kit.T(" "+kit.Age(s.LastGood, f.Now), kit.AspectNumber(release.Dark)))
		}
	}
	if len(list) > 1 {
		out = append(out, kit.T(" and "+release.Clean(strings.Join(list[1:], ", "), 200), kit.AspectWord(release.Dark)))
	}
	return out
}

// people are ids in a row.
func people[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = release.Clean(string(p), 40)
	}
	return strings.Join(out, ", ")
}

// turn says whose turn a case is, in a word or two.
func (v View) turn(k *conflict.Case, f views.Frame) []kit.Run {
	switch {
	case k.State == conflict.Gone:
		return nil
	case k.Holds(f.Now):
		return []kit.Run{kit.T("until "+kit.Instant(k.Waiver.Until, f.Now, f.Zone), kit.Meta())}
	case k.Pending(f.Now):
		return []kit.Run{kit.T("waiver asked", kit.Reason(release.Caution))}
	case k.AnsweredBy != "":
		return []kit.Run{kit.T("by "+release.Clean(string(k.AnsweredBy), 12), kit.Meta())}
	case k.Escalated():
		return []kit.Run{kit.T("→ "+string(conflict.Path[min(k.Step, len(conflict.Path)-1)].Role)+"s", kit.AspectNumber(release.Escalated))}
	}
	return nil
}
