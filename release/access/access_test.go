package access_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestParseScope(t *testing.T) {
	for in, want := range map[string]access.Scope{
		"org":                               "org",
		" ORG ":                             "org",
		"org,org":                           "org",
		"service:checkout":                  "service:checkout",
		"Region:EMEA, service:Pay":          "region:emea,service:pay",
		"team:b,team:a,team:b":              "team:a,team:b",
		"service:unknown:acme/shop":         "service:unknown:acme/shop",
		"unit:retail,tag:pci,environment:x": "environment:x,tag:pci,unit:retail",
	} {
		got, err := access.ParseScope(in)
		if got != want || err != nil {
			t.Errorf("ParseScope(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for in, names := range map[string]string{
		"":                       "empty",
		" ":                      "empty",
		"everywhere":             `"everywhere"`,
		"service":                `"service"`,
		"service:":               `"service:"`,
		"galaxy:milky-way":       `"galaxy:milky-way"`,
		"org,service:pay":        "org already means everywhere",
		"team:a,,team:b":         `""`,
		"team:a b":               `"team:a b"`,
		"team: a":                `"team: a"`,
		"team:a\nservice:b":      "is not a scope",
		"team:a\x1b[2J":          "is not a scope",
		"team:\u202Eevil":        "is not a scope",
		"service:pay;region:all": "", // one value with a semicolon is a value
	} {
		_, err := access.ParseScope(in)
		if names == "" {
			if err != nil {
				t.Errorf("ParseScope(%q): %v", in, err)
			}
			continue
		}
		if release.CodeOf(err) != release.Usage || !strings.Contains(err.Error(), names) || release.AsError(err).Try == "" {
			t.Errorf("ParseScope(%q) says %v, want a usage error with %s and advice", in, err, names)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b\n\u202E") {
			t.Errorf("ParseScope(%q) repeats raw text: %q", in, err)
		}
	}
}

// values are few, so that random scopes and targets meet.
var values = []string{"a", "b", "c"}

func terms() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom(access.Dimensions).Draw(t, "dimension") + ":" + rapid.SampledFrom(values).Draw(t, "value")
	})
}

func scopes() *rapid.Generator[access.Scope] {
	return rapid.Custom(func(t *rapid.T) access.Scope {
		s, err := access.ParseScope(strings.Join(rapid.SliceOfN(terms(), 1, 5).Draw(t, "terms"), ","))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func targets() *rapid.Generator[access.Target] {
	one := rapid.SampledFrom(append([]string{""}, values...))
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(values), 0, 3, rapid.ID[string])
	return rapid.Custom(func(t *rapid.T) access.Target {
		return access.Target{
			Units: []string{one.Draw(t, "unit")}, Team: one.Draw(t, "team"), Service: one.Draw(t, "service"),
			Environment: one.Draw(t, "environment"), Regions: some.Draw(t, "regions"), Tags: some.Draw(t, "tags"),
		}
	})
}

func TestScopeAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, target, term := scopes().Draw(t, "scope"), targets().Draw(t, "target"), terms().Draw(t, "term")
		if again, err := access.ParseScope(string(s)); again != s || err != nil {
			t.Fatalf("%q reads again as %q, %v", s, again, err)
		}
		if !access.Org.Covers(target) {
			t.Fatalf("org does not cover %+v", target)
		}
		if s.Covers(access.Target{}) {
			t.Fatalf("%q covers the organisation itself", s)
		}
		longer, err := access.ParseScope(string(s) + "," + term)
		if err != nil {
			t.Fatal(err)
		}
		dim, _, _ := strings.Cut(term, ":")
		if strings.HasPrefix(string(s), dim+":") || strings.Contains(string(s), ","+dim+":") {
			if s.Covers(target) && !longer.Covers(target) {
				t.Fatalf("a further value narrowed %q to %q at %+v", s, longer, target)
			}
		} else if longer.Covers(target) && !s.Covers(target) {
			t.Fatalf("a further dimension widened %q to %q at %+v", s, longer, target)
		}
	})
}

// TestScopeMatchesItsMeaning compares Covers with the sentence in its documentation, written the other way
// round: by dimension, some term of it holds.
func TestScopeMatchesItsMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, target := scopes().Draw(t, "scope"), targets().Draw(t, "target")
		of := map[string][]string{"unit": target.Units, "team": {target.Team}, "service": {target.Service},
			"environment": {target.Environment}, "region": target.Regions, "tag": target.Tags}
		want := true
		for _, dim := range access.Dimensions {
			asked, met := false, false
			for _, v := range values {
				if slices.Contains(strings.Split(string(s), ","), dim+":"+v) {
					asked, met = true, met || slices.Contains(of[dim], v)
				}
			}
			want = want && (!asked || met)
		}
		if got := s.Covers(target); got != want {
			t.Fatalf("%q covers %+v: %v, want %v", s, target, got, want)
		}
	})
}

