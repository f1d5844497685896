package kit

import (
	"signalbox/release"
	"signalbox/themes"
)

// The constructors below are the element table of the design: say what a text is, and each theme knows how
// that looks. Take them rather than tokens.

// Plain is a name, a fact, a value, the label of a lever.
func Plain() Style { return Style{} }

// Strong is a deciding number that is not bad, a title, the last breadcrumb, the clock.
func Strong() Style { return Style{Attr: themes.Bold} }

// ID is an object's id in a list; it stays lit under a sheet.
func ID() Style { return Style{Attr: themes.Bold | themes.ID} }

// Name is an object's name in a list: text, bold while its row is selected.
func Name() Style { return Style{Attr: themes.Name} }

// Meta is owners, regions, limits, steps, past times, labels of fields and look keys, column heads.
func Meta() Style { return Style{Fg: themes.Dim} }

// Faint is separators, tracks, gridlines: never a word that must be read.
func Faint() Style { return Style{Fg: themes.Faint} }

// Brand is the word SIGNALBOX.
func Brand() Style { return Style{Fg: themes.Dim, Attr: themes.Bold} }

// Line is rules, dividers, boxes.
func Line() Style { return Style{Fg: themes.Line} }

// Here is the cursor and every mark of the place one is: "▌", the focused rule, the sheet's box, "┃" now.
func Here() Style { return Style{Fg: themes.LineFocus} }

// Lever is a key that acts and may be pressed now, "⏎" where it acts, an option's digit, the chosen tab,
// "you" when it is your turn, "]2".
func Lever() Style { return Style{Fg: themes.Accent, Attr: themes.Bold} }

// Yours is a count of what waits for you, in the alarm line.
func Yours() Style { return Style{Fg: themes.Accent} }

// Look is a key that only looks; its label is Meta.
func Look() Style { return Style{} }

// Stale is a number that rests on a dark feed; write it with "~" before it.
func Stale() Style { return Style{Fg: themes.Dark, Attr: themes.Italic} }

// Observed is a share that was inferred rather than reported ("67% obs").
func Observed() Style { return Style{Fg: themes.Dim, Attr: themes.Italic} }

// Freeze is "▒" of a freeze; FreezeWord its word; FreezeArea the "░" under it.
func Freeze() Style     { return Style{Fg: themes.Plan} }
func FreezeWord() Style { return Style{Fg: themes.Plan, Attr: themes.Bold} }
func FreezeArea() Style { return Style{Fg: themes.Plan, Attr: themes.Low} }

// Sandbox is the word SANDBOX on the rail and the brand in a sandbox.
func Sandbox() Style { return Style{Fg: themes.Sandbox, Attr: themes.Bold} }

// Fresh marks a cell that changed a moment ago.
func Fresh(s Style) Style { return s.With(themes.Fresh) }

// Shape is the glyph of an aspect, always with a blank or a digit beside it.
func Shape(a release.Aspect) string {
	switch a {
	case release.Go:
		return "●"
	case release.Caution:
		return "▲"
	case release.Stop:
		return "■"
	case release.Escalated:
		return "◆"
	case release.Planned:
		return "◇"
	}
	return "○" // no known aspect is no fresh data
}

func token(a release.Aspect) themes.Token {
	switch a {
	case release.Go:
		return themes.Go
	case release.Caution:
		return themes.Caution
	case release.Stop:
		return themes.Stop
	case release.Escalated:
		return themes.Esc
	case release.Planned:
		return themes.Plan
	}
	return themes.Dark
}

// AspectShape is the style of the shape itself.
func AspectShape(a release.Aspect) Style {
	switch a {
	case release.Caution:
		return Style{Fg: themes.Caution, Attr: themes.Bold}
	case release.Stop, release.Escalated:
		return Style{Fg: token(a), Attr: themes.Bold | themes.Pill}
	}
	return Style{Fg: token(a)}
}

// AspectWord is the style of the aspect's word (FAIL, NEAR, PASS, DARK): dim when healthy, text when
// planned, else as the shape.
func AspectWord(a release.Aspect) Style {
	switch a {
	case release.Go:
		return Meta()
	case release.Planned:
		return Plain()
	case release.Dark:
		return Style{Fg: themes.Dark, Attr: themes.Bold}
	}
	return AspectShape(a)
}

// AspectNumber is the style of the number that made a row what it is: dim when healthy, in the aspect's
// colour from caution up. A running clock of an escalation and the reason for a stop are bold; see Reason.
func AspectNumber(a release.Aspect) Style {
	switch a {
	case release.Go:
		return Meta()
	case release.Planned:
		return Plain()
	case release.Escalated:
		return Style{Fg: themes.Esc, Attr: themes.Bold}
	}
	return Style{Fg: token(a)}
}

// Reason is AspectNumber for the one fact on a row that decides: bold from caution up.
func Reason(a release.Aspect) Style {
	s := AspectNumber(a)
	if a == release.Caution || a == release.Stop {
		s.Attr |= themes.Bold
	}
	return s
}

// BarStyle is the fill of a meter, a bar or a sparkline over its limit: coloured when the row is bad, else
// dim. No bar is ever green.
func BarStyle(a release.Aspect) Style {
	if a == release.Caution || a == release.Stop {
		return Style{Fg: token(a)}
	}
	return Meta()
}

// Mark is the shape of a as a run.
func Mark(a release.Aspect) Run { return Run{Shape(a), AspectShape(a)} }

// Signal is Mark of what may be judged or not: a neutral "·" where nobody has, and neither good nor bad is known.
func Signal(a release.Aspect) Run {
	if a == "" {
		return Run{"·", Faint()}
	}
	return Mark(a)
}

// Count is "■2 STOP" of the alarm line, with gap between shape and number ("" or " "). A zero is dim, shape
// included.
func Count(a release.Aspect, n int, gap, word string) Run {
	s := AspectShape(a)
	if n == 0 {
		s = Meta()
	}
	return Run{Shape(a) + gap + Thousands(int64(n)) + " " + word, s}
}
