package change

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/evidence"
)

// Author is somebody who had a hand in a change. Person is "" where no person has the identity; a bot
// stands for nobody and is left out of the judgement.
type Author struct {
	Identity access.Identity `json:"identity,omitzero"`
	Person   access.PersonID `json:"person,omitempty"`
	As       string          `json:"as"` // requester, author, pull request author, deployment creator
	Bot      bool            `json:"bot,omitempty"`
}

func (a Author) String() string {
	if a.Person != "" {
		return string(a.Person)
	}
	return a.Identity.String()
}

// Directory finds the person that an outside identity belongs to.
type Directory map[access.Identity]access.PersonID

// NewDirectory indexes people by identity, keys by lower-case system and value.
func NewDirectory(people []access.Person) Directory {
	d := Directory{}
	for _, p := range people {
		for _, i := range p.Identities {
			d[access.Identity{System: i.System, Value: i.Value}] = p.ID
		}
		if p.Email != "" {
			mail := access.Identity{System: "email", Value: strings.ToLower(p.Email)}
			if _, taken := d[mail]; !taken {
				d[mail] = p.ID
			}
		}
	}
	return d
}

// Find looks up an identity.
func (d Directory) Find(i access.Identity) access.PersonID {
	return d[access.Identity{System: i.System, Value: strings.ToLower(i.Value)}]
}

// Authors lists who had a hand in a change (CONTRACTS section 2): the requester, the head commit's authors
// and co-authors, the authors of its pull requests, the deployment's creator and sender. Somebody known
// under a login and an address, one of which is linked to a person by another entry of the same commit, is
// still listed under each: a link must be made, not guessed. bots are logins excluded by configuration.
func Authors(c Change, d evidence.Dossier, dir Directory, bots []string) []Author {
	var out []Author
	add := func(i access.Identity, as string) {
		a := Author{Identity: i, Person: dir.Find(i), As: as, Bot: i.Bot || slices.Contains(bots, i.Value)}
		for _, o := range out {
			if (a.Person != "" && o.Person == a.Person) || (a.Person == "" && o.Identity.String() == i.String()) {
				return
			}
		}
		out = append(out, a)
	}
	if c.Requester != "" {
		out = append(out, Author{Person: c.Requester, As: "requester"})
	}
	if d.Commit != nil {
		for _, i := range d.Commit.Authors {
			add(i, "author")
		}
	}
	for _, p := range d.Pulls {
		add(p.Author, "pull request author")
	}
	for _, i := range c.By {
		add(i, "deployment creator")
	}
	return out
}

// Duties is the judgement on separation of duties: go, stop (nobody may approve as things are) or dark
// (unknown, which blocks). Sentence says why and, where it can, what to do.
type Duties struct {
	Aspect   release.Aspect `json:"aspect"`
	Sentence string         `json:"sentence"`
}

// Separate judges the authors alone: a human whom no person matches makes separation unknown.
func Separate(authors []Author) Duties {
	var strangers []string
	humans := 0
	for _, a := range authors {
		switch {
		case a.Bot:
		case a.Person == "":
			strangers = append(strangers, a.Identity.String())
		default:
			humans++
		}
	}
	if len(strangers) > 0 {
		return Duties{release.Dark, fmt.Sprintf("nobody here is %s, an author", strings.Join(strangers, ", "))}
	}
	if humans == 0 {
		return Duties{release.Dark, "no author of this change is known"}
	}
	return Duties{release.Go, "no author may approve"}
}

// MayApprove returns nil where the person could decide on the item now, else the Refused error that says
// why not and what would help. It is the rule behind the lever, "yours" and the verb alike.
func (i Item) MayApprove(p *access.Person, at time.Time) error {
	if err := i.Locked(); err != nil {
		return err
	}
	if p == nil {
		return access.Authorise(nil, access.Approve, i.Target, at)
	}
	for _, a := range i.Authors {
		if a.Person == p.ID && !a.Bot {
			return release.Errorf(release.Refused, "you are the %s of %s; the approver must be another", a.As, i.Change.ID).
				Advise("%s", i.whoElse(p.ID))
		}
	}
	if err := access.Authorise(p, access.Approve, i.Target, at); err != nil {
		return err
	}
	if d, done := i.Approval.By(p.ID); done {
		return release.Errorf(release.Refused, "you decided on %s at %s", i.Change.ID, d.At.UTC().Format("15:04Z")).
			Advise("one person counts once; undo takes a decision back within 5 minutes")
	}
	return nil
}

// Locked returns the reason why nobody may approve the item as it is, nil where somebody may.
func (i Item) Locked() error {
	switch {
	case i.Change.State != Requested || i.Approval.State != Waiting:
		return release.Errorf(release.Refused, "%s is not waiting: %s", i.Change.ID, i.Standing())
	case catalog.IsUnknown(i.Change.Service):
		slug := strings.TrimPrefix(i.Change.Service, "unknown:")
		return release.Errorf(release.Refused, "no service has the repository %s", slug).
			Advise("annotate the service in the catalog with %s/project-slug: %s and import it", i.Change.Forge, slug)
	case i.Duties.Aspect == release.Dark:
		return release.Errorf(release.Refused, "separation of duties is unknown: %s", i.Duties.Sentence).
			Advise("an admin links the login: person link ID %s", i.stranger())
	}
	return nil
}

func (i Item) stranger() string {
	for _, a := range i.Authors {
		if a.Person == "" && !a.Bot {
			return a.Identity.String()
		}
	}
	return "github:LOGIN"
}

func (i Item) whoElse(not access.PersonID) string {
	var names []string
	for _, e := range i.Eligible {
		if e != not {
			names = append(names, string(e))
		}
	}
	if len(names) == 0 {
		return "nobody else may approve it yet; an admin can grant the role approver"
	}
	if len(names) > 4 {
		names = append(names[:4], "others")
	}
	return "who can: " + strings.Join(names, ", ")
}
