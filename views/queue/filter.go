package queue

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
)

// filter is a list of terms that a row must all fit. The language: words, which may stand anywhere in a row;
// KEY:VALUE with svc, team, unit, region, env, tag, state, kind and by, several values separated by commas;
// risk and due compared with < <= > >= =; and "-" before any of them for its opposite. A term that is not
// finished ("risk>") fits everything, so that the list does not flicker while it is typed.
type filter []term

type term struct {
	not  bool
	fits func(v View, i *change.Item) bool
}

func (f filter) fits(v View, i *change.Item) bool {
	for _, t := range f {
		if t.fits(v, i) == t.not {
			return false
		}
	}
	return true
}

func parse(typed string) filter {
	var f filter
	for _, w := range strings.Fields(strings.ToLower(release.Clean(typed, 400))) {
		word, not := strings.CutPrefix(w, "-")
		if fits := reading(word); fits != nil {
			f = append(f, term{not, fits})
		}
	}
	return f
}

// reading is what one term asks for, nil where it asks for nothing yet.
func reading(word string) func(View, *change.Item) bool {
	if word == "" {
		return nil
	}
	if k := strings.IndexAny(word, "<>="); k > 0 {
		key, op, value := word[:k], word[k:k+1], word[k+1:]
		if rest, ok := strings.CutPrefix(value, "="); ok && op != "=" {
			op, value = op+"=", rest
		}
		switch key {
		case "risk":
			n, err := strconv.Atoi(value)
			if err != nil {
				return nil
			}
			return func(_ View, i *change.Item) bool { return compare(op, int64(i.Change.Risk.Score), int64(n)) }
		case "due":
			d, ok := length(value)
			if !ok {
				return nil
			}
			return func(v View, i *change.Item) bool {
				return !i.Approval.ExpiresAt.IsZero() && compare(op, int64(i.Approval.ExpiresAt.Sub(v.at)), int64(d))
			}
		}
	}
	if key, value, ok := strings.Cut(word, ":"); ok {
		if read := fields(key); read != nil {
			values := slices.DeleteFunc(strings.Split(value, ","), func(s string) bool { return s == "" })
			if len(values) == 0 {
				return nil
			}
			return func(v View, i *change.Item) bool {
				return slices.ContainsFunc(read(v, i), func(have string) bool {
					return slices.ContainsFunc(values, func(want string) bool { return strings.HasPrefix(strings.ToLower(have), want) })
				})
			}
		}
	}
	return func(v View, i *change.Item) bool { return strings.Contains(words(v, i), word) }
}

func compare(op string, a, b int64) bool {
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case ">=":
		return a >= b
	}
	return a == b
}

// length reads "4h", "90m", "1h30m" and "2d".
func length(s string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil && n >= 0 && n < 10_000
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}

// fields reads what a key speaks of; nil for a word that is no key.
func fields(key string) func(View, *change.Item) []string {
	switch key {
	case "svc", "service":
		return func(_ View, i *change.Item) []string { return []string{i.Change.Service} }
	case "team":
		return func(_ View, i *change.Item) []string { return []string{i.Target.Team} }
	case "unit":
		return func(_ View, i *change.Item) []string { return i.Target.Units }
	case "region":
		return func(_ View, i *change.Item) []string { return i.Target.Regions }
	case "env":
		return func(_ View, i *change.Item) []string { return []string{i.Change.Environment} }
	case "tag":
		return func(_ View, i *change.Item) []string { return i.Target.Tags }
	case "kind":
		return func(_ View, i *change.Item) []string { return []string{string(i.Change.Kind)} }
	case "by":
		return func(_ View, i *change.Item) []string { return hands(i.Authors) }
	case "state":
		return states
	}
	return nil
}

func hands(authors []change.Author) []string {
	var out []string
	for _, a := range authors {
		out = append(out, string(a.Person), a.Identity.Value, a.Identity.String())
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// states are the words that a row's state answers to.
func states(v View, i *change.Item) []string {
	out := []string{i.Standing(), string(i.Aspect(v.at)), i.Gate}
	if i.Locked() != nil {
		out = append(out, "locked")
	}
	if i.EvidenceDark {
		out = append(out, "dark")
	}
	if i.Yours(v.me) {
		out = append(out, "mine")
	}
	return out
}

// words are everything in a row that a word may be found in.
func words(v View, i *change.Item) string {
	parts := []string{i.Change.ID, i.Change.Name(), i.Change.Title, i.Change.Environment, string(i.Change.Kind), i.Target.Team}
	parts = append(parts, i.Target.Units...)
	parts = append(parts, i.Target.Regions...)
	parts = append(parts, hands(i.Authors)...)
	if i.Yours(v.me) && v.me != access.PersonID("") {
		parts = append(parts, "you")
	}
	return strings.ToLower(strings.Join(parts, "\n"))
}
