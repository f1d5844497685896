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
//
// What is refused leaves nothing half understood behind: an event that changes one happening of a series and
// cannot be read refuses its series too, because the happening stands elsewhere than the series says, and a
// freeze or a window at the wrong time is worse than the one that is stored. What was refused is Unread.
type collection struct {
	Seen
	events []event
	broken map[string][]event // events that could not be read, by UID
	unread []unread
	over   map[string]bool // UIDs of series that are cancelled as a whole
}

// unread is an id that could not be understood, and the UID of its series.
type unread struct{ id, uid string }

func (c *collection) refuse(e event, err error) {
	item := cmp.Or(e.title, "an event without a title")
	if e.uid != "" && !strings.HasPrefix(e.uid, byContent) {
		item += " (" + e.uid + ")"
		c.unread = append(c.unread, unread{e.uid, e.uid})
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
		if err == nil || e.cancelled && !e.override && !sub.open { // when it would have been does not matter any more
			c.events = append(c.events, e)
			continue
		}
		c.refuse(e, err)
		if e.override {
			of, ok := s.happening(sub)
			if e.of, e.vague = of, !ok; ok {
				c.keep(e)
			}
		}
		c.broken[e.uid] = append(c.broken[e.uid], e)
	}
	return nil
}

// keep leaves the entry as it is stored that an event was where its series was not in the calendar.
func (c *collection) keep(e event) {
	if !strings.HasPrefix(e.uid, byContent) {
		c.unread = append(c.unread, unread{e.uid + "/" + e.alone(), e.uid})
	}
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

// settle makes an entry of each series, and lists what could not be understood.
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
		c.series(uid, series[uid])
	}
	taken := map[string]bool{}
	for _, e := range c.Entries {
		taken[e.ExternalID] = true
	}
	for _, u := range c.unread {
		if !taken[u.id] && !c.over[u.uid] {
			c.Unread = append(c.Unread, u.id)
		}
	}
	sortTexts(&c.Unread)
}

// series makes entries of the events with one UID: the series itself and what happens otherwise of it.
func (c *collection) series(uid string, all []event) {
	var masters, others []event
	for _, e := range all {
		if e.override {
			others = append(others, e)
		} else {
			masters = append(masters, e)
		}
	}
	if len(masters) == 0 {
		others, _ = c.newest(others, event.alone)
		for _, e := range others {
			c.alone(e)
		}
		return
	}
	masters, unclear := c.newest(masters, func(event) string { return "" })
	master := masters[0]
	for _, b := range c.broken[uid] {
		if !b.override && b.since(master) >= 0 {
			c.withhold(master, others, release.Errorf(release.Usage, "another writing of it, at %s, was refused", b.place))
			return
		}
	}
	if master.cancelled {
		c.Gone += 1 + len(others)
		c.over[uid] = !unclear
		return
	}
	which := func(e event) string { return wallText(e.of.as(master.start)) }
	others, unclear = c.newest(others, which)
	for _, b := range c.broken[uid] {
		again := func(o event) bool { return !b.vague && which(o) == which(b) && o.since(b) > 0 }
		if b.override && !slices.ContainsFunc(others, again) {
			c.withhold(master, others, release.Errorf(release.Usage, "what changes one of its dates, at %s, was refused", b.place))
			return
		}
	}
	if unclear {
		c.withhold(master, others, release.Errorf(release.Usage, "one of its dates is changed in two ways, and neither is newer"))
		return
	}
	c.entry(master, others)
}

// withhold refuses a series and what changes it.
func (c *collection) withhold(e event, others []event, err error) {
	c.refuse(e, err)
	for _, o := range others {
		c.refuse(o, release.Errorf(release.Usage, "its series was refused"))
	}
}

// since compares two writings of one event: positive where e is the newer one, 0 where neither is.
func (e event) since(o event) int {
	return cmp.Or(cmp.Compare(e.sequence, o.sequence), cmp.Compare(e.stamp, o.stamp))
}

// newest keeps of the events that are the same one, by their keys, the last: the highest SEQUENCE, then the
// latest stamp. An older one is merged. Where neither says which is newer the first stays, and another that says
// something else is refused; unclear reports that.
func (c *collection) newest(all []event, key func(event) string) (out []event, unclear bool) {
	known := map[string]int{}
	for _, e := range all {
		at, again := known[key(e)]
		if !again {
			known[key(e)] = len(out)
			out = append(out, e)
			continue
		}
		switch newer := e.since(out[at]); {
		case newer > 0:
			out[at] = e
			c.Merged++
		case newer < 0 || e.content == out[at].content:
			c.Merged++
		default:
			unclear = true
			c.refuse(e, release.Errorf(release.Usage, "the event at %s has the same UID, and neither is newer", out[at].place).
				Advise("give each event a UID of its own"))
		}
	}
	return out, unclear
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
	for _, b := range c.broken[e.uid] {
		switch {
		case !b.override:
			c.keep(e)
			c.refuse(e, release.Errorf(release.Usage, "its series was refused"))
			return
		case !b.vague && b.alone() == e.alone() && b.since(e) >= 0:
			c.refuse(e, release.Errorf(release.Usage, "another writing of it, at %s, was refused", b.place))
			return
		}
	}
	e.uid += "/" + e.alone()
	switch {
	case e.cancelled:
		c.Gone++
	case e.unsaid != nil:
		c.refuse(e, e.unsaid)
	default:
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
	for i, o := range others {
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
			c.withhold(e, slices.Delete(slices.Clone(others), i, i+1), release.Errorf(release.Usage, "what changes one of its dates, at %s, was refused", o.place))
			return
		}
		t.Moved = append(t.Moved, m)
	}
	sortTexts(&t.Extra)
	sortTexts(&t.Except)
	slices.SortFunc(t.Moved, func(a, b calendar.Move) int { return cmp.Compare(a.Of, b.Of) })
	if err := t.Check(); err != nil {
		c.withhold(e, others, err)
		return
	}
	c.Merged += len(others)
	c.Entries = append(c.Entries, calendar.Entry{Source: c.Source, ExternalID: e.uid, Kind: e.kind, Hardness: e.hardness, Scope: e.scope,
		Title: cmp.Or(e.title, string(e.kind)+" without a title"), URL: e.url, Timing: t})
}

func sortTexts(s *[]string) {
	slices.Sort(*s)
	*s = slices.Compact(*s)
}
