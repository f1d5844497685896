// Package statuspage owns how signalbox reads the planned maintenance of a vendor from its status page: the
// scheduled-maintenances.json of Atlassian Statuspage (API v2) and of pages that answer as it does. It imports
// connectors and release, never control or the store.
package statuspage

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/fact"
	"signalbox/release/port"
)

const (
	// maxFile is the largest answer read, in bytes; maxItems is how many maintenances it may hold. A page gives
	// fifty.
	maxFile  = 4 << 20
	maxItems = 2_000
)

// Options say whom a maintenance concerns.
type Options struct {
	// Map says which service a component of the page stands for. A maintenance of components that are mapped
	// concerns those services.
	Map map[string]string
	// Scope is whom all others concern. "" leaves them aside.
	Scope access.Scope
}

// Config is what a status page needs that is read again and again.
type Config struct {
	connectors.Origin
	Options
}

// New returns a Puller. The error is Usage and says what of the configuration is wrong.
func New(c Config) (port.Puller, error) {
	if err := c.Options.check(); err != nil {
		return nil, err
	}
	c.Origin.Max = maxFile
	means := fmt.Sprintf("statuspage %q", c.Scope)
	for _, k := range slices.Sorted(maps.Keys(c.Map)) {
		means += fmt.Sprintf(" %q %q", k, c.Map[k])
	}
	return connectors.NewTimetable(c.Origin, means, c.Options.Read)
}

func (o Options) check() error {
	if o.Scope == "" && len(o.Map) == 0 {
		return release.Errorf(release.Usage, "nothing says whom the maintenance of the status page concerns").
			Advise("give it a scope, or map its components to services")
	}
	if o.Scope != "" {
		if _, err := access.ParseScope(string(o.Scope)); err != nil {
			return err
		}
	}
	return nil
}

// Import reads a saved answer.
func Import(path string, o Options) (fact.CalendarSeen, error) {
	if err := o.check(); err != nil {
		return fact.CalendarSeen{}, err
	}
	return connectors.ReadTimetable(path, maxFile, o.Read)
}

// page is the answer. What it says besides is not read.
type page struct {
	Page struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	} `json:"page"`
	Maintenances *[]json.RawMessage `json:"scheduled_maintenances"`
}

type maintenance struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Status     string  `json:"status"`
	Impact     string  `json:"impact"`
	Shortlink  string  `json:"shortlink"`
	From       *string `json:"scheduled_for"`
	Until      *string `json:"scheduled_until"`
	Resolved   *string `json:"resolved_at"`
	Components []struct {
		Name string `json:"name"`
	} `json:"components"`
}

// Read turns an answer into entries of the kind vendor. One that was completed early ends when it was. The
// error is Usage: the bytes are no such answer, or no row could be taken.
func (o Options) Read(source, file string, data []byte) (fact.CalendarSeen, int, error) {
	var p page
	if err := connectors.Decode(data, &p); err != nil {
		e := release.AsError(err)
		return fact.CalendarSeen{}, 0, release.Errorf(e.Code, "%s: %s", file, e.Message).Because(err)
	}
	if p.Maintenances == nil {
		return fact.CalendarSeen{}, 0, release.Errorf(release.Usage, "%s: it has no scheduled_maintenances", file).
			Advise("name the address that ends in /api/v2/scheduled-maintenances.json")
	}
	if n := len(*p.Maintenances); n > maxItems {
		return fact.CalendarSeen{}, 0, release.Errorf(release.Usage, "%s: it has %d maintenances; at most %d are read", file, n, maxItems)
	}
	t := connectors.Timetable{Source: source, File: file}
	at := 0
	for _, raw := range *p.Maintenances {
		if next := bytes.Index(data[at:], raw); next >= 0 {
			at += next
		}
		line := connectors.Line(data, at)
		at += len(raw)
		var m maintenance
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Refuse(line, "", "maintenance", "a value of it is of another kind than the status page's document says")
			continue
		}
		o.one(&t, line, p.Page.Name, m)
	}
	return t.Seen()
}

func (o Options) one(t *connectors.Timetable, line int, vendor string, m maintenance) {
	item := strings.TrimSpace(vendor + " " + m.Name)
	if m.ID == "" {
		t.Refuse(line, "", item, "it has no id")
		return
	}
	from, ok := instant(m.From)
	if !ok {
		t.Refuse(line, m.ID, item, "it does not say when it begins: scheduled_for is no time")
		return
	}
	until, ok := instant(m.Until)
	if !ok {
		t.Refuse(line, m.ID, item, "it does not say when it ends: scheduled_until is no time")
		return
	}
	switch m.Status {
	case "scheduled", "in_progress", "verifying":
	case "completed":
		if over, known := instant(m.Resolved); known && over.Before(until) {
			until = over
		}
		if !from.Before(until) {
			t.Aside(line, item, "it was over before it began")
			return
		}
	default:
		t.Refuse(line, m.ID, item, "its status is %q, not scheduled, in_progress, verifying or completed", release.Clean(m.Status, 40))
		return
	}
	if !from.Before(until) {
		t.Refuse(line, m.ID, item, "it ends before it begins")
		return
	}
	scope, why := o.scope(m)
	if scope == "" {
		t.Aside(line, item, "%s", why)
		return
	}
	title := release.Clean(m.Name, 160)
	if vendor = release.Clean(vendor, 60); vendor != "" {
		title = vendor + ": " + title
	}
	t.Add(line, calendar.Entry{ExternalID: m.ID, Kind: calendar.Vendor, Scope: scope, Title: title, URL: connectors.Link(m.Shortlink),
		Timing: calendar.Timing{Zone: "UTC", Start: from.Format(calendar.Wall), Length: until.Sub(from)}})
}

// scope is whom a maintenance concerns, or why that is nobody.
func (o Options) scope(m maintenance) (access.Scope, string) {
	var services []string
	for _, c := range m.Components {
		if s := o.Map[c.Name]; s != "" {
			services = append(services, "service:"+s)
		}
	}
	if len(services) > 0 {
		slices.Sort(services)
		if s, err := access.ParseScope(strings.Join(slices.Compact(services), ",")); err == nil {
			return s, ""
		}
	}
	return o.Scope, cmp.Or(map[bool]string{true: "it names no component"}[len(m.Components) == 0], "none of its components is mapped to a service")
}

func instant(s *string) (time.Time, bool) {
	if s == nil {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, *s)
	if err != nil || t.UTC().Year() < 1970 || t.UTC().Year() > 9000 {
		return time.Time{}, false
	}
	return t.UTC().Truncate(time.Second), true
}
