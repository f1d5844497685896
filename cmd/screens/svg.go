package main

import (
	"encoding/xml"
	"fmt"
	"image/color"
	"strconv"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
)

// The size of a cell and of its letters, in pixels: whole ones, so that shapes meet without a seam. The width is
// that of DejaVu Sans Mono in this size; other fonts are stretched to it.
const (
	cellW, cellH = 10.0, 20.0
	fontSize     = 16.6
	baseline     = 15.0 // from the top of a cell
	margin       = 12.0
)

// grid is what stands on a screen, by row and column.
type grid [][]uv.Cell

// colours are what a terminal draws with where a cell does not say.
type colours struct{ fg, bg color.Color }

// svg draws a grid. Lines, blocks and braille are drawn as shapes, so that they join whatever the font; all
// else is text that can be selected.
func svg(g grid, title string, c colours) string {
	var b strings.Builder
	w, h := 0, len(g)
	if h > 0 {
		w = len(g[0])
	}
	pw, ph := 2*margin+float64(w)*cellW, 2*margin+float64(h)*cellH
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img" aria-label="%s">`,
		num(pw), num(ph), num(pw), num(ph), escape(title))
	fmt.Fprintf(&b, "\n<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"%s\"/>\n", hex(c.bg))
	fmt.Fprintf(&b, `<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="%s" xml:space="preserve">`+"\n", num(fontSize))
	for y, row := range g {
		for x := 0; x < len(row); {
			n := 1
			for x+n < len(row) && row[x+n].Style.Equal(&row[x].Style) && drawn(row[x+n].Content) == drawn(row[x].Content) && row[x].Width == 1 && row[x+n].Width == 1 {
				n++
			}
			run(&b, row[x:x+n], margin+float64(x)*cellW, margin+float64(y)*cellH, c)
			x += max(n, row[x].Width)
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// run draws cells that look alike.
func run(b *strings.Builder, cells []uv.Cell, x, y float64, c colours) {
	look := cells[0].Style
	fg, bg := look.Fg, look.Bg
	if fg == nil {
		fg = c.fg
	}
	if look.Attrs&uv.AttrReverse != 0 {
		if bg == nil {
			bg = c.bg
		}
		fg, bg = bg, fg
	}
	width := cellW * float64(len(cells))
	if len(cells) == 1 && cells[0].Width == 2 {
		width = 2 * cellW
	}
	if bg != nil {
		fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n", num(x), num(y), num(width), num(cellH), hex(bg))
	}
	if look.Attrs&uv.AttrFaint != 0 {
		fg = mix(fg, c.bg)
	}
	var text strings.Builder
	for i := 0; i < len(cells); i++ {
		if !drawn(cells[i].Content) {
			if cells[i].Content == "" {
				text.WriteByte(' ')
			}
			text.WriteString(cells[i].Content)
			continue
		}
		r, from := []rune(cells[i].Content)[0], i
		for even(r) && i+1 < len(cells) && cells[i+1].Content == cells[i].Content {
			i++
		}
		shape(b, r, x+float64(from)*cellW, y, i-from+1, hex(fg))
	}
	if s := text.String(); strings.TrimSpace(s) != "" {
		lead := len(s) - len(strings.TrimLeft(s, " "))
		s = strings.TrimRight(s, " ")[lead:]
		at := x + float64(lead)*cellW
		extra := ""
		if look.Attrs&uv.AttrBold != 0 {
			extra += ` font-weight="bold"`
		}
		if look.Attrs&uv.AttrItalic != 0 {
			extra += ` font-style="italic"`
		}
		if look.Underline != 0 {
			extra += ` text-decoration="underline"`
		}
		if look.Attrs&uv.AttrStrikethrough != 0 {
			extra += ` text-decoration="line-through"`
		}
		long := width - float64(lead)*cellW
		if len(cells) > 1 {
			long = float64(len([]rune(s))) * cellW
		}
		fmt.Fprintf(b, `<text x="%s" y="%s" textLength="%s" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`+"\n",
			num(at), num(y+baseline), num(long), hex(fg), extra, escape(s))
	}
}

func num(f float64) string { return strconv.FormatFloat(f, 'f', -1, 32) }

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// mix is halfway between two colours: how terminals draw what is faint.
func mix(a, b color.Color) color.Color {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	return color.RGBA64{uint16((ar + br) / 2), uint16((ag + bg) / 2), uint16((ab + bb) / 2), 0xffff}
}
