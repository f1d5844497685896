package verb

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"signalbox/release"
)

// Parse turns words, split and unquoted by the door, into a call of a verb of the table. --json is known
// to every verb and reported apart; --help too. It never runs anything. The only error is a Usage error.
func (t Table) Parse(words []string) (v Verb, c Call, json, help bool, err error) {
	v, rest, err := t.Match(words)
	if err != nil {
		return v, c, false, false, err
	}
	set := v.FlagSet()
	json_ := set.Bool("json", false, "print JSON")
	help_ := set.BoolP("help", "h", false, "print help")
	if perr := set.Parse(rest); perr != nil {
		return v, c, *json_, false, release.Errorf(release.Usage, "%s: %s", v.Name, release.Clean(perr.Error(), 120)).
			Advise("%s", v.Usage())
	}
	if *help_ {
		return v, c, *json_, true, nil
	}
	c, err = v.Call(set)
	return v, c, *json_, false, err
}

// FlagSet returns a fresh set of the verb's flags.
func (v Verb) FlagSet() *pflag.FlagSet {
	set := pflag.NewFlagSet(v.Name, pflag.ContinueOnError)
	set.SetOutput(discard{})
	v.AddFlags(set)
	return set
}

// AddFlags declares the verb's flags on a set.
func (v Verb) AddFlags(set *pflag.FlagSet) {
	for _, f := range v.Flags {
		switch f.Kind {
		case Bool:
			set.BoolP(f.Name, f.Short, false, f.Help)
		case Strings:
			set.StringArrayP(f.Name, f.Short, nil, f.Help)
		default:
			set.StringP(f.Name, f.Short, "", f.Help)
		}
	}
}

// Call reads a parsed set of flags and its arguments, and checks them against the declaration.
func (v Verb) Call(set *pflag.FlagSet) (Call, error) {
	c := Call{Verb: v.Name, Args: set.Args(), Flags: map[string][]string{}}
	if err := v.checkArgs(c.Args); err != nil {
		return c, err
	}
	for _, f := range v.Flags {
		given := set.Lookup(f.Name)
		if given == nil || !given.Changed {
			if f.Required {
				return c, v.usage("--%s is missing", f.Name)
			}
			continue
		}
		if list, ok := given.Value.(pflag.SliceValue); ok {
			c.Flags[f.Name] = list.GetSlice()
		} else {
			c.Flags[f.Name] = []string{given.Value.String()}
		}
		for _, s := range c.Flags[f.Name] {
			if err := f.check(s); err != nil {
				return c, v.usage("--%s: %s", f.Name, err)
			}
		}
	}
	return c, nil
}

func (v Verb) checkArgs(args []string) error {
	need := 0
	for _, a := range v.Args {
		if !a.Optional {
			need++
		}
	}
	switch {
	case len(args) < need:
		return v.usage("%s is missing", v.Args[len(args)].Name)
	case len(args) > len(v.Args):
		word := release.Clean(args[len(v.Args)], 40)
		for _, f := range v.Flags {
			if f.Name == "message" {
				return v.usage("%q is one word too many; a text of several words stands in quotes, over ssh in two pairs: -m \"'…'\"", word)
			}
		}
		return v.usage("%q is one word too many", word)
	}
	for i, a := range args {
		if vals := v.Args[i].Values; len(vals) > 0 && !contains(vals, a) {
			return v.usage("%s is one of %s, not %q", v.Args[i].Name, strings.Join(vals, ", "), release.Clean(a, 40))
		}
	}
	return nil
}

func (v Verb) usage(format string, args ...any) error {
	return release.Errorf(release.Usage, v.Name+": "+format, args...).Advise("%s", v.Usage())
}

func (f Flag) check(s string) error {
	if len(f.Values) > 0 && !contains(f.Values, s) {
		return release.Errorf(release.Usage, "%q is not one of %s", release.Clean(s, 40), strings.Join(f.Values, ", "))
	}
	var err error
	switch f.Kind {
	case Int:
		if _, perr := strconv.ParseInt(s, 10, 64); perr != nil {
			err = release.Errorf(release.Usage, "%q is not a whole number", release.Clean(s, 40))
		}
	case Duration:
		_, err = ParseDuration(s)
	case Time:
		_, err = ParseTime(s, time.Unix(0, 0))
	}
	return err
}

// Usage is the verb's line of grammar: "usage: approve CHANGE [--message STRING]".
func (v Verb) Usage() string {
	var b strings.Builder
	b.WriteString("usage: " + v.Name)
	for _, a := range v.Args {
		if a.Optional {
			b.WriteString(" [" + a.Name + "]")
		} else {
			b.WriteString(" " + a.Name)
		}
	}
	for _, f := range v.Flags {
		w := "--" + f.Name
		if f.Kind != Bool {
			w += " " + strings.ToUpper(string(f.Kind))
		}
		if !f.Required {
			w = "[" + w + "]"
		}
		b.WriteString(" " + w)
	}
	return b.String()
}

// ParseDuration reads a Go duration, or days: "36h", "3d", "1d12h". It must be positive.
func ParseDuration(s string) (time.Duration, error) {
	days := time.Duration(0)
	rest := s
	if strings.ContainsAny(s, "+-") {
		return 0, badDuration(s)
	}
	if d, r, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.Atoi(d)
		if err != nil || n > 3650 {
			return 0, badDuration(s)
		}
		days, rest = time.Duration(n)*24*time.Hour, r
	}
	if rest != "" {
		h, err := time.ParseDuration(rest)
		if err != nil {
			return 0, badDuration(s)
		}
		days += h
	}
	if days <= 0 {
		return 0, badDuration(s)
	}
	return days, nil
}

func badDuration(s string) error {
	return release.Errorf(release.Usage, "%q is not a duration", release.Clean(s, 40)).Advise("write 90m, 4h or 3d")
}

// ParseTime reads an instant: RFC 3339, "now", or "+DURATION" from now. The result is UTC.
func ParseTime(s string, now time.Time) (time.Time, error) {
	if s == "now" {
		return now.UTC(), nil
	}
	if r, ok := strings.CutPrefix(s, "+"); ok {
		d, err := ParseDuration(r)
		if err != nil {
			return time.Time{}, badTime(s)
		}
		return now.Add(d).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, badTime(s)
	}
	return t.UTC(), nil
}

func badTime(s string) error {
	return release.Errorf(release.Usage, "%q is not a time", release.Clean(s, 40)).
		Advise("write now, +2h, or RFC 3339 with a zone: 2026-11-24T13:30:00Z")
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
