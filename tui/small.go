package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/views/kit"
)

// small is the screen of a terminal that is too small for the views: it still tells the truth, and the queue
// can be read as a plain list. Levers need the views.
type small struct {
	list bool
	from int // first row shown of the list
}

func (s *shell) smallKey(key string) tea.Cmd {
	rows := len(s.waiting())
	switch key {
	case "q", "ctrl+c":
		if s.small.list && key == "q" {
			s.small.list = false
			return nil
		}
		s.stay.left()
		return tea.Quit
	case "esc", "backspace":
		s.small.list = false
	case "4":
		s.small = small{list: true}
	case "j", "down":
		s.small.from = min(s.small.from+1, max(0, rows-1))
	case "k", "up":
		s.small.from = max(0, s.small.from-1)
	}
	return nil
}

func (s *shell) waiting() []*change.Item {
	if s.alarm.Queue == nil {
		return nil
	}
	if s.person == nil {
		return s.alarm.Queue.Sorted("")
	}
	return s.alarm.Queue.Sorted(s.person.ID)
}

func (s *shell) drawSmall(c kit.Canvas) {
	if s.small.list {
		s.drawSmallList(c)
		return
	}
	x := min(3, max(0, (c.W()-30)/2))
	y := 0
	if c.H() >= 12 {
		y = 1
	}
	line := func(runs ...kit.Run) {
		c.WriteIn(x, y, c.W()-x, runs...)
		y++
	}
	blank := func() {
		if c.H() >= 12 {
			y++
		}
	}
	brand := "SIGNALBOX"
	if s.drill != nil {
		brand = "SIGNALBOX SANDBOX"
	}
	line(kit.T(brand, kit.Brand()), kit.T(" needs ", kit.Plain()), kit.T(fmt.Sprintf("%d×%d", minWidth, minHeight), kit.Strong()),
		kit.T(fmt.Sprintf(".  This is %d×%d.", s.w, s.h), kit.Plain()))
	blank()
	switch down := s.storeDown(); {
	case s.beginning():
		line(kit.Mark(release.Planned), kit.T(" "+down, kit.AspectWord(release.Planned)))
	case down != "":
		line(kit.T("■ "+down, kit.AspectWord(release.Stop)))
	case s.alarmed:
		gap := kit.T("   ", kit.Plain())
		line(kit.Count(release.Stop, s.alarm.Stop, " ", "STOP"), gap, kit.Count(release.Caution, s.alarm.Caution, " ", "CAUTION"), gap,
			kit.Count(release.Escalated, s.alarm.Escalated, " ", "ESC"))
	case s.alarmErr != nil:
		e := release.AsError(s.alarmErr)
		line(kit.Mark(release.Stop), kit.T(" "+e.Message, kit.Plain()))
	default:
		line(kit.T("○ reading", kit.AspectShape(release.Dark)))
	}
	items := s.waiting()
	for _, i := range items[:min(2, len(items))] {
		line(s.smallRow(i)...)
	}
	if len(items) > 0 {
		mine, next := 0, ""
		if s.person != nil {
			mine = s.alarm.Queue.Mine(s.person.ID)
		}
		first := items[0].Approval.ExpiresAt
		for _, i := range items {
			if i.Approval.ExpiresAt.Before(first) {
				first = i.Approval.ExpiresAt
			}
		}
		if first.After(s.now) {
			next = " · next due " + kit.Span(first.Sub(s.now))
		}
		line(kit.T(fmt.Sprintf("queue %d · ", len(items)), kit.Plain()), kit.T(fmt.Sprintf("%d yours", mine), kit.Yours()), kit.T(next, kit.Meta()))
	} else if s.alarmed {
		line(kit.T("nothing waits for a decision", kit.Meta()))
	}
	blank()
	line(kit.T("still works:  ", kit.Meta()), kit.T("4", kit.Look()), kit.T(" queue (list)   ", kit.Meta()), kit.T("q", kit.Look()), kit.T(" leave", kit.Meta()))
	line(kit.T("make it bigger, or  ", kit.Meta()), kit.T("ssh "+s.host+" q", kit.Plain()), kit.T("  for plain text", kit.Meta()))
	blank()
	runs := append([]kit.Run{kit.T(kit.Seconds(s.now, s.clock.zone()), kit.Strong()), kit.T("   ", kit.Plain())}, s.feedRuns(true, 0)...)
	if !s.alarmed {
		runs = runs[:1]
	}
	line(runs...)
}

// smallRow is a change in one short line.
func (s *shell) smallRow(i *change.Item) []kit.Run {
	runs := []kit.Run{kit.ItemMark(i, s.now), kit.T(" "+i.Change.ID, kit.ID()), kit.T(" "+i.Change.Name()+"  ", kit.Plain()), kit.Risk(i.Change.Risk, " "),
		kit.T("  "+kit.Quorum(i.Approval.Granted(), i.Approval.Needed), kit.Plain())}
	if left := i.Approval.ExpiresAt.Sub(s.now); left > 0 {
		runs = append(runs, kit.T("  "+kit.Span(left), kit.Meta()))
	}
	if s.person != nil && i.Yours(s.person.ID) {
		runs = append(runs, kit.T("  you", kit.Yours()))
	}
	return runs
}

func (s *shell) drawSmallList(c kit.Canvas) {
	items := s.waiting()
	c.WriteIn(1, 0, c.W()-1, kit.Heading("QUEUE", fmt.Sprint(len(items)), "list")...)
	from := min(s.small.from, max(0, len(items)-1))
	for y := 1; y < c.H()-1 && from+y-1 < len(items); y++ {
		c.WriteIn(1, y, c.W()-1, s.smallRow(items[from+y-1])...)
	}
	if len(items) == 0 {
		c.WriteIn(1, 1, c.W()-1, kit.T("nothing waits for a decision", kit.Meta()))
	}
	c.Hints(1, c.H()-1, c.W(), []kit.Hint{{Key: "esc", Label: "back"}, {Key: "j/k", Label: "scroll"}})
}
