package tui

import (
	"strings"
	"unicode"

	binding "charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/views/kit"
)

// field is a line of text being typed: the editing is textinput's, the drawing the canvas's. The zero value
// is an empty field.
type field struct{ input *textinput.Model }

func newField(text string) field {
	var f field
	f.insert(text)
	return f
}

func (f *field) model() *textinput.Model {
	if f.input == nil {
		in := textinput.New()
		in.CharLimit = change.MaxReason
		in.KeyMap.Paste.SetEnabled(false) // it would read the clipboard of the server
		in.SetVirtualCursor(false)
		in.Focus() // without a virtual cursor there is no command to run
		f.input = &in
	}
	return f.input
}

func (f *field) String() string { return f.model().Value() }

// insert puts text at the cursor, without what would not print.
func (f *field) insert(text string) {
	text = strings.Map(func(r rune) rune {
		if r == ' ' || release.Printable(r) && !unicode.IsSpace(r) {
			return r
		}
		return -1
	}, text)
	f.update(tea.PasteMsg{Content: text})
}

func (f *field) update(msg tea.Msg) { *f.model(), _ = f.model().Update(msg) }

// key edits the text. It reports false for a key that means nothing here.
func (f *field) key(k tea.KeyPressMsg) bool {
	m := f.model().KeyMap
	switch {
	case k.Text != "":
		f.insert(k.Text)
		return true
	case binding.Matches(k, m.CharacterForward, m.CharacterBackward, m.WordForward, m.WordBackward, m.DeleteWordBackward,
		m.DeleteWordForward, m.DeleteAfterCursor, m.DeleteBeforeCursor, m.DeleteCharacterBackward, m.DeleteCharacterForward,
		m.LineStart, m.LineEnd):
		f.update(k)
		return true
	}
	return false
}

// draw paints the field with its brackets and returns the column of the cursor on c, -1 without focus.
func (f *field) draw(c kit.Canvas, x, y, w int, focus bool) int {
	return c.Field(x, y, w, kit.Field{Text: f.String(), Cursor: f.model().Position(), Focus: focus})
}

// plain paints the text in w cells without brackets, cut at its left so that the cursor is seen, and returns
// the column of the cursor on c.
func (f *field) plain(c kit.Canvas, x, y, w int) int {
	text := []rune(f.String())
	before, after := text[:f.model().Position()], text[f.model().Position():]
	for len(before) > 0 && kit.Width(string(before)) > w-1 {
		before = before[1:]
	}
	c.Sub(x, y, w, 1).Put(0, 0, string(before)+string(after), kit.Plain())
	return x + kit.Width(string(before))
}
