package icalendar_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"signalbox/connectors/icalendar"
	"signalbox/release"
	"signalbox/release/calendar"
)

// brief writes what an import gave, a line for each thing.
func brief(s icalendar.Seen) string {
	var out []string
	for _, e := range s.Entries {
		t := e.Timing
		line := fmt.Sprintf("%s %q %s %s", e.ExternalID, e.Title, t.Zone, t.Start)
		for _, part := range []struct {
			name string
			v    any
			zero bool
		}{{"days", t.Days, t.Days == 0}, {"for", t.Length, t.Length == 0}, {"rule", t.Rule, t.Rule == ""}, {"extra", t.Extra, len(t.Extra) == 0},
			{"except", t.Except, len(t.Except) == 0}, {"all day", "", !t.AllDay}} {
			if !part.zero {
				line += strings.TrimRight(fmt.Sprintf(" %s %v", part.name, part.v), " ")
			}
		}
		for _, m := range t.Moved {
			line += strings.TrimRight(fmt.Sprintf(" [%s gone=%v %s %s %d %s %s", m.Of, m.Gone, m.Zone, m.Start, m.Days, m.Length, m.Title), " ") + "]"
		}
		out = append(out, line)
	}
	for _, r := range s.Refused {
		out = append(out, "refused "+r.Place+" "+r.Item+": "+r.Reason)
	}
	if s.Merged+s.Gone > 0 {
		out = append(out, fmt.Sprintf("merged %d gone %d", s.Merged, s.Gone))
	}
	return strings.Join(out, "\n")
}

const day1 = "DTSTART:20261201T080000Z\nDTEND:20261201T100000Z\n"

func ev(lines string) string { return "BEGIN:VEVENT\nUID:u\nSUMMARY:s\n" + lines + "END:VEVENT\n" }

func cal(s string) string { return "BEGIN:VCALENDAR\n" + s + "END:VCALENDAR\n" }

// newYork is a VTIMEZONE with the rules of New York under a TZID of one's own.
const newYork = `BEGIN:VTIMEZONE
TZID:Our office
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
`

func fixed(tzid, offset string) string {
	return "BEGIN:VTIMEZONE\nTZID:" + tzid + "\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:" + offset + "\nTZOFFSETTO:" + offset + "\nEND:STANDARD\nEND:VTIMEZONE\n"
}

