package icalendar

import (
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
)

// zone is a zone of the IANA database, or the rules of a VTIMEZONE that no such zone has.
type zone struct {
	name string // IANA; of own rules the TZID
	loc  *time.Location
	own  *rules
}

func (z zone) resolve(wall time.Time) time.Time {
	if z.own != nil {
		return z.own.resolve(wall)
	}
	return calendar.Resolve(wall, z.loc)
}

// show returns the wall time at an instant, of an IANA zone.
func (z zone) show(at time.Time) time.Time {
	if z.own != nil {
		return at.UTC() // an event with rules of its own is kept in UTC
	}
	return calendar.WallOf(at, z.loc)
}

// span is a range of years, both included.
type span struct{ first, last int }

// zones finds the zones that one calendar speaks of.
type zones struct {
	floating zone
	defined  map[string]*component // VTIMEZONEs by TZID
	iana     map[string]*time.Location
	rules    map[*component]read
	observed *int // parts of VTIMEZONEs that were read
	matched  map[match]string
}

type match struct {
	c *component
	span
}

// newZones reads the VTIMEZONEs of a calendar. Times without a zone are in floating; where that is "", in the
// calendar's X-WR-TIMEZONE, else in UTC. The map of locations is shared by all calendars of an import.
func newZones(cal *component, floating string, iana map[string]*time.Location) *zones {
	z := &zones{defined: map[string]*component{}, iana: iana, rules: map[*component]read{}, matched: map[match]string{}, observed: new(int),
		floating: zone{name: "UTC", loc: time.UTC}}
	for _, s := range cal.subs {
		if s.name != "VTIMEZONE" {
			continue
		}
		if l, ok := s.first("TZID"); ok && z.defined[key(l.value)] == nil {
			z.defined[key(l.value)] = s
		}
	}
	if floating == "" {
		l, _ := cal.first("X-WR-TIMEZONE")
		floating = l.value
	}
	if name, ok := z.known(floating); ok {
		z.floating = zone{name: name, loc: z.iana[name]}
	}
	return z
}

func key(tzid string) string { return strings.Trim(strings.TrimSpace(unescape(tzid)), `"`) }

// named returns the zone that a TZID means, in this order: an IANA name; one behind a prefix that Mozilla,
// Evolution, Apple and others put before it; a name of Windows; the VTIMEZONE's X-LIC-LOCATION; the IANA zone
// whose clocks do in these years what the VTIMEZONE says; the VTIMEZONE itself. The error is Usage.
func (z *zones) named(tzid string, years span) (zone, error) {
	tzid = key(tzid)
	if name, ok := z.known(tzid); ok {
		return zone{name: name, loc: z.iana[name]}, nil
	}
	c := z.defined[tzid]
	if c == nil {
		return zone{}, release.Errorf(release.Usage, "the time zone %q is neither known nor described in the calendar", release.Clean(tzid, 60)).
			Advise("use an IANA name such as Europe/London")
	}
	if l, ok := c.first("X-LIC-LOCATION"); ok {
		if name, ok := z.known(key(l.value)); ok {
			return zone{name: name, loc: z.iana[name]}, nil
		}
	}
	own, err := z.own(c, years)
	if err != nil {
		return zone{}, release.Errorf(release.Usage, "the time zone %q cannot be used: %s", release.Clean(tzid, 60), release.AsError(err).Message)
	}
	m := match{c, years}
	name, ok := z.matched[m]
	if !ok {
		name = z.like(own, years)
		z.matched[m] = name
	}
	if name != "" {
		return zone{name: name, loc: z.iana[name]}, nil
	}
	return zone{name: tzid, own: own}, nil
}

// known returns the IANA name that a TZID is or holds.
func (z *zones) known(tzid string) (string, bool) {
	if len(tzid) > 200 || tzid == "" {
		return "", false
	}
	if z.load(tzid) {
		return tzid, true
	}
	// /freeassociation.sourceforge.net/Tzfile/Europe/London, /mozilla.org/20050126_1/America/Indiana/Knox
	parts := strings.Split(strings.Trim(tzid, "/"), "/")
	for i := max(0, len(parts)-3); i+1 < len(parts); i++ {
		if name := strings.Join(parts[i:], "/"); z.load(name) {
			return name, true
		}
	}
	if last := parts[len(parts)-1]; strings.EqualFold(last, "UTC") || strings.EqualFold(tzid, "GMT") || strings.EqualFold(tzid, "Z") {
		return "UTC", z.load("UTC")
	}
	for _, w := range windowsZones {
		if strings.EqualFold(w.name, tzid) {
			return w.iana, z.load(w.iana)
		}
	}
	return "", false
}

// load reports whether a zone is in the database; then it is in the map.
func (z *zones) load(name string) bool {
	loc, tried := z.iana[name]
	if !tried && len(z.iana) < maxEvents {
		loc, _ = calendar.ParseZone(name)
		z.iana[name] = loc
	}
	return loc != nil
}
