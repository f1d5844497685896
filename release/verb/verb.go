// Package verb owns what a verb is: one declaration from which its key, hint, palette row, help, command
// line, SSH command, completion, documentation and exit status come. The verbs themselves are declared in
// control. It does no I/O.
package verb

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
)

// Danger says how strong the confirm is (SCREENS section 5).
type Danger string

const (
	Look  Danger = "look"  // changes nothing
	Free  Danger = "free"  // towards danger: no confirm in the owning view
	Light Danger = "light" // sheet, preset reason, undo
	Full  Danger = "full"  // sheet with consequences and a reason in own words
	Armed Danger = "armed" // type the id
)

// Arg is a positional argument.
type Arg struct {
	Name     string // as help writes it: "CHANGE"
	Help     string
	Optional bool
	// Values are the words that fit, if there are few; completion offers them.
	Values []string
	// File marks an argument for which the command line also takes a file: its text replaces the path.
	File bool
}

// FlagKind is the type of a flag's value.
type FlagKind string

const (
	String   FlagKind = "string"
	Bool     FlagKind = "bool"
	Int      FlagKind = "int"
	Duration FlagKind = "duration" // Go's, and "3d"
	Time     FlagKind = "time"     // RFC 3339, "now", "+2h"
	Strings  FlagKind = "strings"  // may be repeated
)

// Flag is a named argument.
type Flag struct {
	Name, Short string
	Kind        FlagKind
	Help        string
	Required    bool
	Values      []string
	File        bool // as Arg.File
}

// Verb is one declaration. Name may have two words: "change submit".
type Verb struct {
	Name       string
	Alias      string // a shorter name; "" where there is none
	Key        string // "A"; "" where no key has it
	Hint       string // the key's label: "approve"
	Short      string // one line of help, without a full stop
	Long       string
	Example    string // one command line after "signalbox "
	Args       []Arg
	Flags      []Flag
	Permission access.Permission
	Danger     Danger
	// Machine marks a verb that works on the machine's own files or starts a store: it exists on the
	// command line only and is refused over SSH.
	Machine bool
	// Views lists the screens that bind Key: "queue", "change".
	Views []string
	Run   func(ctx context.Context, c Call) (Answer, error) `json:"-"`
}

// Call is one use of a verb.
type Call struct {
	Actor access.Actor
	Verb  string
	Args  []string
	Flags map[string][]string
	// Seen is the revision of the subject that the caller saw; 0 where it did not say.
	Seen int64
	// In is the command's standard input, for verbs that read it; nil elsewhere.
	In io.Reader
}

// Arg returns the n-th argument, "" where it is not given.
func (c Call) Arg(n int) string {
	if n < len(c.Args) {
		return c.Args[n]
	}
	return ""
}

// Flag returns the last value of a flag, "" where it is not given.
func (c Call) Flag(name string) string {
	if v := c.Flags[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// Has reports whether a flag was given (for Bool: and is not "false").
func (c Call) Has(name string) bool {
	v, ok := c.Flags[name]
	return ok && (len(v) == 0 || v[len(v)-1] != "false")
}

// Answer is what a verb says. Lines is the plain text, Value is what --json prints, Exit is 0 but for
// gates. Undo is how long (in seconds) the act can be taken back, 0 if it cannot. Seq is the audit number
// of the act, 0 for a look. Stream, where it is set, writes what is too long to hold, in place of both.
type Answer struct {
	Lines  []string
	Value  any
	Exit   int
	Undo   int
	Seq    int64
	Stream func(w io.Writer) error
}

// List is the JSON of every list: Next is the cursor of the next page, "" at the end; Stale names the feeds
// that the items rest on and that are dark.
type List[T any] struct {
	Items []T       `json:"items"`
	Next  string    `json:"next"`
	AsOf  time.Time `json:"as_of"`
	Stale []string  `json:"stale"`
}

// NewList makes a list without nulls.
func NewList[T any](items []T, next string, asOf time.Time, stale []string) List[T] {
	if items == nil {
		items = []T{}
	}
	if stale == nil {
		stale = []string{}
	}
	return List[T]{items, next, asOf.UTC(), stale}
}

// Table is the catalogue of verbs, in the order in which help lists them.
type Table []Verb

// Find returns the verb with a name.
func (t Table) Find(name string) (Verb, bool) {
	i := slices.IndexFunc(t, func(v Verb) bool { return v.Name == name || v.Alias == name && name != "" })
	if i < 0 {
		return Verb{}, false
	}
	return t[i], true
}

// ForKey returns the verb that a key pulls in a view.
func (t Table) ForKey(view, key string) (Verb, bool) {
	for _, v := range t {
		if v.Key == key && key != "" && slices.Contains(v.Views, view) {
			return v, true
		}
	}
	return Verb{}, false
}

// Match finds the verb that the words begin with, the longest name first, and returns the words after it.
// It returns a Usage error that names the nearest verb, or the second words that fit the first.
func (t Table) Match(words []string) (Verb, []string, error) {
	if len(words) == 0 {
		return Verb{}, nil, release.Errorf(release.Usage, "no verb was given").Advise("help lists them")
	}
	for n := min(2, len(words)); n > 0; n-- {
		if v, ok := t.Find(strings.Join(words[:n], " ")); ok {
			return v, words[n:], nil
		}
	}
	word := release.Clean(words[0], 40)
	err := release.Errorf(release.Usage, "there is no verb %q", word)
	if seconds := t.under(words[0]); len(seconds) > 0 {
		err = release.Errorf(release.Usage, "%s needs a second word: %s", word, strings.Join(seconds, ", "))
		if len(words) > 1 && !strings.HasPrefix(words[1], "-") {
			err = release.Errorf(release.Usage, "%s has no %q; it has %s", word, release.Clean(words[1], 40), strings.Join(seconds, ", "))
		}
	}
	if near := t.nearest(words); near != "" {
		return Verb{}, nil, err.Advise("did you mean %s? help lists them all", near)
	}
	return Verb{}, nil, err.Advise("help lists them")
}

// under lists the second words of the verbs whose name begins with a word.
func (t Table) under(first string) []string {
	var out []string
	for _, v := range t {
		if second, ok := strings.CutPrefix(v.Name, first+" "); ok && first != "" {
			out = append(out, second)
		}
	}
	return out
}

// nearest finds the verb that differs in one or two letters, fewer than half of its name.
func (t Table) nearest(words []string) string {
	best, dist := "", 3
	for _, v := range t {
		asked := strings.Join(words[:min(len(words), 1+strings.Count(v.Name, " "))], " ")
		if d := distance(asked, v.Name); d < dist && 2*d < len(v.Name) {
			best, dist = v.Name, d
		}
	}
	return best
}

// distance is the Levenshtein distance, in bytes, of two short names.
func distance(a, b string) int {
	if len(a) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := prev
			if a[i] != b[j] {
				cost++
			}
			prev, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, cost)
		}
	}
	return row[len(b)]
}
