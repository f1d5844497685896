package kit

import (
	"fmt"
	"strconv"
	"time"

	"signalbox/release"
)

// Span writes how long, as release.Span does: sentences and cells say it alike.
func Span(d time.Duration) string { return release.Span(d) }

// Length writes a duration that a rule or a plan states, as release.Length does.
func Length(d time.Duration) string { return release.Length(d) }

// Ago writes when, in prose: "6m02s ago". A time at or after now, as clocks that differ give, is "0s ago".
func Ago(at, now time.Time) string { return Age(at, now) + " ago" }

// Age writes how old, for a column titled age.
func Age(at, now time.Time) string { return Span(max(0, now.Sub(at))) }

// Instant writes when, seen from now in the zone: 13:30Z the same day, "Wed 02:00Z" another day of the
// same ISO week, "Mon 30 Nov" another week, "15 Jan 2027" another year. The zero time is Unknown.
func Instant(at, now time.Time, zone *time.Location) string {
	if at.IsZero() {
		return Unknown
	}
	at, now = at.In(zone), now.In(zone)
	ay, aw := at.ISOWeek()
	ny, nw := now.ISOWeek()
	switch {
	case at.Year() == now.Year() && at.YearDay() == now.YearDay():
		return at.Format("15:04") + Offset(at)
	case ay == ny && aw == nw:
		return at.Format("Mon 15:04") + Offset(at)
	case at.Year() == now.Year():
		return at.Format("Mon 2 Jan")
	}
	return at.Format("2 Jan 2006")
}

// Clock writes the time of day: 13:30Z, 21:30+8.
func Clock(at time.Time, zone *time.Location) string {
	at = at.In(zone)
	return at.Format("15:04") + Offset(at)
}

// Seconds is Clock with seconds: 12:04:31Z.
func Seconds(at time.Time, zone *time.Location) string {
	at = at.In(zone)
	return at.Format("15:04:05") + Offset(at)
}

// Date writes the day: Tue 24 Nov.
func Date(at time.Time, zone *time.Location) string { return at.In(zone).Format("Mon 2 Jan") }

// Offset is at's offset from UTC as it stands behind a time: Z, +8, −5, +5:30.
func Offset(at time.Time) string {
	_, sec := at.Zone()
	if sec == 0 {
		return "Z"
	}
	sign := "+"
	if sec < 0 {
		sign, sec = minus, -sec
	}
	s := sign + strconv.Itoa(sec/3600)
	if m := sec % 3600 / 60; m != 0 {
		s += fmt.Sprintf(":%02d", m)
	}
	return s
}

// Window writes the half-open interval from…to, seen from now in the zone: "14:00–18:00Z",
// "Wed 14:00–18:00Z", "Mon 30 Nov 14:00–18:00Z", "Fri 18:00Z – Tue 06:00Z".
func Window(from, to, now time.Time, zone *time.Location) string {
	from, to, now = from.In(zone), to.In(zone), now.In(zone)
	last := to.Add(-time.Nanosecond)
	if from.Format(time.DateOnly) != last.Format(time.DateOnly) {
		return Instant(from, now, zone) + " – " + Instant(to, now, zone)
	}
	lead := ""
	if from.Format(time.DateOnly) != now.Format(time.DateOnly) {
		lead = "Mon 2 Jan "
		fy, fw := from.ISOWeek()
		ny, nw := now.ISOWeek()
		switch {
		case fy == ny && fw == nw:
			lead = "Mon "
		case from.Year() != now.Year():
			lead = "2 Jan 2006 "
		}
	}
	if lead != "" {
		lead = from.Format(lead)
	}
	end := to.Format("15:04")
	if to.Format(time.DateOnly) != from.Format(time.DateOnly) {
		end = "24:00"
	}
	a, b := Offset(from), Offset(to)
	if a == b {
		a = ""
	}
	return lead + from.Format("15:04") + a + "–" + end + b
}

// Deadline writes a deadline as both of its halves: when, dim, and how long until then. The second is bold;
// within three hours, when it waits for a person, caution; past, stop and "over 1h25m".
func Deadline(at, now time.Time, zone *time.Location, person bool) (when, left Run) {
	return Run{Instant(at, now, zone), Meta()}, Left(at, now, person)
}

// Left is the second word of Deadline alone.
func Left(at, now time.Time, person bool) Run {
	switch d := at.Sub(now); {
	case at.IsZero():
		return Run{Unknown, Plain()}
	case d < 0:
		return Run{"over " + Span(d), Reason(release.Stop)}
	case person && d <= 3*time.Hour:
		return Run{Span(d), Reason(release.Caution)}
	case person:
		return Run{Span(d), Strong()}
	default:
		return Run{Span(d), Plain()}
	}
}
