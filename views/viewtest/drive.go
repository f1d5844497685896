package viewtest

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/kit"
)

// Open sizes a view, runs its Init and everything that follows from it.
func Open(v views.View, w, h int) views.View {
	v, _ = v.Update(views.Resize{W: w, H: h})
	v, _ = Run(v, v.Init())
	return v
}

// Run carries a command out and gives the view its answers until nothing follows; what the view says to the
// shell is returned.
func Run(v views.View, cmd tea.Cmd) (views.View, []tea.Msg) {
	if cmd == nil {
		return v, nil
	}
	switch m := cmd().(type) {
	case nil:
		return v, nil
	case tea.BatchMsg:
		var said []tea.Msg
		for _, c := range m {
			var s []tea.Msg
			v, s = Run(v, c)
			said = append(said, s...)
		}
		return v, said
	case views.Open, views.Back, views.Say:
		return v, []tea.Msg{m}
	default:
		v, next := v.Update(m)
		return Run(v, next)
	}
}

// Send gives the view a message and runs what follows.
func Send(v views.View, msg tea.Msg) (views.View, []tea.Msg) {
	v, cmd := v.Update(msg)
	return Run(v, cmd)
}

// Type presses keys one after the other: letters as they are, others by their names ("enter", "ctrl+d").
func Type(v views.View, keys ...string) (views.View, []tea.Msg) {
	var said []tea.Msg
	for _, k := range keys {
		var s []tea.Msg
		v, s = Send(v, Press(k))
		said = append(said, s...)
	}
	return v, said
}

// Press is a key press by its name.
func Press(name string) tea.KeyPressMsg {
	codes := map[string]rune{"enter": tea.KeyEnter, "tab": tea.KeyTab, "space": tea.KeySpace, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown,
		"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown}
	k := tea.Key{}
	rest := name
	for {
		if r, ok := strings.CutPrefix(rest, "ctrl+"); ok {
			k.Mod |= tea.ModCtrl
			rest = r
		} else if r, ok := strings.CutPrefix(rest, "shift+"); ok {
			k.Mod |= tea.ModShift
			rest = r
		} else {
			break
		}
	}
	if c, ok := codes[rest]; ok {
		k.Code = c
		return tea.KeyPressMsg(k)
	}
	k.Code = []rune(rest)[0]
	if k.Mod == 0 {
		k.Text = rest
	}
	return tea.KeyPressMsg(k)
}

// Paint draws the body of a view in a theme.
func Paint(v views.View, f views.Frame, w, h int, theme string, tier themes.Tier) []string {
	t, ok := themes.ByName(theme, colorprofile.TrueColor)
	if !ok {
		panic(theme)
	}
	c := kit.New(w, h, tier)
	v.Draw(c, f)
	return c.Paint(t)
}

// Text is the body as plain cells, a row a line, without the blanks at the ends.
func Text(v views.View, f views.Frame, w, h int) string {
	lines := Paint(v, f, w, h, "mono", themes.Rich)
	for n, l := range lines {
		lines[n] = strings.TrimRight(ansi.Strip(l), " ")
	}
	return strings.Join(lines, "\n") + "\n"
}