func TestIncludes(t *testing.T) {
	for _, c := range []struct {
		outer, inner access.Scope
		want         bool
	}{
		{"org", "org", true}, {"org", "service:a", true}, {"service:a", "org", false},
		{"region:emea", "region:emea", true}, {"region:emea", "region:emea,service:a", true}, {"region:emea,service:a", "region:emea", false},
		{"region:apac,region:emea", "region:emea", true}, {"region:emea", "region:apac,region:emea", false}, {"region:emea", "service:a", false},
		{"", "service:a", false}, {"", "", false}, {"service", "service:a", false}, {"service:", "service:", false}, {"org,service:a", "service:a", false},
	} {
		if got := c.outer.Includes(c.inner); got != c.want {
			t.Errorf("%q includes %q: %v", c.outer, c.inner, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		outer, inner, target := scopes().Draw(t, "outer"), scopes().Draw(t, "inner"), targets().Draw(t, "target")
		if !outer.Includes(outer) || !access.Org.Includes(outer) || outer.Includes(access.Org) {
			t.Fatalf("%q is not itself, or is not less than everything", outer)
		}
		if outer.Includes(inner) && inner.Covers(target) && !outer.Covers(target) {
			t.Fatalf("%q includes %q, and %+v lies in the inner one only", outer, inner, target)
		}
	})
}

func TestAuthoriseScope(t *testing.T) {
	with := func(s access.Scope, until time.Time) *access.Person {
		return &access.Person{ID: "c", Grants: []access.Grant{{Person: "c", Role: access.Coordinator, Scope: s, Until: until}}}
	}
	disabled := with(access.Org, time.Time{})
	disabled.Disabled = true
	for _, c := range []struct {
		name  string
		p     *access.Person
		perm  access.Permission
		inner access.Scope
		says  string // "": allowed
	}{
		{"everywhere", with(access.Org, time.Time{}), access.Freeze, access.Org, ""},
		{"inside", with("region:emea", time.Time{}), access.Freeze, "region:emea,service:a", ""},
		{"wider", with("region:emea", time.Time{}), access.Freeze, access.Org, "your grant covers region:emea only"},
		{"beside", with("region:emea", time.Time{}), access.Freeze, "region:apac", "your grant covers region:emea only"},
		{"ended", with("region:emea", noon), access.Freeze, "region:emea", "has ended"},
		{"another permission", with(access.Org, time.Time{}), access.Approve, access.Org, "needs the role approver"},
		{"disabled", disabled, access.Freeze, access.Org, "is disabled"},
		{"nobody", nil, access.Freeze, access.Org, "nobody is signed in"},
	} {
		err := access.AuthoriseScope(c.p, c.perm, c.inner, noon)
		if (err == nil) != (c.says == "") || (err != nil && (!strings.Contains(err.Error(), c.says) || release.CodeOf(err) != release.Refused)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
}

func TestMalformedScopesCoverNothing(t *testing.T) {
	everything := access.Target{Units: []string{"a"}, Team: "a", Service: "a", Environment: "a", Regions: []string{"a"}, Tags: []string{"a"}}
	for _, s := range []access.Scope{"", "service:", "service", "planet:a", "Org", "org,service:a", ","} {
		for _, target := range []access.Target{{}, everything} {
			if s.Covers(target) {
				t.Errorf("%q covers %+v", s, target)
			}
		}
	}
}

func FuzzParseScope(f *testing.F) {
	f.Add("service:checkout,region:emea")
	f.Add("ORG")
	f.Add("team:İ")
	f.Fuzz(func(t *testing.T, in string) {
		s, err := access.ParseScope(in)
		if err != nil {
			if release.CodeOf(err) != release.Usage {
				t.Errorf("ParseScope(%q): %v", in, err)
			}
			return
		}
		if again, err := access.ParseScope(string(s)); err != nil || again != s {
			t.Errorf("%q reads as %q, then as %q, %v", in, s, again, err)
		}
		if release.Clean(string(s), 0) != string(s) {
			t.Errorf("%q is not clean", s)
		}
	})
}

// TestRoles is the table of CONTRACTS section 2, written out.
func TestRoles(t *testing.T) {
	read := []access.Permission{access.Read, access.AskGate}
	want := map[access.Role][]access.Permission{
		access.Viewer:      read,
		access.Developer:   append(slices.Clone(read), access.Draft, access.Submit, access.Withdraw),
		access.Approver:    append(slices.Clone(read), access.Approve),
		access.Executor:    append(slices.Clone(read), access.Implement),
		access.Coordinator: append(slices.Clone(read), access.Move, access.Freeze),
		access.Commander:   append(slices.Clone(read), access.Halt),
		access.Auditor:     append(slices.Clone(read), access.ReadAudit, access.VerifyAudit),
		access.Trainer:     {access.Sandbox},
		access.Admin:       append(slices.Clone(read), access.ReadAudit, access.VerifyAudit, access.People, access.Catalog, access.Tokens),
	}
	all := []access.Permission{access.Read, access.Draft, access.Submit, access.Withdraw, access.Approve, access.Implement,
		access.Move, access.Freeze, access.Halt, access.ReadAudit, access.VerifyAudit, access.People, access.Catalog,
		access.Tokens, access.Sandbox, access.AskGate}
	if got := slices.Sorted(maps.Keys(want)); !slices.Equal(got, slices.Sorted(slices.Values(access.Roles))) {
		t.Fatalf("the roles are %v", access.Roles)
	}
	for role, may := range want {
		for _, p := range all {
			if role.May(p) != slices.Contains(may, p) {
				t.Errorf("%s may %s: %v", role, p, role.May(p))
			}
		}
		if !role.May(access.Public) || !role.Known() {
			t.Errorf("%s is not a role like the others", role)
		}
	}
	if access.Admin.May(access.Approve) || access.Trainer.May(access.Read) {
		t.Error("an admin approves, or a trainer reads production")
	}
	if root := access.Role("root"); root.Known() || root.May(access.Read) {
		t.Error("a role that does not exist gives something")
	}
	if got := access.RolesWith(access.ReadAudit); !slices.Equal(got, []access.Role{access.Auditor, access.Admin}) {
		t.Errorf("audit is read by %v", got)
	}
}

func TestAuthorise(t *testing.T) {
	emea := access.Target{Service: "pay", Regions: []string{"emea"}}
	grant := func(r access.Role, s access.Scope, until time.Time) access.Grant {
		return access.Grant{Person: "j.ruiz", Role: r, Scope: s, Until: until}
	}
	person := func(g ...access.Grant) *access.Person { return &access.Person{ID: "j.ruiz", Grants: g} }
	disabled := person(grant(access.Approver, access.Org, time.Time{}))
	disabled.Disabled = true
	for _, c := range []struct {
		name string
		p    *access.Person
		perm access.Permission
		at   time.Time
		says []string // nil: allowed
	}{
		{"public without a person", nil, access.Public, noon, nil},
		{"nobody", nil, access.Read, noon, []string{"nobody is signed in", "person link"}},
		{"no grant", person(), access.Approve, noon, []string{"j.ruiz may not", "approver", "an admin can grant it"}},
		{"another role", person(grant(access.Admin, access.Org, time.Time{})), access.Approve, noon, []string{"needs the role approver"}},
		{"several roles give it", person(grant(access.Viewer, access.Org, time.Time{})), access.VerifyAudit, noon, []string{"auditor or admin"}},
		{"in scope", person(grant(access.Approver, "region:emea", time.Time{})), access.Approve, noon, nil},
		{"out of scope", person(grant(access.Approver, "region:apac", time.Time{})), access.Approve, noon, []string{"your grant covers region:apac only", "approver in this scope can"}},
		{"one of several", person(grant(access.Approver, "region:apac", time.Time{}), grant(access.Approver, "service:pay", time.Time{})), access.Approve, noon, nil},
		{"an instant before the end", person(grant(access.Approver, access.Org, noon)), access.Approve, noon.Add(-1), nil},
		{"at the end", person(grant(access.Approver, access.Org, noon)), access.Approve, noon, []string{"has ended", "an admin can renew it"}},
		{"ended, with another in force", person(grant(access.Approver, access.Org, noon), grant(access.Approver, "service:pay", time.Time{})), access.Approve, noon, nil},
		{"disabled", disabled, access.Approve, noon, []string{"j.ruiz is disabled", "ask an admin"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := access.Authorise(c.p, c.perm, emea, c.at)
			if (err == nil) != (c.says == nil) {
				t.Fatalf("Authorise: %v", err)
			}
			if err == nil {
				if !access.Holds(c.p, c.perm, c.at) {
					t.Error("Authorise passes and Holds does not")
				}
				return
			}
			e := release.AsError(err)
			if e.Code != release.Refused || e.Try == "" {
				t.Errorf("refused with code %s and advice %q", e.Code, e.Try)
			}
			for _, s := range c.says {
				if !strings.Contains(e.Error(), s) {
					t.Errorf("%q does not say %q", e.Error(), s)
				}
			}
		})
	}
}

// Holds is what leaves levers out: it must never hide one that Authorise would let through.
func TestHoldsIsWiderThanAuthorise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &access.Person{ID: "p", Disabled: rapid.Bool().Draw(t, "disabled")}
		for range rapid.IntRange(0, 4).Draw(t, "grants") {
			g := access.Grant{Role: rapid.SampledFrom(access.Roles).Draw(t, "role"), Scope: scopes().Draw(t, "scope")}
			if rapid.Bool().Draw(t, "ends") {
				g.Until = noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "end")))
			}
			p.Grants = append(p.Grants, g)
		}
		perm := rapid.SampledFrom([]access.Permission{access.Public, access.Read, access.Approve, access.People, access.Sandbox}).Draw(t, "perm")
		if access.Authorise(p, perm, targets().Draw(t, "target"), noon) == nil && !access.Holds(p, perm, noon) {
			t.Fatalf("%+v holds %s not and is authorised", p, perm)
		}
	})
}

