package backstage

import (
	"regexp"
	"slices"
	"strings"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
)

// personID is what signalbox can call a person.
var personID = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,39}$`)

// address is the form of an e-mail address, no more.
var address = regexp.MustCompile(`^[^@\s<>]+@[^@\s<>]+$`)

// people reads groups into units and teams, and users into proposals.
func (m *mapping) people() {
	parent := m.parents()
	units, owners := map[string]bool{}, map[string]bool{}
	for _, s := range m.seen.Services {
		owners[s.Team] = true
	}
	for _, g := range m.of("group") {
		id, above := g.key.id(), m.unitAbove(g.key, parent)
		if !unit(g) {
			m.seen.Teams = append(m.seen.Teams, catalog.Team{ID: id, Name: groupName(g), Unit: above})
			continue
		}
		units[id] = true
		m.seen.Units = append(m.seen.Units, catalog.Unit{ID: id, Name: groupName(g), Parent: above})
		if owners[id] {
			// A unit that owns a service itself is a team of its own as well: services belong to teams.
			m.seen.Teams = append(m.seen.Teams, catalog.Team{ID: id, Name: groupName(g), Unit: id})
			delete(units, id)
		}
	}
	teams, proposed := m.memberships(), map[string]bool{}
	for _, u := range m.of("user") {
		// A person is called by the bare name; of two in different namespaces the second by both.
		id := u.key.name
		if proposed[id] {
			id = u.key.namespace + "." + id
		}
		if !personID.MatchString(id) {
			m.lose(u, "%q cannot be a person's id: a to z, digits, dot, dash or underscore, a letter first, at most 40", id)
			continue
		}
		proposed[id] = true
		p := catalog.Proposal{ID: access.PersonID(id), Name: release.Clean(u.Spec.Profile.DisplayName.value, maxTitle), From: "backstage:" + u.place()}
		if p.Name == "" {
			p.Name = title(u)
		}
		if mail := strings.ToLower(release.Clean(u.Spec.Profile.Email.value, 254)); address.MatchString(mail) {
			p.Email = mail
		} else if mail != "" {
			m.refuseIn(u, 0, "spec.profile.email: %q is no mail address", release.Clean(mail, 80))
		}
		for _, t := range teams[u.key] {
			if !units[t] {
				p.Teams = append(p.Teams, t)
			}
		}
		m.seen.Proposals = append(m.seen.Proposals, p)
	}
}

func groupName(g *entity) string {
	if n := release.Clean(g.Spec.Profile.DisplayName.value, maxTitle); n != "" {
		return n
	}
	return title(g)
}

func unit(g *entity) bool {
	switch strings.ToLower(g.Spec.Type.value) {
	case "business-unit", "organization", "organisation":
		return true
	}
	return false
}

// parents maps each group to the group above it: its own word, else that of the group that lists it as a
// child.
func (m *mapping) parents() map[key]key {
	out := map[key]key{}
	for _, g := range m.of("group") {
		for _, r := range g.Spec.Children {
			if k, err := r.parse("group", g.key.namespace); err == nil {
				if _, ok := out[k]; !ok {
					out[k] = g.key
				}
			} else {
				m.refuseIn(g, r.line, "spec.children: %s", release.AsError(err).Message)
			}
		}
	}
	for _, g := range m.of("group") {
		for _, r := range g.Spec.Parent {
			if k, err := r.parse("group", g.key.namespace); err == nil {
				out[g.key] = k
			} else {
				m.refuseIn(g, r.line, "spec.parent: %s", release.AsError(err).Message)
			}
		}
	}
	return out
}

// unitAbove is the id of the nearest unit above a group, "" where there is none. A circle ends the walk.
func (m *mapping) unitAbove(k key, parent map[key]key) string {
	seen := map[key]bool{k: true}
	for {
		up, ok := parent[k]
		if !ok || seen[up] {
			return ""
		}
		if g, ok := m.entities[up]; ok && unit(g) {
			return up.id()
		}
		seen[up] = true
		k = up
	}
}

// memberships maps each user to the ids of its groups, sorted: those it names and those that name it.
func (m *mapping) memberships() map[key][]string {
	out := map[key][]string{}
	add := func(user, group key) {
		if id := group.id(); !slices.Contains(out[user], id) {
			out[user] = append(out[user], id)
		}
	}
	for _, u := range m.of("user") {
		for _, r := range u.Spec.MemberOf {
			if k, err := r.parse("group", u.key.namespace); err == nil {
				add(u.key, k)
			} else {
				m.refuseIn(u, r.line, "spec.memberOf: %s", release.AsError(err).Message)
			}
		}
	}
	for _, g := range m.of("group") {
		for _, r := range g.Spec.Members {
			if k, err := r.parse("user", g.key.namespace); err == nil {
				add(k, g.key)
			} else {
				m.refuseIn(g, r.line, "spec.members: %s", release.AsError(err).Message)
			}
		}
	}
	for _, teams := range out {
		slices.Sort(teams)
	}
	return out
}
