package tui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/themes"
)

// whole checks that the screen is exactly as large as the terminal.
func whole(t interface{ Fatalf(string, ...any) }, r *rig) {
	lines, at := r.s.paint()
	if len(lines) != r.s.h {
		t.Fatalf("%d lines, want %d", len(lines), r.s.h)
	}
	for y, l := range lines {
		if w := ansi.StringWidth(l); w != r.s.w {
			t.Fatalf("line %d is %d cells, want %d: %q", y, w, r.s.w, ansi.Strip(l))
		}
	}
	if at != nil && (at.X < 0 || at.X >= r.s.w || at.Y < 0 || at.Y >= r.s.h) {
		t.Fatalf("the cursor is at %d,%d of %dx%d", at.X, at.Y, r.s.w, r.s.h)
	}
}

func TestEveryScreenIsExactlyAsLargeAsTheTerminal(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		state := rapid.SampledFrom(states).Draw(rt, "state")
		h := newHouse()
		for _, i := range h.items {
			i.Change.Version = rapid.SampledFrom([]string{i.Change.Version, "日本語テキスト", "\x1b[31mred\u202e", "an endlessly long name of a version that nobody can read to its end"}).Draw(rt, "version")
		}
		if state.house != nil {
			state.house(h)
		}
		r := newRig(t, h, Options{Theme: rapid.SampledFrom(themes.Names()).Draw(rt, "theme"), Tier: rapid.SampledFrom(themes.Tiers()).Draw(rt, "tier"),
			Width: rapid.IntRange(80, 240).Draw(rt, "w"), Height: rapid.IntRange(24, 70).Draw(rt, "h")})
		if state.keys != nil {
			state.keys(r)
		}
		whole(rt, r)
		r.send(tea.WindowSizeMsg{Width: rapid.IntRange(1, 300).Draw(rt, "w2"), Height: rapid.IntRange(1, 100).Draw(rt, "h2")})
		whole(rt, r)
	})
}

// TestNoRandomKeysFireALever plays keys at random. Only ⏎ in an open, armed sheet, and U after an own act,
// may reach the world, and nothing may panic.
func TestNoRandomKeysFireALever(t *testing.T) {
	keys := []string{"A", "R", "Q", "U", "j", "k", "enter", "esc", "q", "4", "2", "g", "e", "`", "t", ":", "/", "?", "y", "!", "I", "]", "[", "space", "tab",
		"backspace", "1", "2", "i", ".", "end", "a", "x", "up", "down", "ctrl+u", "ctrl+w", "日", "M", "ctrl+l", "z"}
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse()
		r := newRig(t, h, Options{})
		for range rapid.IntRange(1, 60).Draw(rt, "n") {
			before := len(h.called())
			d, deciding := r.s.sheet.(*decision)
			armed := deciding && d.lock() == ""
			can := len(r.s.undos) > 0 || r.s.top().view.Selection().Item != nil
			free := r.s.sheet == nil && r.s.filter == nil
			key := ""
			switch rapid.IntRange(0, 19).Draw(rt, "what") {
			case 0:
				r.tick(time.Duration(rapid.IntRange(0, 700).Draw(rt, "s")) * time.Second)
			case 1:
				h.touch("CHG-1", func(i *change.Item) { i.Change.Risk.Score = rapid.IntRange(0, 100).Draw(rt, "risk") })
				r.changed()
			case 2:
				r.send(tea.PasteMsg{Content: rapid.SampledFrom([]string{"A\r", "text of a reason that is long", "\x1b[200~"}).Draw(rt, "paste")})
			case 3:
				r.send(tea.WindowSizeMsg{Width: rapid.IntRange(1, 130).Draw(rt, "w"), Height: rapid.IntRange(1, 40).Draw(rt, "h")})
			case 4:
				h.next = release.Errorf(release.Changed, "it is not what you saw")
			case 5:
				r.write("reviewed with all care ")
			default:
				key = rapid.SampledFrom(keys).Draw(rt, "key")
				r.keys(key)
			}
			for _, c := range h.called()[before:] {
				undone := key == "U" && free && can && c[:4] == "undo"
				palette := key == "enter" && !free && c[:4] == "undo" // >undo chosen by name
				if !(key == "enter" && armed) && !undone && !palette {
					rt.Fatalf("%q fired %q", key, c)
				}
			}
			whole(rt, r)
			if r.quit {
				return
			}
		}
	})
}
