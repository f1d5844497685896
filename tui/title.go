package tui

import (
	"fmt"
	"strconv"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/themes"
	"signalbox/views/kit"
)

// wide is from which width on words are written out and clocks of places are shown.
const wide = 100

// drawTitle paints row 1: where am I, when is it.
func (s *shell) drawTitle(c kit.Canvas) {
	zone := s.clock.zone()
	left := c.WriteRight(c.W()-1, 0, kit.T(kit.Seconds(s.now, zone), kit.Strong()), kit.T(" "+kit.Date(s.now, zone), kit.Meta()))
	crumbs := s.top().view.Crumbs()
	if s.sheet != nil && s.sheet.crumb() != "" {
		crumbs = append(append([]string(nil), crumbs...), s.sheet.crumb())
	}
	runs := []kit.Run{kit.T("SIGNALBOX", kit.Brand())}
	if s.drill != nil {
		runs = []kit.Run{kit.T("SIGNALBOX", kit.Sandbox()), kit.T(" ▸ ", kit.Faint()), kit.T("SANDBOX", kit.Sandbox())}
	}
	for i, w := range crumbs {
		style := kit.Meta()
		if i == len(crumbs)-1 {
			style = kit.Strong()
		}
		runs = append(runs, kit.T(" ▸ ", kit.Faint()), kit.T(w, style))
	}
	need := kit.RunsWidth(runs)
	if clocks := s.placeClocks(); len(clocks) > 0 && (c.W() >= wide || s.clock.mode == inAll) &&
		1+need+2+kit.RunsWidth(clocks) <= left {
		left = c.WriteRight(left, 0, clocks...)
	}
	c.WriteIn(1, 0, left-3, runs...)
}

func (s *shell) placeClocks() []kit.Run {
	var out []kit.Run
	for i, p := range s.clock.beside() {
		if i > 0 {
			out = append(out, kit.T("  ", kit.Plain()))
		}
		out = append(out, kit.T(p.Name+" ", kit.Meta()), kit.T(s.now.In(p.Zone).Format("15:04"), kit.Plain()))
	}
	if len(out) > 0 {
		out = append(out, kit.T(" │ ", kit.Line()))
	}
	return out
}

// drawAlarm paints row 2: the whole estate, whatever the view is filtered to.
func (s *shell) drawAlarm(c kit.Canvas) {
	const y = 1
	if down := s.storeDown(); down != "" {
		style := kit.AspectWord(release.Stop)
		if s.beginning() {
			style = kit.AspectWord(release.Planned)
			c.WriteIn(1, y, c.W()-2, kit.Mark(release.Planned), kit.T(" "+down, style), kit.T(" · no lever works until then", kit.Plain()))
			return
		}
		c.WriteIn(1, y, c.W()-2, kit.T("■ ", style), kit.T(down, style), kit.T(" · no lever works", kit.Plain()))
		return
	}
	if !s.alarmed {
		if s.alarmErr != nil {
			e := release.AsError(s.alarmErr)
			c.WriteIn(1, y, c.W()-2, kit.Mark(release.Stop), kit.T(" "+e.Message, kit.Plain()), kit.T(" · "+e.Try, kit.Meta()))
			return
		}
		c.WriteIn(1, y, c.W()-2, kit.T("○ reading the alarm line", kit.AspectShape(release.Dark)))
		return
	}
	c.WriteIn(1, y, c.W()-2, s.alarmRuns(c.W() >= wide)...)
}

