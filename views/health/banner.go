package health

import (
	"strconv"
	"time"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/views"
	"signalbox/views/kit"
)

// silent is the first monitor that lines rest on and that is dark, nil where none is.
func (v View) silent() *health.Source {
	if v.panel == nil {
		return nil
	}
	for k := range v.panel.Lines {
		for n := range v.panel.Lines[k].Sources {
			if s := &v.panel.Lines[k].Sources[n]; s.Dark {
				return s
			}
		}
	}
	return nil
}

// banner is how many rows say that a monitor is dark.
func (v View) banner() int {
	if v.silent() == nil {
		return 0
	}
	return 1
}

// drawBanner says which monitor is dark, and of when the numbers are that rest on it.
func (v View) drawBanner(c kit.Canvas, m *health.Source, f views.Frame) {
	c.Repeat(0, 0, c.W(), "░", kit.Faint())
	runs := []kit.Run{kit.Mark(release.Dark), kit.T(" "+release.Clean(m.Name, 40)+" DARK", kit.AspectWord(release.Dark))}
	var last time.Time // of what was measured of the lines that rest on it
	names := map[string]bool{}
	for k := range v.panel.Lines {
		l := &v.panel.Lines[k]
		for _, s := range l.Sources {
			if s.Dark {
				names[s.Name] = true
			}
			if s.Name != m.Name || !l.Dark() {
				continue
			}
			for _, x := range l.Versions {
				if x.At.After(last) {
					last = x.At
				}
			}
		}
	}
	if m.Good.IsZero() {
		runs = append(runs, kit.T(" · never read", kit.Meta()))
	} else {
		runs = append(runs, kit.T(" "+kit.Age(m.Good, f.Now), kit.AspectWord(release.Dark)))
	}
	pieces := [][]kit.Run{}
	if !last.IsZero() {
		pieces = append(pieces, []kit.Run{kit.T(" · numbers are of "+kit.Instant(last, f.Now, f.Zone), kit.Meta())})
	}
	if len(names) > 1 {
		pieces = append(pieces, []kit.Run{kit.T(" · "+strconv.Itoa(len(names)-1)+" more dark", kit.Meta())})
	}
	pieces = append(pieces, []kit.Run{kit.T(" ", kit.Plain()), kit.T("gf", kit.Look()), kit.T(" feeds", kit.Meta())})
	for _, p := range pieces {
		if kit.RunsWidth(runs)+kit.RunsWidth(p)+4 <= c.W() {
			runs = append(runs, p...)
		}
	}
	x := c.WriteIn(1, 0, c.W()-2, runs...)
	c.Put(x, 0, " ", kit.Plain())
}
