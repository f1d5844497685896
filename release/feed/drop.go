package feed

import (
	"unicode/utf8"

	"signalbox/release"
)

// DropReason is a ready reason for giving up a dead letter or a message.
type DropReason struct {
	Code, Text string
	// Inbound marks a reason that only what was delivered to us can have.
	Inbound bool
}

// DropReasons lists the ready reasons in the order of the sheet.
var DropReasons = []DropReason{
	{"repeated", "The sender delivered it again", true},
	{"irrelevant", "It says nothing that matters here", false},
	{"settled", "It was settled by hand", false},
}

// CheckDrop returns the words of a reason: own words of 15 characters or more, or a ready reason by its code.
func CheckDrop(code, own string) (text string, err error) {
	own = release.Clean(own, 500)
	switch n := utf8.RuneCountInString(own); {
	case n >= 15:
		return own, nil
	case n > 0:
		return "", release.Errorf(release.Refused, "the reason has %d characters", n).Advise("say why in 15 or more, or choose a ready reason with --code")
	}
	for _, r := range DropReasons {
		if r.Code == code {
			return r.Text, nil
		}
	}
	return "", release.Errorf(release.Usage, "dropping needs a reason").Advise("add -m REASON, or --code repeated, irrelevant or settled")
}
