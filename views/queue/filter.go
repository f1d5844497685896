package queue

import (
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/views/filter"
)

// language is what the rows of the queue can be asked for.
var language = filter.Language{Fields: []filter.Field{
	{Name: "risk", Kind: filter.Number},
	{Name: "due", Kind: filter.Span},
	{Name: "owner", Also: []string{"by"}, Values: []string{"me"}},
	{Name: "team"},
	{Name: "region"},
	{Name: "svc", Also: []string{"service"}},
	{Name: "state", Values: []string{"mine", "locked", "dark", "stop", "caution", "block", "unknown", "pass", "needs_approval"}},
	{Name: "kind", Values: []string{string(change.Normal), string(change.Emergency)}},
	{Name: "evid", Values: []string{"passed", "failed", "pending", "missing", "dark"}},
	{Name: "sod", Values: []string{"kept", "broken", "unknown"}},
	{Name: "env"},
	{Name: "unit"},
	{Name: "tag"},
	{Name: "age", Kind: filter.Span},
}}

// Language is what the rows can be asked for.
func (v View) Language() filter.Language { return language }

// asked is a change as the filter reads it.
type asked struct {
	v View
	i *change.Item
}

// Number is the risk's score.
func (a asked) Number(string) (float64, bool) { return float64(a.i.Change.Risk.Score), true }

// Span is how long it still waits at most, or has waited.
func (a asked) Span(field string) (time.Duration, bool) {
	if field == "age" {
		return a.v.at.Sub(a.i.Approval.RequestedAt), !a.i.Approval.RequestedAt.IsZero()
	}
	return a.i.Approval.ExpiresAt.Sub(a.v.at), !a.i.Approval.ExpiresAt.IsZero()
}

// Text is what the change says of a field.
func (a asked) Text(field string) []string {
	i := a.i
	switch field {
	case "svc":
		return []string{i.Change.Service}
	case "team":
		return []string{i.Target.Team}
	case "unit":
		return i.Target.Units
	case "region":
		return i.Target.Regions
	case "env":
		return []string{i.Change.Environment}
	case "tag":
		return i.Target.Tags
	case "kind":
		return []string{string(i.Change.Kind)}
	case "owner":
		out := hands(i.Authors)
		if a.v.me != "" && slices.ContainsFunc(i.Authors, func(h change.Author) bool { return h.Person == a.v.me }) {
			out = append(out, "me")
		}
		return out
	case "state":
		return states(a.v, i)
	case "evid":
		return evidences(i)
	case "sod":
		switch i.Duties.Aspect {
		case release.Go:
			return []string{"kept"}
		case release.Stop:
			return []string{"broken"}
		}
		return []string{"unknown"}
	}
	return nil
}

// evidences are the words for what is known of the change's checks.
func evidences(i *change.Item) []string {
	var out []string
	if i.EvidenceDark {
		out = append(out, "dark")
	}
	switch {
	case i.Of == 0:
		return append(out, "missing")
	case i.Passed == i.Of:
		return append(out, "passed")
	}
	for _, c := range i.Dossier.Checks {
		switch c.Result {
		case evidence.Fail:
			out = append(out, "failed")
		case evidence.Pending:
			out = append(out, "pending")
		}
	}
	return out
}

// Words is everything in a row that a word may be found in.
func (a asked) Words() string {
	i := a.i
	parts := []string{i.Change.ID, i.Change.Name(), i.Change.Title, i.Change.Environment, string(i.Change.Kind), i.Target.Team}
	parts = append(parts, i.Target.Units...)
	parts = append(parts, i.Target.Regions...)
	parts = append(parts, hands(i.Authors)...)
	if i.Yours(a.v.me) && a.v.me != access.PersonID("") {
		parts = append(parts, "you")
	}
	return strings.ToLower(strings.Join(parts, "\n"))
}

func hands(authors []change.Author) []string {
	var out []string
	for _, a := range authors {
		out = append(out, string(a.Person), a.Identity.Value, a.Identity.String())
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// states are the words that a row's state answers to.
func states(v View, i *change.Item) []string {
	out := []string{i.Standing(), string(i.Aspect(v.at)), i.Gate}
	if i.Locked() != nil {
		out = append(out, "locked")
	}
	if i.EvidenceDark {
		out = append(out, "dark")
	}
	if i.Yours(v.me) {
		out = append(out, "mine")
	}
	return out
}
