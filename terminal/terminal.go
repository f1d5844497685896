package terminal

import (
	"errors"
	"io"
	"runtime/debug"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// pace is the least time between the end of one write and the beginning of the next.
const pace = 8 * time.Millisecond

// most is how many bytes that are no frame may wait for a caller who does not read. What comes then is dropped.
const most = 1 << 20

// ErrLeft is what Write says once the terminal has been left.
var ErrLeft = errors.New("terminal: it has been left")

// Options says what is known of a terminal.
type Options struct {
	// Term is its name, as in $TERM. A console ("linux") and a "dumb" one are asked nothing.
	Term string
	// Width and Height are its size in cells, until Hear is told another.
	Width, Height int
	// Fault is called where painting panicked, with what and the stack, by a goroutine of the terminal's own. The
	// terminal is painted no more. The panic goes on where it is nil.
	Fault func(what any, stack []byte)
}

// Terminal is one caller's terminal. Its methods may be called from any goroutine, and none but Leave waits for
// the caller: there is one write at a time, in a goroutine that lives no longer than it, and a frame that comes
// meanwhile takes the place of one that waits. The zero Terminal is not valid.
type Terminal struct {
	out   io.Writer
	fault func(any, []byte)

	mu      sync.Mutex
	idle    sync.Cond // signalled when busy ends
	next    tea.View  // the newest frame
	waiting bool      // next has not been composed yet
	whole   bool      // everything must be painted
	other   []byte    // what is no frame, in the order in which it came
	width   int
	height  int
	takes   bool // frames as one: mode 2026
	busy    bool // a goroutine composes or writes; it alone touches screen
	armed   bool // timer will call
	timer   *time.Timer
	wrote   time.Time // when the last write ended; only where shown
	shown   bool      // something has been written
	left    bool
	broken  error // of a write, or errBroken

	screen screen
}

var errBroken = errors.New("terminal: painting met a fault")

// New makes a terminal behind out. Nothing is written before the first frame.
func New(out io.Writer, o Options) *Terminal {
	t := &Terminal{out: out, fault: o.Fault, width: o.Width, height: o.Height}
	t.idle.L = &t.mu
	t.screen.speaks = o.Term != "linux" && o.Term != "dumb" && o.Term != ""
	return t
}

// Show makes v the newest frame. The terminal keeps v's strings, and its cursor until the frame is composed.
func (t *Terminal) Show(v tea.View) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.waiting && !t.whole && same(&t.next, &v) {
		return
	}
	t.next, t.waiting = v, true
	t.kick()
}

// same reports whether two views are surely one frame.
func same(a, b *tea.View) bool {
	return a.Content == b.Content && a.Cursor == b.Cursor && a.WindowTitle == b.WindowTitle && a.ReportFocus == b.ReportFocus &&
		a.DisableBracketedPasteMode == b.DisableBracketedPasteMode && a.MouseMode == b.MouseMode &&
		a.KeyboardEnhancements == b.KeyboardEnhancements && a.ForegroundColor == b.ForegroundColor && a.BackgroundColor == b.BackgroundColor
}

// Repaint paints the newest frame from the beginning, as if the terminal had forgotten it.
func (t *Terminal) Repaint() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.whole = true
	t.waiting = t.waiting || t.shown || t.busy
	t.kick()
}

// Resize takes the terminal's size. What waited for the old one is dropped: the model draws anew.
func (t *Terminal) Resize(width, height int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if width == t.width && height == t.height {
		return
	}
	t.width, t.height = width, height
	t.whole, t.waiting = true, false
}

// Synchronise says whether the terminal takes a frame as one (mode 2026).
func (t *Terminal) Synchronise(takes bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.takes = takes
}

// Write sends bytes that are no frame: a question, the clipboard. They go out whole, between frames.
func (t *Terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.left:
		return 0, ErrLeft
	case t.broken != nil:
		return 0, t.broken
	case len(t.other)+len(p) <= most:
		t.other = append(t.other, p...)
	}
	t.kick()
	return len(p), nil
}

// Leave puts the terminal back as it was found, behind a write that is under way, and returns that write's error
// or its own. Whatever comes later is dropped.
func (t *Terminal) Leave() error {
	t.mu.Lock()
	for t.busy {
		t.left = true
		t.idle.Wait()
	}
	t.left = true
	b, err := t.other, t.broken
	t.other, t.next = nil, tea.View{}
	if err == nil || err == errBroken {
		b, err = t.screen.modes.leave(b, t.screen.speaks, t.screen.synchronised), nil
	}
	t.mu.Unlock()
	if err == nil && len(b) > 0 {
		_, err = t.out.Write(b)
	}
	return err
}

// kick begins to write what waits, now or when the pace allows it. The caller holds the lock.
func (t *Terminal) kick() {
	if t.busy || t.armed || !t.due() {
		return
	}
	if wait := pace - time.Since(t.wrote); wait > 0 && t.shown {
		t.armed = true
		if t.timer == nil {
			t.timer = time.AfterFunc(wait, t.fire)
		} else {
			t.timer.Reset(wait)
		}
		return
	}
	t.busy = true
	go t.work()
}

// due reports whether there is anything to write, and somebody to write it to.
func (t *Terminal) due() bool {
	return !t.left && t.broken == nil && (t.waiting || len(t.other) > 0)
}

func (t *Terminal) fire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed = false
	if !t.busy && t.due() {
		t.busy = true
		go t.work()
	}
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// work composes and writes what waits, once.
func (t *Terminal) work() {
	room := buffers.Get().(*[]byte)
	b, err := t.take((*room)[:0])
	if err == nil && len(b) > 0 {
		_, err = t.out.Write(b)
	}
	if cap(b) <= 64<<10 { // a rare large one is not kept
		*room = b
		buffers.Put(room)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy, t.broken = false, err
	if len(b) > 0 {
		t.wrote, t.shown = time.Now(), true
	}
	t.kick()
	t.idle.Broadcast()
}

// take composes what waits behind b.
func (t *Terminal) take(b []byte) (_ []byte, err error) {
	t.mu.Lock()
	v, frame, other := t.next, t.waiting, t.other
	t.waiting, t.other = false, nil
	s := &t.screen
	s.synchronised = t.takes
	if frame {
		s.known = s.known && !t.whole
		s.width, s.height, t.whole = t.width, t.height, false
	}
	t.mu.Unlock()
	if t.fault != nil {
		defer func() {
			if what := recover(); what != nil {
				err = errBroken
				t.fault(what, debug.Stack())
			}
		}()
	}
	if len(other) > 0 { // it may be anything: afterwards nothing is known of the cursor
		b = append(b, other...)
		s.pen.lost = true
		if s.modes.entered {
			b = append(b, "\x1b[m"...)
			s.pen.style = style{}
		}
	}
	if frame {
		b = s.compose(b, &v)
	}
	return b, nil
}
