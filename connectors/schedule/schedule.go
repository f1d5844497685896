// Package schedule owns how signalbox reads release schedules that projects keep as YAML: the patch releases of
// Kubernetes (data/releases/schedule.yaml of its website, which schedule-builder reads too), and the weeks of a
// cycle and the status of series of OpenStack. It imports connectors and release, never control or the store.
package schedule

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/fact"
	"signalbox/release/port"
)

const maxRows = 5_000

// Options say what the dates of a schedule are here.
type Options struct {
	// Project stands before each title; "" is nothing.
	Project string
	// As is what releases and milestones are: Deadline, which is "" too, or ChangeWindow. Ends of life are always
	// EndOfLife.
	As calendar.Kind
	// Scope is whom the dates concern; "" is everybody.
	Scope access.Scope
}

// Config is what a schedule needs that is read again and again.
type Config struct {
	connectors.Origin
	Options
}

// New returns a Puller. The error is Usage and says what of the configuration is wrong.
func New(c Config) (port.Puller, error) {
	if err := c.Options.check(); err != nil {
		return nil, err
	}
	c.Origin.Max = connectors.MaxFile
	return connectors.NewTimetable(c.Origin, fmt.Sprintf("schedule %q", fmt.Sprint(c.Options)), c.Options.Read)
}

func (o Options) check() error {
	if o.As != "" && o.As != calendar.Deadline && o.As != calendar.ChangeWindow {
		return release.Errorf(release.Usage, "the dates of a release schedule are deadlines or windows, not %q", release.Clean(string(o.As), 40)).
			Advise("write deadline or window")
	}
	if o.Scope == "" {
		return nil
	}
	_, err := access.ParseScope(string(o.Scope))
	return err
}

// Import reads a schedule of this machine.
func Import(path string, o Options) (fact.CalendarSeen, error) {
	if err := o.check(); err != nil {
		return fact.CalendarSeen{}, err
	}
	return connectors.ReadTimetable(path, connectors.MaxFile, o.Read)
}

// reading is a schedule while it is read.
type reading struct {
	Options
	t connectors.Timetable
}

// Read turns a schedule into entries, a day or a run of days each: at the end of the last one a deadline is over.
// The error is Usage: the bytes are none of these schedules, or no row could be taken.
func (o Options) Read(source, file string, data []byte) (fact.CalendarSeen, int, error) {
	r := reading{o, connectors.Timetable{Source: source, File: file}}
	if r.As == "" {
		r.As = calendar.Deadline
	}
	if r.Scope == "" {
		r.Scope = access.Org
	}
	refuse := func(format string, args ...any) (fact.CalendarSeen, int, error) {
		return fact.CalendarSeen{}, 0, release.Errorf(release.Usage, file+": "+format, args...).
			Advise("name a schedule of Kubernetes (schedules:), of an OpenStack cycle (cycle:) or of its series")
	}
	docs := connectors.Documents(data)
	switch {
	case len(docs) != 1:
		return refuse("it has %d documents of YAML, not one", len(docs))
	case docs[0].Err != nil:
		return refuse("line %d: %s", docs[0].Line, release.AsError(docs[0].Err).Message)
	}
	root := docs[0].Root
	read, list := r.series, root
	if root.Kind == yaml.MappingNode {
		if list = get(root, "schedules"); list != nil {
			read = r.kubernetes
		} else if list = get(root, "cycle"); list != nil {
			read = r.week
		}
	}
	if list == nil || list.Kind != yaml.SequenceNode {
		return refuse("it has neither schedules, nor a cycle, nor is it a list of series")
	}
	if len(list.Content) > maxRows {
		return refuse("it has %d rows; at most %d are read", len(list.Content), maxRows)
	}
	for _, n := range list.Content {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n.Kind != yaml.MappingNode {
			r.t.Refuse(n.Line, "", "row", "it is no mapping")
			continue
		}
		read(n)
	}
	return r.t.Seen()
}

func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			v := n.Content[i+1]
			if v.Kind == yaml.AliasNode {
				v = v.Alias
			}
			return v
		}
	}
	return nil
}

// text is a value as it is written, "" where there is none.
func text(n *yaml.Node, key string) string {
	if v := get(n, key); v != nil && v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
		return release.Clean(v.Value, 80)
	}
	return ""
}

func (r *reading) title(words string) string { return strings.TrimSpace(r.Project + " " + words) }

