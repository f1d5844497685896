package tui

import (
	"fmt"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/verb"
	"signalbox/themes"
	"signalbox/views/kit"
)

// The pages of the help besides that of the keys.

// helpTabs are the pages in the order of tab.
var helpTabs = []string{"keys", "glyphs", "time", "levers"}

// drawGlyphs says what each shape and mark means, and how this session draws it.
func (h *help) drawGlyphs(s *shell, in kit.Canvas) {
	in.Write(0, 0, kit.T("SHAPE", kit.Strong()), kit.T("  and its letter in ASCII", kit.Meta()))
	for y, a := range []struct {
		aspect release.Aspect
		letter string
		means  string
	}{
		{release.Go, "G", "all checks hold, and the data is fresh"},
		{release.Caution, "C", "needs a person, or is near a limit"},
		{release.Stop, "S", "locked, failing, refused"},
		{release.Escalated, "E", "a clock runs towards another person"},
		{release.Planned, "P", "not started, not yet answered"},
		{release.Dark, "D", "no fresh data: counts as STOP"},
	} {
		in.Write(0, y+1, kit.Mark(a.aspect), kit.T(" "+a.letter+" ", kit.Meta()), kit.T(a.means, kit.Plain()))
	}
	const right = 46
	in.Put(right, 0, "MARK", kit.Strong())
	for y, m := range []struct{ mark, means string }{
		{"▌", "the cursor"}, {"▸", "moved, or newest"}, {"·", "nobody judged it"}, {"–", "not applicable"}, {"—", "not known"}, {"~", "not fresh"}, {"┊", "no data since"}, {"░", "a feed is dark"},
	} {
		in.Put(right, y+1, m.mark, kit.Strong())
		in.PutIn(right+3, y+1, in.W()-right-3, m.means, kit.Meta())
	}
	in.Write(0, 9, kit.T("Shape, then word, then colour: each says it alone.", kit.Plain()))
	in.WriteIn(0, helpRows-3, in.W(), kit.T("this session  ", kit.Meta()), kit.T(themes.Tiers()[s.look.tier], kit.Strong()), kit.T(" glyphs, theme ", kit.Meta()), kit.T(s.look.theme.Name(), kit.Strong()))
	in.WriteIn(0, helpRows-2, in.W(), kit.T(": =glyphs ", kit.Look()), kit.T(strings.Join(themes.Tiers(), " "), kit.Meta()), kit.T("   a shape that shears its row: narrow", kit.Meta()))
	in.WriteIn(0, helpRows-1, in.W(), kit.T(": =theme ", kit.Look()), kit.T(strings.Join(themes.Names(), " "), kit.Meta()))
}

// drawTime says how times are written, and shows this moment in each of the session's zones.
func (h *help) drawTime(s *shell, in kit.Canvas) {
	zone := s.clock.zone()
	in.Write(0, 0, kit.T("NOW", kit.Strong()))
	in.Write(8, 0, kit.T(kit.Seconds(s.now, zone), kit.Strong()), kit.T(" "+kit.Date(s.now, zone), kit.Meta()), kit.T("  the zone of every time on the screen", kit.Meta()))
	y := 1
	for _, p := range s.clock.beside() {
		at := s.now.In(p.Zone)
		in.Write(8, y, kit.T(p.Name+" ", kit.Meta()), kit.T(at.Format("15:04"), kit.Plain()), kit.T(" "+kit.Offset(at)+"  "+p.Zone.String(), kit.Meta()))
		y++
	}
	y = max(y+1, 3)
	in.Put(0, y, "WRITTEN", kit.Strong())
	for _, l := range []struct{ is, means string }{
		{kit.Instant(s.now.Add(85*time.Minute), s.now, zone) + " " + kit.Span(85*time.Minute), "a deadline: when, and in how long"},
		{kit.Instant(s.now.Add(14*time.Hour), s.now, zone), "on another day of this week"},
		{kit.Instant(s.now.AddDate(0, 0, 6), s.now, zone), "in another week"},
		{kit.Ago(s.now.Add(-6*time.Minute-2*time.Second), s.now), "past; bare in a column titled age"},
		{"~1.90%", "stale; the head says how old"},
	} {
		in.PutIn(8, y, 20, l.is, kit.Plain())
		in.PutIn(30, y, in.W()-30, l.means, kit.Meta())
		y++
	}
	in.WriteIn(0, helpRows-2, in.W(), kit.T("t", kit.Look()), kit.T(" next: UTC, yours, all   ", kit.Meta()), kit.T(": tz Europe/Berlin", kit.Look()), kit.T(" makes one yours", kit.Meta()))
	in.WriteIn(0, helpRows-1, in.W(), kit.T("Half-open: from 12:00 to 13:00 does not hold at 13:00.", kit.Meta()))
}

// drawLevers says how strongly each kind of lever asks, and which of this view the person holds.
func (h *help) drawLevers(s *shell, in kit.Canvas) {
	in.Write(0, 0, kit.T("KIND", kit.Strong()))
	in.Put(12, 0, "asks", kit.Meta())
	in.Put(48, 0, "taken back", kit.Meta())
	for y, c := range []struct{ kind, asks, back string }{
		{"free", "nothing: it leads towards danger", "U 5m"},
		{"light", "a sheet, a ready reason, ⏎", "U 5m, until used"},
		{"full", "a sheet, own words; ≥ 70 all read", "U 5m, until used"},
		{"armed", "the id or word shown, typed", "never"},
		{"two-person", "typed id, reason, a second person", "never; it expires"},
	} {
		in.Put(0, y+1, c.kind, kit.Plain())
		in.Put(12, y+1, c.asks, kit.Meta())
		in.PutIn(48, y+1, in.W()-48, c.back, kit.Meta())
	}
	name := s.top().view.Name()
	in.Write(0, 7, kit.T("HERE", kit.Strong()), kit.T("  to danger is free, to clear is interlocked", kit.Meta()))
	y := 8
	for _, v := range s.world.Verbs() {
		if v.Danger == verb.Look || !hasView(v.Views, name) || v.Key == "" {
			continue
		}
		if y == helpRows {
			break
		}
		style, label := kit.Lever(), kit.Plain()
		needs := ""
		if !access.Holds(s.person, v.Permission, s.now) {
			style, label = kit.Meta(), kit.Meta()
			if roles := access.RolesWith(v.Permission); len(roles) > 0 {
				needs = "needs the role " + string(roles[0])
			}
		}
		in.Put(0, y, v.Key, style)
		in.PutIn(3, y, 20, v.Hint, label)
		in.Put(24, y, string(v.Danger), kit.Meta())
		in.PutIn(34, y, in.W()-34, needs, kit.Meta())
		y++
	}
	if y == 8 {
		in.Put(0, y, fmt.Sprintf("the %s has no levers", name), kit.Meta())
	}
}