func (s *shell) alarmRuns(long bool) []kit.Run {
	a := s.alarm
	gap, between, esc := "", "  ", "ESC"
	if long {
		gap, between, esc = " ", "   ", "ESCALATED"
	}
	bar := kit.T(" │ ", kit.Line())
	space := kit.T(between, kit.Plain())
	count := func(k release.Aspect, n int, word string, flash bool) kit.Run {
		r := kit.Count(k, n, gap, word)
		if flash {
			r.Style = r.Style.With(themes.Reverse)
		}
		return r
	}
	runs := []kit.Run{
		count(release.Stop, a.Stop, "STOP", s.flash.stop), space,
		count(release.Caution, a.Caution, "CAUTION", false), space,
		count(release.Escalated, a.Escalated, esc, s.flash.esc), bar,
	}
	waiting, mine := 0, 0
	if a.Queue != nil {
		waiting = len(a.Queue.Items)
		if s.person != nil {
			mine = a.Queue.Mine(s.person.ID)
		}
	}
	number := func(n int) kit.Run {
		if n == 0 {
			return kit.T("0", kit.Meta())
		}
		return kit.T(kit.Thousands(int64(n)), kit.Strong())
	}
	if long {
		runs = append(runs, kit.T("QUEUE ", kit.Meta()), number(waiting))
		if mine > 0 {
			runs = append(runs, kit.T(" · ", kit.Faint()))
		}
	} else {
		runs = append(runs, short("Q", waiting))
		if mine > 0 {
			runs = append(runs, kit.T(" ", kit.Plain()))
		}
	}
	if mine > 0 {
		runs = append(runs, kit.T(strconv.Itoa(mine)+" yours", kit.Yours()))
	}
	runs = append(runs, bar)
	if long {
		runs = append(runs, kit.T("ROLLOUTS ", kit.Meta()), number(a.Rollouts))
	} else {
		runs = append(runs, short("RO", a.Rollouts))
	}
	runs = append(runs, bar)
	return append(runs, s.feedRuns(long, s.w-2-kit.RunsWidth(runs))...)
}

func short(word string, n int) kit.Run {
	if n == 0 {
		return kit.T(word+"0", kit.Meta())
	}
	return kit.T(word+kit.Thousands(int64(n)), kit.Strong())
}

// feedRuns say how far the rest can be believed, in room cells: the worst of the feeds.
func (s *shell) feedRuns(long bool, room int) []kit.Run {
	a := s.alarm
	style := kit.AspectShape(release.Dark)
	if len(a.Feeds) == 0 {
		return []kit.Run{kit.T("○ no feeds", style)}
	}
	n, first := a.DarkFeeds(s.now)
	gap, word := "", "feeds"
	if long {
		gap = " "
	}
	if len(a.Feeds) == 1 {
		word = "feed"
	}
	look, which := 0, ""
	for _, f := range a.Feeds {
		late := f.Aspect(s.now, a.Since) == feed.Late
		if !late && f.Tries == 0 {
			continue
		}
		if look++; look == 1 {
			which = f.Name + " failing"
			if late {
				which = f.Name + " late"
			}
		}
	}
	switch {
	case n == 0 && look > 0 && long:
		if look > 1 {
			which += fmt.Sprintf(" and %d more", look-1)
		}
		return []kit.Run{kit.T("▲ "+which, kit.AspectShape(release.Caution)), kit.T(" · ", kit.Faint()), kit.T(fmt.Sprintf("%d/%d %s", len(a.Feeds)-look, len(a.Feeds), word), kit.Meta())}
	case n == 0 && look > 0: // late, or its last try failed
		return []kit.Run{kit.T(fmt.Sprintf("▲%s%d/%d %s", gap, look, len(a.Feeds), word), kit.AspectShape(release.Caution))}
	case n == 0: // how many there are, under another sign than that of a dark one
		return []kit.Run{kit.T(fmt.Sprintf("●%s%d %s", gap, len(a.Feeds), word), kit.Meta())}
	case !long && n == 1 && kit.Width(first.Name)+kit.Width("○  dark") <= room:
		return []kit.Run{kit.T("○ "+first.Name+" dark", style)}
	case !long:
		return []kit.Run{kit.T(fmt.Sprintf("○%d/%d feeds", n, len(a.Feeds)), style)}
	}
	fresh := kit.T(fmt.Sprintf("%d/%d feeds", len(a.Feeds)-n, len(a.Feeds)), kit.Meta())
	dark := "○ " + first.Name + " dark"
	if !first.LastGood.IsZero() {
		dark += " " + kit.Age(first.LastGood, s.now)
	}
	if n > 1 {
		dark += fmt.Sprintf(" and %d more", n-1)
	}
	return []kit.Run{kit.T(dark, style), kit.T(" · ", kit.Faint()), fresh}
}

// windowTitle is an alarm line too.
func (s *shell) windowTitle() string {
	if s.beginning() {
		return "SANDBOX begins anew signalbox"
	}
	if s.storeDown() != "" {
		return "■ STORE signalbox"
	}
	if s.drill != nil {
		return fmt.Sprintf("SANDBOX ■%d ▲%d signalbox", s.alarm.Stop, s.alarm.Caution)
	}
	if s.look.tier == themes.ASCII {
		return fmt.Sprintf("S%d C%d signalbox", s.alarm.Stop, s.alarm.Caution)
	}
	return fmt.Sprintf("■%d ▲%d signalbox", s.alarm.Stop, s.alarm.Caution)
}
