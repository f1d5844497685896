package release

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is the number of combining marks that one base letter may carry. Four are enough for every
// living orthography; more is a "zalgo" stack that overdraws the rows beside it.
const maxMarks = 4

// Clean makes foreign text safe to store and to show on one line: valid UTF-8 in NFC, without control
// characters (C0, C1, ESC), format characters (Cf: bidi overrides and isolates, zero-width characters, tag
// characters, BOM), private-use and unassigned code points, or line and paragraph separators; white space
// is folded to single blanks and trimmed; at most four combining marks a base, none without one (it would
// be drawn over what stands before the text); at most limit runes (0: no limit), the last of which is "…"
// where text was cut.
//
// An escape sequence loses its introducer, not its letters: "\x1b[31mred" becomes "[31mred", which shows
// that somebody tried.
func Clean(s string, limit int) string {
	return cut(strings.Join(strings.Fields(scrub(s, false)), " "), limit)
}

// CleanBlock is Clean for text of several lines: line feeds survive (CR LF becomes LF), a line keeps its
// inner and leading blanks (tables, indentation; a tab is one blank) and loses its trailing ones, and blank
// lines at the end go. Every other rule holds, and limit counts the line feeds too.
func CleanBlock(s string, limit int) string {
	lines := strings.Split(scrub(strings.ReplaceAll(s, "\r\n", "\n"), true), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return cut(strings.TrimRight(strings.Join(lines, "\n"), "\n"), limit)
}

func scrub(s string, block bool) string {
	var b strings.Builder
	b.Grow(len(s))
	marks := maxMarks // no base yet
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")) {
		switch {
		case r == '\n' && block:
			b.WriteByte('\n')
			marks = maxMarks
			continue
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
			marks = maxMarks
			continue
		case !Printable(r):
			continue
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		b.WriteRune(r)
	}
	// Dropping a character may have brought a base and a mark together.
	return norm.NFC.String(b.String())
}

// Printable reports whether r may stand in cleaned text: a letter, mark, number, punctuation, symbol or
// blank. Control, format, surrogate, private-use and unassigned code points may not; nor may the fillers
// and the blank Braille cell, which are letters and symbols that draw nothing.
func Printable(r rune) bool {
	switch r {
	case '\u115F', '\u1160', '\u3164', '\uFFA0', '\u2800', '\u034F', '\u17B4', '\u17B5':
		return false
	}
	if r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF || r >= 0x180B && r <= 0x180F {
		return false // variation selectors: they change a width and draw nothing
	}
	return unicode.IsPrint(r)
}

func cut(s string, limit int) string {
	if limit <= 0 || utf8.RuneCountInString(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n++; n == limit {
			return s[:i] + "…"
		}
	}
	return s
}
