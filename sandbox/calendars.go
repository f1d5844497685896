package sandbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"signalbox/connectors/backstage"
	"signalbox/connectors/icalendar"
	"signalbox/connectors/organisation"
	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/conflict"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/port"
)

// calendars are the feeds of entries, as the organisation keeps them.
var calendars = []string{"retail-freezes", "peak-hours", "operations", "vendor-notices"}

// item is an entry of a calendar: wall times of its zone, day counted from the Monday of the start's week.
type item struct {
	uid, title, kind, scope string
	hard                    string // of a freeze
	zone                    string
	start                   time.Time // wall time
	length                  time.Duration
	days                    int // of one that lasts whole days
	rule                    string
}

func zoneOf(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return z
}

// items are what a calendar holds from the beginning.
func (s *Sandbox) items(name string) []item {
	monday := s.o.Start.Truncate(24 * time.Hour)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, -1)
	}
	at := func(day int, clock string) time.Time {
		c, _ := time.Parse("15:04", clock)
		return monday.AddDate(0, 0, day).Add(time.Duration(c.Hour())*time.Hour + time.Duration(c.Minute())*time.Minute)
	}
	const weekdays = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
	switch name {
	case "retail-freezes":
		return []item{
			{uid: "bf", title: "Peak retail weekend", kind: "freeze", hard: "hard", scope: "org", zone: "Europe/London", start: at(4, "00:00"), length: 96 * time.Hour},
			{uid: "eoq", title: "Quarter end of the books", kind: "freeze", hard: "soft", scope: "unit:money", zone: "Europe/London", start: at(7, "18:00"), length: 30 * time.Hour},
			{uid: "store", title: "The app stores review no release", kind: "freeze", hard: "hard", scope: "unit:mobile", zone: "America/New_York", start: at(2, "12:00"), length: 36 * time.Hour},
		}
	case "peak-hours":
		return []item{
			{uid: "lon", title: "Peak London", kind: "peak", scope: "region:lon", zone: "Europe/London", start: at(0, "11:30"), length: 150 * time.Minute, rule: "FREQ=DAILY"},
			{uid: "lon2", title: "Evening London", kind: "peak", scope: "region:lon", zone: "Europe/London", start: at(0, "18:30"), length: 3 * time.Hour, rule: "FREQ=DAILY"},
			{uid: "nyc", title: "Peak New York", kind: "peak", scope: "region:nyc", zone: "America/New_York", start: at(0, "18:30"), length: 4 * time.Hour, rule: "FREQ=DAILY"},
			{uid: "sin", title: "Peak Singapore", kind: "peak", scope: "region:sin", zone: "Asia/Singapore", start: at(0, "19:00"), length: 3 * time.Hour, rule: "FREQ=DAILY"},
		}
	case "operations":
		return []item{
			{uid: "eod", title: "End of day of the books", kind: "batch", scope: "service:ledger", zone: "Europe/London", start: at(0, "21:30"), length: 90 * time.Minute, rule: weekdays},
			{uid: "wh", title: "Warehouse load", kind: "batch", scope: "service:warehouse", zone: "UTC", start: at(0, "02:00"), length: 2 * time.Hour, rule: "FREQ=DAILY"},
			{uid: "win-money", title: "Change window Money", kind: "window", scope: "unit:money", zone: "Europe/London", start: at(0, "06:00"), length: 12 * time.Hour, rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH"},
			{uid: "db", title: "Sessions move to new hosts", kind: "maintenance", scope: "service:session-store", zone: "Europe/London", start: at(2, "03:00"), length: 3 * time.Hour},
			{uid: "bus", title: "Event bus brokers are patched", kind: "maintenance", scope: "service:event-bus", zone: "Europe/London", start: at(1, "22:00"), length: 2 * time.Hour},
			{uid: "audit", title: "Auditors sample changes of Payments", kind: "audit", scope: "team:payments", zone: "Europe/London", start: at(2, "00:00"), days: 2},
			{uid: "thanks", title: "Thanksgiving", kind: "holiday", scope: "region:nyc", zone: "America/New_York", start: at(3, "00:00"), days: 1},
		}
	case "vendor-notices":
		return []item{
			{uid: "card", title: "Corvid Card Network: settlement upgrade", kind: "vendor", scope: "service:payments-api,service:payout", zone: "UTC", start: at(2, "01:00"), length: 3 * time.Hour},
			{uid: "sql", title: "Harbour Cloud SQL: minor version", kind: "vendor", scope: "service:card-vault,service:identity,service:ledger", zone: "UTC", start: at(5, "04:00"), length: 2 * time.Hour},
			{uid: "dns", title: "Parallel DNS: key roll-over", kind: "vendor", scope: "service:edge-gw", zone: "UTC", start: at(1, "14:00"), length: time.Hour},
			{uid: "sms", title: "Tern Messaging: routes to Asia", kind: "vendor", scope: "service:push-gw", zone: "Asia/Singapore", start: at(3, "01:00"), length: 4 * time.Hour},
		}
	}
	return nil
}