// Allowed says in one word what Authorise says in a sentence.
func TestAllowedIsAuthorise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &access.Person{ID: "p", Disabled: rapid.IntRange(0, 9).Draw(t, "disabled") == 0}
		for range rapid.IntRange(0, 4).Draw(t, "grants") {
			g := access.Grant{Role: rapid.SampledFrom(access.Roles).Draw(t, "role"), Scope: scopes().Draw(t, "scope")}
			if rapid.Bool().Draw(t, "ends") {
				g.Until = noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "end")))
			}
			p.Grants = append(p.Grants, g)
		}
		if rapid.IntRange(0, 9).Draw(t, "nobody") == 0 {
			p = nil
		}
		perm := rapid.SampledFrom([]access.Permission{access.Public, access.Read, access.Approve, access.People, access.Sandbox}).Draw(t, "perm")
		target := targets().Draw(t, "target")
		if got, err := access.Allowed(p, perm, target, noon), access.Authorise(p, perm, target, noon); got != (err == nil) {
			t.Fatalf("allowed %v, but %v", got, err)
		}
	})
}

// A wall that nobody touches belongs to somebody who only looks, and only while that is so.
func TestOnlyLooks(t *testing.T) {
	ended, ends := noon, noon.Add(1)
	for _, c := range []struct {
		name   string
		grants []access.Grant
		want   bool
	}{
		{"nothing", nil, true},
		{"viewer", []access.Grant{{Role: access.Viewer}}, true},
		{"viewer and auditor", []access.Grant{{Role: access.Viewer}, {Role: access.Auditor}}, true},
		{"viewer and approver", []access.Grant{{Role: access.Viewer}, {Role: access.Approver}}, false},
		{"approver no more", []access.Grant{{Role: access.Viewer}, {Role: access.Approver, Until: ended}}, true},
		{"approver for an instant", []access.Grant{{Role: access.Viewer}, {Role: access.Approver, Until: ends}}, false},
		{"approver somewhere", []access.Grant{{Role: access.Approver, Scope: "service:pay"}}, false},
	} {
		p := &access.Person{ID: "p", Grants: c.grants}
		if got := p.OnlyLooks(noon); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	for _, r := range access.Roles {
		p := &access.Person{ID: "p", Grants: []access.Grant{{Role: r, Scope: access.Org}}}
		if got := p.OnlyLooks(noon); got != (r == access.Viewer || r == access.Auditor) {
			t.Errorf("%s: %v", r, got)
		}
	}
	if nobody := (*access.Person)(nil); !nobody.OnlyLooks(noon) {
		t.Error("nobody holds a lever")
	}
}

func TestHolds(t *testing.T) {
	p := &access.Person{ID: "p", Grants: []access.Grant{{Role: access.Approver, Scope: "service:a", Until: noon}}}
	off := &access.Person{Disabled: true, Grants: p.Grants}
	if !access.Holds(p, access.Approve, noon.Add(-1)) || access.Holds(p, access.Approve, noon) || access.Holds(p, access.Freeze, noon.Add(-1)) ||
		access.Holds(off, access.Approve, noon.Add(-1)) || access.Holds(nil, access.Read, noon) || !access.Holds(nil, access.Public, noon) {
		t.Error("Holds is not what the live grants give")
	}
}

func TestStrings(t *testing.T) {
	if got := (access.Identity{System: "github", Value: "ann"}).String(); got != "github:ann" {
		t.Errorf("an identity reads %q", got)
	}
	if got := (access.Actor{Person: "j.ruiz", Name: "os:root"}).String(); got != "j.ruiz" {
		t.Errorf("a person acts as %q", got)
	}
	if got := (access.Actor{Name: "token:ci"}).String(); got != "token:ci" {
		t.Errorf("a token acts as %q", got)
	}
}
