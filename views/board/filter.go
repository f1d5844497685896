package board

import (
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/views/filter"
)

// language is what the rows of ACT NOW can be asked for. A signal may stand alone.
var language = filter.Language{
	Fields: []filter.Field{
		{Name: "kind", Values: []string{string(board.ChangeRow), string(board.RolloutRow), string(board.AlertRow), string(board.ConflictRow), string(board.FreezeRow), string(board.FeedRow), string(board.LetterRow), string(board.MessageRow)}},
		{Name: "svc", Also: []string{"service"}},
		{Name: "region"},
		{Name: "env"},
		{Name: "state", Values: []string{string(release.Stop), string(release.Escalated), string(release.Dark), string(release.Caution)}},
		{Name: "risk", Kind: filter.Number},
		{Name: "due", Kind: filter.Span},
		{Name: "age", Kind: filter.Span},
	},
	Words: map[string]string{string(release.Stop): "state", string(release.Escalated): "state", string(release.Dark): "state", string(release.Caution): "state"},
}

// Language is what the rows can be asked for.
func (v View) Language() filter.Language { return language }

// asked is a row as the filter reads it.
type asked struct {
	v View
	r *board.Row
}

// Number is the risk's score of a change.
func (a asked) Number(string) (float64, bool) {
	if a.r.Item == nil {
		return 0, false
	}
	return float64(a.r.Item.Change.Risk.Score), true
}

// Span is how long until the harm begins, or since the row is one.
func (a asked) Span(field string) (time.Duration, bool) {
	if field == "age" {
		return a.v.at.Sub(a.r.Since), !a.r.Since.IsZero()
	}
	return a.r.Due.Sub(a.v.at), !a.r.Due.IsZero()
}

// Text is what the row says of a field.
func (a asked) Text(field string) []string {
	switch field {
	case "kind":
		return []string{string(a.r.Kind)}
	case "svc":
		return []string{a.r.Service}
	case "region":
		return a.r.Regions
	case "env":
		return []string{a.v.environment(a.r)}
	case "state":
		return []string{string(a.r.Aspect)}
	}
	return nil
}

// Words is everything in a row that a word may be found in.
func (a asked) Words() string {
	r := a.r
	return strings.ToLower(strings.Join(append([]string{r.ID, r.What, r.Reason, r.Facts, string(r.Kind), r.Service}, r.Regions...), "\n"))
}

// environment is the one that a row is about, "" where none is known.
func (v View) environment(r *board.Row) string {
	if r.Item != nil {
		return r.Item.Change.Environment
	}
	if r.Kind == board.RolloutRow && v.page != nil {
		if l := v.live(r.Of); l != nil {
			return l.Environment
		}
	}
	return ""
}
