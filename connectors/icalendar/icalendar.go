// Package icalendar owns how signalbox reads calendars as iCalendar (RFC 5545), from files, over HTTP and by
// CalDAV, and how it writes them. What a recurrence means is package calendar's. It imports connectors and
// release, never control or the store.
package icalendar

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/fact"
)

// Options say what the events of a calendar are. What is not given is read from each event.
type Options struct {
	As       calendar.Kind
	Hardness calendar.Hardness // of freezes
	Scope    access.Scope
	// Zone is the IANA zone of times that name none; if "", the calendar's own X-WR-TIMEZONE, else UTC.
	Zone string
}

// Check returns a Usage error where the options make no sense.
func (o Options) Check() error {
	switch {
	case o.As != "" && !slices.Contains(calendar.Kinds, o.As):
		return release.Errorf(release.Usage, "%q is no kind of calendar entry", release.Clean(string(o.As), 40)).Advise("use one of %s", kindList())
	case o.Hardness != "" && o.Hardness != calendar.HardFreeze && o.Hardness != calendar.SoftFreeze:
		return release.Errorf(release.Usage, "a freeze is hard or soft, not %q", release.Clean(string(o.Hardness), 20)).Advise("write hard or soft")
	case o.Hardness != "" && o.As != "" && o.As != calendar.FreezePeriod:
		return release.Errorf(release.Usage, "only a freeze is hard or soft, not an entry of kind %s", o.As).Advise("leave hard and soft out")
	}
	if o.Scope != "" {
		if canonical, err := access.ParseScope(string(o.Scope)); err != nil {
			return err
		} else if canonical != o.Scope {
			return release.Errorf(release.Usage, "the scope %q is not in its canonical form", release.Clean(string(o.Scope), 80)).Advise("write %s", canonical)
		}
	}
	if o.Zone != "" {
		_, err := calendar.ParseZone(o.Zone)
		return err
	}
	return nil
}

// Seen is what an import gave. Every VEVENT is an entry, merged into one, gone or refused:
// Read = len(Entries) + Merged + Gone + len(Refused).
type Seen struct {
	fact.CalendarSeen
	Read    int            // VEVENTs
	Merged  int            // that change one happening of a series, or are an older writing of an event
	Gone    int            // that are cancelled as a whole
	Ignored map[string]int // components of other kinds, by name
	cut     bool           // the file breaks off: there may have been more
}

// file is one iCalendar file; name is how a place in it is written.
type file struct {
	name string
	data []byte
}

// Map turns an iCalendar file into what it says. source is the connector's name, or "import:FILE". What
// cannot be understood of an event refuses that event, and the series that it would have changed; their ids
// are Unread, so that what is stored of them stays. The error is Usage: the options make no sense, or the
// bytes are no calendar. It is pure.
func Map(source string, data []byte, o Options) (Seen, error) {
	return mapAll(source, []file{{strings.TrimPrefix(source, "import:"), data}}, o, false)
}

// mapAll is Map for a calendar in several files. With apart, as CalDAV keeps them, a file that is none is
// refused alone.
func mapAll(from string, files []file, o Options, apart bool) (Seen, error) {
	if err := o.Check(); err != nil {
		return Seen{}, err
	}
	c := collection{Seen: Seen{CalendarSeen: fact.CalendarSeen{Source: from}}, broken: map[string][]event{}, over: map[string]bool{}}
	iana := map[string]*time.Location{}
	for _, f := range files {
		root, err := parse(f.data)
		if err == nil && root.open && apart {
			err = release.Errorf(release.Usage, "it breaks off: there is no END:VCALENDAR")
		}
		if err != nil && apart {
			c.Read++
			c.refuse(event{place: connectors.At(f.name, 1), title: "file"}, err)
			// Most clients name an object by its UID.
			for _, id := range append(uids(f.data), strings.TrimSuffix(f.name, ".ics")) {
				c.unread = append(c.unread, unread{id, id})
			}
			continue
		}
		if err != nil {
			return Seen{}, err
		}
		c.cut = c.cut || root.open
		for _, cal := range root.calendars() {
			method := cal.text("METHOD", 20)
			s := source{zones: newZones(cal, o.Zone, iana), file: f.name, cal: cal, o: o, whole: strings.EqualFold(method, "CANCEL")}
			if err := c.take(s); err != nil {
				return Seen{}, err
			}
		}
	}
	c.settle()
	return c.Seen, nil
}

// taken returns a Usage error where events were read and none could be taken, and an Unavailable one where the
// calendar breaks off: one that is read replaces what was known, so that a broken one must not pass for an
// empty one, nor a part for the whole.
func (s Seen) taken(what string) error {
	if s.cut {
		return release.Errorf(release.Unavailable, "%s breaks off: there is no END:VCALENDAR", what).
			Advise("what is known of it stays as it is; export it again where this lasts")
	}
	if len(s.Entries) > 0 || len(s.Refused) == 0 {
		return nil
	}
	r := s.Refused[0]
	return release.Errorf(release.Usage, "nothing in %s could be taken; first %s %s: %s", what, r.Place, r.Item, r.Reason).
		Advise("what is known of it stays as it is")
}

// Read reads a file. Its source is "import:" and the file's name without its directory. The error is NotFound
// where there is no such file, Unavailable where it breaks off, and Usage where it is no calendar, or events
// were read and none could be taken; what was refused is told then, too.
func Read(name string, o Options) (fact.CalendarSeen, error) {
	data, err := load(name)
	if err != nil {
		return fact.CalendarSeen{}, err
	}
	base := release.Clean(filepath.Base(name), 120)
	s, err := Map("import:"+base, data, o)
	if err != nil {
		e := release.AsError(err)
		return s.CalendarSeen, release.Errorf(e.Code, "%s: %s", base, e.Message).Advise("%s", e.Try).Because(err)
	}
	return s.CalendarSeen, s.taken(base)
}

// load reads a file up to one byte more than is taken of it, which is enough to refuse it by its size.
func load(name string) ([]byte, error) {
	shown := release.Clean(name, 200)
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, release.Errorf(release.NotFound, "there is no %s", shown).Advise("name a file that ends in .ics").Because(err)
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil, release.Errorf(release.Usage, "%s is no file", shown).Advise("name a file that ends in .ics")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, release.Errorf(release.Usage, "%s cannot be read", shown).Advise("give signalbox the right to read it").Because(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, release.Errorf(release.Usage, "%s cannot be read to its end", shown).Advise("try again").Because(err)
	}
	return data, nil
}
