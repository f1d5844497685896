package tui

import (
	"fmt"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/views/kit"
)

// reasons is the part of a sheet in which one says why: by a ready reason or in own words.
type reasons struct {
	asks    string          // "Reason", "Question"
	least   int             // characters of own words
	presets []change.Preset // none where own words are needed
	pick    int             // of presets; their number is "my own"
	text    field
}

// noReason is the pick while none is chosen.
const noReason = -1

// own reports whether the text field has the cursor.
func (r *reasons) own() bool { return r.pick == len(r.presets) }

func (r *reasons) words() string { return release.Clean(r.text.String(), change.MaxReason) }

// short says how many characters are missing of own words, "" for none.
func (r *reasons) short() string {
	if n := utf8.RuneCountInString(r.words()); r.own() && n < r.least {
		return fmt.Sprintf("%d more characters", r.least-n)
	}
	return ""
}

// choose handles a key that chooses a reason or writes one. It reports whether the sheet should close.
func (r *reasons) choose(k tea.KeyPressMsg) (leave bool) {
	key := k.String()
	switch {
	case (key == "tab" || key == "shift+tab") && len(r.presets) > 0:
		if r.own() {
			r.pick = 0
		} else {
			r.pick = len(r.presets)
		}
		return false
	case r.own():
		r.text.key(k)
		return false
	}
	switch key {
	case "q", "backspace":
		return true
	case "i":
		r.pick = len(r.presets)
	case "j", "down":
		r.pick++
	case "k", "up":
		r.pick = max(0, r.pick-1)
	default:
		if n := int(key[0] - '0'); len(key) == 1 && n >= 1 && n <= len(r.presets) {
			r.pick = n - 1
		}
	}
	return false
}

// drawReasons paints the ready reasons and the field for one's own from row y on, and returns the cell of its
// cursor. lit is set while something may be chosen.
func (r *reasons) drawReasons(in kit.Canvas, y int, lit bool) point {
	in.Put(0, y, r.asks, kit.Meta())
	for i, p := range r.presets {
		style := kit.Meta()
		if i == r.pick && lit {
			in.Select(labels-1, y, in.W()-labels+1)
			in.Put(labels-1, y, "▌", kit.Here())
			style = kit.Strong()
		}
		in.Put(labels, y, fmt.Sprint(i+1), key(lit))
		in.PutIn(labels+2, y, in.W()-labels-2, p.Text, style)
		y++
	}
	if len(r.presets) > 0 {
		in.Put(labels, y, "i", key(lit))
		if !r.own() {
			in.Put(labels+2, y, "type my own", kit.Meta())
			return point{-1, -1}
		}
	}
	if !lit {
		in.PutIn(labels+2, y, in.W()-labels-2, r.text.String(), kit.Meta())
		return point{-1, -1}
	}
	if len(r.presets) > 0 {
		in.Put(labels-1, y, "▌", kit.Here())
	}
	left := labels + 2
	if len(r.presets) == 0 {
		left = labels
	}
	counter, style := r.counter()
	right := in.PutRight(in.W(), y, counter, style) - 2
	return point{r.text.draw(in, left, y, right-left, true), y}
}

func key(lit bool) kit.Style {
	if lit {
		return kit.Lever()
	}
	return kit.Meta()
}

// counter counts the characters towards the least that is asked for.
func (r *reasons) counter() (string, kit.Style) {
	n := utf8.RuneCountInString(r.words())
	if n < r.least {
		return fmt.Sprintf("%5s", fmt.Sprintf("%d/%d", n, r.least)), kit.AspectNumber(release.Caution)
	}
	return fmt.Sprintf("%5d", n), kit.Meta()
}

// reasonHints are the keys of the sheet while something may be chosen.
func (r *reasons) reasonHints(fire kit.Hint) []kit.Hint {
	esc := kit.Hint{Key: "esc", Label: "leave"}
	switch n := len(r.presets); {
	case r.own() && n > 0:
		return []kit.Hint{{Key: "type", Label: "your reason"}, fire, {Key: "tab", Label: "ready reasons"}, esc}
	case r.own() && r.asks == "Question":
		return []kit.Hint{{Key: "type", Label: "the question"}, fire, esc}
	case r.own():
		return []kit.Hint{{Key: "type", Label: "the reason"}, fire, esc}
	case n == 1:
		return []kit.Hint{{Key: "1", Label: "reason"}, {Key: "i", Label: "type"}, fire, esc}
	default:
		return []kit.Hint{{Key: fmt.Sprintf("1-%d", n), Label: "reason"}, {Key: "i", Label: "type"}, fire, esc}
	}
}

// signs says as whom something is done, and where it is written down.
func signs(s *shell) []kit.Run {
	a := s.world.Actor()
	runs := []kit.Run{kit.T(fmt.Sprintf("%-*s", labels, "Signs as"), kit.Meta()), kit.T(a.String()+"@"+string(a.Door), kit.Plain())}
	if a.Fingerprint != "" {
		runs = append(runs, kit.T(" "+kit.TruncateMiddle(a.Fingerprint, 18), kit.Meta()))
	}
	return append(runs, kit.T("  → ", kit.Meta()), kit.T("audit log", kit.Plain()))
}
