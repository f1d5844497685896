package terminal

import (
	"fmt"
	"image/color"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// modes are what a frame wants of the terminal besides its text. Zero is a terminal that nobody has touched.
type modes struct {
	entered bool // the alternate screen and the keyboard protocols
	focus   bool
	paste   bool
	mouse   tea.MouseMode
	keys    int // kitty's flags
	title   string
	shape   int // of the cursor; 0: the terminal's own
	cursor  string
	fg, bg  string
	shown   bool // the cursor; only where entered
}

// modesOf reads them from a view. What a terminal shows outside of its cells (progress, program status) is
// not taken over.
func modesOf(v *tea.View) modes {
	m := modes{entered: true, focus: v.ReportFocus, paste: !v.DisableBracketedPasteMode, mouse: v.MouseMode,
		keys: ansi.KittyDisambiguateEscapeCodes, title: titleOf(v.WindowTitle), fg: hex(v.ForegroundColor), bg: hex(v.BackgroundColor)}
	for _, e := range []struct {
		on   bool
		flag int
	}{
		{v.KeyboardEnhancements.ReportEventTypes, ansi.KittyReportEventTypes},
		{v.KeyboardEnhancements.ReportAlternateKeys, ansi.KittyReportAlternateKeys},
		{v.KeyboardEnhancements.ReportAllKeysAsEscapeCodes, ansi.KittyReportAllKeysAsEscapeCodes},
		{v.KeyboardEnhancements.ReportAssociatedText, ansi.KittyReportAssociatedKeys},
	} {
		if e.on {
			m.keys |= e.flag
		}
	}
	if c := v.Cursor; c != nil {
		m.shown, m.cursor = true, hex(c.Color)
		m.shape = int(c.Shape)*2 + 1 // DECSCUSR: block, underline, bar, each blinking and then steady
		if !c.Blink {
			m.shape++
		}
	}
	return m
}

func titleOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7F && r < 0xA0 || r == 0xFFFD {
			return -1
		}
		return r
	}, s)
}

func hex(c color.Color) string {
	if c == nil {
		return ""
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// enter appends what the first frame begins with. A terminal that speaks is asked whether it can take a frame
// as one and whether it knows kitty's keys; the answers come with what the caller types.
func (m *modes) enter(b []byte, speaks bool) []byte {
	b = append(b, ansi.SetModeAltScreenSaveCursor+ansi.ResetModeTextCursorEnable...)
	if speaks {
		b = append(b, ansi.SetModifyOtherKeys2+ansi.RequestModeSynchronizedOutput...)
		b = append(b, ansi.PushKittyKeyboard(ansi.KittyDisambiguateEscapeCodes)+ansi.RequestKittyKeyboard...)
		m.keys = ansi.KittyDisambiguateEscapeCodes
	}
	m.entered, m.shown = true, false
	return b
}

// change appends what leads from m to n, but for the cursor's showing, which the frame decides.
func (m *modes) change(b []byte, n modes, speaks bool) []byte {
	set := func(was, now bool, on, off string) {
		switch {
		case now && !was:
			b = append(b, on...)
		case was && !now:
			b = append(b, off...)
		}
	}
	set(m.paste, n.paste, ansi.SetModeBracketedPaste, ansi.ResetModeBracketedPaste)
	set(m.focus, n.focus, ansi.SetModeFocusEvent, ansi.ResetModeFocusEvent)
	if m.mouse != n.mouse {
		set(m.mouse == tea.MouseModeCellMotion, n.mouse == tea.MouseModeCellMotion, ansi.SetModeMouseButtonEvent, ansi.ResetModeMouseButtonEvent)
		set(m.mouse == tea.MouseModeAllMotion, n.mouse == tea.MouseModeAllMotion, ansi.SetModeMouseAnyEvent, ansi.ResetModeMouseAnyEvent)
		set(m.mouse != tea.MouseModeNone, n.mouse != tea.MouseModeNone, ansi.SetModeMouseExtSgr, ansi.ResetModeMouseExtSgr)
	}
	if speaks && n.entered && m.keys != n.keys {
		b = append(b, ansi.KittyKeyboard(n.keys, 1)+ansi.RequestKittyKeyboard...)
	}
	if m.title != n.title {
		b = append(b, ansi.SetWindowTitle(n.title)...)
	}
	if m.shape != n.shape {
		b = append(b, ansi.SetCursorStyle(n.shape)...)
	}
	for _, c := range []struct {
		was, now string
		set      func(string) string
		reset    string
	}{
		{m.cursor, n.cursor, ansi.SetCursorColor, ansi.ResetCursorColor},
		{m.fg, n.fg, ansi.SetForegroundColor, ansi.ResetForegroundColor},
		{m.bg, n.bg, ansi.SetBackgroundColor, ansi.ResetBackgroundColor},
	} {
		switch {
		case c.was == c.now:
		case c.now == "":
			b = append(b, c.reset...)
		default:
			b = append(b, c.set(c.now)...)
		}
	}
	shown, entered := m.shown, m.entered
	*m = n
	m.shown, m.entered = shown, entered
	return b
}

// leave appends what puts a terminal back as it was found.
func (m *modes) leave(b []byte, speaks, synchronised bool) []byte {
	if !m.entered {
		return b
	}
	if synchronised { // a frame that broke off must not hold the screen still
		b = append(b, ansi.ResetModeSynchronizedOutput...)
	}
	b = append(b, "\x1b[m"...)
	b = m.change(b, modes{}, speaks)
	if speaks {
		b = append(b, ansi.ResetModifyOtherKeys+ansi.PopKittyKeyboard(1)...)
	}
	b = append(b, ansi.ResetModeAltScreenSaveCursor+ansi.SetModeTextCursorEnable...)
	*m = modes{}
	return b
}
