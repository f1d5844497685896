package conflict

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"signalbox/release"
	"signalbox/release/access"
)

// CaseState is how far a case has come.
type CaseState string

const (
	// Open cases wait for somebody.
	Open CaseState = "open"
	// Waived cases stay, and hold nothing up until their waiver ends.
	Waived CaseState = "waived"
	// Gone cases are settled: what was in conflict is so no more.
	Gone CaseState = "gone"
)

// Case is a conflict that somebody has to settle. It has an owner, a clock and a path of people who are asked in turn
// (PRACTICES 9.4). Its default outcome is that the work which should yield does not go in: nothing has to happen for
// that. Ids are "CX-1".
type Case struct {
	ID       string    `json:"id"`
	Revision int64     `json:"revision"`
	State    CaseState `json:"state"`
	Conflict           // as it was found last
	RaisedAt time.Time `json:"raised_at"`
	GoneAt   time.Time `json:"gone_at,omitzero"`
	How      string    `json:"how,omitempty"` // what settled it: "CHG-7 was moved by j.ruiz"
	// Step is the place on the escalation path of who is asked now, and AskedAt since when.
	Step       int             `json:"step"`
	AskedAt    time.Time       `json:"asked_at"`
	AnsweredBy access.PersonID `json:"answered_by,omitempty"`
	AnsweredAt time.Time       `json:"answered_at,omitzero"`
	Waiver     *Waiver         `json:"waiver,omitempty"`
}

// ParseID reads the id of a case: "CX-3", "cx3" or "3", with the mark of a sandbox or without. The error is Usage.
func ParseID(s string) (string, error) {
	t := strings.ToUpper(strings.TrimSpace(s))
	mark := ""
	if rest, ok := strings.CutPrefix(t, "S-"); ok {
		t, mark = rest, "s-"
	}
	if rest, ok := strings.CutPrefix(t, "CX"); ok {
		t = strings.TrimPrefix(rest, "-")
	}
	n, err := strconv.ParseInt(t, 10, 64)
	if err != nil || n < 1 || strings.Trim(t, "0123456789") != "" {
		return "", release.Errorf(release.Usage, "%q is not a conflict", release.Clean(s, 40)).Advise("write its id as conflicts shows it, such as CX-3")
	}
	return mark + "CX-" + strconv.FormatInt(n, 10), nil
}

// Waiver lets work go in although a conflict stands. Of a hard one it is asked for by one person and given by
// another.
type Waiver struct {
	By     access.PersonID `json:"by"`
	At     time.Time       `json:"at"`
	Second access.PersonID `json:"second,omitempty"` // who gave what By asked for
	Until  time.Time       `json:"until"`
	Reason string          `json:"reason"`
}

const (
	// WaiveWords is how many characters the reason of a waiver has at least, and OverrideWords of that of a hard one
	// (CONTRACTS 1).
	WaiveWords    = 20
	OverrideWords = 30
	// OverrideTTL is how long a hard one's waiver waits for its second person.
	OverrideTTL = 15 * time.Minute
	// longestWaiver is the longest time for which one may be given.
	longestWaiver = 30 * 24 * time.Hour
)

// Holds reports whether the case lets the work in at an instant.
func (c *Case) Holds(at time.Time) bool {
	w := c.Waiver
	return c.State == Waived && w != nil && at.Before(w.Until) && (c.Severity < Hard || w.Second != "")
}

// Pending reports whether a waiver waits for its second person at an instant.
func (c *Case) Pending(at time.Time) bool {
	return c.Severity == Hard && c.State != Gone && c.Waiver != nil && c.Waiver.Second == "" && at.Before(c.Waiver.At.Add(OverrideTTL))
}

