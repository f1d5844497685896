package access

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
)

// denial is the first thing that keeps a person from a permission; granted is none.
type denial int

const (
	granted  denial = iota
	unsigned        // nobody is signed in
	disabled
	outside // a live grant gives it, in another scope
	ended   // a grant gave it
	never
)

// deny is the rule of Authorise without its words, and the scope that a grant outside covers.
func deny(p *Person, perm Permission, t Target, at time.Time) (denial, Scope) {
	switch {
	case perm == Public:
		return granted, ""
	case p == nil:
		return unsigned, ""
	case p.Disabled:
		return disabled, ""
	}
	why, scope := never, Scope("")
	for k := range p.Grants {
		g := &p.Grants[k]
		switch {
		case !g.Role.May(perm):
		case !g.Live(at):
			if why == never {
				why = ended
			}
		case g.Scope.Covers(t):
			return granted, ""
		default:
			why, scope = outside, g.Scope
		}
	}
	return why, scope
}

// Allowed reports whether Authorise would return nil. It says nothing and costs nothing, for who asks about
// many people at once.
func Allowed(p *Person, perm Permission, t Target, at time.Time) bool {
	why, _ := deny(p, perm, t, at)
	return why == granted
}

// Authorise returns nil where the person may use the permission on the target at an instant (UTC), else a
// Refused error that says why and which roles may. Permission Public passes without a person.
func Authorise(p *Person, perm Permission, t Target, at time.Time) error {
	why, scope := deny(p, perm, t, at)
	switch why {
	case granted:
		return nil
	case unsigned:
		return release.Errorf(release.Refused, "nobody is signed in for this").
			Advise("an admin links you: signalbox person link ID os:USER")
	case disabled:
		return release.Errorf(release.Refused, "%s is disabled", p.ID).Advise("ask an admin")
	case outside:
		return release.Errorf(release.Refused, "your grant covers %s only", scope).
			Advise("%s in this scope can", needs(perm))
	case ended:
		return release.Errorf(release.Refused, "your grant for %s has ended", perm).Advise("an admin can renew it")
	}
	return release.Errorf(release.Refused, "%s may not do this: it needs the role %s", p.ID, needs(perm)).
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

// DisarmAfter is how long without a key press until the levers of a session disarm (CONTRACTS section 4).
const DisarmAfter = 10 * time.Minute

// OnlyLooks reports whether nothing that the person holds is a lever: viewers and auditors, whose walls
// nobody touches and nothing disarms. Nobody holds none.
func (p *Person) OnlyLooks(at time.Time) bool {
	return p == nil || !slices.ContainsFunc(p.Grants, func(g Grant) bool {
		return g.Role != Viewer && g.Role != Auditor && g.Live(at)
	})
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
