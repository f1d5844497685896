package themes

import (
	"fmt"
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// Names are the themes in the order in which =theme cycles.
func Names() []string {
	return []string{"dark", "light", "high-contrast", "cb-safe", "cb-light", "16", "mono"}
}

// selection is how a theme marks the selected row.
type selection uint8

const (
	tint   selection = iota // sel_bg behind unchanged foregrounds
	invert                  // reverse, except holes
	ink                     // black on sel_bg, except holes: sel_bg is too bright for the foregrounds
)

// Theme resolves styles to SGR sequences for one theme on one kind of terminal. It never changes.
type Theme struct {
	name      string
	fg, bg    [tokens]string // SGR parameters, each with its leading ";"; empty: the terminal's default
	raisedFg  string         // on raised, for tokens without a colour
	attr      [tokens]Attr   // marks that come with a token, because colour is missing or not enough
	colour    [tokens]color.Color
	selection selection
	pill      Attr // what Pill adds
	fresh     Attr // what Fresh adds
}

// ByName returns the named theme for terminals of profile p, and whether the name is known. Colours are
// written in p's own depth, with the design's 256-colour indexes, so that no writer below has to convert
// them. A terminal of 16 colours gets "16" and one without colours "mono", whatever the name:
// colorprofile reports ASCII for NO_COLOR.
func ByName(name string, p colorprofile.Profile) (*Theme, bool) {
	known := false
	for _, n := range Names() {
		known = known || n == name
	}
	if !known {
		return nil, false
	}
	switch {
	case name == "mono" || p < colorprofile.ANSI:
		return mono(), true
	case name == "16" || p == colorprofile.ANSI:
		return sixteen(), true
	}
	switch name {
	case "light":
		return coloured(name, light(), p), true
	case "high-contrast":
		t := coloured(name, highContrast(), p)
		t.selection = ink
		return t, true
	case "cb-safe":
		t := coloured(name, cbSafe(), p)
		t.attr[Accent] = Underline
		return t, true
	case "cb-light":
		t := coloured(name, cbLight(), p)
		t.attr[Accent] = Underline
		return t, true
	}
	return coloured(name, dark(), p), true
}

// Name is the theme's name, which is "16" or "mono" where the terminal allows no more.
func (t *Theme) Name() string { return t.name }

// Color is the colour of a token, for the few settings of a terminal that are not text (its default
// background, the text cursor); nil where the theme uses the terminal's own.
func (t *Theme) Color(k Token) color.Color { return t.colour[k] }

// Sandboxed returns t with every accent in the hue of the sandbox. Shapes keep their colours. Where there
// is no such hue (16, mono) keys stay as they are and only the rail differs.
func (t *Theme) Sandboxed() *Theme {
	s := *t
	if t.selection != invert {
		s.fg[Accent], s.colour[Accent] = t.fg[Sandbox], t.colour[Sandbox]
	}
	return &s
}

func coloured(name string, p palette, depth colorprofile.Profile) *Theme {
	t := &Theme{name: name}
	for k, s := range p {
		c := lipgloss.Color(fmt.Sprintf("#%06X", s.rgb))
		if depth == colorprofile.ANSI256 {
			i := s.index
			if i == nearest {
				i = int(ansi.Convert256(c))
			}
			c = ansi.IndexedColor(i)
		}
		t.colour[k], t.fg[k], t.bg[k] = c, foreground(c), background(c)
	}
	return t
}

// foreground and background are the SGR parameters of a colour, as lipgloss writes them.
func foreground(c color.Color) string { return params(lipgloss.NewStyle().Foreground(c)) }
func background(c color.Color) string { return params(lipgloss.NewStyle().Background(c)) }

func params(s lipgloss.Style) string {
	before, _, _ := strings.Cut(s.Render("x"), "x")
	return ";" + strings.TrimSuffix(strings.TrimPrefix(before, "\x1b["), "m")
}

// sixteen uses the eight bright names and the defaults only, because people remap the rest. Dim is the
// default made faint: in most palettes colour 7 is the default itself.
func sixteen() *Theme {
	t := &Theme{name: "16", selection: invert, fresh: Underline, raisedFg: foreground(lipgloss.BrightWhite)}
	for k, c := range map[Token]color.Color{
		Line: lipgloss.BrightBlack, Faint: lipgloss.BrightBlack, LineFocus: lipgloss.BrightBlue, Accent: lipgloss.BrightBlue,
		Go: lipgloss.BrightGreen, Caution: lipgloss.BrightYellow, Stop: lipgloss.BrightRed, Esc: lipgloss.BrightMagenta,
		Plan: lipgloss.BrightCyan,
	} {
		t.fg[k], t.colour[k] = foreground(c), c
	}
	t.fg[Dark] = foreground(lipgloss.White)
	t.bg[Raised] = background(lipgloss.Black)
	t.attr[Dim], t.attr[Dark] = Low, Low
	t.attr[Sandbox] = Reverse
	return t
}

func mono() *Theme {
	t := &Theme{name: "mono", selection: invert, pill: Reverse | Bold}
	t.attr = [tokens]Attr{Line: Low, LineFocus: Bold, Dim: Low, Faint: Low, Accent: Underline,
		Caution: Bold, Stop: Bold, Esc: Bold, Dark: Low | Italic, Sandbox: Reverse}
	return t
}

// Look is a style as one theme shows it. Two styles may look alike.
type Look struct {
	fg, bg string
	attr   Attr
}

// AppendSGR appends to b the one sequence that sets everything about l, from whatever was set before.
func (l Look) AppendSGR(b []byte) []byte {
	b = append(b, "\x1b["...)
	if !l.Default() {
		b = append(b, '0')
	}
	for bit, code := range [...]string{";1", ";3", ";4", ";9", ";2", ";7"} {
		if l.attr&(1<<bit) != 0 {
			b = append(b, code...)
		}
	}
	b = append(b, l.fg...)
	b = append(b, l.bg...)
	return append(b, 'm')
}

// Default reports whether l is what a terminal shows after a reset.
func (l Look) Default() bool { return l == Look{} }

// BlankAs reports whether a blank in l looks as a blank in m does: one background, and no mark that shows
// without a letter.
func (l Look) BlankAs(m Look) bool {
	return (l.attr|m.attr)&(Underline|Strike|Reverse) == 0 && l.bg == m.bg
}

// Holes reports whether the theme marks a selected row by reversing it, so that aspect cells must be
// marked as Holes.
func (t *Theme) Holes() bool { return t.selection != tint }

// Look resolves a style.
func (t *Theme) Look(s Style) Look {
	back := s.Back
	if back == Text {
		back = Bg
	}
	fg, a := t.fg[s.Fg], s.Attr&^(Pill|Fresh|Selected|Hole|Name|ID)|t.attr[s.Fg]
	if s.Fg == Dark && s.Attr&Bold != 0 {
		a &^= Low // the word DARK must be read
	}
	selected := s.Attr&Selected != 0
	hole := s.Attr&(Hole|Fresh) != 0
	if selected && s.Attr&Name != 0 {
		a |= Bold
	}
	if s.Attr&Pill != 0 && !selected {
		a |= t.pill // in a reversed row the hole is the mark
	}
	if selected {
		switch {
		case t.selection == tint:
			back = SelBg
		case hole:
		case t.selection == invert:
			a |= Reverse
			fg = ""
		case t.selection == ink:
			back, fg = SelBg, t.fg[Bg]
		}
	}
	if s.Attr&Fresh != 0 {
		back = FreshBg
		a |= Bold | t.fresh
	}
	if back == SandboxBg && t.selection == invert {
		a |= Reverse
	}
	if back == Raised && fg == "" {
		fg = t.raisedFg
	}
	if a&Reverse != 0 {
		a &^= Low // faint and reversed is unreadable in several terminals
	}
	return Look{fg, t.bg[back], a}
}
