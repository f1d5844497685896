package terminal

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// cell is one column of a line. A wide cluster has width 2 and is followed by a cell of width 0.
type cell struct {
	text  string // one cluster; " " for a blank, "" for the second half of a wide one
	style style
	width uint8
	plain bool // ASCII: every terminal draws it one column wide
}

var blank = cell{text: " ", width: 1, plain: true}

// cut takes the next line of a frame.
func cut(frame string) (line, rest string) {
	line, rest, _ = strings.Cut(frame, "\n")
	return line, rest
}

// read appends the cells of one line of a frame to dst: exactly width of them. What is beyond is dropped, and
// what is missing is blank in the terminal's own colours. Widths are those of displaywidth, by which the
// frame was laid out.
func read(dst []cell, line string, width int) []cell {
	var s style
	end := len(dst) + width
	for len(line) > 0 && len(dst) < end {
		switch c := line[0]; {
		case c == ' ':
			dst = append(dst, space(s))
			line = line[1:]
		case c > ' ' && c < 0x7F && (len(line) == 1 || line[1] < utf8.RuneSelf):
			dst = append(dst, cell{line[:1], s, 1, true})
			line = line[1:]
		case c == 0x1B:
			line = s.escape(line)
		case c < ' ' || c == 0x7F:
			line = line[1:]
		default:
			g := displaywidth.StringGraphemes(line)
			g.Next()
			text, w := g.Value(), g.Width()
			line = line[len(text):]
			switch {
			case w == 0 || !utf8.ValidString(text) || c1(text):
			case w == 1:
				dst = append(dst, cell{text, s, 1, len(text) == 1})
			case len(dst)+2 > end:
				dst = append(dst, space(s))
			default:
				dst = append(dst, cell{text, s, 2, false}, cell{"", s, 0, false})
			}
		}
	}
	for len(dst) < end {
		dst = append(dst, blank)
	}
	return dst
}

// space is a blank in a style, of which only what is seen is kept.
func space(s style) cell {
	if s.bare() {
		s = style{bg: s.bg}
	}
	return cell{" ", s, 1, true}
}

// c1 reports whether text begins with one of the control characters that some terminals take for an escape.
func c1(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return r >= 0x80 && r < 0xA0
}

// escape takes one sequence from the beginning of line: SGR is read into s, anything else is dropped.
func (s *style) escape(line string) (rest string) {
	if len(line) < 2 {
		return ""
	}
	switch line[1] {
	case '[':
		for i := 2; i < len(line); i++ {
			if c := line[i]; c >= 0x40 && c <= 0x7E {
				if params := line[2:i]; c == 'm' && (params == "" || params[0] >= '0' && params[0] <= ';') && !strings.ContainsAny(params, " !\"#$%&'()*+,-./") {
					s.sgr(params)
				}
				return line[i+1:]
			}
		}
		return ""
	case ']', 'P', 'X', '^', '_': // a string up to BEL or ST
		for i := 2; i < len(line); i++ {
			switch {
			case line[i] == 0x07:
				return line[i+1:]
			case line[i] == 0x1B && i+1 < len(line) && line[i+1] == '\\':
				return line[i+2:]
			}
		}
		return ""
	}
	i := 1
	for i < len(line) && line[i] >= 0x20 && line[i] < 0x30 {
		i++
	}
	return line[min(i+1, len(line)):]
}