// file is a calendar as the other side would serve it.
func (s *Sandbox) file(name string) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//meridian//%s//EN", name)
	for _, i := range append(s.items(name), s.extra[name]...) {
		line("BEGIN:VEVENT")
		line("UID:%s@meridian", i.uid)
		line("DTSTAMP:%s", s.o.Start.Add(-48*time.Hour).Format("20060102T150405Z"))
		line("SUMMARY:%s", i.title)
		line("X-SIGNALBOX-KIND:%s", i.kind)
		line("X-SIGNALBOX-SCOPE:%s", i.scope)
		if i.hard != "" {
			line("X-SIGNALBOX-FREEZE:%s", i.hard)
		}
		switch {
		case i.days > 0:
			line("DTSTART;VALUE=DATE:%s", i.start.Format("20060102"))
			line("DTEND;VALUE=DATE:%s", i.start.AddDate(0, 0, i.days).Format("20060102"))
			line("X-SIGNALBOX-ZONE:%s", i.zone)
		case i.zone == "UTC":
			line("DTSTART:%s", i.start.Format("20060102T150405Z"))
			line("DURATION:PT%dM", int(i.length.Minutes()))
		default:
			line("DTSTART;TZID=%s:%s", i.zone, i.start.Format("20060102T150405"))
			line("DURATION:PT%dM", int(i.length.Minutes()))
		}
		if i.rule != "" {
			line("RRULE:%s", i.rule)
		}
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	return []byte(b.String())
}

// reader is a feed that is asked, answered from within. It dials nobody.
type reader struct {
	name string
	s    *Sandbox
	read func(s *Sandbox, at time.Time) ([]fact.Fact, int, error)
}

// Name is the feed's.
func (r *reader) Name() string { return r.name }

// Pull answers, or fails as a feed does that went dark.
func (r *reader) Pull(ctx context.Context, _ string, at time.Time) (port.Pulled, error) {
	if !Own(ctx) { // somebody tests the feed
		r.s.turn.Lock()
		defer r.s.turn.Unlock()
	}
	if r.s.silent[r.name] {
		return port.Pulled{}, release.Errorf(release.Unavailable, "%s does not answer: connection refused", r.name).Advise("look at the other side; it is asked again by itself")
	}
	facts, n, err := r.read(r.s, at)
	return port.Pulled{Facts: facts, Read: n}, err
}

func calendarRead(name string) func(*Sandbox, time.Time) ([]fact.Fact, int, error) {
	return func(s *Sandbox, _ time.Time) ([]fact.Fact, int, error) {
		seen, err := icalendar.Map(name, s.file(name), icalendar.Options{})
		return []fact.Fact{seen.CalendarSeen}, seen.Read, err
	}
}

func organisationRead(*Sandbox, time.Time) ([]fact.Fact, int, error) {
	seen, err := organisation.Map(org, "organisation.yaml", organisationFile())
	return []fact.Fact{seen}, len(units) + len(teams), err
}

func catalogRead(*Sandbox, time.Time) ([]fact.Fact, int, error) {
	seen := backstage.Map(services, []backstage.File{{Path: "catalog.yaml", Data: catalogFile()}})
	return []fact.Fact{seen}, len(offers), nil
}

// measure is the last minute of every service.
func measure(s *Sandbox, at time.Time) ([]fact.Fact, int, error) {
	var m fact.Measured
	at = at.Truncate(time.Minute)
	for i := range offers {
		if offers[i].id == unwatched {
			continue
		}
		m.Samples = append(m.Samples, s.telemetry.samples(offers[i].id, at, time.Minute)...)
	}
	return []fact.Fact{m}, len(m.Samples), nil
}

func (s *Sandbox) readers() []*reader {
	out := []*reader{{org, s, organisationRead}, {services, s, catalogRead}, {objectives, s, objectiveRead}}
	for _, c := range calendars {
		out = append(out, &reader{c, s, calendarRead(c)})
	}
	return append(out, &reader{monitor, s, measure})
}

// Wiring is what control lives by: feeds that are answered from within. There is no sender, nobody is told of
// anything, and no hook is open to the outside.
func (s *Sandbox) Wiring() control.Wiring {
	rules, back := conflict.Default(), 20*time.Minute
	rules.AssumeRevert = &back // as the company's configuration would say
	w := control.Wiring{Organisation: "Meridian Retail (sandbox)", Environments: catalog.DefaultEnvironments(), Conflicts: rules,
		Freezing: map[string]access.Scope{"retail-freezes": access.Org},
		Feeds:    []feed.Status{{Name: forge, Type: "github", Kind: feed.Push, ExpectEvery: 15 * time.Minute}, {Name: pager, Type: "alertmanager", Kind: feed.Push}}}
	every := map[string]time.Duration{monitor: time.Minute, org: 30 * time.Minute, services: 30 * time.Minute, objectives: 30 * time.Minute}
	kind := map[string]string{monitor: "prometheus", org: "organisation", services: "backstage", objectives: "openslo"}
	for _, r := range s.readers() {
		w.Pullers = append(w.Pullers, r)
		f := feed.Status{Name: r.name, Type: "icalendar", Kind: feed.Pull, ExpectEvery: 5 * time.Minute}
		if k, ok := kind[r.name]; ok {
			f.Type, f.ExpectEvery = k, every[r.name]
		}
		w.Feeds = append(w.Feeds, f)
	}
	return w
}
