package tui

import (
	tea "charm.land/bubbletea/v2"

	"signalbox/themes"
	"signalbox/views/kit"
)

// cursorToken is the colour of the terminal's own cursor in a text field.
const cursorToken = themes.LineFocus

// point is a cell of the body; x is -1 where there is none.
type point struct{ x, y int }

// sheet is what lies over a view and takes all keys while it does. esc closes every sheet.
type sheet interface {
	// key handles a key. A sheet closes itself by setting s.sheet.
	key(s *shell, k tea.KeyPressMsg) tea.Cmd
	// paste puts text into the field that has the cursor; false where none has.
	paste(s *shell, text string) bool
	// draw paints the sheet on the dimmed body and returns the cell of the text cursor.
	draw(s *shell, body kit.Canvas) point
	hints(s *shell) []kit.Hint
	// crumb is the last breadcrumb while the sheet is open, "" for none.
	crumb() string
	// armed reports whether the sheet can change the world: it goes away when levers disarm.
	armed() bool
}

// asking is a sheet that asks the world and stays open until it answers.
type asking interface {
	sheet
	waits() bool
	answered(err error)
	// stays reports whether the sheet stays open after a failure.
	stays(err error) bool
}

// origin is where the inside of a sheet begins on the body; kit.Canvas.Sheet draws it there.
func origin(body kit.Canvas, d kit.Sheet) point {
	w := d.Width
	if w == 0 {
		w = kit.SheetWidth
	}
	w, h := min(w, body.W()), min(d.Rows+2, body.H())
	p := point{(body.W()-w)/2 + 2, body.H() - h + 1}
	if d.Top {
		p.y = min(2, body.H()-h) + 1
	}
	return p
}

// leave asks before the session ends.
type leave struct{}

func (leave) key(s *shell, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "enter":
		s.stay.left()
		return tea.Quit
	case "esc", "q", "backspace", "n":
		s.sheet = nil
	}
	return nil
}

func (leave) paste(*shell, string) bool { return false }
func (leave) crumb() string             { return "" }
func (leave) armed() bool               { return false }

func (leave) draw(s *shell, body kit.Canvas) point {
	in := body.Sheet(kit.Sheet{Title: []kit.Run{kit.T("LEAVE SIGNALBOX", kit.Strong())}, Rows: 2})
	text := "Nothing is half done: every lever you pulled has been answered."
	if s.acting {
		text = "A lever still waits for the store's answer. It is carried out or refused without you."
	}
	in.Put(0, 0, text, kit.Plain())
	in.Write(12, 1, kit.T("⏎", kit.Lever()), kit.T(" leave", kit.Strong()), kit.T("        esc", kit.Look()), kit.T(" stay", kit.Meta()))
	return point{-1, -1}
}

func (leave) hints(*shell) []kit.Hint {
	return []kit.Hint{{Key: "⏎", Label: "leave", Weight: kit.LeverKey}, {Key: "esc", Label: "stay"}}
}
