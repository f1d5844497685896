package csv

import (
	"bufio"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"signalbox/release"
)

// plainNumber may begin with a sign: a spreadsheet shows it and runs nothing.
var plainNumber = regexp.MustCompile(`^[+-][0-9]+(\.[0-9]+)?$`)

// Write writes rows as CSV (RFC 4180), in UTF-8, separated by commas, each ended by a line feed alone: that
// is what tools on a terminal expect, and every spreadsheet reads it.
//
// No cell is a formula to a spreadsheet: one that begins with = + - @, also after blanks or in their
// full-width forms, gets an apostrophe before it, which Read takes off again. A plain number such as -5 or
// +3.2 stays as it is. A spreadsheet that separates by semicolons would cut a cell at its own, and one that
// loses a quote at a line feed; what follows one of these is guarded as a cell of its own. Control and format
// characters are taken out, and tabs are blanks.
func Write(w io.Writer, rows [][]string) error {
	b := bufio.NewWriter(w)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quote(guard(release.CleanBlock(cell, 0)), len(row) == 1))
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// quote puts a cell in quotes where its text, or its being the only one and empty, asks for them.
func quote(cell string, only bool) string {
	if strings.ContainsAny(cell, "\",;\n") || strings.TrimSpace(cell) != cell || only && cell == "" {
		return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	return cell
}

// guard puts an apostrophe before every part of a cell that a spreadsheet would run. One that has
// apostrophes there already gets one more, so that unguard gives back what was written.
func guard(cell string) string {
	return parts(cell, func(s string) string {
		if runs(strings.TrimLeft(s, "'")) {
			return "'" + s
		}
		return s
	})
}

// unguard takes off what guard put on.
func unguard(cell string) string {
	return parts(cell, func(s string) string {
		if bare := strings.TrimLeft(s, "'"); bare != s && runs(bare) {
			return s[1:]
		}
		return s
	})
}

// parts maps what stands between semicolons and line feeds.
func parts(cell string, change func(string) string) string {
	var b strings.Builder
	for {
		i := strings.IndexAny(cell, ";\n")
		if i < 0 {
			b.WriteString(change(cell))
			return b.String()
		}
		b.WriteString(change(cell[:i]))
		b.WriteByte(cell[i])
		cell = cell[i+1:]
	}
}

// runs reports whether a spreadsheet may take a text for a formula.
func runs(s string) bool {
	if plainNumber.MatchString(s) {
		return false
	}
	if strings.HasPrefix(s, "\t") || strings.HasPrefix(s, "\r") {
		return true
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, unicode.IsSpace))
	return strings.ContainsRune("=+-@＝＋－＠", first)
}
