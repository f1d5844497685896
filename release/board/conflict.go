package board

import (
	"strings"

	"signalbox/release/conflict"
)

// conflict is a row where a case wants somebody: a hard one stops, a soft one is caution, one whose first people were
// silent is escalated. Warnings, and cases that are waived, hold nothing up and are no rows.
func (e Estate) conflict(k *Contested) (Row, bool) {
	if !k.Wants(e.At) {
		return Row{}, false
	}
	r := Row{Key: "conflict:" + k.ID, Kind: ConflictRow, ID: k.ID, Aspect: k.Aspect(e.At), Since: k.RaisedAt, Due: k.Deadline,
		View: "conflicts", Of: k.ID, Reason: k.Kind.Name()}
	if len(k.Services) > 0 {
		r.Service = k.Services[0]
		r.Regions = e.regions(r.Service, k.Environment)
	}
	var ids []string
	for _, p := range k.Parties {
		switch {
		case p.Sort == conflict.WorkParty, p.Sort == conflict.FreezeFact && !strings.Contains(p.ID, "/"):
			ids = append(ids, p.ID)
		default:
			ids = append(ids, strings.ReplaceAll(string(p.Sort), "_", " "))
		}
	}
	r.Facts = strings.Join(ids, " × ")
	switch s := k.Services; {
	case len(s) > 1 && s[0] != s[1]:
		r.What = s[0] + " × " + s[1]
	case len(s) > 0:
		r.What = s[0]
	default:
		r.What = r.Facts
	}
	switch {
	case k.AnsweredBy != "":
		r.Facts += "  answered by " + string(k.AnsweredBy)
	case k.Escalated() && k.Step < len(conflict.Path):
		r.Facts += "  asks the " + string(conflict.Path[k.Step].Role) + "s"
	case k.Pending(e.At):
		r.Facts += "  its waiver waits for a second person"
	}
	return r, true
}
