package tui

import (
	"io"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"

	"signalbox/views/viewtest"
)

// terminal is an emulated terminal whose replies are read away, so that it never blocks.
func terminal(t testing.TB, w, h int) *vt.Emulator {
	e := vt.NewEmulator(w, h)
	done := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, e); close(done) }()
	t.Cleanup(func() { _ = e.InputPipe().(io.Closer).Close(); <-done })
	return e
}

// rows are the cells of the terminal as text.
func rows(e *vt.Emulator) []string {
	out := make([]string, e.Height())
	for y := range out {
		var b strings.Builder
		for x := 0; x < e.Width(); x++ {
			c := e.CellAt(x, y)
			switch {
			case c == nil || c.Content == "" && c.Width != 0:
				b.WriteByte(' ')
			default:
				b.WriteString(c.Content)
			}
		}
		out[y] = strings.TrimRight(b.String(), " ")
	}
	return out
}

// show puts the painted frame on a terminal of its size.
func (r *rig) show(t testing.TB) *vt.Emulator {
	e := terminal(t, r.s.w, r.s.h)
	_, _ = e.WriteString(strings.ReplaceAll(r.s.View().Content, "\n", "\r\n"))
	return e
}

func (r *rig) screen(t testing.TB) string { return strings.Join(rows(r.show(t)), "\n") + "\n" }

func (r *rig) row(t testing.TB, y int) string {
	all := rows(r.show(t))
	if y < 0 {
		y += len(all)
	}
	return all[y]
}

// ticker and hints are the last two rows.
func (r *rig) ticker(t testing.TB) string  { return r.row(t, -2) }
func (r *rig) hintRow(t testing.TB) string { return r.row(t, -1) }

// note is what the ticker says, with the advice that may stand on the row below.
func (r *rig) note(t testing.TB) string {
	return strings.TrimSpace(r.ticker(t)) + strings.Replace(r.hintRow(t), "   ", " · ", 1)
}

func golden(t *testing.T, name, got string) { t.Helper(); viewtest.Golden(t, name+".txt", got) }

func sameCell(a, b *uv.Cell) bool {
	if a == nil || b == nil {
		return a == b
	}
	blank := func(c *uv.Cell) string {
		if c.Content == "" {
			return " "
		}
		return c.Content
	}
	if blank(a) == " " && blank(b) == " " && (a.Style.Attrs|b.Style.Attrs)&uv.AttrReverse == 0 {
		a, b := uv.Style{Bg: a.Style.Bg}, uv.Style{Bg: b.Style.Bg}
		return a.Equal(&b) // the colour of a blank is not seen
	}
	return blank(a) == blank(b) && a.Style.Equal(&b.Style)
}
