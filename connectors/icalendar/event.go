package icalendar

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
)

// Properties that say what an event is to signalbox. They stand in an event, or in the calendar for all its
// events:
//
//	X-SIGNALBOX-KIND:freeze               a kind of entry, one of calendar.Kinds
//	X-SIGNALBOX-SCOPE:service:pay         a scope; commas may be escaped
//	X-SIGNALBOX-FREEZE:soft               hard or soft, of a freeze; hard if not said
//	X-SIGNALBOX-ZONE:Europe/London        the zone of an event's dates, and of its times that name none
//
// A CATEGORIES with the name of a kind says the kind too. What the import or the connector is told by Options
// beats both; the zone of an event beats theirs.
const (
	propKind   = "X-SIGNALBOX-KIND"
	propScope  = "X-SIGNALBOX-SCOPE"
	propFreeze = "X-SIGNALBOX-FREEZE"
	propZone   = "X-SIGNALBOX-ZONE"
)

const (
	maxTitle = 200
	maxUID   = 200
)

// event is a VEVENT that could be read.
type event struct {
	place    string
	uid      string
	title    string
	url      string
	kind     calendar.Kind
	hardness calendar.Hardness
	scope    access.Scope
	start    moment
	lasting
	rule      string
	extra     []extra
	except    []moment
	override  bool
	of        moment // RECURRENCE-ID, of an override
	vague     bool   // of could not be read
	cancelled bool
	unsaid    error // what is missing of kind and scope
	sequence  int64
	stamp     string // LAST-MODIFIED, else DTSTAMP
	content   string // a digest of what it says, without the stamps of its writing
}

// extra is a further start; a period says how long it lasts.
type extra struct {
	moment
	own *lasting
}

// source is one calendar of one file.
type source struct {
	*zones
	file  string
	cal   *component
	o     Options
	whole bool // METHOD:CANCEL: nothing in it happens
}

// event reads a VEVENT.
func (s source) event(c *component) (event, error) {
	e := event{place: connectors.At(s.file, c.no), title: c.text("SUMMARY", maxTitle), stamp: cmp.Or(c.text("LAST-MODIFIED", 30), c.text("DTSTAMP", 30))}
	e.content, e.uid = content(c), externalID(c)
	e.cancelled = s.whole || strings.EqualFold(c.text("STATUS", 20), "CANCELLED")
	if l, ok := c.first("URL"); ok {
		e.url = connectors.Link(strings.TrimSpace(l.value))
	}
	if n, err := strconv.ParseInt(c.text("SEQUENCE", 20), 10, 64); err == nil {
		e.sequence = n
	}
	_, e.override = c.first("RECURRENCE-ID")
	if c.open {
		return e, release.Errorf(release.Usage, "the calendar breaks off within it")
	}
	years, err := years(c)
	if err != nil {
		return e, err
	}
	if s, err = s.in(c); err != nil {
		return e, err
	}
	start, _ := c.first("DTSTART")
	if e.start, err = s.moment(start, start.value, years); err != nil {
		return e, err
	}
	if err := s.recurrence(c, &e, years); err != nil || e.cancelled {
		return e, err
	}
	end, _ := c.first("DTEND")
	dur, _ := c.first("DURATION")
	if e.lasting, err = s.end(e.start, end, dur, years); err != nil {
		return e, err
	}
	if e.start.zone.own != nil {
		if e.rule != "" || len(e.extra) > 0 {
			return e, release.Errorf(release.Usage, "it recurs in the time zone %q, whose rules are those of no known zone", release.Clean(e.start.zone.name, 60)).
				Advise("use an IANA name such as Europe/London")
		}
		e.start = moment{wall: e.start.at(), zone: zone{name: "UTC", loc: time.UTC}}
	}
	e.unsaid = s.meaning(c, &e)
	if e.override {
		return e, nil // its series says the rest
	}
	return e, e.unsaid
}

// in returns the source with the zone that an event names for its times that name none.
func (s source) in(c *component) (source, error) {
	l, ok := c.first(propZone)
	if !ok {
		return s, nil
	}
	name, ok := s.known(key(l.value))
	if !ok {
		return s, bad(l, "which is no time zone")
	}
	here := *s.zones
	here.floating = zone{name: name, loc: s.iana[name]}
	s.zones = &here
	return s, nil
}

// happening returns which one of its series a refused event would have changed; ok is false where that cannot
// be told.
func (s source) happening(c *component) (of moment, ok bool) {
	l, ok := c.first("RECURRENCE-ID")
	value := strings.TrimSpace(l.value)
	year, err := strconv.Atoi(value[:min(4, len(value))])
	if !ok || err != nil {
		return moment{}, false
	}
	if s, err = s.in(c); err == nil {
		of, err = s.moment(l, value, span{year, year})
	}
	return of, err == nil
}

