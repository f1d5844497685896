package csv

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
)

// maxRun is the longest run of a job.
const maxRun = 31 * 24 * time.Hour

// jobRow is what refusals call a row; onWeekdays ends the id of a job's runs on days of the week, where it runs on
// days of the month too.
const (
	jobRow     = "job"
	onWeekdays = "/weekday"
)

// batch reads a job: when it runs, by cron or by an RRULE, in which zone, and how long nineteen of twenty runs take
// at most (p95, as 45m or 1h30m). What it touches is a service or a scope. A rule without a start says by BYHOUR and
// BYMINUTE when it happens.
func (t *table) batch(r row, f *faults) (string, []calendar.Entry) {
	id := t.cell(r, "job")
	title, link := called(t.cell(r, "title"), shown(id)), t.link(r, f)
	var scope access.Scope
	switch service := strings.ToLower(t.cell(r, "service")); {
	case (service == "") == (t.cell(r, "scope") == ""):
		f.add("scope", "a job has either a service or a scope")
	case service != "" && (len(service) > maxID || !validService.MatchString(service)):
		f.add("service", "%q is no id of a service", shown(service))
	case service != "":
		scope = access.Scope("service:" + service)
	default:
		scope = t.scope(r, "scope", f)
	}
	took, err := time.ParseDuration(t.cell(r, "p95"))
	if err != nil || took <= 0 || took > maxRun {
		f.add("p95", "%q is no time that a run takes, such as 45m", shown(t.cell(r, "p95")))
	}
	var out []calendar.Entry
	for n, timing := range t.runs(r, took, f) {
		e := calendar.Entry{ExternalID: id, Kind: calendar.Batch, Scope: scope, Title: title, URL: link, Timing: timing}
		if n > 0 {
			e.ExternalID += onWeekdays
		}
		out = append(out, e)
	}
	return id, out
}

var byClock = regexp.MustCompile(`(?i)BYHOUR=.*BYMINUTE=|BYMINUTE=.*BYHOUR=`)

// runs reads when a job runs.
func (t *table) runs(r row, took time.Duration, f *faults) []calendar.Timing {
	zone := t.cell(r, "zone")
	if _, err := calendar.ParseZone(zone); err != nil {
		f.add("zone", "%s", release.AsError(err).Message)
		return nil
	}
	schedule := release.Clean(t.cell(r, "schedule"), 0)
	if !strings.Contains(strings.ToUpper(schedule), "FREQ=") {
		own, rest := calendar.CronZone(schedule)
		switch {
		case own != "" && own != zone:
			f.add("schedule", "its zone is %s, and the row's is %s", shown(own), zone)
			return nil
		case t.cell(r, "start") != "":
			f.add("start", "a cron schedule says by itself when it runs")
			return nil
		}
		out, err := calendar.Cron(rest, zone, took)
		if err != nil {
			f.add("schedule", "%s", release.AsError(err).Message)
		}
		return out
	}
	out := calendar.Timing{Zone: zone, Start: "2000-01-01T00:00:00", Length: took, Rule: schedule}
	switch text := t.cell(r, "start"); {
	case text != "":
		at, date, ok := parseWall(text)
		if !ok || date {
			f.add("start", "%q is no time of the zone such as 2026-12-24T18:30", shown(text))
			return nil
		}
		out.Start = at.Format(calendar.Wall)
	case !byClock.MatchString(schedule), strings.Contains(strings.ToUpper(schedule), "INTERVAL="), strings.Contains(strings.ToUpper(schedule), "COUNT="):
		f.add("start", "the rule does not say by itself when it happens: give the first run, or BYHOUR and BYMINUTE without INTERVAL and COUNT")
		return nil
	}
	if _, until, ok := strings.Cut(strings.ToUpper(schedule), "UNTIL="); ok && zone != "UTC" {
		if until, _, _ = strings.Cut(until, ";"); strings.HasSuffix(strings.TrimSpace(until), "Z") {
			f.add("schedule", "UNTIL is a time of the zone here; write it without the Z")
			return nil
		}
	}
	if err := out.Check(); err != nil && took > 0 {
		f.add("schedule", "%s", release.AsError(err).Message)
	}
	return []calendar.Timing{out}
}

// period reads an audit or closing period in the business days of a legal entity: from first to last, counted from
// the last business day of each month, quarter, half or year. holidays is the scope of the entity, whose entries of
// kind holiday are days off, weekend the days off of each week.
func (t *table) period(r row, f *faults) (string, []calendar.Entry) {
	id := t.cell(r, "id")
	e := calendar.Entry{ExternalID: id, Kind: calendar.AuditPeriod, Title: called(t.cell(r, "title"), shown(id)), Scope: t.scope(r, "scope", f), URL: t.link(r, f)}
	c := calendar.Closing{Every: calendar.Every(strings.ToLower(t.cell(r, "every"))), First: t.number(r, "first", f), Last: t.number(r, "last", f),
		Holidays: t.scope(r, "holidays", f), Weekend: t.weekend(r, f), Since: t.cell(r, "since"), Until: t.cell(r, "until")}
	if t.cell(r, "year_ends") != "" {
		if c.YearEnds = t.number(r, "year_ends", f); c.YearEnds < 1 || c.YearEnds > 12 {
			f.add("year_ends", "%q is no month from 1 to 12", shown(t.cell(r, "year_ends")))
		}
	}
	zone := t.cell(r, "zone")
	if _, err := calendar.ParseZone(zone); err != nil {
		f.add("zone", "%s", release.AsError(err).Message)
	}
	e.Timing = calendar.Timing{Zone: zone, Closing: &c}
	if len(*f) == 0 {
		if err := e.Timing.Check(); err != nil {
			f.add("every", "%s", release.AsError(err).Message)
		}
	}
	return id, []calendar.Entry{e}
}

func (t *table) number(r row, column string, f *faults) int {
	text := strings.Replace(t.cell(r, column), "−", "-", 1)
	n, err := strconv.Atoi(text)
	if err != nil {
		f.add(column, "%q is no whole number", shown(t.cell(r, column)))
	}
	return n
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// weekend reads days off of a week, Saturday and Sunday if not said; "none" is none.
func (t *table) weekend(r row, f *faults) []time.Weekday {
	text := strings.ToLower(t.cell(r, "weekend"))
	switch text {
	case "":
		return []time.Weekday{time.Saturday, time.Sunday}
	case "none":
		return []time.Weekday{}
	}
	var out []time.Weekday
	for _, w := range list(text) {
		n := slices.Index(weekdays, w)
		if n < 0 {
			f.add("weekend", "%q is none of %s", shown(w), strings.Join(weekdays, " "))
			continue
		}
		out = append(out, time.Weekday(n))
	}
	return out
}
