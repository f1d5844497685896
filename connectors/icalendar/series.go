package icalendar

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/fact"
)

// collection gathers the events of an import and makes entries of them.
type collection struct {
	Seen
	events  []event
	refused map[string]bool // UIDs of series that were refused
}

func (c *collection) refuse(e event, err error) {
	item := cmp.Or(e.title, "an event without a title")
	if e.uid != "" && !strings.HasPrefix(e.uid, byContent) {
		item += " (" + e.uid + ")"
	}
	said := release.AsError(err)
	c.Refused = append(c.Refused, fact.Refusal{Place: e.place, Item: item, Reason: said.Error()})
}

// take reads every event of a calendar.
func (c *collection) take(s source) error {
	for _, sub := range s.cal.subs {
		if sub.name == "VTIMEZONE" {
			continue
		}
		if sub.name != "VEVENT" {
			c.ignore(sub.name)
			continue
		}
		if c.Read++; c.Read > maxEvents {
			return release.Errorf(release.Usage, "the calendar has more than %d events", maxEvents).
				Advise("export a shorter time, or split it")
		}
		e, err := s.event(sub)
		if err != nil {
			if c.refuse(e, err); !e.override {
				c.refused[e.uid] = true
			}
			continue
		}
		c.events = append(c.events, e)
	}
	return nil
}

// ignore counts a component of another kind; names that are not known count together.
func (c *collection) ignore(name string) {
	if !slices.Contains(kinds, name) {
		name = "other"
	}
	if c.Ignored == nil {
		c.Ignored = map[string]int{}
	}
	c.Ignored[name]++
}

// settle makes an entry of each series.
func (c *collection) settle() {
	series := map[string][]event{}
	var order []string
	for _, e := range c.events {
		if series[e.uid] == nil {
			order = append(order, e.uid)
		}
		series[e.uid] = append(series[e.uid], e)
	}
	for _, uid := range order {
		c.series(series[uid])
	}
}

// series makes entries of the events with one UID: the series itself and what happens otherwise of it.
func (c *collection) series(all []event) {
	var masters, others []event
	for _, e := range all {
		if e.override {
			others = append(others, e)
		} else {
			masters = append(masters, e)
		}
	}
	if len(masters) == 0 {
		for _, e := range c.newest(others, event.alone) {
			c.alone(e)
		}
		return
	}
	master := c.newest(masters, func(event) string { return "" })[0]
	others = c.newest(others, func(e event) string { return wallText(e.of.as(master.start)) })
	if master.cancelled {
		c.Gone += 1 + len(others)
		return
	}
	c.entry(master, others)
}

// newest keeps of the events that are the same one, by their keys, the last: the highest SEQUENCE, then the
// latest stamp. An older one is merged. Where neither says which is newer the first stays, and another that says something
// else is refused.
func (c *collection) newest(all []event, key func(event) string) []event {
	var out []event
	known := map[string]int{}
	for _, e := range all {
		at, again := known[key(e)]
		if !again {
			known[key(e)] = len(out)
			out = append(out, e)
			continue
		}
		switch newer := cmp.Or(cmp.Compare(e.sequence, out[at].sequence), cmp.Compare(e.stamp, out[at].stamp)); {
		case newer > 0:
			out[at] = e
			c.Merged++
		case newer < 0 || e.content == out[at].content:
			c.Merged++
		default:
			c.refuse(e, release.Errorf(release.Usage, "the event at %s has the same UID, and neither is newer", out[at].place).
				Advise("give each event a UID of its own"))
		}
	}
	return out
}

// alone says which happening of its series an event is, where the calendar does not hold the series.
func (e event) alone() string {
	if e.of.date {
		return e.of.wall.Format("20060102")
	}
	return utcText(e.of.at())
}

// alone takes one happening of a series that the calendar does not hold: an entry of its own.
func (c *collection) alone(e event) {
	switch {
	case c.refused[e.uid]:
		c.refuse(e, release.Errorf(release.Usage, "its series was refused"))
	case e.cancelled:
		c.Gone++
	default:
		e.uid += "/" + e.alone()
		if e.unsaid != nil {
			c.refuse(e, e.unsaid)
			return
		}
		c.entry(e, nil)
	}
}

// entry makes the entry of a series.
func (c *collection) entry(e event, others []event) {
	t := calendar.Timing{Zone: e.start.zone.name, Start: wallText(e.start.wall), AllDay: e.start.date, Days: e.days, Length: e.elapsed, Rule: e.rule}
	if !t.NamesStart() {
		t.Extra = append(t.Extra, t.Start)
	}
	for _, m := range e.except {
		t.Except = append(t.Except, wallText(m.as(e.start)))
	}
	moved := map[string]bool{}
	for _, o := range others {
		moved[wallText(o.of.as(e.start))] = true
	}
	for _, x := range e.extra {
		w := wallText(x.as(e.start))
		t.Extra = append(t.Extra, w)
		if x.own != nil && *x.own != e.lasting && !moved[w] {
			moved[w] = true
			t.Moved = append(t.Moved, calendar.Move{Of: w, Start: w, Days: x.own.days, Length: x.own.elapsed})
		}
	}
	merged := 0
	for _, o := range others {
		m := calendar.Move{Of: wallText(o.of.as(e.start)), Gone: o.cancelled}
		if !m.Gone {
			m.Start, m.Days, m.Length = wallText(o.start.wall), o.days, o.elapsed
			if o.start.zone.name != e.start.zone.name {
				m.Zone = o.start.zone.name
			}
			if o.title != e.title {
				m.Title = o.title
			}
		}
		if err := (calendar.Timing{Zone: t.Zone, Start: t.Start, Length: time.Hour, Moved: []calendar.Move{m}}).Check(); err != nil {
			c.refuse(o, err)
			continue
		}
		merged++
		t.Moved = append(t.Moved, m)
	}
	sortTexts(&t.Extra)
	sortTexts(&t.Except)
	slices.SortFunc(t.Moved, func(a, b calendar.Move) int { return cmp.Compare(a.Of, b.Of) })
	if err := t.Check(); err != nil {
		c.refuse(e, err)
		for _, o := range others {
			c.refuse(o, release.Errorf(release.Usage, "its series was refused"))
		}
		return
	}
	c.Merged += merged
	c.Entries = append(c.Entries, calendar.Entry{Source: c.Source, ExternalID: e.uid, Kind: e.kind, Hardness: e.hardness, Scope: e.scope,
		Title: cmp.Or(e.title, string(e.kind)+" without a title"), URL: e.url, Timing: t})
}

func sortTexts(s *[]string) {
	slices.Sort(*s)
	*s = slices.Compact(*s)
}
