package connectors

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/fact"
	"signalbox/release/port"
)

// Timetable gathers what a document says of the calendar, row by row: a row is an entry, refused, or left aside,
// each with its place. File is the name that places carry.
type Timetable struct {
	Source, File string

	seen  fact.CalendarSeen
	read  int
	lines map[string]int // of the ids so far
}

const (
	// maxEntryID and maxEntryTitle bound what is kept of an entry, in bytes and in characters.
	maxEntryID    = 200
	maxEntryTitle = 200
)

// Add takes an entry of a line, with its id and title made fit to be shown, or refuses it: its timing cannot be
// expanded, or its id stands there already.
func (t *Timetable) Add(line int, e calendar.Entry) {
	e.Source, e.ExternalID, e.Title = t.Source, EntryID(e.ExternalID), release.Clean(e.Title, maxEntryTitle)
	if e.Title == "" {
		e.Title = string(e.Kind) + " without a title"
	}
	if first, twice := t.lines[e.ExternalID]; twice {
		t.refuse(line, e.Title, fmt.Sprintf("%s stands there already, in line %d", e.ExternalID, first))
		return
	}
	if err := e.Timing.Check(); err != nil {
		t.Refuse(line, e.ExternalID, e.Title, "%s", release.AsError(err).Message)
		return
	}
	if t.lines == nil {
		t.lines = map[string]int{}
	}
	t.lines[e.ExternalID] = line
	t.read++
	t.seen.Entries = append(t.seen.Entries, e)
}

// Refuse notes a row that cannot be understood. What is stored under its id stays as it was; "" is no id.
func (t *Timetable) Refuse(line int, id, item, format string, args ...any) {
	t.refuse(line, item, fmt.Sprintf(format, args...))
	if id != "" {
		t.seen.Unread = append(t.seen.Unread, EntryID(id))
	}
}

// Keep says that what is stored under an id stays as it was, because its row was refused under another one.
func (t *Timetable) Keep(id string) { t.seen.Unread = append(t.seen.Unread, EntryID(id)) }

func (t *Timetable) refuse(line int, item, reason string) {
	t.read++
	if item = release.Clean(item, 120); item == "" {
		item = "row"
	}
	t.seen.Refused = append(t.seen.Refused, fact.Refusal{Place: At(t.File, line), Item: item, Reason: release.Clean(reason, 400)})
}

// Aside notes a row that is understood and has nothing for the calendar, with the reason.
func (t *Timetable) Aside(line int, item, format string, args ...any) {
	t.read++
	if item = release.Clean(item, 120); item == "" {
		item = "row"
	}
	t.seen.Aside = append(t.seen.Aside, fact.Refusal{Place: At(t.File, line), Item: item, Reason: release.Clean(fmt.Sprintf(format, args...), 400)})
}

// Seen is what was gathered, and how many rows there were: entries, refused and left aside. The error is Usage
// where rows were refused and none was taken: a document that is broken must not pass for one that is empty.
func (t *Timetable) Seen() (fact.CalendarSeen, int, error) {
	out := t.seen
	out.Source = t.Source
	out.Unread = slices.DeleteFunc(slices.Clone(out.Unread), func(id string) bool { _, taken := t.lines[id]; return taken })
	slices.Sort(out.Unread)
	out.Unread = slices.Compact(out.Unread)
	if len(out.Entries)+len(out.Aside) == 0 && len(out.Refused) > 0 {
		r := out.Refused[0]
		return out, t.read, release.Errorf(release.Usage, "no row of %s could be taken; first %s %s: %s", t.File, r.Place, r.Item, r.Reason).
			Advise("what is known of it stays as it is")
	}
	return out, t.read, nil
}

// EntryID is an id as it is kept: itself, or a digest where it is very long or not fit to be shown.
func EntryID(id string) string {
	if id != "" && len(id) <= maxEntryID && release.Clean(id, 0) == id {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "id:" + hex.EncodeToString(sum[:16])
}

// Line is the line of a place in a text, from 1.
func Line(data []byte, offset int) int {
	return 1 + bytes.Count(data[:min(max(offset, 0), len(data))], []byte("\n"))
}

// MapTimetable turns the bytes of a document into a calendar. It is pure, but for the time zones that it looks up.
type MapTimetable func(source, file string, data []byte) (seen fact.CalendarSeen, read int, err error)

// ReadTimetable reads a document once, as an import of a person does. Its source is "import:" and the file's name
// without its directory.
func ReadTimetable(path string, limit int64, m MapTimetable) (fact.CalendarSeen, error) {
	data, err := LoadFile(path, limit)
	if err != nil {
		return fact.CalendarSeen{}, err
	}
	base := release.Clean(filepath.Base(path), 120)
	seen, _, err := m("import:"+base, base, data)
	return seen, err
}

// TimetablePuller reads a document again and again. It satisfies port.Puller.
type TimetablePuller struct {
	at     Origin
	client *http.Client
	means  string
	m      MapTimetable
}

// NewTimetable returns a puller of what is at an origin. means is what else decides what its bytes mean. The
// error is Usage.
func NewTimetable(at Origin, means string, m MapTimetable) (*TimetablePuller, error) {
	if err := at.Check(); err != nil {
		return nil, err
	}
	at.Secret = slices.Clone(at.Secret)
	return &TimetablePuller{at: at, client: at.Outbound.Client(), means: means, m: m}, nil
}

// Name returns the connector's name.
func (p *TimetablePuller) Name() string { return p.at.Name }

// notesMost is how many rows that were left aside are told one by one.
const notesMost = 3

// Pull reads the document as a whole. It is Unchanged where its bytes are those of the cursor. Where no row could
// be taken the error is Usage, and Pulled holds what was refused.
func (p *TimetablePuller) Pull(ctx context.Context, cursor string, _ time.Time) (port.Pulled, error) {
	r, err := p.at.Read(ctx, p.client, cursor, p.means)
	if err != nil || r.Unchanged {
		return port.Pulled{Cursor: r.Cursor, Unchanged: r.Unchanged}, err
	}
	seen, read, err := p.m(p.at.Name, r.File, r.Data)
	out := port.Pulled{Read: read, Refused: seen.Refused}
	if n := len(seen.Aside); n > 0 {
		var told []string
		for _, a := range seen.Aside[:min(n, notesMost)] {
			told = append(told, a.Item+": "+a.Reason)
		}
		note := fmt.Sprintf("%d left aside, %s", n, strings.Join(told, ", "))
		if n > notesMost {
			note += fmt.Sprintf(", and %d more", n-notesMost)
		}
		out.Notes = append(out.Notes, note)
	}
	if err != nil {
		return out, err
	}
	out.Facts, out.Cursor = []fact.Fact{seen}, r.Cursor
	return out, nil
}