func TestMap(t *testing.T) {
	own := strings.ReplaceAll(newYork, "BYDAY=2SU;BYMONTH=3", "BYDAY=1SU;BYMONTH=2")
	in := func(tzid string) string { return ev("DTSTART;TZID=" + tzid + ":20260302T160000\nDURATION:PT1H\n") }
	at := func(zone string) string { return `u "s" ` + zone + ` 2026-03-02T16:00:00 for 1h0m0s` }
	series := "DTSTART;TZID=Europe/London:20260302T160000\nDTEND;TZID=Europe/London:20260302T180000\nRRULE:FREQ=WEEKLY\n"
	weekly := `u "s" Europe/London 2026-03-02T16:00:00 for 2h0m0s rule FREQ=WEEKLY`
	for _, c := range []struct{ name, text, want string }{
		{"an event", cal(ev(day1)), `u "s" UTC 2026-12-01T08:00:00 for 2h0m0s`},
		{"no calendar around it, lower case, CR, BOM", "\xef\xbb\xbfbegin:vevent\ruid:u\rsummary:s\rdtstart:20261201t080000z\rduration:pt2h\rend:vevent", `u "s" UTC 2026-12-01T08:00:00 for 2h0m0s`},
		{"folded in the middle of a character", cal(strings.Replace(ev(day1), "SUMMARY:s", "SUMMARY:\xc3\r\n \xa9t\r\n\t\xc3\n\n \xa9", 1)), `u "été" UTC 2026-12-01T08:00:00 for 2h0m0s`},
		{"Latin-1", cal(strings.Replace(ev(day1), "SUMMARY:s", "SUMMARY:caf\xe9", 1)), `u "café" UTC 2026-12-01T08:00:00 for 2h0m0s`},
		{"escapes, controls", cal(strings.Replace(ev(day1), "SUMMARY:s", `SUMMARY;LANGUAGE="a:b":one\, two\nthree\; \\`+"\x1b[31m", 1)), `u "one, two three; \\[31m" UTC 2026-12-01T08:00:00 for 2h0m0s`},
		{"two calendars, and the second breaks off", cal(ev(day1)) + "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:v\n" + day1, "u \"s\" UTC 2026-12-01T08:00:00 for 2h0m0s\nrefused f.ics:10 an event without a title (v): the calendar breaks off within it"},
		{"an END that is missing, and one too many", cal("BEGIN:VEVENT\nUID:a\n" + day1 + "BEGIN:VALARM\n" + ev(day1) + "END:VALARM\n"), "a \"maintenance without a title\" UTC 2026-12-01T08:00:00 for 2h0m0s\nu \"s\" UTC 2026-12-01T08:00:00 for 2h0m0s"},
		{"no end", cal(ev("DTSTART:20261201T080000Z\n")), `u "s" UTC 2026-12-01T08:00:00`},
		{"a date", cal(ev("DTSTART;VALUE=DATE:20261201\n")), `u "s" UTC 2026-12-01T00:00:00 days 1 all day`},
		{"dates that end where they begin", cal(ev("DTSTART:20261201\nDTEND:20261201\n")), `u "s" UTC 2026-12-01T00:00:00 days 1 all day`},
		{"three days", cal(ev("DTSTART;VALUE=DATE:20261201\nDURATION:P3D\n")), `u "s" UTC 2026-12-01T00:00:00 days 3 all day`},
		{"floating, in the calendar's zone", cal("X-WR-TIMEZONE:Asia/Kolkata\n" + ev("DTSTART:20261201T080000\nDURATION:P1DT30M\n")), `u "s" Asia/Kolkata 2026-12-01T08:00:00 days 1 for 30m0s`},
		{"an end in another zone", cal(ev("DTSTART;TZID=Europe/London:20260302T160000\nDTEND;TZID=Europe/Berlin:20260302T180000\n")), `u "s" Europe/London 2026-03-02T16:00:00 for 1h0m0s`},
		{"over a change of the clocks an end is exact", cal(ev("DTSTART;TZID=Europe/London:20260328T120000\nDTEND;TZID=Europe/London:20260329T120000\n")), `u "s" Europe/London 2026-03-28T12:00:00 for 23h0m0s`},
		{"and a duration of days is not", cal(ev("DTSTART;TZID=Europe/London:20260328T120000\nDURATION:P1D\n")), `u "s" Europe/London 2026-03-28T12:00:00 days 1`},

		{"it ends before it begins", cal(ev("DTSTART:20261201T080000Z\nDTEND:20261201T070000Z\n")), "refused f.ics:2 s (u): it ends before it begins"},
		{"a date and a time", cal(ev("DTSTART;VALUE=DATE:20261201\nDTEND:20261202T070000Z\n")), "refused f.ics:2 s (u): of its start and its end one is a date and the other a time"},
		{"no start", cal(ev("")), "refused f.ics:2 s (u): it has no DTSTART"},
		{"no date", cal(ev("DTSTART:20261301T000000Z\n")), `refused f.ics:2 s (u): DTSTART is "20261301T000000Z", not a date or a time`},
		{"a negative duration", cal(ev("DTSTART:20261201T080000Z\nDURATION:-PT1H\n")), `refused f.ics:2 s (u): DURATION is "-PT1H", not a duration such as PT1H or P2D`},
		{"every second", cal(ev(day1 + "RRULE:FREQ=SECONDLY\n")), "refused f.ics:2 s (u): the rule happens more often than every quarter of an hour; a calendar's rule is hourly or rarer"},
		{"two rules", cal(ev(day1 + "RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY\n")), "refused f.ics:2 s (u): it has several RRULEs"},
		{"EXRULE", cal(ev(day1 + "EXRULE:FREQ=DAILY\n")), "refused f.ics:2 s (u): it has an EXRULE, which RFC 5545 has dropped"},

		{"a prefix", cal(in("/freeassociation.sourceforge.net/Tzfile/Europe/London")), at("Europe/London")},
		{"Mozilla's prefix", cal(in("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires")), at("America/Argentina/Buenos_Aires")},
		{"Outlook's name", cal(in("GMT Standard Time")), at("Europe/London")},
		{"Outlook's name in quotes, in lower case", cal(in(`"w. europe standard time"`)), at("Europe/Berlin")},
		{"Microsoft's UTC", cal(in(`"tzone://Microsoft/Utc"`)), at("UTC")},
		{"X-LIC-LOCATION", cal(strings.Replace(newYork, "TZID:Our office\n", "TZID:Our office\nX-LIC-LOCATION:America/Toronto\n", 1) + in("Our office")), at("America/Toronto")},
		{"the same rules as New York", cal(newYork + in("Our office")), at("America/New_York")},
		{"a fixed offset", cal(fixed("Ours", "+0300") + in("Ours")), at("Etc/GMT-3")},
		{"a fixed offset of half hours", cal(fixed("Ours", "+0530") + in("Ours")), at("Asia/Kolkata")},
		{"no offset", cal(fixed("Ours", "+0000") + in("Ours")), at("UTC")},
		{"rules of no zone: once, in UTC", cal(own + in("Our office")), `u "s" UTC 2026-03-02T20:00:00 for 1h0m0s`},
		{"rules of no zone: recurring", cal(own + strings.Replace(in("Our office"), "DURATION", "RRULE:FREQ=DAILY\nDURATION", 1)), `refused f.ics:17 s (u): it recurs in the time zone "Our office", whose rules are those of no known zone; use an IANA name such as Europe/London`},
		{"a zone that is not described", cal(in("Our office")), `refused f.ics:2 s (u): the time zone "Our office" is neither known nor described in the calendar; use an IANA name such as Europe/London`},
		{"a zone without rules", cal("BEGIN:VTIMEZONE\nTZID:Ours\nEND:VTIMEZONE\n" + in("Ours")), `refused f.ics:5 s (u): the time zone "Ours" cannot be used: it has no rules`},

		{"UNTIL in UTC", cal(ev(strings.Replace(series, "WEEKLY", "WEEKLY;UNTIL=20260406T150000Z", 1))), weekly + ";UNTIL=20260406T160000"},
		{"a start that the rule leaves out", cal(ev("DTSTART;TZID=Europe/London:20260302T160000\nDTEND;TZID=Europe/London:20260302T180000\nRRULE:FREQ=MONTHLY;BYDAY=2MO\n")),
			`u "s" Europe/London 2026-03-02T16:00:00 for 2h0m0s rule FREQ=MONTHLY;BYDAY=2MO extra [2026-03-02T16:00:00]`},
		{"EXDATE of every form", cal(ev(series + "EXDATE;TZID=Europe/London:20260309T160000,20260316T160000\nEXDATE:20260330T150000Z\nEXDATE;VALUE=DATE:20260406\nEXDATE:\n")),
			weekly + " except [2026-03-09T16:00:00 2026-03-16T16:00:00 2026-03-30T16:00:00 2026-04-06T16:00:00]"},
		{"RDATE, and a PERIOD", cal(ev(series + "RDATE;TZID=America/New_York:20260303T110000\nRDATE;VALUE=PERIOD;TZID=Europe/London:20260304T100000/PT30M\n")),
			weekly + " extra [2026-03-03T16:00:00 2026-03-04T10:00:00] [2026-03-04T10:00:00 gone=false  2026-03-04T10:00:00 0 30m0s]"},
		{"whole days recur without hours", cal(ev("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=WEEKLY;BYHOUR=9;UNTIL=20270101T000000Z;RSCALE=GREGORIAN\nEXDATE:20261208T000000\n")),
			`u "s" UTC 2026-12-01T00:00:00 days 1 rule FREQ=WEEKLY;UNTIL=20270101 except [2026-12-08T00:00:00] all day`},

		{"moved, retitled, cancelled", cal(ev(series) +
			ev("RECURRENCE-ID;TZID=Europe/London:20260309T160000\nDTSTART;TZID=Europe/London:20260310T090000\nDURATION:PT1H\n") +
			strings.Replace(ev("RECURRENCE-ID:20260330T150000Z\nDTSTART;TZID=America/New_York:20260330T110000\nDURATION:PT1H\n"), "SUMMARY:s", "SUMMARY:late", 1) +
			ev("RECURRENCE-ID:20260406T150000Z\nDTSTART:20260406T150000Z\nSTATUS:CANCELLED\n")),
			weekly + " [2026-03-09T16:00:00 gone=false  2026-03-10T09:00:00 0 1h0m0s] [2026-03-30T16:00:00 gone=false America/New_York 2026-03-30T11:00:00 0 1h0m0s late] [2026-04-06T16:00:00 gone=true   0 0s]\nmerged 3 gone 0"},
		{"the override stands first, in two versions", cal(ev("SEQUENCE:1\nRECURRENCE-ID:20260309T160000Z\nDTSTART:20260309T170000Z\nDURATION:PT1H\n") + ev("SEQUENCE:2\nRECURRENCE-ID:20260309T160000Z\nDTSTART:20260309T180000Z\nDURATION:PT1H\n") + ev(series)),
			weekly + " [2026-03-09T16:00:00 gone=false UTC 2026-03-09T18:00:00 0 1h0m0s]\nmerged 2 gone 0"},
		{"from a date on", cal(ev(series) + ev("RECURRENCE-ID;RANGE=THISANDFUTURE:20260309T160000Z\nDTSTART:20260309T170000Z\n")),
			"refused f.ics:9 s (u): it changes its series from a date on (RANGE=THISANDFUTURE), which is not read; end the series there and begin another\nrefused f.ics:2 s (u): what changes one of its dates, at f.ics:9, was refused"},
		{"an override alone", cal(ev("RECURRENCE-ID:20260309T160000Z\nDTSTART:20260309T170000Z\nDURATION:PT1H\n")), `u/20260309T160000Z "s" UTC 2026-03-09T17:00:00 for 1h0m0s`},
		{"an override of a series that was refused", cal(ev(day1+"RRULE:FREQ=SECONDLY\n") + ev("RECURRENCE-ID:20261201T080100Z\n"+day1)),
			"refused f.ics:2 s (u): the rule happens more often than every quarter of an hour; a calendar's rule is hourly or rarer\nrefused f.ics:9 s (u): its series was refused"},
		{"cancelled", cal(ev(day1 + "STATUS:CANCELLED\n")), "merged 0 gone 1"},
		{"METHOD:CANCEL", cal("METHOD:CANCEL\n" + ev(day1)), "merged 0 gone 1"},

		{"the same UID, newer", cal(ev(day1) + ev("SEQUENCE:1\n"+strings.Replace(day1, "T08", "T09", 1))), "u \"s\" UTC 2026-12-01T09:00:00 for 1h0m0s\nmerged 1 gone 0"},
		{"the same event twice", cal(ev(day1) + ev(day1)), "u \"s\" UTC 2026-12-01T08:00:00 for 2h0m0s\nmerged 1 gone 0"},
		{"the same UID for another event", cal(ev(day1) + ev(strings.Replace(day1, "T08", "T09", 1))),
			"u \"s\" UTC 2026-12-01T08:00:00 for 2h0m0s\nrefused f.ics:8 s (u): the event at f.ics:2 has the same UID, and neither is newer; give each event a UID of its own"},
		{"no UID, and a stamp that changes", cal(strings.Replace(ev("DTSTAMP:20261124T080000Z\n"+day1), "UID:u\n", "", 1) + strings.Replace(ev("DTSTAMP:20261124T090000Z\n"+day1), "UID:u\n", "", 1)),
			"content:b62ec19f82f962aa66e84d707d6f0d96 \"s\" UTC 2026-12-01T08:00:00 for 2h0m0s\nmerged 1 gone 0"},
	} {
		s, err := icalendar.Map("import:f.ics", []byte(c.text), asMaintenance)
		if err != nil || brief(s) != c.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", c.name, err, brief(s), c.want)
		}
		if s.Read != len(s.Entries)+s.Merged+s.Gone+len(s.Refused) {
			t.Errorf("%s: %d read, %d accounted for", c.name, s.Read, len(s.Entries)+s.Merged+s.Gone+len(s.Refused))
		}
		sound(t, s)
	}
}