// Waive returns the case with a waiver, or, of a hard conflict, with the first half of one, or its second half where
// another person has asked for it. authors are those who had a hand in the work. The error is Refused, or Usage for
// an end that makes no sense.
func (c Case) Waive(p access.PersonID, authors []access.PersonID, until time.Time, reason string, at time.Time) (Case, error) {
	words := WaiveWords
	if c.Severity == Hard {
		words = OverrideWords
	}
	said := utf8.RuneCountInString(reason)
	switch {
	case c.State == Gone:
		return c, release.Errorf(release.Refused, "%s is settled: %s", c.ID, c.How)
	case c.Severity <= Warn:
		return c, release.Errorf(release.Refused, "%s is a warning and holds nothing up", c.ID).Advise("there is nothing to waive")
	case c.Kind == FreezeHard || c.Kind == FreezeSoft:
		return c, release.Errorf(release.Refused, "a freeze is not waived for one change").Advise("lift it, or move the change out of it: slots %s", c.Work())
	case slices.Contains(authors, p):
		return c, release.Errorf(release.Refused, "you had a hand in %s", c.Work()).Advise("somebody who has none waives %s", c.ID)
	}
	if c.Pending(at) && c.Waiver.By != p {
		w := *c.Waiver
		w.Second = p
		c.Waiver, c.State = &w, Waived
		return c, nil
	}
	switch {
	case c.Pending(at):
		return c, release.Errorf(release.Refused, "you asked for it yourself, at %s", c.Waiver.At.UTC().Format("15:04:05Z")).
			Advise("another person says waive %s until %s", c.ID, c.Waiver.At.Add(OverrideTTL).UTC().Format("15:04Z"))
	case c.Holds(at):
		return c, release.Errorf(release.Refused, "%s is waived already, by %s until %s", c.ID, c.Waiver.By, c.Waiver.Until.UTC().Format("Mon 02 Jan 15:04Z"))
	case said < words:
		return c, release.Errorf(release.Refused, "the reason has %d characters", said).Advise("say in %d or more why it may go in nevertheless: -m \"…\"", words)
	case !until.After(at):
		return c, release.Errorf(release.Usage, "the waiver would end at %s, which is past", until.UTC().Format("Mon 02 Jan 15:04Z")).Advise("give an --until that is still to come")
	case until.Sub(at) > longestWaiver:
		return c, release.Errorf(release.Usage, "a waiver lasts at most %s", release.Length(longestWaiver)).Advise("give an earlier --until")
	}
	c.Waiver = &Waiver{By: p, At: at, Until: until, Reason: reason}
	c.State = Open
	if c.Severity < Hard {
		c.State = Waived
	}
	return c, nil
}

// Work is the id of the change that should yield; "" where it is none.
func (c *Conflict) Work() string {
	for _, p := range c.Parties {
		if p.Sort == WorkParty {
			return p.ID
		}
	}
	return ""
}

// Other is the party that the change collides with.
func (c *Conflict) Other() Party {
	if len(c.Parties) > 1 {
		return c.Parties[1]
	}
	return Party{}
}

// Stage is one step of an escalation path: who is asked, and for how long they may be silent until the next is.
type Stage struct {
	Role  access.Role   `json:"role"`
	Timer time.Duration `json:"timer"`
}

// Path is the default path: the coordinators, then the commanders, then the admins, who cannot waive but know who
// can be reached. A conflict that is near is asked about in shorter steps: see Due.
var Path = []Stage{{access.Coordinator, 30 * time.Minute}, {access.Commander, 15 * time.Minute}, {access.Admin, 30 * time.Minute}}

// Due is when the next on the path is asked; zero where nobody is left, or it was answered or settled.
func (c *Case) Due() time.Time {
	if c.State != Open || c.AnsweredBy != "" || c.Step >= len(Path)-1 {
		return time.Time{}
	}
	return c.AskedAt.Add(Path[c.Step].Timer)
}

// Escalated reports whether the first who were asked were silent for too long.
func (c *Case) Escalated() bool { return c.State == Open && c.AnsweredBy == "" && c.Step > 0 }
