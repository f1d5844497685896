package tui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/views/kit"
)

// clock is the zone in which the session reads times: UTC, the person's, or UTC beside all places.
type clock struct {
	mine   Place   // Zone is nil where the person has none of their own
	places []Place // always beside the clock on wide screens
	mode   int
}

const (
	inUTC = iota
	inMine
	inAll
	modes
)

func newClock(o Options, p *access.Person) clock {
	c := clock{places: o.Places}
	zone := o.Zone
	if zone == nil && o.Person.Zone != "" {
		zone, _ = time.LoadLocation(o.Person.Zone)
	}
	if zone == nil && p != nil && p.Zone != "" {
		zone, _ = time.LoadLocation(p.Zone) // an unknown name leaves UTC
	}
	if zone != nil {
		c.own(zone)
	}
	return c
}

// own makes a zone the person's.
func (c *clock) own(zone *time.Location) {
	c.mine = Place{placeName(zone.String()), zone}
	for _, p := range c.places {
		if p.Zone.String() == zone.String() {
			c.mine.Name = p.Name
		}
	}
}

// placeName makes the three letters of a zone's clock from its name.
func placeName(zone string) string {
	switch zone {
	case "America/New_York":
		return "NYC"
	case "UTC", "Etc/UTC":
		return "UTC"
	}
	name := zone[strings.LastIndexByte(zone, '/')+1:]
	if words := strings.Split(name, "_"); len(words) > 2 || len(words) == 2 && len(words[0]) < 2 {
		name = strings.Join(words, "")
	}
	return strings.ToUpper(name[:min(3, len(name))])
}

func (c *clock) zone() *time.Location {
	if c.mode == inMine && c.mine.Zone != nil {
		return c.mine.Zone
	}
	return time.UTC
}

// beside are the clocks next to the session's own.
func (c *clock) beside() []Place {
	list := c.places
	if len(list) == 0 && c.mine.Zone != nil {
		list = []Place{c.mine}
	}
	if c.mode == inMine {
		out := []Place{{"UTC", time.UTC}}
		for _, p := range list {
			if p.Zone.String() != c.mine.Zone.String() {
				out = append(out, p)
			}
		}
		list = out
	}
	return list[:min(3, len(list))]
}

// moment writes when an event was: the time of this day, the date of another.
func (c *clock) moment(at, now time.Time) string {
	at, now = at.In(c.zone()), now.In(c.zone())
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04:05")
	}
	return kit.Instant(at, now, c.zone())
}

// cycleZone goes from UTC to the person's zone to all places and back.
func (s *shell) cycleZone() {
	if s.clock.mine.Zone == nil && len(s.clock.places) == 0 {
		s.say(note{aspect: release.Planned, text: "times are in UTC, the only zone known here", try: ": tz Europe/Berlin sets yours"})
		return
	}
	s.clock.mode = (s.clock.mode + 1) % modes
	if s.clock.mode == inMine && s.clock.mine.Zone == nil {
		s.clock.mode = inAll
	}
	switch s.clock.mode {
	case inUTC:
		s.say(note{aspect: release.Planned, text: "times are in UTC"})
	case inMine:
		s.say(note{aspect: release.Planned, text: "times are in " + s.clock.mine.Zone.String() + ", yours"})
	case inAll:
		s.say(note{aspect: release.Planned, text: "times are in UTC, with the clocks of all places in the title"})
	}
}

// zoneFound takes the zone that was asked for by its name, and keeps it in the person's profile.
func (s *shell) zoneFound(m zoneMsg) tea.Cmd {
	if m.err != nil {
		s.say(note{aspect: release.Stop, text: "there is no time zone " + release.Clean(m.name, 40), try: "write it as in Europe/Berlin"})
		return nil
	}
	s.clock.own(m.zone)
	s.clock.mode = inMine
	s.say(note{aspect: release.Planned, text: "times are in " + m.zone.String(), try: "t cycles"})
	return s.save("zone", m.zone.String())
}
