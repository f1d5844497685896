package calendar

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"signalbox/release"
)

const (
	// maxRule is the longest rule taken, in bytes; maxInterval and maxCount bound its numbers. A daily rule
	// with the largest COUNT runs for 27 years.
	maxRule     = 2048
	maxInterval = 100_000
	maxCount    = 10_000
	// maxPerDay is how often a rule may happen in a day: every quarter of an hour.
	maxPerDay = 96
)

// parts are the parts of a rule (RFC 5545, 3.3.10) and BYEASTER, which only the expansion knows.
var parts = []string{"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS", "BYMONTH", "BYMONTHDAY", "BYYEARDAY",
	"BYWEEKNO", "BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "BYEASTER"}

// parseRule reads a rule that begins at a wall time. UNTIL is a wall time too, or a date that is included to
// its end. Letter case, blanks and a trailing semicolon do not matter. The error is Usage.
func parseRule(text string, start time.Time) (rrule.ROption, error) {
	bad := func(format string, args ...any) (rrule.ROption, error) {
		return rrule.ROption{}, release.Errorf(release.Usage, "the rule cannot be read: "+format, args...).
			Advise("write it as RFC 5545 says: FREQ=WEEKLY;BYDAY=MO")
	}
	if len(text) > maxRule {
		return bad("it has %d bytes; at most %d are taken", len(text), maxRule)
	}
	var seen, out []string
	until, whole := time.Time{}, false
	for part := range strings.SplitSeq(strings.ToUpper(strings.Join(strings.Fields(text), "")), ";") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		switch {
		case !slices.Contains(parts, name):
			return bad("%q is no part of a rule", release.Clean(name, 40))
		case slices.Contains(seen, name):
			return bad("%s stands there twice", name)
		case value == "":
			return bad("%s has no value", name)
		}
		seen = append(seen, name)
		switch name {
		case "INTERVAL", "COUNT":
			most := maxInterval
			if name == "COUNT" {
				most = maxCount
			}
			if n, err := strconv.Atoi(value); err != nil || n < 1 || n > most {
				return bad("%s is %q, not a number from 1 to %d", name, release.Clean(value, 20), most)
			}
		case "UNTIL":
			var err error
			if until, whole, err = parseUntil(value); err != nil {
				return bad("UNTIL is %q", release.Clean(value, 40))
			}
			continue
		}
		out = append(out, part)
	}
	if !slices.Contains(seen, "FREQ") {
		return bad("FREQ is missing")
	}
	opt, err := rrule.StrToROption(strings.Join(out, ";"))
	if err != nil {
		return bad("%s", release.Clean(err.Error(), 120))
	}
	for _, list := range []*[]int{&opt.Bysetpos, &opt.Bymonth, &opt.Bymonthday, &opt.Byyearday, &opt.Byweekno, &opt.Byhour, &opt.Byminute, &opt.Bysecond, &opt.Byeaster} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	var days []rrule.Weekday
	for _, d := range opt.Byweekday {
		if !slices.Contains(days, d) {
			days = append(days, d)
		}
	}
	opt.Byweekday, opt.Dtstart, opt.Until = days, start, until
	inMonth := opt.Freq == rrule.MONTHLY || opt.Freq == rrule.YEARLY && len(opt.Bymonth) > 0
	if inMonth && slices.ContainsFunc(days, func(d rrule.Weekday) bool { return d.N() > 5 || d.N() < -5 }) {
		return bad("no month has more than five of a weekday") // and the library reads beyond its tables
	}
	if whole {
		opt.Until = until.Add(24*time.Hour - time.Second)
	}
	if _, err := rrule.NewRRule(*opt); err != nil {
		return bad("%s", release.Clean(err.Error(), 120))
	}
	return *opt, nil
}

// parseUntil reads 20261231 or 20261231T235959, with or without a Z. whole says that it is a date.
func parseUntil(s string) (until time.Time, whole bool, err error) {
	if len(s) == len(rrule.DateFormat) {
		until, err = time.Parse(rrule.DateFormat, s)
		return until, true, err
	}
	until, err = time.Parse(rrule.LocalDateTimeFormat, strings.TrimSuffix(s, "Z"))
	return until, false, err
}

