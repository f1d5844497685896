package viewtest

import (
	"strings"

	"pgregory.net/rapid"

	"signalbox/release/change"
)

// Hostile draws text that tries to break a screen: overrides, wide letters, emoji, line feeds, escapes, marks
// without end, and long words.
func Hostile() *rapid.Generator[string] {
	pieces := []string{"a", " ", "payments", "\u202Eevil\u202C", "\u2066x", "漢字", "한국어", "👩‍👩‍👧‍👦", "🇩🇪", "❤️", "\n", "\r\n", "\t", "\x1b[31m", "\x9b", "\x00",
		"Z" + strings.Repeat("\u0335", 40), "\u200B", "ﷺ", "→", "│", "▌", "é", strings.Repeat("w", 300), strings.Repeat("字 ", 60)}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 5).Draw(t, "pieces"), "")
	})
}

// Spoil replaces the texts of every change by hostile ones.
func (c *Company) Spoil(t *rapid.T) {
	text := Hostile()
	for k := range c.Stored {
		s := &c.Stored[k]
		s.Change.Title, s.Change.Version, s.Deployed = text.Draw(t, "title"), text.Draw(t, "version"), text.Draw(t, "deployed")
		s.Change.Repo, s.Change.Ref, s.Change.URL = text.Draw(t, "repo"), text.Draw(t, "ref"), text.Draw(t, "url")
		for n := range s.Dossier.Checks {
			q := &s.Dossier.Checks[n]
			q.Name, q.Detail, q.URL = text.Draw(t, "check"), text.Draw(t, "detail"), "https://"+text.Draw(t, "link")
		}
		s.Dossier.Commit.Title = text.Draw(t, "commit")
		for n := range s.Dossier.Pulls {
			s.Dossier.Pulls[n].Title = text.Draw(t, "pull")
		}
		for n := range s.Notes {
			s.Notes[n].Text = text.Draw(t, "note")
		}
		for n := range s.Approval.Decisions {
			s.Approval.Decisions[n].Reason = change.Reason{Text: text.Draw(t, "reason")}
		}
	}
	if len(c.Stored) > 0 { // one text without any bound
		s := &c.Stored[rapid.IntRange(0, len(c.Stored)-1).Draw(t, "flooded")]
		flood := strings.Repeat(rapid.SampledFrom([]string{"w", "字 ", "👩‍👩‍👧‍👦", "\u202Ea\n"}).Draw(t, "flood"), 10_000)
		switch rapid.IntRange(0, 3).Draw(t, "field") {
		case 0:
			s.Change.Title = flood
		case 1:
			s.Change.Version = flood
		case 2:
			s.Notes = append(s.Notes, change.Note{Text: flood, Person: "k.ito", At: Noon})
		default:
			if len(s.Dossier.Checks) > 0 {
				s.Dossier.Checks[0].Name = flood
			}
		}
	}
	for k := range c.Entries {
		c.Entries[k].Summary = text.Draw(t, "summary")
	}
	c.Store = text.Draw(t, "store")
}
