package health

import (
	"strconv"
	"strings"
	"time"

	"signalbox/release/health"
	"signalbox/views/filter"
)

var verdicts = []string{string(health.Page), string(health.Ticket), string(health.Watch), string(health.Healthy), string(health.Unknown), string(health.Dark)}

// language is what the rows of Health can be asked for. A verdict may stand alone; budget is in percent of the whole
// budget, burn in budgets of the window over the last hour.
var language = filter.Language{
	Fields: []filter.Field{
		{Name: "svc", Also: []string{"service"}},
		{Name: "env"},
		{Name: "tier", Values: []string{"0", "1", "2", "3"}},
		{Name: "state", Values: verdicts},
		{Name: "budget", Kind: filter.Number},
		{Name: "burn", Kind: filter.Number},
		{Name: "alert"},
	},
	Words: map[string]string{string(health.Page): "state", string(health.Ticket): "state", "tkt": "state", string(health.Watch): "state", string(health.Healthy): "state",
		string(health.Unknown): "state", string(health.Dark): "state"},
}

// Language is what the rows can be asked for.
func (v View) Language() filter.Language { return language }

// asked is a line as the filter reads it.
type asked struct{ l *health.Line }

// Number is what is left of the budget in percent, or the burn of the last hour.
func (a asked) Number(field string) (float64, bool) {
	switch s := a.l.State; {
	case s == nil || a.l.Verdict == health.Dark:
	case field == "budget" && s.Left != nil:
		return *s.Left * 100, true
	case field == "burn":
		r := s.Rate(time.Hour)
		return r.Burn, r.Known
	}
	return 0, false
}

// Span is nothing: no field is a length of time.
func (a asked) Span(string) (time.Duration, bool) { return 0, false }

// Text is what the line says of a field.
func (a asked) Text(field string) []string {
	switch field {
	case "svc":
		return []string{a.l.Service}
	case "env":
		return []string{a.l.Environment}
	case "tier":
		return []string{strconv.Itoa(a.l.Tier)}
	case "alert":
		var out []string
		for k := range a.l.Alerts {
			out = append(out, a.l.Alerts[k].Name)
		}
		return out
	case "state":
		if a.l.Verdict == health.Ticket {
			return []string{string(health.Ticket), "tkt"}
		}
		return []string{string(a.l.Verdict)}
	}
	return nil
}

// Words is everything in a row that a word may be found in.
func (a asked) Words() string {
	return strings.ToLower(strings.Join(append(a.Text("alert"), a.l.ID, a.l.Environment), "\n"))
}
