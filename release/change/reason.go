package change

import (
	"strings"
	"unicode/utf8"

	"signalbox/release"
)

// MinReason is the number of characters that a rejection or a full approval must say in its own words.
const MinReason = 15

// MinQuestion is the number of characters that a question must say.
const MinQuestion = 5

// MaxReason bounds what is stored.
const MaxReason = 2000

// Reason is why somebody decided: a preset's code, own words, or both.
type Reason struct {
	Code string `json:"code,omitempty"`
	Text string `json:"text,omitempty"`
}

func (r Reason) String() string {
	if r.Text != "" {
		return r.Text
	}
	for _, p := range presets {
		if p.Code == r.Code {
			return p.Text
		}
	}
	return r.Code
}

// Preset is a ready reason for a light approval, offered only while what it claims is true.
type Preset struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

var presets = []Preset{
	{"reviewed-evidence", "Reviewed; every check of this commit passed"},
	{"reviewed-merged", "Reviewed; merged by pull request after another's approval"},
	{"reviewed", "Reviewed the change and accept its risk"},
}

// Presets returns the presets whose claim holds for this item, at most three.
func (i *Item) Presets() []Preset {
	var out []Preset
	for _, p := range presets {
		switch p.Code {
		case "reviewed-evidence":
			if i.Of == 0 || i.Passed < i.Of || i.EvidenceDark {
				continue
			}
		case "reviewed-merged":
			if !i.PeerReviewed() {
				continue
			}
		}
		out = append(out, p)
	}
	return out
}

// CheckReason returns nil where the reason suffices, else a Refused error that says what is missing. full
// is set for rejections and for approvals at High risk and above: those need own words. Length is counted
// in characters of the cleaned text, so that blanks and characters that draw nothing say nothing.
func CheckReason(r Reason, full bool, offered []Preset) error {
	r.Text = release.Clean(r.Text, 0)
	if n := utf8.RuneCountInString(r.Text); r.Text != "" && n < MinReason {
		return release.Errorf(release.Refused, "the reason has %d characters", n).
			Advise("say why in %d or more", MinReason)
	}
	if r.Text == "" && full {
		return release.Errorf(release.Refused, "this decision needs your own words").
			Advise("say why in %d characters or more: -m \"…\"", MinReason)
	}
	for _, p := range presets {
		if strings.EqualFold(r.Text, p.Text) {
			return release.Errorf(release.Refused, "the reason is a preset's text").
				Advise("say it in your own words, or choose the preset")
		}
	}
	if r.Text != "" && r.Code == "" {
		return nil
	}
	if r.Text == "" && r.Code == "" {
		return release.Errorf(release.Refused, "a decision needs a reason").
			Advise("say why in %d characters or more: -m \"…\"", MinReason)
	}
	for _, p := range offered {
		if p.Code == r.Code {
			return nil
		}
	}
	return release.Errorf(release.Refused, "%q is not a reason that holds here", release.Clean(r.Code, 40)).
		Advise("choose one that the change offers, or say why in your own words")
}

// CheckQuestion returns nil where the text is a question's worth, else a Refused error that says what is
// missing. Length is counted as CheckReason counts it.
func CheckQuestion(text string) error {
	switch n := utf8.RuneCountInString(release.Clean(text, 0)); {
	case n == 0:
		return release.Errorf(release.Refused, "the question is empty").Advise("ask it: -m \"…\"")
	case n < MinQuestion:
		return release.Errorf(release.Refused, "the question has %d characters", n).
			Advise("ask it in %d or more: -m \"…\"", MinQuestion)
	}
	return nil
}
