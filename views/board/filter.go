package board

import (
	"slices"
	"strings"

	"signalbox/release"
	"signalbox/release/board"
)

// filter is a list of terms that a row must all fit. The language: words, which may stand anywhere in a row;
// KEY:VALUE with kind, svc, region and state (stop, caution, escalated, dark), several values separated by commas;
// and "-" before any of them for its opposite. A term that is not finished ("kind:") fits everything, so that the
// list does not flicker while it is typed.
type filter []term

type term struct {
	not  bool
	fits func(*board.Row) bool
}

func (f filter) fits(r *board.Row) bool {
	for _, t := range f {
		if t.fits(r) == t.not {
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
func reading(word string) func(*board.Row) bool {
	if word == "" {
		return nil
	}
	if key, value, ok := strings.Cut(word, ":"); ok {
		if read := fields(key); read != nil {
			values := slices.DeleteFunc(strings.Split(value, ","), func(s string) bool { return s == "" })
			if len(values) == 0 {
				return nil
			}
			return func(r *board.Row) bool {
				return slices.ContainsFunc(read(r), func(have string) bool {
					return slices.ContainsFunc(values, func(want string) bool { return strings.HasPrefix(strings.ToLower(have), want) })
				})
			}
		}
	}
	return func(r *board.Row) bool {
		all := strings.Join(append([]string{r.ID, r.What, r.Reason, r.Facts, string(r.Kind), r.Service}, r.Regions...), "\n")
		return strings.Contains(strings.ToLower(all), word)
	}
}

// fields reads what a key speaks of; nil for a word that is no key.
func fields(key string) func(*board.Row) []string {
	switch key {
	case "kind":
		return func(r *board.Row) []string { return []string{string(r.Kind)} }
	case "svc", "service":
		return func(r *board.Row) []string { return []string{r.Service} }
	case "region":
		return func(r *board.Row) []string { return r.Regions }
	case "state":
		return func(r *board.Row) []string { return []string{string(r.Aspect)} }
	}
	return nil
}
