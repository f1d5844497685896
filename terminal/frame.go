package terminal

import (
	"sync"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// large is from how many bytes on a frame is marked as one, so that the terminal does not show half of it.
// What is smaller arrives in one piece anyway, and the marks would be longer than it.
const large = 256

// screen is what the terminal shows. Only whoever composes touches it.
type screen struct {
	frame         string // the text of the frame it has; "" is a blank one
	width, height int
	pen           pen
	modes         modes
	known         bool // frame is what is there; if not, everything is painted
	speaks        bool // it may be asked, and knows more than VT100
	synchronised  bool // it takes frames as one
}

// cells is room to compare two lines in. It is shared by all sessions.
type cells struct{ was, now []cell }

var rooms = sync.Pool{New: func() any { return new(cells) }}

// compose appends what turns the terminal into the view.
func (s *screen) compose(b []byte, v *tea.View) []byte {
	if !s.modes.entered {
		b = s.modes.enter(b, s.speaks)
		s.known = false
	}
	want := modesOf(v)
	b = s.modes.change(b, want, s.speaks)
	start := len(b)
	if !s.known {
		b = append(b, "\x1b[m\x1b[H\x1b[2J"...)
		s.frame, s.pen, s.known = "", pen{}, true
	}
	b = s.rows(b, v.Content)
	if v.Cursor != nil {
		b = s.pen.move(b, clamp(v.Cursor.X, s.width), clamp(v.Cursor.Y, s.height))
	}
	if n := len(b) - start; n > 0 {
		open, end := "", ""
		switch {
		case n <= large:
		case s.synchronised:
			open, end = ansi.SetModeSynchronizedOutput, ansi.ResetModeSynchronizedOutput
		case s.modes.shown: // a cursor that jumps about is worse than none
			open = ansi.ResetModeTextCursorEnable
			s.modes.shown = false
		}
		if open != "" {
			b = append(b, open...)
			copy(b[start+len(open):], b[start:start+n])
			copy(b[start:], open)
			b = append(b, end...)
		}
	}
	if s.modes.shown != want.shown {
		if want.shown {
			b = append(b, ansi.SetModeTextCursorEnable...)
		} else {
			b = append(b, ansi.ResetModeTextCursorEnable...)
		}
		s.modes.shown = want.shown
	}
	return b
}

func clamp(n, size int) int { return max(0, min(n, size-1)) }

// rows appends what turns the lines of the frame that is there into those of the next. Lines beyond the
// terminal are dropped, and those that a frame lacks are blank.
func (s *screen) rows(b []byte, next string) []byte {
	if s.frame == next {
		return b
	}
	was, now := s.frame, next
	s.frame = next
	room := rooms.Get().(*cells)
	for y := range s.height {
		if was == now { // the same to the end
			break
		}
		var old, fresh string
		old, was = cut(was)
		fresh, now = cut(now)
		if old == fresh {
			continue
		}
		room.was = read(room.was[:0], old, s.width)
		room.now = read(room.now[:0], fresh, s.width)
		b = s.pen.row(b, y, room.was, room.now)
	}
	clear(room.was) // the text is the sessions' own
	clear(room.now)
	rooms.Put(room)
	return b
}
