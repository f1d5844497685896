package icalendar

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"signalbox/release"
)

const (
	// maxFile is the largest calendar taken, in bytes; maxLines and maxLine bound its unfolded lines, maxDepth
	// its nesting, and maxEvents what it holds. A line's rest beyond maxLine is dropped: pictures stand there.
	maxFile   = 4 << 20
	maxLines  = 200_000
	maxLine   = 64 << 10
	maxDepth  = 16
	maxEvents = 20_000
)

// line is one property: NAME;PARAM=value:VALUE. Names are upper case.
type line struct {
	no     int // of its first line in the file, from 1
	name   string
	params map[string]string // the first value of each
	value  string            // as it stands there
	cut    bool              // it was longer than maxLine
}

// unfold splits a calendar into its unfolded lines. Lines may end in CR LF, LF or CR, and blank ones do not
// count. A line is joined as bytes before it is read as text, because writers fold within a character. Bytes
// that are not UTF-8 are read as Windows-1252, of which Latin-1 is a part. The error is Usage.
func unfold(data []byte) ([]line, error) {
	if len(data) > maxFile {
		return nil, release.Errorf(release.Usage, "the calendar has more than %d MB", maxFile>>20).
			Advise("export a shorter time, or split it")
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var out []line
	var whole []byte
	begun, no := 0, 0
	cut := false
	flush := func() {
		if begun > 0 {
			if l, ok := property(decode(whole)); ok {
				l.no, l.cut = begun, cut
				out = append(out, l)
			}
		}
		whole, begun, cut = whole[:0], 0, false
	}
	for len(data) > 0 {
		end := bytes.IndexAny(data, "\r\n")
		text := data
		if end < 0 {
			data = nil
		} else {
			text, data = data[:end], data[end:]
			if bytes.HasPrefix(data, []byte("\r\n")) {
				data = data[1:]
			}
			data = data[1:]
		}
		no++
		switch {
		case len(text) == 0:
			continue
		case begun > 0 && (text[0] == ' ' || text[0] == '\t'):
			text = text[1:]
		default:
			flush()
			begun = no
		}
		if room := maxLine - len(whole); len(text) > room {
			text, cut = text[:room], true
		}
		whole = append(whole, text...)
		if len(out) > maxLines {
			return nil, release.Errorf(release.Usage, "the calendar has more than %d lines", maxLines).
				Advise("export a shorter time, or split it")
		}
	}
	flush()
	return out, nil
}

// decode returns a line as text.
func decode(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	// Cut in the middle of a character at maxLine.
	for n := 1; n < utf8.UTFMax && len(b) > n && len(b) == maxLine; n++ {
		if utf8.Valid(b[:len(b)-n]) {
			return string(b[:len(b)-n])
		}
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(text)
}

// property reads a line; ok is false where it is none: no name, or no colon after it.
func property(s string) (l line, ok bool) {
	end := strings.IndexAny(s, ";:")
	if end <= 0 {
		return l, false
	}
	l.name = strings.ToUpper(strings.TrimSpace(s[:end]))
	rest := s[end:]
	for strings.HasPrefix(rest, ";") {
		name, after, found := strings.Cut(rest[1:], "=")
		if !found || strings.ContainsAny(name, ":;") {
			// A parameter without a value: it ends at the next separator.
			at := strings.IndexAny(rest[1:], ";:")
			if at < 0 {
				return l, false
			}
			rest = rest[1+at:]
			continue
		}
		value, next, good := paramValue(after)
		if !good {
			return l, false
		}
		if l.params == nil {
			l.params = map[string]string{}
		}
		if name = strings.ToUpper(strings.TrimSpace(name)); l.params[name] == "" {
			l.params[name] = value
		}
		rest = next
	}
	if !strings.HasPrefix(rest, ":") {
		return l, false
	}
	l.value = rest[1:]
	return l, true
}

// paramValue reads one or several values of a parameter and returns the first. A quote that is not closed
// counts as a letter.
func paramValue(s string) (first, rest string, ok bool) {
	for n := 0; ; n++ {
		value := ""
		if end := strings.IndexByte(strings.TrimPrefix(s, `"`), '"'); strings.HasPrefix(s, `"`) && end >= 0 {
			value, s = s[1:1+end], s[2+end:]
			if end = strings.IndexAny(s, ",;:"); end > 0 { // letters after the quote
				value, s = value+s[:end], s[end:]
			}
		} else if end = strings.IndexAny(s, ",;:"); end >= 0 {
			value, s = s[:end], s[end:]
		} else {
			return "", "", false
		}
		if n == 0 {
			first = strings.NewReplacer("^n", " ", "^'", `"`, "^^", "^").Replace(value)
		}
		if !strings.HasPrefix(s, ",") {
			return first, s, s != ""
		}
		s = s[1:]
	}
}

// unescape reads a text value.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] == 'n' || s[i] == 'N' {
			b.WriteByte('\n')
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// list splits a value of several texts at the commas that are not escaped.
func list(s string) []string {
	var out []string
	from := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ',':
			out = append(out, unescape(s[from:i]))
			from = i + 1
		}
	}
	return append(out, unescape(s[from:]))
}
