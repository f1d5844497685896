// Package csv owns how signalbox reads services, people and entries of the calendar from a table with a header line, and how
// it writes a table that a spreadsheet takes for text alone. It imports connectors and release, never control
// or the store.
package csv

import (
	"path/filepath"
	"slices"
	"strings"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/fact"
)

const (
	// maxFile is the largest table read, in bytes; maxRows, maxColumns and maxCell bound what it holds.
	maxFile    = 8 << 20
	maxRows    = 100_000
	maxColumns = 64
	maxCell    = 4 << 10
	// maxName is the longest name or title kept, in characters.
	maxName = 200
)

// What a table's rows are.
const (
	Services = "services"
	People   = "people"
	Windows  = "windows" // entries of any kind
	Batches  = "batches" // jobs with a cron schedule or a rule
	Periods  = "periods" // audit and closing periods in business days
)

// sheets are the columns of each table, in the order in which they are exported, and those without which
// nothing can be read.
var sheets = map[string]struct {
	columns  []string
	required []string
}{
	Services: {[]string{"id", "title", "tier", "team", "system", "lifecycle", "regions", "tags", "github", "gitlab", "customer_facing", "personal_data", "depends_on"}, []string{"id"}},
	People:   {[]string{"id", "name", "email", "teams"}, []string{"id"}},
	Windows:  {[]string{"id", "title", "kind", "hardness", "scope", "zone", "start", "end", "rule", "extra", "except", "url"}, []string{"id", "kind", "scope", "zone", "start"}},
	Batches:  {[]string{"job", "title", "schedule", "start", "zone", "p95", "service", "scope", "url"}, []string{"job", "schedule", "zone", "p95"}},
	Periods:  {[]string{"id", "title", "scope", "zone", "every", "first", "last", "year_ends", "holidays", "weekend", "since", "until", "url"}, []string{"id", "scope", "zone", "every", "first", "last", "holidays", "since"}},
}

// onCalendar are the tables whose rows are entries of the calendar.
var onCalendar = []string{Windows, Batches, Periods}

// Seen is what a table gave: Read = what became of the Fact + len(Refused), in rows.
type Seen struct {
	Fact    fact.Fact // CatalogSeen of services or people, CalendarSeen of windows, batches and periods
	Read    int
	Refused []fact.Refusal
}

// Read reads a table. Its source is "csv:" or, of windows, "import:" and the file's name without its
// directory. The error is NotFound where there is no such file, and Usage where it is no table, or rows were
// read and none could be taken.
func Read(path, what string) (fact.Fact, error) {
	if err := known(what); err != nil {
		return nil, err
	}
	data, err := connectors.LoadFile(path, maxFile)
	if err != nil {
		return nil, err
	}
	base := release.Clean(filepath.Base(path), 120)
	source := "csv:" + base
	if slices.Contains(onCalendar, what) {
		source = "import:" + base
	}
	s, err := Map(source, base, what, data)
	if err != nil {
		return nil, err
	}
	return s.Fact, nil
}

func known(what string) error {
	if _, ok := sheets[what]; ok {
		return nil
	}
	return release.Errorf(release.Usage, "%q is no kind of table", release.Clean(what, 40)).Advise("say that its rows are services, people, windows, batches or periods")
}

// Map turns the bytes of a table into what it says. file is the name that places carry. A row that cannot be
// understood is refused with its line, its columns and the reasons, and the rest stands. A table that is read
// replaces what was known, so that a broken one must not pass for a short one: the error is Usage where the
// columns are not those of the sheet, the bytes are no UTF-8, a bound is passed, a quote is broken in a way
// that swallows rows, or no row could be taken. Map is pure, but for the time zones that it looks up.
func Map(source, file, what string, data []byte) (Seen, error) {
	if err := known(what); err != nil {
		return Seen{}, err
	}
	t, err := decode(file, data, sheets[what].columns, sheets[what].required)
	if err != nil {
		return Seen{}, err
	}
	var out fact.Fact
	taken := 0
	switch what {
	case Services:
		f := t.services(source)
		f.Refused, taken = t.refusals(), len(f.Services)
		out = f
	case People:
		f := t.people(source)
		f.Refused, taken = t.refusals(), len(f.Proposals)
		out = f
	case Windows:
		f := t.entries(source, "window", t.window)
		f.Refused, taken = t.refusals(), len(f.Entries)
		out = f
	case Batches:
		f := t.entries(source, jobRow, t.batch)
		f.Refused, taken = t.refusals(), len(t.taken)
		out = f
	case Periods:
		f := t.entries(source, "period", t.period)
		f.Refused, taken = t.refusals(), len(f.Entries)
		out = f
	}
	s := Seen{Fact: out, Read: t.read, Refused: t.refusals()}
	if taken == 0 && len(s.Refused) > 0 {
		r := s.Refused[0]
		return s, release.Errorf(release.Usage, "no row of %s could be taken; first %s %s: %s", file, r.Place, r.Item, r.Reason).
			Advise("what is known of it stays as it is")
	}
	return s, nil
}

// list is the words of a cell that lists things, each once, in order.
func list(cell string) []string {
	var out []string
	for _, w := range strings.Fields(cell) {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
