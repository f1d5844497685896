// Package themes owns how meaning becomes light: the colour tokens and their values in each theme, the
// attributes that carry a token where colours cannot, and the glyph tiers. It knows no screen, no cell and
// no width. It imports colour arithmetic only: nothing of signalbox, no Bubble Tea, and no Lip Gloss
// either, because a frame is painted run by run and each run needs one SGR sequence, which Look.AppendSGR
// writes without an allocation.
//
// Values are those of the design's token table. A theme is immutable and may be shared by all sessions.
package themes

// Token is a meaning that has a colour. Zero is Text.
type Token uint8

const (
	Text Token = iota // names, facts, values
	Bg                // the frame's ground
	Surface
	Raised    // the card of a sheet
	Line      // rules and boxes
	LineFocus // cursor, focus, sheet box, now
	Dim       // labels, owners, limits, past times
	Faint     // separators, tracks; never a word that must be read
	Accent    // a key that may be pressed now, or the place one is
	Go
	Caution
	Stop
	Esc
	Plan
	Dark
	SelBg
	FreshBg
	Sandbox
	SandboxBg

	tokens = iota
)

// String is the token's name in the design's table.
func (t Token) String() string {
	return [tokens]string{"text", "bg", "surface", "raised", "line", "line_focus", "dim", "faint", "accent",
		"go", "caution", "stop", "esc", "plan", "dark", "sel_bg", "fresh_bg", "sandbox", "sandbox_bg"}[t]
}

// Aspect reports whether t is the colour of an aspect. In the themes that reverse a selected row, aspect
// cells are left out of the reversal and read as holes.
func (t Token) Aspect() bool { return t >= Go && t <= Dark }

// Attr is a set of marks on a cell. The first six are attributes of the terminal; the rest say what the
// cell is, and each theme decides how that looks.
type Attr uint16

const (
	Bold Attr = 1 << iota
	Italic
	Underline
	Strike
	Low     // at low strength: SGR 2
	Reverse // swapped; Low never goes with it

	Pill     // shape and word of STOP or ESC: reverse in mono
	Fresh    // changed a moment ago: fresh_bg and bold (16: underline, mono: bold)
	Selected // in the selected row: sel_bg (16, mono: reverse)
	Hole     // in the selected row, but left as it is where a theme reverses
	Name     // bold while selected
	ID       // the object's id: stays lit under a sheet
)

// Style is what a cell means: foreground, background and marks. The zero Style is plain text on the ground.
type Style struct {
	Fg   Token
	Back Token // background; zero (Text, never a background) means Bg
	Attr Attr
}

// With returns s with the marks a added.
func (s Style) With(a Attr) Style { s.Attr |= a; return s }

// On returns s on the background b.
func (s Style) On(b Token) Style { s.Back = b; return s }
