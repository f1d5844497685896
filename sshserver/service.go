package sshserver

import (
	"context"

	"signalbox/release/access"
	"signalbox/release/verb"
)

// Service is what the door needs from the house. control satisfies it. Its methods are called from many
// goroutines at once; errors are release.Error.
type Service interface {
	// PersonByKey returns the owner of a key, named by its fingerprint as ssh-keygen -l prints it. NotFound:
	// nobody owns it. Refused: its owner may not come in. Unavailable: the store cannot answer.
	PersonByKey(ctx context.Context, fingerprint string) (*access.Person, error)
	// PersonByPrincipal returns the person whose id is exactly what a certificate names. The codes are those of
	// PersonByKey.
	PersonByPrincipal(ctx context.Context, principal string) (*access.Person, error)
	// StillIn returns the actor's person while their key is valid and they are not disabled. An actor with a
	// Certificate has no registered key: it is in while the person is there and not disabled, and the door itself
	// watches the certificate. Unavailable means that nobody can tell now, and ends no session; any other error
	// ends it, with its sentence.
	StillIn(ctx context.Context, a access.Actor) (*access.Person, error)
	// Verbs is the catalogue.
	Verbs() verb.Table
	// Do authorises and runs one call.
	Do(ctx context.Context, c verb.Call) (verb.Answer, error)
	// RefusedAtDoor writes an audit entry about something the door refused to a person who had come in.
	RefusedAtDoor(ctx context.Context, a access.Actor, what, sentence string)
}

// Session is what the screen of one session is told about its caller.
type Session struct {
	Actor access.Actor
	// Person is the key's owner, or whom the certificate names, as of now. It is shared and must not be changed.
	Person *access.Person
	// From is the address of the client, without its port.
	From string
	// End makes the session end with a sentence. It may be called at any time and does not wait.
	End func(why error)
	// Term is the terminal's type, made of letters, digits and "._+-" only; "dumb" where none was named.
	Term string
	// Env holds the variables that the door lets in: LANG, LC_*, COLORTERM, NO_COLOR, SIGNALBOX_*.
	Env map[string]string
	// Width and Height are the first size in cells, within 1×1 and 500×200. Later ones come as messages.
	Width, Height int
	// Words are the words after "ssh -t HOST", a verb of the catalogue or words that begin with none; nil where none was given.
	Words []string
	// Done is closed when the session ends or must end.
	Done <-chan struct{}
}
