package conflicts

import (
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/conflict"
	"signalbox/views/filter"
)

// language is what the rows of the conflicts can be asked for. A severity may stand alone; due is until when a case
// must be settled, age how long it stands.
var language = filter.Language{
	Fields: []filter.Field{
		{Name: "kind"},
		{Name: "sev", Also: []string{"severity"}, Values: []string{"hard", "soft", "warn"}},
		{Name: "state", Values: []string{string(conflict.Open), string(conflict.Waived), "settled", "escalated", "answered"}},
		{Name: "aspect", Values: []string{string(release.Stop), string(release.Caution), string(release.Escalated), string(release.Planned), string(release.Go)}},
		{Name: "svc", Also: []string{"service"}},
		{Name: "env"},
		{Name: "change"},
		{Name: "owner", Also: []string{"team"}},
		{Name: "due", Kind: filter.Span},
		{Name: "age", Kind: filter.Span},
	},
	Words: map[string]string{"hard": "sev", "soft": "sev", "warn": "sev"},
}

// Language is what the rows can be asked for.
func (v View) Language() filter.Language { return language }

// asked is a row as the filter reads it.
type asked struct {
	v View
	r *row
}

// Number is nothing here: no field is one.
func (a asked) Number(string) (float64, bool) { return 0, false }

// Span is how long is left until a case must be settled, or how long it stands.
func (a asked) Span(field string) (time.Duration, bool) {
	if field == "age" {
		return a.v.at.Sub(a.r.kase.RaisedAt), !a.r.kase.RaisedAt.IsZero()
	}
	return a.r.kase.Deadline.Sub(a.v.at), !a.r.kase.Deadline.IsZero()
}

// Text is what the row says of a field.
func (a asked) Text(field string) []string {
	k := a.r.kase
	var out []string
	switch field {
	case "kind":
		return []string{k.Kind.ID(), k.Kind.Name()}
	case "sev":
		return []string{k.Severity.String()}
	case "state":
		out = []string{string(k.State)}
		if k.State == conflict.Gone {
			out = []string{"settled"}
		}
		if k.Escalated() {
			out = append(out, "escalated")
		}
		if k.AnsweredBy != "" && k.State == conflict.Open {
			out = append(out, "answered")
		}
	case "aspect":
		return []string{string(k.Aspect(a.v.at))}
	case "owner":
		return []string{k.Owner}
	case "change", "svc", "env":
		for _, p := range k.Parties {
			w, known := a.v.docket.Work[p.ID]
			switch {
			case field == "change" && p.Sort == conflict.WorkParty:
				out = append(out, p.ID)
			case field == "svc" && known:
				out = append(out, w.Service)
			case field == "env" && known:
				out = append(out, w.Environment)
			}
		}
	}
	return out
}

// Words is everything in a row that a word may be found in.
func (a asked) Words() string {
	k := a.r.kase
	words := []string{k.ID, k.Kind.ID(), k.Kind.Name(), k.Reason, k.Owner, k.How}
	for _, p := range k.Parties {
		w := a.v.docket.Work[p.ID]
		words = append(words, p.ID, w.Service, w.Title)
	}
	return strings.ToLower(strings.Join(words, "\n"))
}