// years returns the years whose clock changes matter for an event. One that recurs without an end is known
// by the first ten.
func years(c *component) (span, error) {
	start, ok := c.first("DTSTART")
	if !ok || strings.TrimSpace(start.value) == "" {
		return span{}, release.Errorf(release.Usage, "it has no DTSTART")
	}
	year := func(s string) int {
		n, err := strconv.Atoi(s[:min(4, len(s))])
		if err != nil || n < 1 || n > 9998 {
			return 0
		}
		return n
	}
	y := span{year(strings.TrimSpace(start.value)), 0}
	y.last = y.first
	for _, l := range c.all("RRULE") {
		y.last = max(y.last, min(y.first+10, 9998))
		if _, until, ok := strings.Cut(strings.ToUpper(l.value), "UNTIL="); ok && year(until) >= y.first {
			y.last = min(y.last, year(until))
		}
	}
	return y, nil
}

// recurrence reads RRULE, RDATE, EXDATE and RECURRENCE-ID.
func (s source) recurrence(c *component, e *event, years span) error {
	rules := c.all("RRULE")
	if slices.ContainsFunc(rules, func(l line) bool { return l.value != rules[0].value }) {
		return release.Errorf(release.Usage, "it has several RRULEs")
	}
	if len(c.all("EXRULE")) > 0 {
		return release.Errorf(release.Usage, "it has an EXRULE, which RFC 5545 has dropped")
	}
	var err error
	if len(rules) > 0 && strings.TrimSpace(rules[0].value) != "" {
		if e.rule, err = rule(rules[0], e.start, e.start.zone.show); err != nil {
			return err
		}
	}
	for _, l := range c.all("RDATE") {
		for v := range strings.SplitSeq(l.value, ",") {
			if strings.TrimSpace(v) == "" {
				continue
			}
			first, rest, period := strings.Cut(v, "/")
			m, err := s.moment(l, first, years)
			if err != nil {
				return err
			}
			x := extra{moment: m}
			if period {
				end, dur := line{name: l.name, params: l.params, value: rest}, line{}
				if strings.HasPrefix(strings.ToUpper(rest), "P") {
					end, dur = line{}, line{name: l.name, value: rest}
				}
				took, err := s.end(m, end, dur, years)
				if err != nil {
					return err
				}
				x.own = &took
			}
			if e.extra = append(e.extra, x); len(e.extra) > maxEvents {
				return bad(line{name: l.name}, "which lists too many dates")
			}
		}
	}
	if e.except, err = s.moments(c.all("EXDATE"), years); err != nil {
		return err
	}
	l, ok := c.first("RECURRENCE-ID")
	if !ok {
		return nil
	}
	if strings.EqualFold(l.params["RANGE"], "THISANDFUTURE") {
		return release.Errorf(release.Usage, "it changes its series from a date on (RANGE=THISANDFUTURE), which is not read").
			Advise("end the series there and begin another")
	}
	e.of, err = s.moment(l, l.value, years)
	return err
}

// rule returns the value of an RRULE for a Timing: UNTIL as a wall time of the event, which show gives for an
// instant, and without the parts that must be ignored where whole days recur (RFC 5545, 3.3.10).
func rule(l line, start moment, show func(time.Time) time.Time) (string, error) {
	if l.cut {
		return "", bad(l, "which is too long")
	}
	var out []string
	for part := range strings.SplitSeq(strings.ToUpper(strings.Join(strings.Fields(l.value), "")), ";") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "":
			continue
		case "RSCALE":
			if value == "GREGORIAN" {
				continue
			}
		case "SKIP":
			if value == "OMIT" {
				continue
			}
		case "BYHOUR", "BYMINUTE", "BYSECOND":
			if start.date {
				continue
			}
		case "UNTIL":
			if start.date && len(value) > len("20060102") {
				part = name + "=" + value[:len("20060102")]
			} else if strings.HasSuffix(value, "Z") {
				at, err := time.Parse("20060102T150405Z", value)
				if err != nil {
					return "", bad(l, "whose UNTIL is no time")
				}
				part = name + "=" + show(at).Format("20060102T150405")
			}
		}
		out = append(out, part)
	}
	return strings.Join(out, ";"), nil
}