// TestMeaning: what an event is, from the options, from itself, from its calendar.
func TestMeaning(t *testing.T) {
	for _, c := range []struct {
		name, calendar, event string
		o                     icalendar.Options
		want                  string
	}{
		{"told", "", "CATEGORIES:peak\nX-SIGNALBOX-SCOPE:service:pay\n", icalendar.Options{As: calendar.FreezePeriod, Hardness: calendar.SoftFreeze, Scope: "org"}, "freeze soft org"},
		{"a category", "", "CATEGORIES:Business,Audit\n", icalendar.Options{Scope: "org"}, "audit  org"},
		{"properties", "", "X-SIGNALBOX-KIND:freeze\nX-SIGNALBOX-SCOPE:Service:pay\\,region:emea\nX-SIGNALBOX-FREEZE:SOFT\nCATEGORIES:peak\n", icalendar.Options{}, "freeze soft region:emea,service:pay"},
		{"of the calendar", "X-SIGNALBOX-KIND:holiday\nX-SIGNALBOX-SCOPE:region:apac\n", "", icalendar.Options{}, "holiday  region:apac"},
		{"hard if not said", "", "CATEGORIES:freeze\n", icalendar.Options{Scope: "org"}, "freeze hard org"},
		{"no kind", "", "CATEGORIES:party\n", icalendar.Options{Scope: "org"}, "refused: nothing says what it is; write as: in the connector (--as at an import), one of freeze, maintenance, peak, vendor, audit, batch, holiday, window, end-of-life, deadline, on-call, or give it CATEGORIES or X-SIGNALBOX-KIND"},
		{"no scope", "", "CATEGORIES:peak\n", icalendar.Options{}, "refused: nothing says where it holds; import it with --scope, or give it X-SIGNALBOX-SCOPE"},
		{"a bad scope", "", "CATEGORIES:peak\nX-SIGNALBOX-SCOPE:planet:earth\n", icalendar.Options{}, `refused: "planet:earth" is not a scope; write org, or DIMENSION:VALUE with one of unit, team, service, environment, region, tag`},
		{"a bad kind", "", "X-SIGNALBOX-KIND:party\n", icalendar.Options{Scope: "org"}, `refused: its X-SIGNALBOX-KIND is "party", which is no kind of entry; use one of freeze, maintenance, peak, vendor, audit, batch, holiday, window, end-of-life, deadline, on-call`},
		{"an icy freeze", "", "CATEGORIES:freeze\nX-SIGNALBOX-FREEZE:icy\n", icalendar.Options{Scope: "org"}, `refused: its X-SIGNALBOX-FREEZE is "icy"; a freeze is hard or soft`},
		{"a freeze of no time", "", "CATEGORIES:freeze\nDTEND:20261201T080000Z\n", icalendar.Options{Scope: "org"}, "refused: it takes no time: it has neither an end nor a duration"},
	} {
		if !strings.Contains(c.event, "DTEND") {
			c.event += "DTEND:20261201T100000Z\n"
		}
		s, err := icalendar.Map("ops", []byte(cal(c.calendar+ev("DTSTART:20261201T080000Z\n"+c.event))), c.o)
		if err != nil || len(s.Entries)+len(s.Refused) != 1 {
			t.Fatalf("%s: %+v %v", c.name, s, err)
		}
		got := ""
		for _, e := range s.Entries {
			got = fmt.Sprintf("%s %s %s", e.Kind, e.Hardness, e.Scope)
		}
		for _, r := range s.Refused {
			got = "refused: " + r.Reason
		}
		if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestBounds: what is no calendar, or too much of one, is refused as a whole.
func TestBounds(t *testing.T) {
	for _, c := range []struct{ name, text, says string }{
		{"nothing", "", "no iCalendar file"},
		{"a page", "<html>\n<body>Please log in: now</body>\n</html>", "no iCalendar file"},
		{"too large", strings.Repeat("X:y\n", 1<<20+1), "more than 4 MB"},
		{"too many lines", strings.Repeat("A:\n", 200_002), "more than 200000 lines"},
		{"too deep", strings.Repeat("BEGIN:X\n", 20), "deeper than 16 levels"},
		{"too many events", "BEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\nEND:VEVENT\n", 20_001), "more than 20000 events"},
	} {
		s, err := icalendar.Map("ops", []byte(c.text), asMaintenance)
		if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), c.says) || s.Entries != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	long := strings.Repeat("x", 70<<10)
	s, err := icalendar.Map("ops", []byte(cal(ev(day1+"ATTACH;VALUE=BINARY:"+long+"\n")+strings.ReplaceAll(ev(day1+"RDATE:"+long+"\n"), ":u", ":v"))), asMaintenance)
	if err != nil || len(s.Entries) != 1 || len(s.Refused) != 1 || !strings.Contains(s.Refused[0].Reason, "too long") {
		t.Errorf("long lines: %v %s", err, brief(s))
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "trading holidays.ics")
	if err := os.WriteFile(name, []byte(cal(ev(day1))), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := icalendar.Read(name, asMaintenance)
	if err != nil || s.Source != "import:trading holidays.ics" || len(s.Entries) != 1 || s.Entries[0].Source != s.Source {
		t.Errorf("%+v %v", s, err)
	}
	s, err = icalendar.Read(name, icalendar.Options{})
	if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "nothing in trading holidays.ics could be taken; first trading holidays.ics:2 s (u): nothing says what it is") || len(s.Refused) != 1 {
		t.Errorf("nothing taken: %v", err)
	}
	if _, err := icalendar.Read(filepath.Join(dir, "none.ics"), asMaintenance); release.CodeOf(err) != release.NotFound {
		t.Errorf("no file: %v", err)
	}
	if _, err := icalendar.Read(dir, asMaintenance); release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), "is no file") {
		t.Errorf("a directory: %v", err)
	}
}

