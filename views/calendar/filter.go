package calendar

import (
	"slices"
	"strings"

	"signalbox/release"
	"signalbox/release/calendar"
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
func (v View) shows(i *calendar.Item) bool { return v.show.has(i) && v.match.fits(v.span, i) }

// filter is a list of terms that an item must all fit: words that may stand anywhere in it; an aspect; kind:, team:,
// service: and region:, several values separated by commas; and "-" before any of them for its opposite.
type filter []term

type term struct {
	not      bool
	word     string
	key      string
	values   []string
	anywhere bool
}

var aspects = []release.Aspect{release.Go, release.Caution, release.Stop, release.Escalated, release.Planned, release.Dark}

func parse(typed string) filter {
	var f filter
	for _, w := range strings.Fields(strings.ToLower(release.Clean(typed, 400))) {
		word, not := strings.CutPrefix(w, "-")
		key, value, ok := strings.Cut(word, ":")
		switch {
		case word == "":
			continue
		case ok && slices.Contains([]string{"kind", "team", "service", "region", "source"}, key):
			values := slices.DeleteFunc(strings.Split(value, ","), func(s string) bool { return s == "" })
			if len(values) > 0 {
				f = append(f, term{not: not, key: key, values: values})
			}
		default:
			f = append(f, term{not: not, word: word, anywhere: !slices.Contains(aspects, release.Aspect(word))})
		}
	}
	return f
}

func (f filter) fits(s *calendar.Span, i *calendar.Item) bool {
	for _, t := range f {
		if t.fits(s, i) == t.not {
			return false
		}
	}
	return true
}

func (t term) fits(s *calendar.Span, i *calendar.Item) bool {
	if t.key == "" && !t.anywhere {
		return i.Aspect == release.Aspect(t.word)
	}
	if t.anywhere {
		text := []string{i.Title, i.Change, i.Rollout, string(i.Kind), string(i.Scope), i.Service, i.Source, string(i.Stage), i.Says}
		if i.Freeze != nil {
			text = append(text, i.Freeze.ID)
		}
		return strings.Contains(strings.ToLower(strings.Join(text, "\n")), t.word)
	}
	starts := func(have string) bool {
		have = strings.ToLower(have)
		return have != "" && slices.ContainsFunc(t.values, func(want string) bool { return strings.HasPrefix(have, want) })
	}
	switch t.key {
	case "kind":
		return starts(string(i.Kind))
	case "source":
		return starts(i.Source)
	}
	return slices.ContainsFunc(i.Lanes, func(n int) bool {
		l := &s.Lanes[n]
		switch t.key {
		case "team":
			return starts(l.Team)
		case "service":
			return starts(l.Service)
		}
		return slices.ContainsFunc(l.Regions, starts)
	})
}

// fitsLine reports whether a line itself is what is looked for, although nothing happens on it.
func (f filter) fitsLine(l *line) bool {
	for _, t := range f {
		fits := false
		starts := func(have string) bool {
			return have != "" && slices.ContainsFunc(t.values, func(want string) bool { return strings.HasPrefix(strings.ToLower(have), want) })
		}
		switch {
		case t.anywhere:
			fits = strings.Contains(strings.ToLower(l.name), t.word)
		case t.key == "service" && l.lane != nil:
			fits = starts(l.lane.Service)
		case t.key == "team" && l.lane != nil:
			fits = starts(l.lane.Team)
		case t.key == "region" && l.lane != nil:
			fits = slices.ContainsFunc(l.lane.Regions, starts)
		}
		if fits == t.not {
			return false
		}
	}
	return true
}
