package access

import (
	"slices"
	"sort"
	"strings"

	"signalbox/release"
)

// Scope says where a grant or a freeze holds: "org" (everywhere), or terms "dimension:value" joined by
// commas. Terms of one dimension widen ("region:emea,region:apac": either), terms of different dimensions
// narrow ("service:pay,region:emea": that service there). The text is the canonical form: lower case,
// sorted, no blanks.
type Scope string

// Org is the scope of the whole organisation.
const Org Scope = "org"

// Dimensions lists what a term may name.
var Dimensions = []string{"unit", "team", "service", "environment", "region", "tag"}

// ParseScope returns the canonical form of s, or a Usage error that names the term it cannot read.
func ParseScope(s string) (Scope, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" {
		return "", release.Errorf(release.Usage, "the scope is empty").
			Advise("write org, or terms such as service:checkout,region:emea")
	}
	terms := strings.Split(s, ",")
	for i, t := range terms {
		t = strings.TrimSpace(t)
		dim, value, ok := strings.Cut(t, ":")
		if t != "org" && (!ok || !plain(value) || !slices.Contains(Dimensions, dim)) {
			return "", release.Errorf(release.Usage, "%q is not a scope", release.Clean(t, 60)).
				Advise("write org, or DIMENSION:VALUE with one of %s", strings.Join(Dimensions, ", "))
		}
		terms[i] = t
	}
	sort.Strings(terms)
	terms = slices.Compact(terms)
	if slices.Contains(terms, "org") && len(terms) > 1 {
		return "", release.Errorf(release.Usage, "org already means everywhere").
			Advise("leave org out, or the other terms")
	}
	return Scope(strings.Join(terms, ",")), nil
}

// plain reports whether a scope's value is one word of clean text, so that it can be shown and compared.
func plain(value string) bool {
	return value != "" && !strings.Contains(value, " ") && release.Clean(value, 0) == value
}

// Target is what an act is about, in the dimensions that scopes speak of. All values lower case.
type Target struct {
	Units       []string // the team's unit and the units above it
	Team        string
	Service     string
	Environment string
	Regions     []string
	Tags        []string
}

func (t Target) has(dim, value string) bool {
	if value == "" {
		return false
	}
	switch dim {
	case "unit":
		return slices.Contains(t.Units, value)
	case "team":
		return t.Team == value
	case "service":
		return t.Service == value
	case "environment":
		return t.Environment == value
	case "region":
		return slices.Contains(t.Regions, value)
	case "tag":
		return slices.Contains(t.Tags, value)
	}
	return false
}

// Covers reports whether the target lies in the scope. A target without a value in a dimension that the
// scope names is outside: what is not known is not covered. The zero Target is the organisation itself and
// lies only in Org.
func (s Scope) Covers(t Target) bool {
	if s == Org {
		return true
	}
	var named, met uint // one bit for each of Dimensions
	for term := range strings.SplitSeq(string(s), ",") {
		dim, value, _ := strings.Cut(term, ":")
		at := slices.Index(Dimensions, dim)
		if at < 0 {
			return false
		}
		named |= 1 << at
		if t.has(dim, value) {
			met |= 1 << at
		}
	}
	return met == named
}

// Includes reports whether everything in the inner scope lies in s: s is Org, or inner names each of s's
// dimensions and no value there that s does not name. A scope that is not canonical includes nothing.
func (s Scope) Includes(inner Scope) bool {
	if s == Org {
		return true
	}
	outerTerms, innerTerms := s.terms(), inner.terms()
	for dim, outer := range outerTerms {
		values, ok := innerTerms[dim]
		if !ok {
			return false
		}
		for _, v := range values {
			if v == "" || !slices.Contains(outer, v) {
				return false
			}
		}
	}
	return true
}

func (s Scope) terms() map[string][]string {
	out := map[string][]string{}
	for term := range strings.SplitSeq(string(s), ",") {
		dim, value, _ := strings.Cut(term, ":")
		out[dim] = append(out[dim], value)
	}
	return out
}
