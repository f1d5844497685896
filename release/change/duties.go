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

// NewDirectory indexes people by identity, keys by lower-case system and value. A person's own address is
// an identity too, unless it is linked to somebody or several people have it: a shared mailbox is nobody.
func NewDirectory(people []access.Person) Directory {
	linked, mail := Directory{}, Directory{}
	shared := map[access.Identity]bool{}
	for _, p := range people {
		for _, i := range p.Identities {
			linked[key(i)] = p.ID
		}
		if p.Email != "" {
			k := key(access.Identity{System: "email", Value: p.Email})
			if other, taken := mail[k]; taken && other != p.ID {
				shared[k] = true
			}
			mail[k] = p.ID
		}
	}
	for k, p := range mail {
		if _, taken := linked[k]; !taken && !shared[k] {
			linked[k] = p
		}
	}
	return linked
}

// Find looks up an identity, in any letter case; "" where nobody has it.
func (d Directory) Find(i access.Identity) access.PersonID { return d[key(i)] }

func key(i access.Identity) access.Identity {
	return access.Identity{System: strings.ToLower(i.System), Value: strings.ToLower(i.Value)}
}

// Authors lists who had a hand in a change (CONTRACTS section 2): the requester, the head commit's authors
// and co-authors, the authors of its pull requests, the deployment's creator and sender. Somebody known
// under a login and an address, one of which is linked to a person by another entry of the same commit, is
// still listed under each: a link must be made, not guessed. bots are logins excluded by configuration, in
// any letter case; a login that one entry calls a bot is one in every entry. A bot has no Person, even if
// its login is linked to one, so that it never hides that person's own hand in the change.
func Authors(c Change, d evidence.Dossier, dir Directory, bots []string) []Author {
	out := []Author{}
	if c.Requester != "" {
		out = append(out, Author{Person: c.Requester, As: "requester"})
	}
	var seen []Author
	if d.Commit != nil {
		for _, i := range d.Commit.Authors {
			seen = append(seen, Author{Identity: i, As: "author"})
		}
	}
	for _, p := range d.Pulls {
		seen = append(seen, Author{Identity: p.Author, As: "pull request author"})
	}
	for _, i := range c.By {
		seen = append(seen, Author{Identity: i, As: "deployment creator"})
	}
	robots := map[access.Identity]bool{}
	for _, a := range seen {
		k := key(a.Identity)
		robots[k] = robots[k] || a.Identity.Bot ||
			slices.ContainsFunc(bots, func(b string) bool { return strings.EqualFold(b, k.Value) })
	}
	for _, a := range seen {
		if a.Bot = robots[key(a.Identity)]; !a.Bot {
			a.Person = dir.Find(a.Identity)
		}
		if !slices.ContainsFunc(out, func(o Author) bool {
			if a.Person != "" {
				return o.Person == a.Person
			}
			return o.Person == "" && key(o.Identity) == key(a.Identity)
		}) {
			out = append(out, a)
		}
	}
	return out
}

// Duties is the judgement on separation of duties: go, or dark (unknown, which blocks). Sentence says why.
// Whatever is not go locks the approval.
type Duties struct {
	Aspect   release.Aspect `json:"aspect"`
	Sentence string         `json:"sentence"`
}

// Separate judges the authors alone: a human whom no person matches makes separation unknown, and so does a
// change of which no author is known. A commit that only bots wrote has no human author: every approver is
// separate from it.
func Separate(authors []Author) Duties {
	var strangers []string
	humans, written := 0, false
	for _, a := range authors {
		switch {
		case a.Bot:
			written = written || a.As == "author"
		case a.Person == "":
			strangers = append(strangers, a.Identity.String())
		default:
			humans++
		}
	}
	if len(strangers) > 0 {
		return Duties{release.Dark, fmt.Sprintf("nobody here is %s, an author", strings.Join(strangers, ", "))}
	}
	switch {
	case humans == 0 && written:
		return Duties{release.Go, "only bots had a hand in it"}
	case humans == 0:
		return Duties{release.Dark, "no author of this change is known"}
	}
	return Duties{release.Go, "no author may approve"}
}

// bar is the first thing that keeps a person from deciding on an item; free is none. It is the rule, and
// the sentences of Locked and MayApprove are its words.
type bar int

const (
	free bar = iota
	notWaiting
	noService
	noDuties
	expired
	nobody
	executor
	author
	noGrant
	decided
)

// lock is what bars everybody from the item as it is.
func (i *Item) lock() bar {
	switch {
	case i.Change.State != Requested || i.Approval.State != Waiting:
		return notWaiting
	case catalog.IsUnknown(i.Change.Service):
		return noService
	case i.Duties.Aspect != release.Go:
		return noDuties
	}
	return free
}