// calm refuses a rule that must not come from outside: it would happen too often, or a search for its
// next happening would not end. The error is Usage.
func calm(o rrule.ROption) error {
	each := func(list []int) int { return max(1, len(list)) }
	perHour := each(o.Byminute) * each(o.Bysecond)
	switch {
	case o.Freq == rrule.SECONDLY || o.Freq == rrule.MINUTELY,
		o.Freq == rrule.HOURLY && perHour > maxPerDay/24,
		o.Freq < rrule.HOURLY && each(o.Byhour)*perHour > maxPerDay:
		return release.Errorf(release.Usage, "the rule happens more often than every quarter of an hour").
			Advise("a calendar's rule is hourly or rarer")
	case len(o.Byeaster) > 0:
		return release.Errorf(release.Usage, "the rule has BYEASTER, which is no part of RFC 5545").
			Advise("list the dates by RDATE")
	case o.Freq == rrule.HOURLY && len(o.Byhour) > 0 && !meets(o):
		return release.Errorf(release.Usage, "the rule never happens: its steps of %d hours miss every hour of BYHOUR", o.Interval).
			Advise("correct INTERVAL or BYHOUR")
	case o.Freq == rrule.HOURLY && slices.ContainsFunc(o.Bysetpos, func(p int) bool { return p > perHour || p < -perHour }):
		return release.Errorf(release.Usage, "the rule never happens: BYSETPOS is beyond what an hour holds").
			Advise("correct BYSETPOS")
	}
	return nil
}

// meets reports whether an hourly rule reaches one of its hours.
func meets(o rrule.ROption) bool {
	for n := range 24 {
		if slices.Contains(o.Byhour, (o.Dtstart.Hour()+n*max(1, o.Interval))%24) {
			return true
		}
	}
	return false
}

// cycle is the number of years after which dates and weekdays of the calendar repeat.
const cycle = 400

// walls returns the wall times of a rule in [first, last], in order. more says that there are more than
// limit of them.
func walls(o rrule.ROption, first, last time.Time, limit int) (out []time.Time, more bool) {
	if o.Until.IsZero() || o.Until.After(last) {
		o.Until = last
	}
	if o.Until.Before(o.Dtstart) {
		return nil, false
	}
	if o.Count == 0 {
		o.Dtstart = nearer(o, first)
	}
	// The library looks for a happening up to the year 9999. Some cycles later than it is, it finds the same
	// dates, and the search of a rule that never happens is short. Easter has another cycle.
	shift := 0
	if len(o.Byeaster) == 0 {
		shift = (lastYear - o.Until.Year()) / cycle * cycle
		o.Dtstart, o.Until = o.Dtstart.AddDate(shift, 0, 0), o.Until.AddDate(shift, 0, 0)
	}
	r, err := rrule.NewRRule(o)
	if err != nil {
		return nil, false // parseRule has built the same rule
	}
	next := r.Iterator()
	for {
		w, ok := next()
		if !ok {
			return out, false
		}
		if w = w.AddDate(-shift, 0, 0); w.Before(first) {
			continue
		}
		if len(out) == limit {
			return out, true
		}
		out = append(out, w)
	}
}

// nearer returns a start that a rule without COUNT may have as well, close to the time asked about: steps of
// fixed length may be left out before it.
func nearer(o rrule.ROption, first time.Time) time.Time {
	step := map[rrule.Frequency]time.Duration{rrule.WEEKLY: 7 * 24 * time.Hour, rrule.DAILY: 24 * time.Hour,
		rrule.HOURLY: time.Hour, rrule.MINUTELY: time.Minute, rrule.SECONDLY: time.Second}[o.Freq]
	step *= time.Duration(max(1, o.Interval))
	if step == 0 || !o.Dtstart.Before(first) {
		return o.Dtstart
	}
	// Seconds, because a Duration ends at 292 years.
	n := (first.Unix()-o.Dtstart.Unix())/int64(step/time.Second) - 1
	if n < 1 {
		return o.Dtstart
	}
	return time.Unix(o.Dtstart.Unix()+n*int64(step/time.Second), 0).UTC()
}

// NamesStart reports whether the rule gives Start itself; without a rule it does. RFC 5545 calls Start the
// first instance in any case: a reader of calendars adds one that the rule leaves out to Extra.
func (t Timing) NamesStart() bool {
	start, err := ParseWall(t.Start)
	if err != nil || t.Rule == "" {
		return err == nil
	}
	o, err := parseRule(t.Rule, start)
	if err != nil || calm(o) != nil {
		return false
	}
	has := func(list []int, v int) bool { return len(list) == 0 || slices.Contains(list, v) }
	fromEnd := start.Day() - time.Date(start.Year(), start.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day() - 1
	weekday := len(o.Byweekday) == 0
	plain := len(o.Bysetpos)+len(o.Byweekno)+len(o.Byyearday) == 0
	for _, d := range o.Byweekday {
		weekday = weekday || d.Day() == (int(start.Weekday())+6)%7
		plain = plain && d.N() == 0
	}
	switch {
	case !weekday, !has(o.Bymonth, int(start.Month())), !has(o.Bymonthday, start.Day()) && !has(o.Bymonthday, fromEnd),
		!has(o.Byhour, start.Hour()), !has(o.Byminute, start.Minute()), !has(o.Bysecond, start.Second()), !o.Until.IsZero() && o.Until.Before(start):
		return false
	case plain:
		return true
	}
	got, _ := walls(o, start, start, 1)
	return len(got) == 1
}
