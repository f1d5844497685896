package control

import (
	"context"
	"strings"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// ofCase reports whether the first word of a call names a conflict, not a change.
func ofCase(call verb.Call) bool { return strings.Contains(strings.ToUpper(call.Arg(0)), "CX") }

// seenMove returns Changed where what is moved is not what the caller saw: the case, where that was named, else the
// change. A case that is settled has nothing that must yield any more, and is Refused.
func (c *Control) seenMove(ctx context.Context, tx port.Reader, call verb.Call, it change.Item) error {
	if !ofCase(call) {
		return seen(ctx, tx, call, it)
	}
	id, err := c.caseID(call.Arg(0))
	if err != nil {
		return err
	}
	k, err := tx.ConflictCase(ctx, id)
	switch {
	case err != nil:
		return err
	case k.State == conflict.Gone:
		return release.Errorf(release.Refused, "%s is settled: %s", k.ID, k.How).Advise("name the change to move it nevertheless: move %s", it.Change.ID)
	case call.Seen != 0 && call.Seen != k.Revision:
		return release.Errorf(release.Changed, "%s is not what you saw: it is %s, %s", k.ID, k.State, k.Reason).Advise("look again; nothing was moved")
	}
	return nil
}