// meaning reads what an event is: kind, hardness and scope.
func (s source) meaning(c *component, e *event) error {
	said := func(name string) string { return cmp.Or(c.text(name, 500), s.cal.text(name, 500)) }
	e.kind = s.o.As
	if e.kind == "" {
		e.kind = calendar.Kind(strings.ToLower(said(propKind)))
		if e.kind != "" && !slices.Contains(calendar.Kinds, e.kind) {
			return release.Errorf(release.Usage, "its %s is %q, which is no kind of entry", propKind, e.kind).Advise("use one of %s", kindList())
		}
	}
	for _, l := range append(c.all("CATEGORIES"), s.cal.all("CATEGORIES")...) {
		for _, word := range list(l.value) {
			if k := calendar.Kind(strings.ToLower(strings.TrimSpace(word))); e.kind == "" && slices.Contains(calendar.Kinds, k) {
				e.kind = k
			}
		}
	}
	if e.kind == "" {
		return release.Errorf(release.Usage, "nothing says what it is").
			Advise("write as: in the connector (--as at an import), one of %s, or give it CATEGORIES or %s", kindList(), propKind)
	}
	if e.kind == calendar.OnCall {
		e.title = cmp.Or(e.title, attendee(c))
		if e.title == "" {
			return release.Errorf(release.Usage, "nobody is on call: it has neither a SUMMARY nor an ATTENDEE").Advise("name the person in its SUMMARY")
		}
	}
	if e.scope = s.o.Scope; e.scope == "" {
		text := said(propScope)
		if text == "" {
			return release.Errorf(release.Usage, "nothing says where it holds").Advise("import it with --scope, or give it %s", propScope)
		}
		var err error
		if e.scope, err = access.ParseScope(text); err != nil {
			return err
		}
	}
	if e.kind == calendar.FreezePeriod {
		e.hardness = cmp.Or(s.o.Hardness, calendar.Hardness(strings.ToLower(said(propFreeze))), calendar.HardFreeze)
		if e.hardness != calendar.HardFreeze && e.hardness != calendar.SoftFreeze {
			return release.Errorf(release.Usage, "its %s is %q; a freeze is hard or soft", propFreeze, release.Clean(string(e.hardness), 20))
		}
	}
	if (e.kind == calendar.FreezePeriod || e.kind == calendar.ChangeWindow) && e.lasting == (lasting{}) {
		return release.Errorf(release.Usage, "it takes no time: it has neither an end nor a duration")
	}
	return nil
}

// attendee names who attends an event, all of them where there are several: by their names, else their addresses.
func attendee(c *component) string {
	var out []string
	for _, l := range c.all("ATTENDEE") {
		address := strings.TrimSpace(l.value)
		if len(address) >= len("mailto:") && strings.EqualFold(address[:len("mailto:")], "mailto:") {
			address = address[len("mailto:"):]
		}
		if name := release.Clean(cmp.Or(l.params["CN"], address), maxTitle); name != "" && !strings.EqualFold(l.params["PARTSTAT"], "DECLINED") {
			out = append(out, name)
		}
	}
	return release.Clean(strings.Join(out, ", "), maxTitle)
}

func kindList() string {
	var out []string
	for _, k := range calendar.Kinds {
		out = append(out, string(k))
	}
	return strings.Join(out, ", ")
}

// byContent begins the id of an event without a UID.
const byContent = "content:"

// externalID returns the UID, or what stands for it: a digest where the UID is missing, very long or not fit
// to be shown. The digest of a missing one is of the content, so that the same event keeps it.
func externalID(c *component) string {
	l, _ := c.first("UID")
	raw := strings.TrimSpace(unescape(l.value))
	switch {
	case raw == "":
		return byContent + content(c)
	case len(raw) > maxUID || release.Clean(raw, 0) != raw:
		return "uid:" + digest(raw)
	}
	return raw
}

// uids returns the ids of what bytes hold that are no calendar: of every UID that stands in them, each once.
func uids(data []byte) []string {
	var out []string
	seen := map[string]bool{}
	var whole []byte
	flush := func() {
		l, ok := property(decode(whole))
		if whole = whole[:0]; !ok || l.name != "UID" || strings.TrimSpace(l.value) == "" {
			return
		}
		if id := externalID(&component{lines: []line{l}}); !seen[id] && len(out) < maxEvents {
			seen[id] = true
			out = append(out, id)
		}
	}
	for text := range bytes.FieldsFuncSeq(data, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if text[0] == ' ' || text[0] == '\t' {
			text = text[1:]
		} else {
			flush()
		}
		whole = append(whole, text[:min(len(text), maxLine-len(whole))]...)
	}
	flush()
	return out
}

// content is a digest of what an event says, without the stamps of its writing.
func content(c *component) string {
	var b strings.Builder
	for _, l := range c.lines {
		switch l.name {
		case "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "UID":
		default:
			b.WriteString(l.name + ";" + l.params["TZID"] + ":" + l.value + "\n")
		}
	}
	return digest(b.String())
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