// whole takes an entry of whole days from one date to another, both included.
func (r *reading) whole(line int, kind calendar.Kind, id, title, first, last string) {
	title = r.title(title)
	if r.Project != "" {
		id = r.Project + "/" + id
	}
	from, err1 := time.Parse(time.DateOnly, first)
	to, err2 := time.Parse(time.DateOnly, last)
	switch {
	case err1 != nil || from.Year() < 1970 || from.Year() > 9000:
		r.t.Refuse(line, id, title, "%q is no date", first)
	case err2 != nil || to.Year() > 9000:
		r.t.Refuse(line, id, title, "%q is no date", last)
	case to.Before(from):
		r.t.Refuse(line, id, title, "it ends on %s, before it begins on %s", last, first)
	default:
		r.t.Add(line, calendar.Entry{ExternalID: id, Kind: kind, Scope: r.Scope, Title: title,
			Timing: calendar.Timing{Zone: "UTC", Start: first + "T00:00:00", AllDay: true, Days: int(to.Sub(from)/(24*time.Hour)) + 1}})
	}
}

// kubernetes reads a minor release: when it goes into maintenance and out of it, and its next patch. Patches that
// are out are history.
func (r *reading) kubernetes(n *yaml.Node) {
	minor := text(n, "release")
	if minor == "" {
		r.t.Refuse(n.Line, "", "schedule", "it has no release")
		return
	}
	taken := false
	day := func(at *yaml.Node, kind calendar.Kind, key, id, words string) {
		date := text(at, key)
		v := get(at, key)
		switch {
		case v == nil, date == "" && v.Kind == yaml.ScalarNode:
			return
		case v.Kind != yaml.ScalarNode:
			r.t.Refuse(v.Line, id, words, "%s is no date", key)
		default:
			r.whole(v.Line, kind, id, words, date, date)
		}
		taken = true
	}
	day(n, r.As, "maintenanceModeStartDate", minor+"/maintenance", minor+" takes only security fixes")
	day(n, calendar.EndOfLife, "endOfLifeDate", minor+"/end-of-life", minor+" end of life")
	if next := get(n, "next"); next != nil {
		patch := text(next, "release")
		if patch == "" {
			if next.Tag != "!!null" {
				r.t.Refuse(next.Line, "", minor, "its next patch has no release")
			}
		} else {
			day(next, r.As, "cherryPickDeadline", patch+"/cherry-picks", patch+" cherry-picks are due")
			day(next, r.As, "targetDate", patch+"/release", patch+" is released")
		}
	}
	if patches := get(n, "previousPatches"); patches != nil && len(patches.Content) > 0 {
		r.t.Aside(patches.Line, minor, "%d patches of it are out", len(patches.Content))
	} else if !taken {
		r.t.Aside(n.Line, minor, "it has no date to come")
	}
}

// week reads a week of an OpenStack cycle with what is due in it.
func (r *reading) week(n *yaml.Node) {
	first, last, name := text(n, "start"), text(n, "end"), text(n, "name")
	if first == "" || last == "" {
		r.t.Refuse(n.Line, "", "week "+name, "it has no start or no end")
		return
	}
	due := 0
	for _, key := range []string{"x-project", "project-specific"} {
		list := get(n, key)
		if list == nil {
			continue
		}
		if list.Kind != yaml.SequenceNode {
			r.t.Refuse(list.Line, "", "week "+name, "%s is no list", key)
			due++
			continue
		}
		for _, item := range list.Content {
			due++
			what := release.Clean(item.Value, 80)
			if item.Kind != yaml.ScalarNode || what == "" {
				r.t.Refuse(item.Line, "", "week "+name, "what is due has no name")
				continue
			}
			words := what
			if name != "" {
				words += " (" + name + ")"
			}
			r.whole(item.Line, r.As, what+"/"+first, words, first, last)
		}
	}
	if due == 0 {
		r.t.Aside(n.Line, "week of "+first, "nothing is due in it")
	}
}

// series reads a line of series_status.yaml.
func (r *reading) series(n *yaml.Node) {
	name := text(n, "name")
	if name == "" {
		r.t.Refuse(n.Line, "", "series", "it has no name")
		return
	}
	called := name
	if id := text(n, "release-id"); id != "" {
		called += " " + id
	}
	taken := false
	day := func(at *yaml.Node, kind calendar.Kind, key, id, words string) {
		date := text(at, key)
		if date == "" {
			return
		}
		taken = true
		if !looksDated.MatchString(date) {
			r.t.Aside(get(at, key).Line, called, "%s is %q", key, date) // "TBD" and the like
			return
		}
		r.whole(get(at, key).Line, kind, id, words, date, date)
	}
	day(n, r.As, "initial-release", name+"/release", called+" is released")
	day(n, calendar.EndOfLife, "eol-date", name+"/end-of-life", called+" end of life")
	if next := get(n, "next-phase"); next != nil {
		switch status := text(next, "status"); status {
		case "":
			r.t.Refuse(next.Line, "", called, "its next phase has no status")
			taken = true
		case "end of life":
			day(next, calendar.EndOfLife, "date", name+"/end-of-life", called+" end of life")
		default:
			day(next, r.As, "date", name+"/"+strings.ReplaceAll(status, " ", "-"), called+" becomes "+status)
		}
	}
	if !taken {
		r.t.Aside(n.Line, called, "it has no date")
	}
}

var looksDated = regexp.MustCompile(`^[0-9]`)
