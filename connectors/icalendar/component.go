package icalendar

import (
	"slices"
	"strings"

	"signalbox/release"
)

// component is what stands between BEGIN and END.
type component struct {
	name  string // upper case; "" is the file itself
	no    int    // line of its BEGIN
	lines []line
	subs  []*component
	open  bool // the file breaks off within it, or, of the file itself, within anything
}

// first returns the first property with a name.
func (c *component) first(name string) (line, bool) {
	for _, l := range c.lines {
		if l.name == name {
			return l, true
		}
	}
	return line{}, false
}

// text returns the first property with a name as clean text of at most limit runes.
func (c *component) text(name string, limit int) string {
	l, _ := c.first(name)
	return release.Clean(unescape(l.value), limit)
}

// all returns every property with a name.
func (c *component) all(name string) []line {
	var out []line
	for _, l := range c.lines {
		if l.name == name {
			out = append(out, l)
		}
	}
	return out
}

// kinds are the components that stand in a calendar and in no other component.
var kinds = []string{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"}

// parse reads a file as a tree, as tolerantly as calendars are written: an END that is missing is made up for
// by the next BEGIN that cannot stand within, or by the END around it; one that ends nothing is left out.
// The error is Usage: no calendar, too large, too deep.
func parse(data []byte) (*component, error) {
	lines, err := unfold(data)
	if err != nil {
		return nil, err
	}
	file := &component{}
	stack := []*component{file}
	top := func() *component { return stack[len(stack)-1] }
	for _, l := range lines {
		name := strings.ToUpper(strings.TrimSpace(l.value))
		switch l.name {
		case "BEGIN":
			if name == "VCALENDAR" {
				stack = stack[:1]
			} else if slices.Contains(kinds, name) {
				for len(stack) > 1 && top().name != "VCALENDAR" {
					stack = stack[:len(stack)-1]
				}
			}
			if len(stack) > maxDepth {
				return nil, release.Errorf(release.Usage, "line %d: the calendar nests deeper than %d levels", l.no, maxDepth)
			}
			c := &component{name: name, no: l.no}
			top().subs = append(top().subs, c)
			stack = append(stack, c)
		case "END":
			for i := len(stack) - 1; i > 0; i-- {
				if stack[i].name == name {
					stack = stack[:i]
					break
				}
			}
		default:
			top().lines = append(top().lines, l)
		}
	}
	for _, c := range stack {
		c.open = len(stack) > 1
	}
	if len(file.subs) == 0 {
		return nil, release.Errorf(release.Usage, "it is no iCalendar file: nothing in it begins with BEGIN").
			Advise("give a file that a calendar exports as .ics")
	}
	return file, nil
}

// calendars returns the calendars of a file. Components outside of one are a calendar of their own.
func (c *component) calendars() []*component {
	var out []*component
	loose := &component{name: "VCALENDAR", lines: c.lines}
	for _, s := range c.subs {
		if s.name == "VCALENDAR" {
			out = append(out, s)
		} else {
			loose.subs = append(loose.subs, s)
		}
	}
	if len(loose.subs) > 0 {
		out = append(out, loose)
	}
	return out
}
