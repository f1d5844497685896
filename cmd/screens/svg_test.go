package main

import (
	"encoding/xml"
	"image/color"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

func of(t *testing.T, w, h int, ansi string) grid {
	t.Helper()
	emu := vt.NewEmulator(w, h)
	go func() { _, _ = io.Copy(io.Discard, emu) }()
	if _, err := emu.Write([]byte(ansi)); err != nil {
		t.Fatal(err)
	}
	return cells(emu)
}

var night = colours{fg: color.RGBA{0xd7, 0xe0, 0xea, 0xff}, bg: color.RGBA{0x0b, 0x0f, 0x14, 0xff}}

// TestPictureIsWhole: every letter is in the picture, in its colour, and it is well-formed XML.
func TestPictureIsWhole(t *testing.T) {
	got := svg(of(t, 30, 3, "\x1b[1;38;2;255;99;105m■ 2 STOP\x1b[m a<b & c\r\n┏━┓ ▁▄█ ░▒ ⣿ ╳ ═╪\r\n\x1b[7mrev\x1b[m \x1b[3mit\x1b[m"), "a <title>", night)
	for _, want := range []string{`fill="#ff6369" font-weight="bold">■ 2 STOP</text>`, "a&lt;b &amp; c", `aria-label="a &lt;title&gt;"`, `font-style="italic">it`, `fill="#0b0f14">rev`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	d := xml.NewDecoder(strings.NewReader(got))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestShapesJoin: each line character reaches exactly the sides of its cell that it names.
func TestShapesJoin(t *testing.T) {
	rect := regexp.MustCompile(`<rect x="([-\d.]+)" y="([-\d.]+)" width="([-\d.]+)" height="([-\d.]+)"`)
	for r, a := range arms {
		var b strings.Builder
		shape(&b, r, 0, 0, 1, "#fff")
		if dashed[r] > 0 {
			if strings.Count(b.String(), "stroke-dasharray") != 1 {
				t.Errorf("%c is not one broken line:\n%s", r, b.String())
			}
			continue
		}
		var got, want [4]float64 // how much of each edge is covered
		for _, m := range rect.FindAllStringSubmatch(b.String(), -1) {
			var v [4]float64
			for k := range v {
				v[k], _ = strconv.ParseFloat(m[k+1], 64)
			}
			for side, touches := range [4]bool{v[0] == 0, v[1] == 0, v[0]+v[2] == cellW, v[1]+v[3] == cellH} {
				if touches {
					got[side] += v[3-side%2]
				}
			}
		}
		for side, weight := range a {
			want[side] = [4]float64{0, 1, 3, 2}[weight]
		}
		if got != want {
			t.Errorf("%c covers %v of its edges, want %v:\n%s", r, got, want, b.String())
		}
	}
	for r := '▀'; r <= '▟'; r++ {
		var b strings.Builder
		shape(&b, r, 0, 0, 1, "#fff")
		if !drawn(string(r)) || !strings.Contains(b.String(), "<rect") {
			t.Errorf("%c is not drawn", r)
		}
	}
	if drawn("a") || drawn("") || drawn(" ") || drawn("⠀") {
		t.Error("a letter or a blank is drawn as a shape")
	}
}

func TestWideCells(t *testing.T) {
	g := of(t, 6, 1, "日a")
	if g[0][0].Width != 2 {
		t.Fatalf("%+v", uv.Cell(g[0][0]))
	}
	got := svg(g, "", night)
	if !strings.Contains(got, ">日</text>") || !strings.Contains(got, ">a</text>") {
		t.Error(got)
	}
}
