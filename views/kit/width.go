package kit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"github.com/mattn/go-runewidth"

	"signalbox/release"
)

// Ellipsis stands where text was cut.
const Ellipsis = "…"

// maxClusterBytes bounds what one cell may hold: a base and a few marks.
const maxClusterBytes = 24

// next takes the first grapheme cluster from s: its cleaned text, its width in cells (0: draws nothing) and
// the rest of s. It is the one place in the program where widths come from. Ambiguous characters are one
// cell. White space of any kind is one blank; control, format and other invisible characters are nothing.
// A cluster on whose width terminals disagree (an emoji with a modifier, a stack of marks) is shown as its
// first character alone.
func next(s string) (cluster string, width int, rest string) {
	if c := s[0]; c < utf8.RuneSelf && (len(s) == 1 || s[1] < utf8.RuneSelf) {
		switch {
		case c >= 0x20 && c < 0x7F:
			return s[:1], 1, s[1:]
		case c >= '\t' && c <= '\r':
			return " ", 1, s[1:]
		}
		return "", 0, s[1:]
	}
	g := displaywidth.StringGraphemes(s)
	if !g.Next() {
		return "", 0, ""
	}
	raw := g.Value()
	if !utf8.ValidString(raw) {
		raw = raw[:max(1, validPrefix(raw))] // an invalid byte joins nothing
	}
	rest = s[len(raw):]
	cluster = clean(raw)
	if cluster == "" {
		return "", 0, rest
	}
	if f := indicators(cluster); f != "" {
		return f, len(f), rest
	}
	width = cells(cluster)
	if len(cluster) > maxClusterBytes || width != wcwidth(cluster) || width > 2 {
		r, n := utf8.DecodeRuneInString(cluster)
		cluster = cluster[:n]
		width = cells(cluster)
		if width != wcwidth(cluster) || width > 2 || unicode.Is(unicode.M, r) {
			return "?", 1, rest
		}
	}
	if r, _ := utf8.DecodeRuneInString(cluster); width == 0 || unicode.Is(unicode.M, r) {
		return "", 0, rest
	}
	return cluster, width, rest
}

func validPrefix(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return len(s)
}

func clean(s string) string {
	dirty := false
	for _, r := range s {
		dirty = dirty || r == utf8.RuneError || unicode.IsSpace(r) || !release.Printable(r)
	}
	if !dirty {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !release.Printable(r):
			return -1
		}
		return r // an invalid byte has become U+FFFD
	}, s)
}

// indicators turns regional indicators into their letters. Alone or in pairs they are drawn as a flag, as two
// letters or as boxes, and one in a cell of its own would join the one in the next.
func indicators(cluster string) string {
	const first, last = 0x1F1E6, 0x1F1FF
	var b []byte
	for _, r := range cluster {
		if r < first || r > last {
			return ""
		}
		b = append(b, byte('A'+r-first))
	}
	return string(b)
}

// joins reports whether a terminal that knows clusters would draw b, the text of the next cell, in the cell
// of a. It happens where text was put side by side in pieces.
func joins(a, b string) bool {
	if a == "" || b == "" || quiet(a) && quiet(b) {
		return false
	}
	g := displaywidth.StringGraphemes(a + b)
	return !g.Next() || g.Value() != a
}

// quiet reports whether s is of the letters and symbols that never join a neighbour: Latin, punctuation,
// arrows, boxes, blocks, shapes and Braille.
func quiet(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n == len(s) && (r < 0x300 || r >= 0x2010 && r < 0x20D0 || r >= 0x2150 && r < 0x2C00)
}

func cells(s string) int { return displaywidth.Options{}.String(s) }

// wcwidth is the width by the older rule, rune by rune, that many terminals and multiplexers still follow.
func wcwidth(s string) int {
	c := runewidth.Condition{StrictEmojiNeutral: true}
	n := 0
	for _, r := range s {
		n += c.RuneWidth(r)
	}
	return n
}

// Width is the number of cells that s takes on a canvas.
func Width(s string) int {
	n := 0
	for s != "" {
		var w int
		_, w, s = next(s)
		n += w
	}
	return n
}

// Truncate cuts s at the end to at most w cells; the last is "…" where text was cut. For titles; ids,
// times, aspects and counts are never cut.
func Truncate(s string, w int) string {
	if Width(s) <= w {
		return s
	}
	if w <= 0 {
		return ""
	}
	return head(s, w-1) + Ellipsis
}

// TruncateMiddle cuts s in the middle to at most w cells: for versions, whose end tells them apart.
func TruncateMiddle(s string, w int) string {
	total := Width(s)
	if total <= w {
		return s
	}
	if w <= 0 {
		return ""
	}
	back := (w - 1) / 3
	rest, skip := s, total-back
	for rest != "" && skip > 0 {
		var n int
		_, n, rest = next(rest)
		skip -= n
	}
	return head(s, w-1-back) + Ellipsis + rest
}

func head(s string, w int) string {
	rest := s
	for rest != "" {
		_, n, r := next(rest)
		if w -= n; w < 0 {
			break
		}
		rest = r
	}
	return s[:len(s)-len(rest)]
}

// Wrap breaks text at blanks into lines of at most w cells; a word that is longer is broken. Line feeds
// are kept. Empty text is no line.
func Wrap(s string, w int) []string {
	if s == "" || w < 1 {
		return nil
	}
	var lines []string
	for _, para := range strings.Split(s, "\n") {
		line, used := "", 0
		for _, word := range strings.Fields(para) {
			n := Width(word)
			if used > 0 && used+1+n <= w {
				line, used = line+" "+word, used+1+n
				continue
			}
			if used > 0 {
				lines = append(lines, line)
			}
			for n > w {
				part := head(word, w)
				if Width(part) == 0 { // a cluster wider than the line
					part = word[:len(word)-len(skipOne(word[len(part):]))]
				}
				lines = append(lines, part)
				word = word[len(part):]
				n -= Width(part)
			}
			line, used = word, n
		}
		if used > 0 || len(strings.TrimSpace(para)) == 0 {
			lines = append(lines, line)
		}
	}
	return lines
}

func skipOne(s string) string {
	_, _, rest := next(s)
	return rest
}
