package csv

import (
	"slices"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/fact"
)

// entries reads rows that are entries of the calendar, each by read, which may give several of one row. The ids of
// refused rows are Unread: what is stored of them stays.
func (t *table) entries(source, item string, read func(row, *faults) (id string, out []calendar.Entry)) fact.CalendarSeen {
	out := fact.CalendarSeen{Source: source}
	t.taken = map[string]int{}
	for _, r := range t.rows {
		var f faults
		id, list := read(r, &f)
		if !validID(id) {
			f.add("id", "%q cannot be the id of an entry: one line, at most %d bytes", shown(id), maxName)
			t.unread = append(t.unread, id)
			id = shown(id)
		}
		if !t.settle(r, item, id, f, t.taken) {
			t.unread = append(t.unread, id)
			continue
		}
		for _, e := range list {
			e.Source = source
			out.Entries = append(out.Entries, e)
		}
	}
	for _, id := range t.unread {
		if _, taken := t.taken[id]; !taken && validID(id) {
			out.Unread = append(out.Unread, id)
		}
	}
	if item == jobRow {
		for _, id := range slices.Clone(out.Unread) {
			out.Unread = append(out.Unread, id+onWeekdays)
		}
	}
	slices.Sort(out.Unread)
	out.Unread = slices.Compact(out.Unread)
	return out
}

// window reads a row of any kind. start and end are wall times of the row's zone; where both are dates, the entry is
// of whole days, and end is the day after the last, or empty for one day. An end given as a time makes every
// happening of a rule exactly as long as the first, whatever clocks do. rule is the value of an RRULE, whose UNTIL is
// a wall time of the zone too; extra and except are lists of starts that happen besides, or do not, separated by
// blanks.
func (t *table) window(r row, f *faults) (string, []calendar.Entry) {
	id := t.cell(r, "id")
	e := calendar.Entry{ExternalID: id, Title: called(t.cell(r, "title"), shown(id)), Timing: t.timing(r, f)}
	e.Kind, e.Hardness = t.kind(r, f)
	e.Scope, e.URL = t.scope(r, "scope", f), t.link(r, f)
	if (e.Kind == calendar.FreezePeriod || e.Kind == calendar.ChangeWindow) && len(*f) == 0 && e.Timing.Days == 0 && e.Timing.Length == 0 {
		f.add("end", "a %s that takes no time holds nothing", e.Kind)
	}
	return id, []calendar.Entry{e}
}

func (t *table) scope(r row, column string, f *faults) access.Scope {
	s, err := access.ParseScope(t.cell(r, column))
	if err != nil {
		f.add(column, "%s", release.AsError(err).Message)
	}
	return s
}

func (t *table) link(r row, f *faults) string {
	text := t.cell(r, "url")
	if text == "" {
		return ""
	}
	link := connectors.Link(text)
	if link == "" {
		f.add("url", "%q is no address that a person may be sent to", shown(text))
	}
	return link
}

// validID reports whether a text can be the id of an entry.
func validID(id string) bool {
	return id != "" && len(id) <= maxName && release.Clean(id, 0) == id
}

// kind reads what an entry is. A freeze is hard where nothing is said; nothing else is hard or soft.
func (t *table) kind(r row, f *faults) (calendar.Kind, calendar.Hardness) {
	kind := calendar.Kind(strings.ToLower(t.cell(r, "kind")))
	if !slices.Contains(calendar.Kinds, kind) {
		var all []string
		for _, k := range calendar.Kinds {
			all = append(all, string(k))
		}
		f.add("kind", "%q is not one of %s", shown(string(kind)), strings.Join(all, ", "))
	}
	hard := calendar.Hardness(strings.ToLower(t.cell(r, "hardness")))
	switch {
	case hard == "" && kind == calendar.FreezePeriod:
		hard = calendar.HardFreeze
	case hard != "" && hard != calendar.HardFreeze && hard != calendar.SoftFreeze:
		f.add("hardness", "%q is neither hard nor soft", shown(string(hard)))
	case hard != "" && kind != calendar.FreezePeriod:
		f.add("hardness", "only a freeze is hard or soft")
	}
	return kind, hard
}

// timing reads when an entry happens, and checks that it can.
func (t *table) timing(r row, f *faults) calendar.Timing {
	out := calendar.Timing{Zone: t.cell(r, "zone"), Rule: release.Clean(t.cell(r, "rule"), 0)}
	loc, err := calendar.ParseZone(out.Zone)
	if err != nil {
		f.add("zone", "%s", release.AsError(err).Message)
		return out
	}
	start, startDate, ok := t.wall(r, "start", f)
	if !ok {
		return out
	}
	out.Start, out.AllDay = start.Format(calendar.Wall), startDate
	out.Extra, out.Except = t.walls(r, "extra", f), t.walls(r, "except", f)
	end, endDate := start, startDate
	switch {
	case t.cell(r, "end") == "" && startDate:
		end = start.AddDate(0, 0, 1)
	case t.cell(r, "end") == "":
	default:
		if end, endDate, ok = t.wall(r, "end", f); !ok {
			return out
		}
	}
	switch {
	case startDate != endDate:
		f.add("end", "start and end are both dates, or both times")
	case startDate:
		if out.Days = int(end.Sub(start) / (24 * time.Hour)); out.Days < 1 {
			f.add("end", "it is the day after the last one, and comes after the start")
		}
	default:
		if out.Length = calendar.Resolve(end, loc).Sub(calendar.Resolve(start, loc)); out.Length < 0 {
			f.add("end", "it comes before the start")
		}
	}
	if _, until, ok := strings.Cut(strings.ToUpper(out.Rule), "UNTIL="); ok && out.Zone != "UTC" {
		if until, _, _ = strings.Cut(until, ";"); strings.HasSuffix(strings.TrimSpace(until), "Z") {
			f.add("rule", "UNTIL is a time of the zone here; write it without the Z")
		}
	}
	if len(*f) == 0 {
		if err := out.Check(); err != nil {
			column := "rule"
			if (calendar.Timing{Zone: out.Zone, Start: out.Start, AllDay: out.AllDay, Days: out.Days, Length: out.Length}).Check() != nil {
				column = "end"
			}
			f.add(column, "%s", release.AsError(err).Message)
		}
	}
	return out
}

// walls reads a list of starts.
func (t *table) walls(r row, column string, f *faults) []string {
	var out []string
	for _, text := range list(t.cell(r, column)) {
		at, _, ok := parseWall(text)
		if !ok {
			f.add(column, "%q is neither a date nor a time such as 2026-12-24T18:30", shown(text))
			return nil
		}
		out = append(out, at.Format(calendar.Wall))
	}
	return out
}

// wall reads a date, or a time with or without seconds; spreadsheets write a blank for the T.
func (t *table) wall(r row, column string, f *faults) (at time.Time, date, ok bool) {
	if at, date, ok = parseWall(t.cell(r, column)); !ok {
		f.add(column, "%q is neither a date such as 2026-12-24 nor a time of the zone such as 2026-12-24T18:30", shown(t.cell(r, column)))
	}
	return at, date, ok
}

func parseWall(text string) (at time.Time, date, ok bool) {
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, true, true
	}
	if len(text) > 10 && text[10] == ' ' {
		text = text[:10] + "T" + text[11:]
	}
	if len(text) == len("2006-01-02T15:04") {
		text += ":00"
	}
	at, err := calendar.ParseWall(text)
	return at, false, err == nil
}
