package themes

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Tier is the set of glyphs that a terminal can draw, each in one cell. Screens are laid out in Rich glyphs
// and translated cell by cell when they are painted, so that the layout never changes.
type Tier uint8

const (
	Rich   Tier = iota
	Narrow      // only characters that are one cell wide in East Asian fonts too
	ASCII       // for TERM=linux, dumb, and locales that are not UTF-8
)

// Tiers are the names of the tiers.
func Tiers() []string { return []string{"rich", "narrow", "ascii"} }

// TierByName returns the named tier, and whether the name is known.
func TierByName(name string) (Tier, bool) {
	for i, n := range Tiers() {
		if n == name {
			return Tier(i), true
		}
	}
	return Rich, false
}

// glyphs gives for a Rich glyph its Narrow and its ASCII form. Meters and hero bars share glyphs with boxes
// and sparklines and look different in the lower tiers, so they are drawn for their tier at once.
var glyphs = map[rune][2]rune{
	// aspects
	'●': {'⦁', 'G'}, '▲': {'▴', 'C'}, '■': {'▪', 'S'}, '◆': {'⬥', 'E'}, '◇': {'⬦', 'P'}, '○': {'◦', 'D'},
	// calendar
	'━': {'=', '='}, '▒': {'░', '%'}, '═': {'=', '='}, '░': {'░', '.'}, '┅': {'~', '~'}, '┄': {'-', '-'},
	'▪': {'+', '+'}, '╳': {'✕', 'X'}, '┃': {'╎', '|'}, '╎': {':', ':'}, '┊': {':', ':'}, '┈': {'-', '-'},
	// cursor, single point of failure
	'▌': {'▸', '>'}, '◉': {'◉', '@'},
	// sparkline
	'▁': {'⣀', '_'}, '▂': {'⣀', '.'}, '▃': {'⣤', '-'}, '▄': {'⣤', '~'},
	'▅': {'⣶', '='}, '▆': {'⣶', '+'}, '▇': {'⣿', '*'}, '█': {'⣿', '#'},
	// arrowheads and arrows
	'▸': {'>', '>'}, '◂': {'<', '<'}, '▾': {'v', 'v'}, '↑': {'^', '^'}, '↓': {'v', 'v'}, '→': {'>', '>'}, '←': {'<', '<'},
	'⏎': {'⏎', '<'},
	// edges
	'║': {'#', '#'}, '╠': {'#', '#'}, '╣': {'#', '#'}, '╦': {'#', '#'}, '╩': {'#', '#'}, '╬': {'#', '#'},
	'╔': {'#', '#'}, '╗': {'#', '#'}, '╚': {'#', '#'}, '╝': {'#', '#'},
	'╞': {'#', '#'}, '╡': {'#', '#'}, '╤': {'#', '#'}, '╧': {'#', '#'}, '╪': {'#', '#'}, '╒': {'#', '#'}, '╕': {'#', '#'}, '╘': {'#', '#'}, '╛': {'#', '#'},
	'╟': {'#', '#'}, '╢': {'#', '#'}, '╥': {'#', '#'}, '╨': {'#', '#'}, '╫': {'#', '#'}, '╓': {'#', '#'}, '╖': {'#', '#'}, '╙': {'#', '#'}, '╜': {'#', '#'},
	'┠': {'#', '+'}, '┨': {'#', '+'}, '┆': {':', ':'}, '↺': {'↺', 'o'},
	// boxes and rules
	'─': {'-', '-'}, '│': {'|', '|'}, '┌': {'+', '+'}, '┐': {'+', '+'}, '└': {'+', '+'}, '┘': {'+', '+'},
	'├': {'+', '+'}, '┤': {'+', '+'}, '┬': {'+', '+'}, '┴': {'+', '+'}, '┼': {'+', '+'},
	'┏': {'#', '+'}, '┓': {'#', '+'}, '┗': {'#', '+'}, '┛': {'#', '+'}, '╾': {'=', '#'},
	// punctuation
	'…': {'~', '~'}, '·': {'.', '.'}, '—': {'-', '-'}, '–': {'-', '-'}, '−': {'-', '-'}, '×': {'x', 'x'}, 'Δ': {'d', 'd'},
	'≤': {'<', '<'}, '≥': {'>', '>'}, '≠': {'!', '!'}, '‘': {'\'', '\''}, '’': {'\'', '\''}, '“': {'"', '"'}, '”': {'"', '"'},
}

// Glyph returns the first rune of a cell as tier k draws it. What a tier cannot draw becomes its base
// letter, or "?": a letter that is two cells wide on half of all terminals would shear the row.
func (k Tier) Glyph(r rune) rune {
	if k == Rich || r < 0x80 {
		return r
	}
	if g, ok := glyphs[r]; ok {
		return g[k-1]
	}
	if k == ASCII {
		if r >= 0x2800 && r <= 0x28FF { // Braille: by the number of its dots
			return []rune(" .:-=+*#@")[dots(r)]
		}
		return base(r, func(b rune) bool { return b < 0x80 })
	}
	if width.LookupRune(r).Kind() != width.EastAsianAmbiguous {
		return r
	}
	return base(r, func(b rune) bool { return width.LookupRune(b).Kind() != width.EastAsianAmbiguous })
}

func base(r rune, ok func(rune) bool) rune {
	if b, _ := utf8.DecodeRuneInString(norm.NFD.String(string(r))); ok(b) {
		return b
	}
	return '?'
}

func dots(r rune) int {
	n := 0
	for b := r - 0x2800; b != 0; b &= b - 1 {
		n++
	}
	return n
}
