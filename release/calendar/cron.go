package calendar

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"signalbox/release"
)

// cronField is one field of a cron schedule: a list of *, values and ranges, each with a step or not.
var cronField = regexp.MustCompile(`^(\*|[0-9a-z]+(-[0-9a-z]+)?)(/[0-9]+)?(,(\*|[0-9a-z]+(-[0-9a-z]+)?)(/[0-9]+)?)*$`)

// cronWords are the schedules that have a name. @every and @reboot have no place on a clock.
var cronWords = map[string]string{"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *"}

// maxCron is the longest schedule taken, in bytes.
const maxCron = 400

// CronZone takes "CRON_TZ=Zone " or "TZ=Zone " off the front of a schedule. zone is "" where there is none.
func CronZone(text string) (zone, schedule string) {
	text = strings.TrimSpace(text)
	first, rest, _ := strings.Cut(text, " ")
	for _, prefix := range []string{"CRON_TZ=", "TZ="} {
		if name, ok := strings.CutPrefix(first, prefix); ok {
			return name, strings.TrimSpace(rest)
		}
	}
	return "", text
}

// Cron reads a cron schedule of five fields (minute, hour, day of month, month, day of week) or @daily and its
// like, for a job that takes a time. A zone's cron is its wall time, so that the Timings keep the wall time: in
// the hour that clocks skip it runs after it, in the one that they show twice it runs once.
//
// As in crontab(5), a job whose day of month and day of week are both given, neither beginning with *, runs on
// either. RFC 5545 has no such rule, so that there are two Timings, which share no day.
//
// The error is Usage: the schedule cannot be read, never happens, has no place on a clock (@reboot, @every), or
// happens more often than every quarter of an hour.
func Cron(schedule, zone string, took time.Duration) ([]Timing, error) {
	bad := func(format string, args ...any) ([]Timing, error) {
		return nil, release.Errorf(release.Usage, "the schedule cannot be read: "+format, args...).Advise("write it as crontab has it: 30 2 * * 1-5")
	}
	if len(schedule) > maxCron {
		return bad("it has %d bytes; at most %d are taken", len(schedule), maxCron)
	}
	text := strings.ToLower(strings.TrimSpace(schedule))
	if strings.HasPrefix(text, "@") {
		word, _, _ := strings.Cut(text, " ")
		switch fields, known := cronWords[text]; {
		case known:
			text = fields
		case word == "@every" || word == "@reboot":
			return bad("%s has no time on the clock", word)
		default:
			return bad("%q is none of its words", release.Clean(text, 40))
		}
	}
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return bad("it has %d fields, not 5", len(fields))
	}
	for n, f := range fields {
		if !cronField.MatchString(f) {
			return bad("%q is no field", release.Clean(f, 40))
		}
		fields[n] = everyDay(f)
	}
	star := func(n int) bool { return strings.HasPrefix(fields[n], "*") }
	both := !star(2) && !star(4)
	weekdays, err := sundays(fields[4])
	if err != nil {
		return bad("%s", err)
	}
	fields[4] = weekdays
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(strings.Join(fields, " "))
	if err != nil {
		return bad("%s", release.Clean(err.Error(), 120))
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return bad("it is none of five fields")
	}
	c := cronTimes{minutes: bits(spec.Minute, 0, 59), hours: bits(spec.Hour, 0, 23), days: bits(spec.Dom, 1, 31), months: bits(spec.Month, 1, 12), weekdays: bits(spec.Dow, 0, 6)}
	all := []cronTimes{c}
	if both {
		onDays, onWeekdays := c, c
		onDays.weekdays = bits(^uint64(0), 0, 6)
		onWeekdays.days = slices.DeleteFunc(bits(^uint64(0), 1, 31), func(d int) bool { return slices.Contains(c.days, d) })
		all = []cronTimes{onDays, onWeekdays}
	}
	var out []Timing
	for _, c := range all {
		start, found := c.first()
		if !found {
			continue
		}
		t := Timing{Zone: zone, Start: start.Format(Wall), Length: took, Rule: c.rule()}
		if err := t.Check(); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return nil, release.Errorf(release.Usage, "the schedule never happens: no month of it has such a day").Advise("correct its day or its month")
	}
	return out, nil
}

// everyDay writes "*/1" as "*": it restricts nothing.
func everyDay(field string) string {
	if field == "*/1" {
		return "*"
	}
	return field
}

// sundays writes a field of weekdays without 7, which is Sunday as 0 is.
func sundays(field string) (string, error) {
	if !strings.Contains(field, "7") {
		return field, nil
	}
	var out []string
	for part := range strings.SplitSeq(field, ",") {
		days, step, stepped := strings.Cut(part, "/")
		from, to, isRange := strings.Cut(days, "-")
		switch {
		case days == "7":
			part = "0"
		case isRange && to == "7" && len(from) == 1 && from >= "0" && from <= "7":
			n := 1
			if stepped {
				if n, _ = strconv.Atoi(step); n < 1 {
					return "", fmt.Errorf("%q is no step", step)
				}
			}
			part = ""
			for d := int(from[0] - '0'); d <= 7; d += n {
				out = append(out, strconv.Itoa(d%7))
			}
		}
		if part != "" {
			out = append(out, part)
		}
	}
	return strings.Join(out, ","), nil
}

// cronTimes are the values of a schedule's fields.
type cronTimes struct{ minutes, hours, days, months, weekdays []int }

func bits(set uint64, low, high int) []int {
	var out []int
	for n := low; n <= high; n++ {
		if set&(1<<n) != 0 {
			out = append(out, n)
		}
	}
	return out
}

// rule is the RRULE of the times.
func (c cronTimes) rule() string {
	out := "FREQ=DAILY"
	part := func(name string, list []int, all int, word func(int) string) {
		if len(list) == all {
			return
		}
		var words []string
		for _, n := range list {
			words = append(words, word(n))
		}
		out += ";" + name + "=" + strings.Join(words, ",")
	}
	part("BYMONTH", c.months, 12, strconv.Itoa)
	part("BYMONTHDAY", c.days, 31, strconv.Itoa)
	part("BYDAY", c.weekdays, 7, func(n int) string { return []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}[n] })
	part("BYHOUR", c.hours, 0, strconv.Itoa)
	part("BYMINUTE", c.minutes, 0, strconv.Itoa)
	return out
}

// cronStart is where the search for the first run begins: a schedule does not say since when it holds. Twenty-eight
// years have every date on every weekday.
var cronStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// first is the wall time of the first run since cronStart.
func (c cronTimes) first() (time.Time, bool) {
	for n := range 28*366 + 1 {
		d := cronStart.AddDate(0, 0, n)
		if slices.Contains(c.months, int(d.Month())) && slices.Contains(c.days, d.Day()) && slices.Contains(c.weekdays, int(d.Weekday())) {
			return d.Add(time.Duration(c.hours[0])*time.Hour + time.Duration(c.minutes[0])*time.Minute), true
		}
	}
	return time.Time{}, false
}
