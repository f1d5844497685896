// Package profile owns how one person wants signalbox's screens to be: the zone of times, the theme, the glyphs,
// the view that a session begins with, the mouse, the bell and motion. It is how things are shown and never what
// may be done. It does no I/O; whether a zone exists is for whoever has the zones.
package profile

import (
	"slices"
	"strings"

	"signalbox/release"
)

// Profile is what a person has chosen, "" for what signalbox chooses by itself.
type Profile struct {
	Zone      string `json:"zone,omitempty"`       // IANA name; in place of that of the person's record
	Theme     string `json:"theme,omitempty"`      // the terminal's background decides if ""
	Glyphs    string `json:"glyphs,omitempty"`     // the terminal decides if ""
	FirstView string `json:"first_view,omitempty"` // the name of a view
	Mouse     string `json:"mouse,omitempty"`      // on, off; on if ""
	Bell      string `json:"bell,omitempty"`       // stop, off; off if ""
	Motion    string `json:"motion,omitempty"`     // full, none; full if ""
}

// Setting is one of the things that a person may choose.
type Setting struct {
	Name   string   `json:"name"`
	Help   string   `json:"help"`
	Values []string `json:"values,omitempty"` // none: a name that somebody else knows
	Usual  string   `json:"usual"`            // what holds where nothing was chosen
}

// Views are the names of the views that a session may begin with.
var Views = []string{"board", "calendar", "conflicts", "queue", "graph", "rollouts", "health", "incident", "trains", "services", "audit", "metrics", "access", "feeds", "sandbox"}

// Settings lists them in the order in which they are shown.
var Settings = []Setting{
	{Name: "zone", Help: "the time zone of t, as in Europe/Berlin", Usual: "that of your record"},
	{Name: "theme", Help: "the colours", Values: []string{"dark", "light", "high-contrast", "cb-safe", "cb-light", "16", "mono"}, Usual: "as your terminal's background"},
	{Name: "glyphs", Help: "the characters that shapes and lines are drawn with", Values: []string{"rich", "narrow", "ascii"}, Usual: "as your terminal can draw"},
	{Name: "first-view", Help: "the view that a session begins with", Values: Views, Usual: "signalbox's own"},
	{Name: "mouse", Help: "the wheel scrolls and a click selects; off leaves the mouse to the terminal", Values: []string{"on", "off"}, Usual: "on"},
	{Name: "bell", Help: "stop rings once when something turns to STOP or is escalated", Values: []string{"stop", "off"}, Usual: "off"},
	{Name: "motion", Help: "none leaves flashes out", Values: []string{"full", "none"}, Usual: "full"},
}

// Usual takes a choice back.
const Usual = "usual"

// Names are those of the settings.
func Names() []string {
	out := make([]string, len(Settings))
	for k, s := range Settings {
		out[k] = s.Name
	}
	return out
}

// Find is the setting of a name.
func Find(name string) (Setting, bool) {
	k := slices.IndexFunc(Settings, func(s Setting) bool { return s.Name == strings.ToLower(name) })
	if k < 0 {
		return Setting{}, false
	}
	return Settings[k], true
}

// field is where a setting is kept.
func (p *Profile) field(name string) *string {
	return map[string]*string{"zone": &p.Zone, "theme": &p.Theme, "glyphs": &p.Glyphs, "first-view": &p.FirstView,
		"mouse": &p.Mouse, "bell": &p.Bell, "motion": &p.Motion}[name]
}

// Get is what was chosen, "" for nothing.
func (p Profile) Get(name string) string {
	if f := p.field(name); f != nil {
		return *f
	}
	return ""
}

// With is the profile with one choice more; "usual" takes the choice back. A name or a value that is none is a
// Usage error that lists those there are.
func (p Profile) With(name, value string) (Profile, error) {
	s, ok := Find(name)
	if !ok {
		return p, release.Errorf(release.Usage, "there is no setting %s", release.Clean(name, 40)).Advise("choose one of %s", strings.Join(Names(), ", "))
	}
	if s.Name != "zone" {
		value = strings.ToLower(value)
	}
	switch {
	case strings.EqualFold(value, Usual):
		value = ""
	case value == "" || len(value) > 60 || release.Clean(value, 0) != value:
		return p, release.Errorf(release.Usage, "%s takes a value", s.Name).Advise("%s", choices(s))
	case len(s.Values) > 0 && !slices.Contains(s.Values, value):
		return p, release.Errorf(release.Usage, "%s cannot be %s", s.Name, release.Clean(value, 40)).Advise("%s", choices(s))
	}
	*p.field(s.Name) = value
	return p, nil
}

// Chosen lists the settings that differ from the usual, by name.
func (p Profile) Chosen() map[string]string {
	out := map[string]string{}
	for _, s := range Settings {
		if v := p.Get(s.Name); v != "" {
			out[s.Name] = v
		}
	}
	return out
}

func choices(s Setting) string {
	if len(s.Values) == 0 {
		return "write it as in Europe/Berlin; " + Usual + " takes it back"
	}
	return "choose one of " + strings.Join(s.Values, ", ") + "; " + Usual + " takes it back"
}
