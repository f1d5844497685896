package terminal

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// glass is an emulated terminal. Its answers to questions are kept.
type glass struct {
	mu      sync.Mutex
	e       *vt.Emulator
	written []byte
	writes  int
	answers strings.Builder
}

func newGlass(t testing.TB, w, h int) *glass {
	g := &glass{e: vt.NewEmulator(w, h)}
	drained := make(chan struct{})
	go func() { _, _ = io.Copy(&g.answers, g.e); close(drained) }()
	t.Cleanup(func() { _ = g.e.InputPipe().(io.Closer).Close(); <-drained })
	return g
}

func (g *glass) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if strings.Contains(string(p), "\n") {
		return 0, fmt.Errorf("a line feed: the session's writer would change it")
	}
	g.written = append(g.written, p...)
	g.writes++
	return g.e.Write(p)
}

// taken is what was written since it was asked last.
func (g *glass) taken() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := string(g.written)
	g.written = nil
	return s
}

// plainly is a terminal on which a frame was written from its first cell to its last.
func plainly(t testing.TB, frame string, w, h int) *glass {
	g := newGlass(t, w, h)
	for y, line := range strings.Split(frame, "\n") {
		if y < h {
			fmt.Fprintf(g, "\x1b[m\x1b[%dH%s", y+1, line)
		}
	}
	return g
}

// differ returns where two terminals show different cells, "" where they do not.
func differ(want, got *vt.Emulator) string {
	for y := range want.Height() {
		for x := range want.Width() {
			if a, b := want.CellAt(x, y), got.CellAt(x, y); !alike(a, b) {
				return fmt.Sprintf("cell %d,%d is %+v, not %+v", x, y, b, a)
			}
		}
	}
	return ""
}

// alike reports whether two cells look alike: what was never written is a blank, and of a blank only the
// background and lines are seen.
func alike(a, b *uv.Cell) bool {
	seen := func(c *uv.Cell) uv.Cell {
		d := uv.Cell{Content: " ", Width: 1}
		if c != nil {
			d = *c
		}
		if d.Content == "" && d.Width != 0 {
			d.Content = " "
		}
		if d.Content == " " && d.Style.Underline == 0 && d.Style.Attrs&(uv.AttrReverse|uv.AttrStrikethrough|uv.AttrConceal|uv.AttrBlink) == 0 {
			d.Style = uv.Style{Bg: d.Style.Bg}
		}
		return d
	}
	x, y := seen(a), seen(b)
	return x.Content == y.Content && x.Width == y.Width && x.Style.Equal(&y.Style)
}
