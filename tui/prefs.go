package tui

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/profile"
	"signalbox/release/verb"
	"signalbox/themes"
)

// prefs are the settings of this session that are neither its look nor its clock.
type prefs struct {
	noMouse bool // the mouse is the terminal's
	bell    bool // rings when something turns to STOP or is escalated
	still   bool // no flashes
	chosen  profile.Profile
}

func newPrefs(o Options) prefs {
	p := o.Person
	return prefs{noMouse: p.Mouse == "off", bell: p.Bell == "stop", still: p.Motion == "none", chosen: p}
}

// savedMsg is what came of writing a setting to the person's profile.
type savedMsg struct {
	setting string
	profile profile.Profile
	err     error
}

// save writes a setting to the person's profile, "" to take it back. The session has it already.
func (s *shell) save(setting, value string) tea.Cmd {
	if value == "" {
		value = profile.Usual
	}
	w := s.world
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), actTimeout)
		defer cancel()
		a, err := w.Do(ctx, verb.Call{Verb: "profile set", Args: []string{setting, value}})
		m := savedMsg{setting: setting, err: err}
		m.profile, _ = a.Value.(profile.Profile)
		return m
	}
}

// saved says so where a setting could not be kept.
func (s *shell) saved(m savedMsg) {
	if m.err != nil {
		e := release.AsError(m.err)
		s.say(note{aspect: release.Caution, text: m.setting + " holds for this session only: " + e.Message, try: e.Try})
		return
	}
	s.prefs.chosen = m.profile
}

// set takes a setting of the palette, for this session and in the person's profile.
func (s *shell) set(name, value string) tea.Cmd {
	p, err := s.prefs.chosen.With(name, value)
	if err != nil {
		s.refuse(err)
		return nil
	}
	usual := strings.EqualFold(value, profile.Usual)
	switch name {
	case "theme":
		if !usual {
			return s.setTheme(p.Theme)
		}
		s.look.chosen = ""
		s.look.resolve()
		s.say(note{aspect: release.Planned, text: "theme as your terminal's background"})
		return tea.Batch(tea.RequestBackgroundColor, s.save(name, ""))
	case "glyphs":
		if !usual {
			return s.setTier(p.Glyphs)
		}
	case "zone":
		if !usual {
			return findZone(value)
		}
	case "first-view":
		if _, ok := s.views[p.FirstView]; !ok && !usual {
			return s.absent(p.FirstView)
		}
	case "mouse":
		s.prefs.noMouse = p.Mouse == "off"
	case "bell":
		s.prefs.bell = p.Bell == "stop"
	case "motion":
		s.prefs.still = p.Motion == "none"
		if s.prefs.still {
			s.flash = flash{n: s.flash.n}
		}
	}
	s.prefs.chosen = p
	set, _ := profile.Find(name)
	said := note{aspect: release.Planned, text: name + " " + p.Get(name), try: set.Help}
	if usual {
		said.text, said.try = name+" as usual: "+set.Usual, ""
	}
	if name == "zone" || name == "glyphs" || name == "first-view" {
		said.try = "from the next session on"
	}
	s.say(said)
	return s.save(name, p.Get(name))
}

func (s *shell) setTheme(name string) tea.Cmd {
	s.look.chosen = name
	s.look.resolve()
	n := note{aspect: release.Planned, text: "theme " + s.look.theme.Name()}
	if s.look.theme.Name() != name {
		n.try = "this terminal shows no more colours than that"
	}
	s.say(n)
	return s.save("theme", name)
}

func (s *shell) setTier(name string) tea.Cmd {
	s.look.tier, s.look.fixed = themes.TierByName(name)
	s.say(note{aspect: release.Planned, text: "glyphs " + name})
	return tea.Batch(tea.ClearScreen, s.save("glyphs", name))
}

// settings are the values that the palette offers.
func (s *shell) settings() []profile.Setting {
	out := slices.Clone(profile.Settings)
	for k := range out {
		if out[k].Name != "first-view" {
			continue
		}
		out[k].Values = slices.DeleteFunc(slices.Clone(out[k].Values), func(v string) bool { return s.views[v] == nil })
	}
	return out
}