// shut is lock with the end of the request's time.
func (i *Item) shut(at time.Time) bar {
	if l := i.lock(); l != free || at.Before(i.Approval.ExpiresAt) {
		return l
	}
	return expired
}

// bars is what bars this person from an item that is not shut.
func (i *Item) bars(p *access.Person, at time.Time) bar {
	switch {
	case p == nil:
		return nobody
	case i.Change.Executor == p.ID && p.ID != "":
		return executor
	case i.hand(p.ID) >= 0:
		return author
	case !access.Allowed(p, access.Approve, i.Target, at):
		return noGrant
	}
	if _, done := i.Approval.By(p.ID); done {
		return decided
	}
	return free
}

// hand is the place in Authors of the person's hand in the change, -1 for none.
func (i *Item) hand(p access.PersonID) int {
	return slices.IndexFunc(i.Authors, func(a Author) bool { return a.Person == p && !a.Bot })
}

// MayApprove returns nil where the person could decide on the item now, else the Refused error that says
// why not and what would help. It is the rule behind the lever, "yours" and the verb alike.
func (i *Item) MayApprove(p *access.Person, at time.Time) error {
	b := i.shut(at)
	if b == free {
		b = i.bars(p, at)
	}
	switch b {
	case free:
		return nil
	case expired:
		return release.Errorf(release.Refused, "the request expired at %s", i.Approval.ExpiresAt.UTC().Format("Mon 15:04Z")).
			Advise("the requester submits it again: change submit %s", i.Change.ID)
	case executor:
		return release.Errorf(release.Refused, "you are the executor of %s; the approver must be another", i.Change.ID).
			Advise("%s", i.whoElse(p.ID))
	case author:
		return release.Errorf(release.Refused, "you are the %s of %s; the approver must be another", i.Authors[i.hand(p.ID)].As, i.Change.ID).
			Advise("%s", i.whoElse(p.ID))
	case nobody, noGrant:
		return access.Authorise(p, access.Approve, i.Target, at)
	case decided:
		d, _ := i.Approval.By(p.ID)
		return release.Errorf(release.Refused, "you decided on %s at %s", i.Change.ID, d.At.UTC().Format("15:04Z")).
			Advise("one person counts once; undo takes a decision back within 5 minutes")
	}
	return i.Locked()
}

// MayDecide is MayApprove for one of the two verdicts: approving also waits while evidence rests on a dark
// feed, since a dark signal counts as its most restrictive aspect. Rejecting, which is to danger, does not.
func (i *Item) MayDecide(v Verdict, p *access.Person, at time.Time) error {
	if err := i.MayApprove(p, at); err != nil {
		return err
	}
	if v == Approve && i.EvidenceDark {
		return release.Errorf(release.Refused, "its evidence rests on %s, which is dark", i.Stale).
			Advise("it can be approved when %s answers again", i.Stale)
	}
	return nil
}

// MayTakeBack returns nil where the person could take the own decision on the item back now, else the Refused
// error that says why not. It is the rule behind the lever and the verb; TakeBack does it.
func (i *Item) MayTakeBack(p *access.Person, at time.Time) error {
	if err := access.Authorise(p, access.Approve, i.Target, at); err != nil {
		return err
	}
	_, err := TakeBack(i.Approval, p.ID, at)
	return err
}

// MayAsk returns nil where the person could ask a question on the item now, else the Refused error that says
// why not. A question may be asked as long as the change is open, whoever had a hand in it.
func (i *Item) MayAsk(p *access.Person, at time.Time) error {
	if err := access.Authorise(p, access.Approve, i.Target, at); err != nil {
		return err
	}
	if !i.Change.State.Open() {
		return release.Errorf(release.Refused, "%s is %s; nobody waits for an answer", i.Change.ID, i.Standing()).
			Advise("change show %s has its history", i.Change.ID)
	}
	return nil
}

// Locked returns the reason why nobody may approve the item as it is, nil where somebody may.
func (i *Item) Locked() error {
	switch i.lock() {
	case notWaiting:
		return release.Errorf(release.Refused, "%s is not waiting: %s", i.Change.ID, i.Standing()).
			Advise("change show %s says where it is", i.Change.ID)
	case noService:
		slug := strings.TrimPrefix(i.Change.Service, "unknown:")
		return release.Errorf(release.Refused, "no service has the repository %s", slug).
			Advise("annotate the service in the catalog with %s/project-slug: %s and import it", i.Change.Forge, slug)
	case noDuties:
		lock := release.Errorf(release.Refused, "separation of duties is unknown: %s", i.Duties.Sentence)
		for _, a := range i.Authors {
			if a.Person == "" && !a.Bot {
				return lock.Advise("an admin links the login: person link ID %s", a.Identity)
			}
		}
		return lock.Advise("the forge names the author when its push or pull request event is delivered again")
	}
	return nil
}

func (i *Item) whoElse(not access.PersonID) string {
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
