package tui

import (
	"slices"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/views/kit"
)

// field is a line of text being typed.
type field struct {
	text []rune
	at   int
}

func newField(text string) field { r := []rune(text); return field{r, len(r)} }

func (f *field) String() string { return string(f.text) }

// insert puts text at the cursor, without what would not print.
func (f *field) insert(text string) {
	var add []rune
	for _, r := range text {
		if r == ' ' || release.Printable(r) && !unicode.IsSpace(r) {
			add = append(add, r)
		}
	}
	add = add[:min(len(add), max(0, change.MaxReason-len(f.text)))]
	f.text = slices.Insert(f.text, f.at, add...)
	f.at += len(add)
}

// key edits the text. It reports false for a key that means nothing here.
func (f *field) key(k tea.KeyPressMsg) bool {
	switch k.String() {
	case "left", "ctrl+b":
		f.at = max(0, f.at-1)
	case "right", "ctrl+f":
		f.at = min(len(f.text), f.at+1)
	case "home", "ctrl+a":
		f.at = 0
	case "end", "ctrl+e":
		f.at = len(f.text)
	case "backspace", "ctrl+h":
		f.cut(max(0, f.at-1), f.at)
	case "delete", "ctrl+d":
		f.cut(f.at, min(len(f.text), f.at+1))
	case "ctrl+u":
		f.cut(0, f.at)
	case "ctrl+k":
		f.cut(f.at, len(f.text))
	case "ctrl+w", "alt+backspace":
		i := f.at
		for i > 0 && f.text[i-1] == ' ' {
			i--
		}
		for i > 0 && f.text[i-1] != ' ' {
			i--
		}
		f.cut(i, f.at)
	default:
		if k.Text == "" {
			return false
		}
		f.insert(k.Text)
	}
	return true
}

func (f *field) cut(from, to int) {
	f.text = slices.Delete(f.text, from, to)
	f.at = from
}

// draw paints the field with its brackets and returns the column of the cursor on c, -1 without focus.
func (f *field) draw(c kit.Canvas, x, y, w int, focus bool) int {
	return c.Field(x, y, w, kit.Field{Text: f.String(), Cursor: f.at, Focus: focus})
}

// plain paints the text in w cells without brackets, cut at its left so that the cursor is seen, and returns
// the column of the cursor on c.
func (f *field) plain(c kit.Canvas, x, y, w int) int {
	before := f.text[:f.at]
	for len(before) > 0 && kit.Width(string(before)) > w-1 {
		before = before[1:]
	}
	at := x + kit.Width(string(before))
	c.Sub(x, y, w, 1).Put(0, 0, string(before)+string(f.text[f.at:]), kit.Plain())
	return at
}
