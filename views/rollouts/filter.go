package rollouts

import (
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/rollout"
	"signalbox/views/filter"
)

var partNames = []string{"moving", "waiting", "done"}

// language is what the rows of the rollouts can be asked for. A part may stand alone; share and errors are in percent,
// since is how long ago the last happened.
var language = filter.Language{
	Fields: []filter.Field{
		{Name: "svc", Also: []string{"service"}},
		{Name: "env"},
		{Name: "state", Values: []string{string(rollout.InProgress), string(rollout.Success), string(rollout.Failure), "authorised", "scheduled"}},
		{Name: "part", Values: partNames},
		{Name: "aspect", Values: []string{string(release.Stop), string(release.Caution), string(release.Dark), string(release.Go), string(release.Planned)}},
		{Name: "version"},
		{Name: "change"},
		{Name: "share", Kind: filter.Number},
		{Name: "errors", Kind: filter.Number},
		{Name: "since", Kind: filter.Span},
	},
	Words: map[string]string{"moving": "part", "waiting": "part", "done": "part"},
}

// Language is what the rows can be asked for.
func (v View) Language() filter.Language { return language }

// asked is a row as the filter reads it.
type asked struct {
	v View
	r *row
}

// Number is the new version's share of the requests, or its error ratio, in percent.
func (a asked) Number(field string) (float64, bool) {
	o := a.r.roll
	switch {
	case o == nil:
	case field == "share" && o.Share != nil:
		return *o.Share * 100, true
	case field == "errors" && o.Errors != nil && o.Errors.New != nil:
		return *o.Errors.New * 100, true
	}
	return 0, false
}

// Span is how long ago the last of a rollout happened.
func (a asked) Span(string) (time.Duration, bool) {
	if a.r.roll == nil {
		return 0, false
	}
	return a.v.at.Sub(a.r.roll.Since()), !a.r.roll.Since().IsZero()
}

// Text is what the row says of a field. A state is found with its dashes and without.
func (a asked) Text(field string) []string {
	r := a.r
	switch field {
	case "svc":
		return []string{r.service()}
	case "env":
		return []string{r.environment()}
	case "state":
		return []string{r.state(), strings.ReplaceAll(r.state(), "_", "")}
	case "part":
		return []string{partNames[r.part]}
	case "aspect":
		return []string{string(r.aspect())}
	case "version":
		return []string{r.version()}
	case "change":
		return []string{r.change()}
	}
	return nil
}

// Words is everything in a row that a word may be found in.
func (a asked) Words() string {
	var words []string
	if w := a.r.wait; w != nil {
		words = []string{w.Change, w.Service, w.Environment, w.Version, w.Before, string(w.State), w.Why, string(w.Aspect)}
	} else {
		o := a.r.roll
		words = []string{o.ID, o.Service, o.Environment, o.Version, o.Before, string(o.State), o.Why, o.Change, string(o.Aspect)}
	}
	return strings.ToLower(strings.Join(words, "\n"))
}

func (r *row) version() string {
	if r.wait != nil {
		return r.wait.Version
	}
	return r.roll.Version
}

func (r *row) change() string {
	if r.wait != nil {
		return r.wait.Change
	}
	return r.roll.Change
}
