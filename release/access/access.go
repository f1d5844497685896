// Package access owns who may do what: people's roles, the scope and the end of each grant, the keys and
// outside identities that stand for a person, and the one function that decides. It knows nothing of
// changes or gates and imports only package release.
package access

import (
	"slices"
	"time"
)

// PersonID names one person, whatever keys and outside logins that person has. Lower case, like "j.ruiz".
type PersonID string

// Role is what a grant gives. Every role but Trainer includes Viewer.
type Role string

const (
	Viewer      Role = "viewer"
	Developer   Role = "developer"
	Approver    Role = "approver"
	Executor    Role = "executor"
	Coordinator Role = "coordinator"
	Commander   Role = "commander"
	Auditor     Role = "auditor"
	Trainer     Role = "trainer"
	Admin       Role = "admin"
)

// Roles lists every role in the order in which help shows them.
var Roles = []Role{Viewer, Developer, Approver, Executor, Coordinator, Commander, Auditor, Trainer, Admin}

// Permission is what a verb needs.
type Permission string

const (
	// Public needs no grant: version and help.
	Public    Permission = "public"
	Read      Permission = "read"
	Draft     Permission = "change.draft"
	Submit    Permission = "change.submit"
	Withdraw  Permission = "change.withdraw"
	Approve   Permission = "change.approve"
	Implement Permission = "change.implement"
	Move      Permission = "change.move"
	Freeze    Permission = "calendar.freeze"
	// Window negotiates change windows; Waive lets a change in although a conflict stands; Escalate asks the next on
	// the path of a conflict, and answers it.
	Window      Permission = "calendar.window"
	Waive       Permission = "conflict.waive"
	Escalate    Permission = "conflict.escalate"
	Halt        Permission = "rollout.halt"
	ReadAudit   Permission = "audit.read"
	VerifyAudit Permission = "audit.verify"
	People      Permission = "people"
	Catalog     Permission = "catalog.import"
	Tokens      Permission = "tokens"
	// RetryFeed asks a feed to be read or tested now; Connectors gives up what it could not carry.
	RetryFeed  Permission = "feed.retry"
	Connectors Permission = "connectors"
	Sandbox    Permission = "sandbox"
	// AskGate is held by machine tokens and by every person who may read.
	AskGate Permission = "gate.ask"
)

// table is CONTRACTS section 2: what each role may do within its scope. Admin may not approve.
var table = map[Role][]Permission{
	Viewer:      {Read, AskGate},
	Developer:   {Read, AskGate, Draft, Submit, Withdraw},
	Approver:    {Read, AskGate, Approve},
	Executor:    {Read, AskGate, Implement},
	Coordinator: {Read, AskGate, Move, Freeze, Window, Waive, Escalate, RetryFeed},
	Commander:   {Read, AskGate, Halt, Waive, Escalate, RetryFeed},
	Auditor:     {Read, AskGate, ReadAudit, VerifyAudit},
	Trainer:     {Sandbox},
	Admin:       {Read, AskGate, ReadAudit, VerifyAudit, People, Catalog, Tokens, RetryFeed, Connectors},
}

// May reports whether the role gives the permission, scope apart.
func (r Role) May(p Permission) bool { return p == Public || slices.Contains(table[r], p) }

// Known reports whether r is one of Roles.
func (r Role) Known() bool { _, ok := table[r]; return ok }

// RolesWith returns the roles that give p, in the order of Roles.
func RolesWith(p Permission) []Role {
	var out []Role
	for _, r := range Roles {
		if r.May(p) {
			out = append(out, r)
		}
	}
	return out
}

// Grant gives a person a role within a scope until an instant (UTC; zero means without end). The interval
// is half-open: at Until the grant is gone.
type Grant struct {
	Person PersonID  `json:"person"`
	Role   Role      `json:"role"`
	Scope  Scope     `json:"scope"`
	Until  time.Time `json:"until,omitzero"`
}

// Live reports whether the grant is in force at an instant.
func (g Grant) Live(at time.Time) bool { return g.Until.IsZero() || at.Before(g.Until) }

// Key is one public key of one person. Fingerprint is unique over all people: one key is one person.
type Key struct {
	Person      PersonID  `json:"person"`
	Fingerprint string    `json:"fingerprint"` // "SHA256:…", as ssh-keygen -l prints it
	Authorized  string    `json:"authorized"`  // the authorized_keys line, without comment
	Comment     string    `json:"comment"`
	AddedAt     time.Time `json:"added_at"`
}

// Identity is a login of a person in an outside system.
type Identity struct {
	System string `json:"system"` // github, gitlab, email, os
	Value  string `json:"value"`  // lower case
	// Bot is set where the outside system says that the login is no human.
	Bot bool `json:"bot,omitempty"`
}

func (i Identity) String() string { return i.System + ":" + i.Value }

// Systems lists the outside systems an identity may belong to.
var Systems = []string{"github", "gitlab", "email", "os"}

// Person is a human being known to signalbox, with everything that authorisation asks about.
type Person struct {
	ID         PersonID   `json:"id"`
	Name       string     `json:"name"`
	Email      string     `json:"email,omitempty"`
	Zone       string     `json:"zone,omitempty"` // IANA name; empty means UTC
	Teams      []string   `json:"teams,omitempty"`
	Disabled   bool       `json:"disabled,omitempty"`
	Revision   int64      `json:"revision"`
	Grants     []Grant    `json:"grants,omitempty"`
	Keys       []Key      `json:"keys,omitempty"`
	Identities []Identity `json:"identities,omitempty"`
}

// Door is the way an actor came in.
type Door string

const (
	SSH       Door = "ssh"
	Local     Door = "local" // a command on the machine, with --data or --database
	HTTP      Door = "http"
	Connector Door = "connector"
	System    Door = "system" // a timer of signalbox itself
)

// Actor is who acts, after the door has verified them. A person's rights are not in it: they are looked up
// in the transaction that acts, so that a revoked grant is gone at once.
type Actor struct {
	Person PersonID `json:"person,omitempty"`
	// Name is what the audit log shows where there is no person: "os:root", "connector:github",
	// "token:ci", "system:expiry".
	Name string `json:"name,omitempty"`
	Door Door   `json:"door"`
	// Fingerprint is the key that the person proved to hold, for Door SSH.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Certificate is set where a trusted authority vouched for the key, "KEYID serial 12 by SHA256:…". The
	// person is the one it names, and the key need not be registered.
	Certificate string `json:"certificate,omitempty"`
}

func (a Actor) String() string {
	if a.Person != "" {
		return string(a.Person)
	}
	return a.Name
}
