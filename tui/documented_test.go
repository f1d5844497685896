package tui

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"signalbox/views/viewtest"
)

var spelled = map[string][]string{"⏎": {"enter"}, "^d": {"ctrl+d"}, "^u": {"ctrl+u"}, "gg": {"g", "g"}, "ge": {"g", "e"}, "pgup": {"pgup"}, "esc": {"esc"}, "space": {"space"}}

// pressed are the keys that a line of help names: "h/l", "j k", "z/-", "[ ]".
func pressed(names string) []string {
	var out []string
	for _, part := range strings.Fields(names) {
		split := strings.Split(part, "/")
		if part == "/" {
			split = []string{"/"}
		}
		out = append(out, split...)
	}
	return out
}

// Every key that help names does something on its screen or says why not, and every key by which one looks that the
// view answers is named there.
func TestHelpNamesEveryKey(t *testing.T) {
	named["pgup"], named["pgdown"] = tea.KeyPgUp, tea.KeyPgDown
	estate := wholeEstate()
	for _, size := range [][2]int{{120, 36}} { // wide enough for every pane
		for _, words := range []string{"board", "calendar", "calendar FRZ", "queue", "graph checkout-web", "rollout", "rollout show 734", "health", "conflicts", "feeds github", "go DL-12", "go CHG-4182"} {
			estate := estate
			if words == "conflicts" {
				estate = viewtest.Clashing()
			}
			open := func() *rig {
				w := strings.Fields(strings.Replace(words, "calendar FRZ", "go FRZ-14", 1))
				r := newRigIn(t, estate, Options{Views: places(), Width: size[0], Height: size[1], Start: w})
				r.keys("j j")
				return r
			}
			r := open()
			levers, _, _ := r.s.levers()
			var all []string
			for _, l := range slices.Concat(moveKeys(), r.s.lookKeys(), levers) {
				all = append(all, pressed(l.key)...)
			}
			for _, key := range all {
				r := open()
				if seq, ok := spelled[key]; ok {
					r.keys(strings.Join(seq, " "))
				} else {
					r.keys(key)
				}
				if n := r.s.ticker.note; n != nil && strings.Contains(n.text, "does nothing on this screen") {
					t.Errorf("help of %s names %s, which says %q", words, key, n.text)
				}
			}
			for _, key := range strings.Fields("a b c d e f h i l m n o p q r s t u v w x y z - . [ ] space enter tab pgup") {
				name := key
				if key == "enter" {
					name = "⏎"
				}
				if slices.Contains(all, name) || key == "l" && slices.Contains(all, "⏎") || key == "pgup" && !strings.HasPrefix(words, "calendar") {
					continue
				}
				f := r.s.top()
				was, before := f.view, r.screenOf(t)
				v, cmd := was.Update(press(key))
				f.view = v
				if cmd != nil || r.screenOf(t) != before {
					t.Errorf("%s answers %s, which its help does not name: %q", words, key, all)
				}
				f.view = was
			}
		}
	}
}

func (r *rig) screenOf(t testing.TB) string { r.s.dirty = screen; return r.screen(t) }

// The row of hints of every view has at 80 columns what acts or opens, and ends with ?.
func TestHintsAtTheNarrowestSize(t *testing.T) {
	estate := wholeEstate()
	for words, want := range map[string]string{
		"board": "⏎ open", "calendar": "⏎ open", "queue": "A approve", "graph checkout-web": "h callers", "rollout": "⏎ open", "rollout show 734": "⏎ CHG-4170", "health": "⏎ graph", "conflicts": "⏎ CHG-4177",
		"feeds github": "⏎ log", "go DL-12": "esc", "go CHG-4182": "A approve", "go FRZ-14": "h/l ±day",
	} {
		estate := estate
		if words == "conflicts" {
			estate = viewtest.Clashing()
		}
		r := newRigIn(t, estate, Options{Views: places(), Width: 80, Height: 24, Start: strings.Fields(words)})
		if row := r.hintRow(t); !strings.Contains(row, want) || !strings.HasSuffix(row, "?") {
			t.Errorf("the hints of %s are %q, want %q and ?", words, row, want)
		}
	}
}
