package tui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"signalbox/release/profile"
	"signalbox/themes"
	"signalbox/views"
)

// Place is a clock of the title row: three letters and their zone.
type Place struct {
	Name string // "SIN"
	Zone *time.Location
}

// Options are what one session starts from. The zero value works: it asks the terminal.
type Options struct {
	// Theme is one of themes.Names; "" asks the terminal whether its background is light.
	Theme string
	// Tier is one of themes.Tiers; "" decides by TERM and the locale.
	Tier string
	// Asked says that the tier was asked for by its name, so that neither the person's profile nor the terminal's
	// answer changes it.
	Asked bool
	// Probe asks the terminal how wide it draws the shapes, where neither person nor session has asked for a tier.
	Probe bool
	// Profile is what the terminal is known to show before it says so itself; 0 means 24-bit colours.
	Profile colorprofile.Profile
	// NoColor keeps to mono, whatever the theme and the terminal.
	NoColor bool
	// Zone is the person's time zone; nil takes that of the person's record.
	Zone *time.Location
	// Person is how the person who looks wants the screens to be. Theme, Tier and Zone above come first.
	Person profile.Profile
	// Places are the clocks shown where there is room.
	Places []Place
	// Host is what people type after ssh, with its port as ssh takes it: "-p 2222 HOST"; "signalbox" if "".
	Host string
	// Start are the words after ssh -t HOST: "queue", "go CHG-12". Opens says which words name a screen.
	Start []string
	// Stay is told where its person is, and Before is where that was when a session broke off; both may be nil.
	Stay   *Stay
	Before Kept
	// Width and Height are the first size in cells; 0 waits for the terminal's word.
	Width, Height int
	// Views makes a view by its name; nil takes those of this build.
	Views map[string]func(views.World, string) views.View
}

// Look reads what a terminal's name and the variables that a session brings say about how it wants to be
// drawn: SIGNALBOX_THEME, SIGNALBOX_GLYPHS, NO_COLOR and the locale. Unknown names are left out.
func Look(term string, env map[string]string) Options {
	o := Options{Tier: tierOf(term, func(k string) string { return env[k] }).name(), NoColor: env["NO_COLOR"] != ""}
	for _, n := range themes.Names() {
		if n == env["SIGNALBOX_THEME"] {
			o.Theme = n
		}
	}
	if _, ok := themes.TierByName(env["SIGNALBOX_GLYPHS"]); ok {
		o.Tier, o.Asked = env["SIGNALBOX_GLYPHS"], true
	}
	o.Probe = !o.Asked && o.Tier != tier(themes.ASCII).name()
	return o
}

type tier themes.Tier

func (t tier) name() string { return themes.Tiers()[t] }

// tierOf decides which glyphs a terminal can draw: ASCII on a console and in a locale that is not UTF-8, the
// narrow ones where East Asian fonts may draw ambiguous characters two cells wide.
func tierOf(term string, env func(string) string) tier {
	locale := env("LC_ALL")
	for _, k := range []string{"LC_CTYPE", "LANG"} {
		if locale == "" {
			locale = env(k)
		}
	}
	locale = strings.ToLower(locale)
	utf8 := strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
	switch {
	case term == "linux" || term == "dumb" || locale != "" && !utf8:
		return tier(themes.ASCII)
	case strings.HasPrefix(locale, "zh"), strings.HasPrefix(locale, "ja"), strings.HasPrefix(locale, "ko"):
		return tier(themes.Narrow)
	}
	return tier(themes.Rich)
}

// look is how the session is drawn now.
type look struct {
	chosen  string // theme by name; "" follows the terminal's background
	light   bool   // the terminal's background
	profile colorprofile.Profile
	noColor bool
	tier    themes.Tier
	fixed   bool // the tier was chosen
	theme   *themes.Theme
}

func newLook(o Options) look {
	l := look{chosen: o.Theme, profile: o.Profile, noColor: o.NoColor}
	if l.profile == colorprofile.Unknown {
		l.profile = colorprofile.TrueColor
	}
	if l.chosen == "" {
		l.chosen = o.Person.Theme
	}
	if l.tier, l.fixed = themes.TierByName(o.Tier); o.Person.Glyphs != "" && !o.Asked && l.tier != themes.ASCII {
		l.tier, l.fixed = themes.TierByName(o.Person.Glyphs)
	}
	l.resolve()
	return l
}

// resolve finds the theme for what is known. An unknown name is dark.
func (l *look) resolve() {
	name, p := l.chosen, l.profile
	if name == "" {
		name = "dark"
		if l.light {
			name = "light"
		}
	}
	if l.noColor {
		p = colorprofile.ASCII
	}
	t, ok := themes.ByName(name, p)
	if !ok {
		t, _ = themes.ByName("dark", p)
	}
	l.theme = t
}

// learn takes what the terminal says about itself, and reports whether msg was of that kind.
func (l *look) learn(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.BackgroundColorMsg:
		l.light = !msg.IsDark()
	case tea.ColorProfileMsg:
		l.profile = msg.Profile
	case tea.EnvMsg:
		l.noColor = l.noColor || msg.Getenv("NO_COLOR") != ""
		if !l.fixed {
			l.tier = themes.Tier(tierOf(msg.Getenv("TERM"), msg.Getenv))
		}
	default:
		return
	}
	l.resolve()
}

// next is the theme after the one in use, as =theme cycles.
func (l *look) next() string {
	names := themes.Names()
	for i, n := range names {
		if n == l.theme.Name() {
			return names[(i+1)%len(names)]
		}
	}
	return names[0]
}
