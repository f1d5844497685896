package access

import (
	"fmt"
	"strings"
	"time"

	"signalbox/release"
)

// Authorise returns nil where the person may use the permission on the target at an instant (UTC), else a
// Refused error that says why and which roles may. Permission Public passes without a person.
func Authorise(p *Person, perm Permission, t Target, at time.Time) error {
	if perm == Public {
		return nil
	}
	if p == nil {
		return release.Errorf(release.Refused, "nobody is signed in for this").
			Advise("an admin links you: signalbox person link ID os:USER")
	}
	if p.Disabled {
		return release.Errorf(release.Refused, "%s is disabled", p.ID).Advise("ask an admin")
	}
	outside, ended := "", false
	for _, g := range p.Grants {
		if !g.Role.May(perm) {
			continue
		}
		if !g.Live(at) {
			ended = true
			continue
		}
		if g.Scope.Covers(t) {
			return nil
		}
		outside = string(g.Scope)
	}
	needs := needs(perm)
	switch {
	case outside != "":
		return release.Errorf(release.Refused, "your grant covers %s only", outside).
			Advise("%s in this scope can", needs)
	case ended:
		return release.Errorf(release.Refused, "your grant for %s has ended", perm).Advise("an admin can renew it")
	}
	return release.Errorf(release.Refused, "%s may not: it needs the role %s", p.ID, needs).
		Advise("an admin can grant it")
}

// Holds reports whether the person has any live grant that gives perm, in whatever scope. Hints and
// palettes use it to leave out levers; only Authorise decides.
func Holds(p *Person, perm Permission, at time.Time) bool {
	if perm == Public {
		return true
	}
	if p == nil || p.Disabled {
		return false
	}
	for _, g := range p.Grants {
		if g.Role.May(perm) && g.Live(at) {
			return true
		}
	}
	return false
}

func needs(perm Permission) string {
	roles := RolesWith(perm)
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return fmt.Sprintf("%s or %s", strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}

// AuthoriseScope is Authorise for an act that holds in a whole scope, such as a freeze: a grant suffices
// where it is organisation-wide or names no term that the scope lacks.
func AuthoriseScope(p *Person, perm Permission, s Scope, at time.Time) error {
	if p != nil && !p.Disabled {
		for _, g := range p.Grants {
			if g.Role.May(perm) && g.Live(at) && g.Scope.Includes(s) {
				return nil
			}
		}
	}
	if err := Authorise(p, perm, Target{}, at); err != nil {
		return err
	}
	return nil
}
