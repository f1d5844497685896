package board

import (
	"strconv"
	"strings"

	"signalbox/release"
	"signalbox/views"
	"signalbox/views/kit"
)

// step is one of the three things that a new installation needs.
type step struct {
	done  bool
	title string
	note  string
	lines []string
}

// steps are the next three things, with the commands that do them.
func (v View) steps() []step {
	s := v.page.Setup
	connect := step{title: "connect one feed", note: "a forge, a monitor, a calendar or a catalog",
		lines: []string{"⏎ shows how; on the machine: signalbox config schema", "then write it under connectors, and signalbox config check"}}
	if len(s.Connect) > 0 {
		connect.note = strings.Join(s.Connect, ", ") + ": configured, no word from it yet"
		connect.lines = []string{"gf feeds: r reads one now, T tests it", "this page ends with its first good word"}
	}
	return []step{connect,
		{done: s.Deciders >= 2, title: "add the people", note: counted(s.People, "person", "people") + ", " + strconv.Itoa(s.Deciders) + " may approve; two are needed",
			lines: []string{"signalbox person add ID --role approver --key FILE", "nobody approves what they wrote, so a second one is needed"}},
		{done: s.Barred > 0, title: "say when nothing may move", note: "freezes, maintenance and peak hours",
			lines: []string{"signalbox import icalendar FILE --as freeze --scope org", "or  signalbox freeze declare --help"}}}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// drawFresh says that nothing is connected, which is no all-clear, and what to do about it.
func (v View) drawFresh(c kit.Canvas, f views.Frame) {
	s := v.page.Setup
	head := kit.Rule{Title: kit.Heading("NOTHING IS CONNECTED YET", "", "")}
	says := []string{"This board is empty because signalbox sees nothing. That is not all clear:", "without a feed there is no verdict, and what rests on one counts as ■ STOP."}
	if len(s.Connect) > 0 {
		head.Title = kit.Heading("NOTHING HAS SPOKEN YET", "", "")
		says[0] = "This board is empty because no feed has spoken yet. That is not all clear:"
	}
	if !s.First.IsZero() {
		head.Note = []kit.Run{kit.T("first start "+kit.Instant(s.First, f.Now, f.Zone), kit.Meta())}
	}
	c.Rule(0, head)
	for y, l := range says {
		before, after, stop := strings.Cut(l, "■ STOP")
		x := c.PutIn(1, 1+y, c.W()-2, before, kit.Plain())
		if stop {
			x = c.Write(x, 1+y, kit.T("■ STOP", kit.AspectWord(release.Stop)))
			c.Put(x, 1+y, after, kit.Plain())
		}
	}
	steps, done := v.steps(), 0
	lit := -1
	for k, st := range steps {
		if st.done {
			done++
		} else if lit < 0 {
			lit = k
		}
	}
	c.Rule(4, kit.Rule{Title: kit.Heading("NEXT THREE THINGS", kit.Quorum(done, len(steps)), ""), Focus: true, Note: []kit.Run{kit.T("⏎ shows how to connect", kit.Meta())}})
	y := 5
	for k, st := range steps {
		mark, title := kit.Mark(release.Planned), kit.Plain()
		switch {
		case st.done:
			mark, title = kit.Mark(release.Go), kit.Meta()
		case k == lit:
			title = kit.Strong()
		}
		c.Write(1, y, mark, kit.T(" "+strconv.Itoa(k+1)+"  ", kit.Meta()), kit.T(st.title, title))
		c.PutIn(34, y, c.W()-35, st.note, kit.Meta())
		if k == lit {
			c.Cursor(y, true)
		}
		y++
		for _, l := range st.lines {
			style := kit.Plain()
			if st.done {
				style = kit.Meta()
			}
			c.PutIn(6, y, c.W()-7, l, style)
			y++
		}
	}
	c.Rule(y, kit.Rule{Title: kit.Heading("HERE", "", "")})
	y++
	facts := [][]kit.Run{
		{kit.T("services ", kit.Meta()), kit.T(strconv.Itoa(s.Services), kit.Plain())}, {kit.T("people ", kit.Meta()), kit.T(strconv.Itoa(s.People), kit.Plain())},
		{kit.T("calendar ", kit.Meta()), kit.T(counted(s.Barred, "entry", "entries"), kit.Plain())}, {kit.T("audit log ", kit.Meta()), kit.T(counted(int(s.Audit), "entry", "entries"), kit.Plain())}}
	for _, line := range kit.Flow(facts, c.W()-2, 4) {
		c.WriteIn(1, y, c.W()-2, line...)
		y++
	}
	if s.Services == 0 {
		c.WriteIn(1, y, c.W()-2, kit.T("no services: ", kit.Meta()), kit.T("signalbox import backstage PATH", kit.Plain()), kit.T(" and ", kit.Meta()), kit.T("import organisation FILE", kit.Plain()))
		y++
	}
	if y+2 <= c.H() {
		c.WriteIn(1, c.H()-1, c.W()-2, kit.T("?", kit.Look()), kit.T(" keys   ", kit.Meta()), kit.T(":", kit.Look()), kit.T(" anything   ", kit.Meta()), kit.T("4", kit.Look()), kit.T(" queue   ", kit.Meta()), kit.T("gf", kit.Look()), kit.T(" feeds", kit.Meta()))
	}
}
