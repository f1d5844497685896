package settings

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"signalbox/release"
)

// Fault is one thing that is wrong in the file, or worth a warning.
type Fault struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"` // from 1; 0 where it has no place
	Column int    `json:"column,omitempty"`
	Path   string `json:"path,omitempty"` // of the key: "connectors[2].interval"
	Text   string `json:"text"`           // what is wrong
	Try    string `json:"try,omitempty"`  // what is expected
}

// String is the fault on one line: "FILE:LINE:COLUMN: PATH: TEXT; TRY".
func (f Fault) String() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File)
		if f.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
		}
		b.WriteString(": ")
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Text)
	if f.Try != "" {
		b.WriteString("; " + f.Try)
	}
	return b.String()
}

// faults is the cause of a refusal, for Faults.
type faults []Fault

func (f faults) Error() string { return fmt.Sprintf("%d faults in the configuration", len(f)) }

// Faults returns what is wrong, in the order of the file, where err is a refused configuration.
func Faults(err error) []Fault {
	var f faults
	errors.As(err, &f)
	return f
}

// maxFaults is how many faults are told at once.
const maxFaults = 20

// refusal is the error of a file with faults: a line each and, where there are several, one that counts them.
func refusal(file string, found []Fault) error {
	found = inOrder(found)
	lines := make([]string, 0, len(found))
	for i := range found {
		found[i].File = release.Clean(cmp.Or(file, "the configuration"), 200)
		if i < maxFaults {
			lines = append(lines, found[i].String())
		}
	}
	switch all := len(found); {
	case all >= fullAt:
		lines = append(lines, fmt.Sprintf("%s has %d faults or more, of which these are the first %d", found[0].File, fullAt, maxFaults))
		found = found[:maxFaults]
	case all > maxFaults:
		lines = append(lines, fmt.Sprintf("%s has %d faults, of which these are the first %d", found[0].File, all, maxFaults))
		found = found[:maxFaults]
	case all > 1:
		lines = append(lines, fmt.Sprintf("%s has %d faults", found[0].File, all))
	}
	return release.Errorf(release.Usage, "%s", strings.Join(lines, "\n")).
		Advise("correct the file; nothing was started").Because(faults(found))
}

// inOrder sorts faults as they stand in the file.
func inOrder(found []Fault) []Fault {
	return slices.SortedStableFunc(slices.Values(found), func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// Refuse is the error of faults that only the caller could find, such as an event that is no verb.
func (c Config) Refuse(found ...Fault) error { return refusal(c.Path, found) }

// Fault is one with its place. path is that of a key: "connectors[0].events[1]".
func (c Config) Fault(path, text, try string) Fault { return c.fault(path, text, try) }

// fault places a fault at its key, or at the nearest key above that is in the file.
func (c Config) fault(path, text, try string) Fault {
	f := Fault{File: c.Path, Path: path, Text: text, Try: try}
	for p := path; p != ""; p = above(p) {
		if at, ok := c.places[p]; ok {
			f.Line, f.Column = at.line, at.column
			return f
		}
	}
	return f
}

// above is the path of what holds path: "connectors[0]" for "connectors[0].name".
func above(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

// CheckEvents refuses events of connectors that are not among the audit verbs known to the caller.
func (c Config) CheckEvents(known []string) error {
	var found []Fault
	for i, k := range c.Connectors {
		for j, e := range k.Events {
			if slices.Contains(known, e) {
				continue
			}
			try := "docs/CONFIGURATION.md lists the events"
			if near := nearest(e, known); near != "" {
				try = "did you mean " + near + "?"
			}
			found = append(found, c.fault(fmt.Sprintf("connectors[%d].events[%d]", i, j), fmt.Sprintf("%q is no event", e), try))
		}
	}
	if len(found) == 0 {
		return nil
	}
	return refusal(c.Path, found)
}

// nearest finds the name that differs least from what was written, in fewer than half of its letters and at
// most three; "" if none. Case, dashes and underscores do not count.
func nearest(written string, names []string) string {
	best, least := "", 4
	for _, n := range names {
		if d := distance(bare(written), bare(n)); d < least && 2*d < len(bare(n)) {
			best, least = n, d
		}
	}
	return best
}

func bare(s string) string {
	return strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(strings.ToLower(s))
}

// distance is how many letters must be put in, left out, replaced or swapped with their neighbour to turn a
// into b, in bytes of short names.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
