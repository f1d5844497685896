package calendar

import (
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/views/filter"
)

// kinds says which items are shown.
type kinds int

const (
	allKinds kinds = iota
	onlyReleases
	onlyFreezes
	onlyPeriods // what outside calendars hold besides freezes
	kindSets
)

func (k kinds) name() string { return [...]string{"all", "releases", "freezes", "periods"}[k] }

func (k kinds) has(i *calendar.Item) bool {
	switch k {
	case onlyReleases:
		return i.Kind == calendar.Release
	case onlyFreezes:
		return i.Kind == calendar.FreezePeriod
	case onlyPeriods:
		return i.Kind != calendar.Release && i.Kind != calendar.FreezePeriod
	}
	return true
}

// shows reports whether an item is shown.
func (v View) shows(i *calendar.Item) bool { return v.show.has(i) && v.match.Fits(asked{v, i}) }

var aspects = []string{string(release.Go), string(release.Caution), string(release.Stop), string(release.Escalated), string(release.Planned), string(release.Dark)}

// language is what the items of the calendar can be asked for. A signal may stand alone; starts and ends are how long
// until then, lasts is from the beginning to the end.
var language = filter.Language{
	Fields: []filter.Field{
		{Name: "kind", Values: []string{string(calendar.Release), string(calendar.FreezePeriod), string(calendar.ChangeWindow), string(calendar.Maintenance), string(calendar.Vendor),
			string(calendar.AuditPeriod), string(calendar.Batch), string(calendar.Holiday), string(calendar.Peak), string(calendar.EndOfLife), string(calendar.Deadline), string(calendar.OnCall)}},
		{Name: "svc", Also: []string{"service"}},
		{Name: "team"},
		{Name: "region"},
		{Name: "env"},
		{Name: "state", Values: aspects},
		{Name: "stage", Values: []string{string(calendar.Waiting), string(calendar.Approved), string(calendar.Moving), string(calendar.Went), string(calendar.Failed)}},
		{Name: "source"},
		{Name: "hard", Values: []string{string(calendar.HardFreeze), string(calendar.SoftFreeze)}},
		{Name: "starts", Kind: filter.Span},
		{Name: "ends", Kind: filter.Span},
		{Name: "lasts", Kind: filter.Span},
	},
	Words: map[string]string{string(release.Go): "state", string(release.Caution): "state", string(release.Stop): "state", string(release.Escalated): "state",
		string(release.Planned): "state", string(release.Dark): "state"},
}

// Language is what the items can be asked for.
func (v View) Language() filter.Language { return language }

// asked is an item as the filter reads it.
type asked struct {
	v View
	i *calendar.Item
}

// Number is nothing: no field is one.
func (a asked) Number(string) (float64, bool) { return 0, false }

// Span is how long until it begins or ends, or lasts.
func (a asked) Span(field string) (time.Duration, bool) {
	switch field {
	case "starts":
		return a.i.From.Sub(a.v.at), true
	case "ends":
		return a.i.To.Sub(a.v.at), true
	}
	return a.i.To.Sub(a.i.From), true
}

// Text is what the item, or a lane that it concerns, says of a field.
func (a asked) Text(field string) []string {
	i := a.i
	switch field {
	case "kind":
		return []string{string(i.Kind)}
	case "source":
		return named(i.Source)
	case "env":
		return named(i.Environment)
	case "state":
		return named(string(i.Aspect))
	case "stage":
		return named(string(i.Stage))
	case "hard":
		return named(string(i.Hardness))
	}
	var out []string
	for _, n := range i.Lanes {
		out = append(out, ofLane(&a.v.span.Lanes[n], field)...)
	}
	return out
}

// ofLane is what a lane says of a field.
func ofLane(l *calendar.Lane, field string) []string {
	switch field {
	case "team":
		return named(l.Team)
	case "svc":
		return named(l.Service)
	case "region":
		return l.Regions
	}
	return nil
}

// named is a word where there is one.
func named(word string) []string {
	if word == "" {
		return nil
	}
	return []string{word}
}

// Words is everything in an item that a word may be found in.
func (a asked) Words() string {
	i := a.i
	text := []string{i.Title, i.Change, i.Rollout, string(i.Kind), string(i.Scope), i.Service, i.Source, string(i.Stage), i.Says}
	if i.Freeze != nil {
		text = append(text, i.Freeze.ID)
	}
	return strings.ToLower(strings.Join(text, "\n"))
}

// askedLine is a line as the filter reads it: what is looked for may be a lane on which nothing happens.
type askedLine struct{ l *line }

func (a askedLine) Number(string) (float64, bool)     { return 0, false }
func (a askedLine) Span(string) (time.Duration, bool) { return 0, false }
func (a askedLine) Words() string                     { return strings.ToLower(a.l.name) }

func (a askedLine) Text(field string) []string {
	if a.l.lane == nil {
		return nil
	}
	return ofLane(a.l.lane, field)
}