// FuzzMap seeds with the corpus: whatever the bytes, Map does not panic, accounts for every event, and what
// it takes can be expanded, written down and shown.
func FuzzMap(f *testing.F) {
	for _, data := range calendars(f) {
		if len(data) < 8<<10 {
			f.Add(data)
		}
	}
	f.Add([]byte(cal(newYork + ev("DTSTART;TZID=Our office:20260302T160000\nRRULE:FREQ=WEEKLY;UNTIL=20270101\nEXDATE;VALUE=DATE:20260309\n") + ev("RECURRENCE-ID:20260316T200000Z\n"+day1))))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := icalendar.Map("import:f.ics", data, asMaintenance)
		if err != nil {
			if s.Entries != nil || release.CodeOf(err) != release.Usage || release.Clean(err.Error(), 0) != err.Error() {
				t.Fatalf("%d entries beside %q", len(s.Entries), err)
			}
			return
		}
		if s.Read != len(s.Entries)+s.Merged+s.Gone+len(s.Refused) {
			t.Fatalf("%d read, %d accounted for", s.Read, len(s.Entries)+s.Merged+s.Gone+len(s.Refused))
		}
		if _, err := json.Marshal(s); err != nil {
			t.Fatal(err)
		}
		for _, e := range s.Entries {
			start, err := calendar.ParseWall(e.Timing.Start)
			if err != nil || e.Timing.Check() != nil {
				t.Fatalf("%+v", e)
			}
			if _, err := e.Occurrences(start, start.Add(48*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
