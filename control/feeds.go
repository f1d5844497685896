package control

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// feedsVerb lists the feeds, worst first.
func (c *Control) feedsVerb(ctx context.Context, call verb.Call) (verb.Answer, error) {
	if err := c.look(ctx, call, func(port.Reader, *access.Person, time.Time) error { return nil }); err != nil {
		return verb.Answer{}, err
	}
	p, err := c.Feeds(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	lines := p.Lines
	if name := call.Arg(0); name != "" {
		if lines = slices.DeleteFunc(slices.Clone(lines), func(l feed.Line) bool { return l.Name != name }); len(lines) == 0 {
			return verb.Answer{}, release.Errorf(release.NotFound, "there is no feed %q", release.Clean(name, 60)).Advise("feeds lists them")
		}
	}
	now := c.now()
	rows := [][]string{{"", "FEED", "KIND", "TYPE", "LAST GOOD", "AGE", "PROMISE", "IN/H", "REF", "DEAD", "RESTS ON IT", "LAST ERROR"}}
	var stale []string
	for _, l := range lines {
		if l.Aspect == feed.Dark {
			stale = append(stale, l.Name)
		}
		rows = append(rows, []string{feedWord(l), l.Name, string(l.Kind), l.Type, instantWord(l.LastGood), ageWord(l.Status, now), promiseWord(l.Status),
			fmt.Sprint(l.PerHour), fmt.Sprint(l.Refused), fmt.Sprint(len(l.Letters) + len(l.Messages)), l.Resting, orDash(l.Trouble())})
	}
	ans := verb.Answer{Lines: table(rows), Value: verb.NewList(lines, "", p.AsOf, stale)}
	if len(lines) == 0 {
		ans.Lines = []string{"no feed is connected; list one under connectors in the configuration: signalbox config schema describes it"}
	}
	return ans, nil
}

func feedWord(l feed.Line) string {
	switch {
	case l.Aspect == feed.Dark:
		return "○ DARK"
	case l.Aspect == feed.Late:
		return "▲ late"
	case l.Kind == feed.Out && len(l.Messages) > 0:
		return "▲ waits"
	case l.Troubled():
		return "▲ look"
	case l.Aspect == feed.Fresh:
		return "● fresh"
	case l.LastGood.IsZero():
		return "◇ silent"
	}
	return "● quiet"
}

func instantWord(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}

func ageWord(f feed.Status, now time.Time) string {
	if f.LastGood.IsZero() {
		return "—"
	}
	return release.Span(f.Age(now))
}

func promiseWord(f feed.Status) string {
	switch {
	case f.Kind == feed.Out:
		return "—"
	case f.ExpectEvery <= 0:
		return "quiet"
	}
	return release.Length(f.ExpectEvery)
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// feedLog is the answer of feeds log.
type feedLog struct {
	Feed feed.Line `json:"feed"`
}

// feedsLog shows one feed: its row, its log, its dead letters or messages; or one dead letter as it came.
func (c *Control) feedsLog(ctx context.Context, call verb.Call) (verb.Answer, error) {
	name := call.Arg(0)
	if id := strings.ToUpper(name); strings.HasPrefix(id, "DL-") || strings.HasPrefix(id, "OUT-") {
		return c.showLetter(ctx, call, id)
	}
	if err := c.look(ctx, call, func(r port.Reader, _ *access.Person, _ time.Time) error {
		_, err := current(ctx, r, name)
		return err
	}); err != nil {
		return verb.Answer{}, err
	}
	p, err := c.Feeds(ctx)
	if err != nil {
		return verb.Answer{}, err
	}
	for _, l := range p.Lines {
		if l.Name == name {
			return verb.Answer{Lines: c.logLines(l), Value: feedLog{l}}, nil
		}
	}
	return verb.Answer{}, release.Errorf(release.NotFound, "there is no feed %q", release.Clean(name, 60)).Advise("feeds lists them")
}

func (c *Control) logLines(l feed.Line) []string {
	now := c.now()
	out := []string{fmt.Sprintf("%s %s, %s %s: last good %s (%s), promise %s", feedWord(l), l.Name, l.Kind, l.Type, instantWord(l.LastGood), ageWord(l.Status, now), promiseWord(l.Status)),
		fmt.Sprintf("accepted %d, repeated %d, refused %d, dead %d; within the last hour %d", l.Accepted, l.Repeated, l.Refused, l.Dead, l.PerHour),
		"rests on it: " + l.Resting}
	if l.Tries > 0 {
		out = append(out, fmt.Sprintf("failing since %s, %d tries, next at %s (%s): %s", instantWord(l.FailingSince), l.Tries, instantWord(l.NextAt), l.Class, l.LastError))
	}
	rows := [][]string{}
	for _, e := range l.Log {
		rows = append(rows, []string{e.At.Format(time.RFC3339), string(e.Sign), e.Text})
	}
	if len(rows) > 0 {
		out = append(append(out, "", "log, newest first:"), table(rows)...)
	}
	rows = nil
	for _, d := range l.Letters {
		rows = append(rows, []string{d.ID, d.At.Format(time.RFC3339), d.Event, d.Delivery, fmt.Sprintf("seen %d×", d.Seen), d.Reason})
	}
	for _, m := range l.Messages {
		rows = append(rows, []string{m.ID, m.At.Format(time.RFC3339), m.Event, m.Subject, string(m.State), m.LastError})
	}
	if len(rows) > 0 {
		out = append(append(out, "", "waiting for a person or another try (feeds retry ID, feeds drop ID):"), table(rows)...)
	}
	return out
}

func (c *Control) showLetter(ctx context.Context, call verb.Call, id string) (verb.Answer, error) {
	var ans verb.Answer
	err := c.look(ctx, call, func(r port.Reader, p *access.Person, at time.Time) error {
		if strings.HasPrefix(id, "OUT-") {
			m, err := r.Message(ctx, id)
			if err != nil {
				return err
			}
			shown := struct {
				outbox.Message
				Body json.RawMessage `json:"body,omitempty"`
			}{Message: m}
			lines := []string{fmt.Sprintf("%s to %s: %s of %s, %s after %s", m.ID, m.Target, m.Event, m.Subject, m.State, tries(m.Attempts)),
				"key " + m.Key, "error " + orDash(m.LastError), ""}
			// What is sent holds the detail of the audit log.
			if org(p, access.Connectors, at) == nil {
				shown.Body, lines = m.Body, append(lines, string(m.Body))
			} else {
				lines = append(lines, "what is sent is shown to those who may drop it")
			}
			ans = verb.Answer{Value: shown, Lines: lines}
			return nil
		}
		// A body may hold what the queue does not show: it is for those who look after connectors.
		if err := org(p, access.Connectors, at); err != nil {
			return err
		}
		l, err := r.Letter(ctx, id)
		if err != nil {
			return err
		}
		lines := []string{fmt.Sprintf("%s of %s: %s, delivery %s, %s, seen %d×, %s", l.ID, l.Feed, l.Event, l.Delivery, l.At.Format(time.RFC3339), l.Seen, l.State),
			"reason " + l.Reason, fmt.Sprintf("%d bytes as received%s:", l.Size, map[bool]string{true: ", of which the beginning was kept"}[l.Truncated]), ""}
		lines = append(lines, strings.Split(release.CleanBlock(string(l.Body), 64<<10), "\n")...)
		ans = verb.Answer{Lines: lines, Value: struct {
			feed.Letter
			Body string `json:"body"`
		}{l, string(l.Body)}}
		return nil
	})
	return ans, err
}

func tries(n int) string {
	if n == 1 {
		return "1 try"
	}
	return fmt.Sprintf("%d tries", n)
}

// testShown bounds how many facts connector test prints; --json has all.
const testShown = 40

// Tester is a connector that can be tried without an effect on the other side: it says what it found.
type Tester interface {
	Test(ctx context.Context) ([]string, error)
}

// trial is the answer of connector test.
type trial struct {
	Name     string         `json:"name"`
	Kind     feed.Kind      `json:"kind"`
	Read     int            `json:"read"`
	Accepted int            `json:"accepted"`
	Refused  []fact.Refusal `json:"refused"`
	Took     string         `json:"took"`
	Facts    []fact.Fact    `json:"facts"`
	Notes    []string       `json:"notes"`
}

// connectorTest talks with the other side once and shows what came of it. It stores nothing.
func (c *Control) connectorTest(ctx context.Context, call verb.Call) (verb.Answer, error) {
	name := call.Arg(0)
	mayPeople := false
	if err := c.look(ctx, call, func(_ port.Reader, p *access.Person, at time.Time) error {
		mayPeople = may(p, call.Actor, access.People, at) == nil
		return org(p, access.RetryFeed, at)
	}); err != nil {
		return verb.Answer{}, err
	}
	w := c.wired()
	f := named(feedNames(w.Feeds), name)
	if f.Status.Name == "" {
		return verb.Answer{}, release.Errorf(release.NotFound, "no connector is called %q", release.Clean(name, 60)).Advise("feeds lists them; they are configured under connectors")
	}
	t := trial{Name: name, Kind: f.Status.Kind, Refused: []fact.Refusal{}, Facts: []fact.Fact{}, Notes: []string{}}
	asked, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	began := time.Now()
	switch p, s, r := w.puller(name), w.sender(name), w.receiver(name); {
	case p != nil:
		out, err := pull(asked, p, "", c.now())
		if err != nil {
			return verb.Answer{}, err
		}
		t.Read, t.Accepted, t.Facts = out.Read, max(out.Read-len(out.Refused), 0), append(t.Facts, out.Facts...)
		t.Refused, t.Notes = append(t.Refused, out.Refused...), append(t.Notes, out.Notes...)
		notes, err := c.measuredNotes(asked, out.Facts)
		if err != nil {
			return verb.Answer{}, err
		}
		t.Notes = append(t.Notes, notes...)
		if !mayPeople {
			t.Facts = withoutAddresses(t.Facts)
		}
	case s != nil:
		tester, ok := s.(Tester)
		if !ok {
			return verb.Answer{}, release.Errorf(release.Usage, "%s can only be tried by sending", name)
		}
		notes, err := tester.Test(asked)
		if err != nil {
			return verb.Answer{}, err
		}
		t.Notes = append(t.Notes, notes...)
	case r != nil:
		t.Notes = append(t.Notes, "its hook is POST /v1/hooks/"+name+", and its secret is set")
		rows, err := c.feeds(ctx)
		if err != nil {
			return verb.Answer{}, err
		}
		last := "it has not called yet: have it send a ping"
		if row := rows[name]; !row.LastGood.IsZero() {
			last = fmt.Sprintf("it last called %s ago; %d accepted, %d refused, %d dead", release.Span(row.Age(c.now())), row.Accepted, row.Refused, row.Dead)
		}
		t.Notes = append(t.Notes, last)
	default:
		return verb.Answer{}, release.Errorf(release.Refused, "%s has no secret, so its hook answers 404", name).Advise("give it secret_file or secret_env, and reload")
	}
	t.Took = time.Since(began).Round(time.Millisecond).String()
	ans := verb.Answer{Lines: trialLines(t), Value: t}
	if t.Kind == feed.Pull && t.Accepted == 0 {
		ans.Exit = 1 // it answers, and nothing of it is of use
	}
	return ans, nil
}

// measuredNotes say what of a monitor's answer would have no place, and which signals it lacks.
func (c *Control) measuredNotes(ctx context.Context, facts []fact.Fact) ([]string, error) {
	var cat *catalog.Catalog
	if err := c.Store.Read(ctx, func(r port.Reader) error {
		var err error
		cat, err = r.Catalog(ctx)
		return err
	}); err != nil {
		return nil, err
	}
	strange, lacking := map[string]bool{}, map[string]bool{}
	seen := false
	for _, f := range facts {
		m, ok := f.(fact.Measured)
		if !ok {
			continue
		}
		for _, name := range []string{"rate", "errors", "p50", "p95", "p99"} {
			lacking[name] = !seen || lacking[name]
		}
		for _, s := range m.Samples {
			seen = true
			if _, ok := cat.Service(strings.ToLower(s.Service)); !ok {
				strange[s.Service] = true
			}
			for name, v := range map[string]*float64{"rate": s.Rate, "errors": s.Errors, "p50": s.P50, "p95": s.P95, "p99": s.P99} {
				if v != nil {
					lacking[name] = false
				}
			}
		}
	}
	maps.DeleteFunc(lacking, func(_ string, yes bool) bool { return !yes })
	var out []string
	if len(strange) > 0 {
		out = append(out, "not in the catalog, so these would have no place: "+strings.Join(slices.Sorted(maps.Keys(strange)), ", "))
	}
	if seen && len(lacking) > 0 {
		out = append(out, "no series gave "+strings.Join(slices.Sorted(maps.Keys(lacking)), ", ")+": look at the names of the metrics")
	}
	return out, nil
}

// withoutAddresses are facts without the addresses of people.
func withoutAddresses(facts []fact.Fact) []fact.Fact {
	out := slices.Clone(facts)
	for i, f := range out {
		if seen, ok := f.(fact.CatalogSeen); ok {
			seen.Proposals = slices.Clone(seen.Proposals)
			for n := range seen.Proposals {
				seen.Proposals[n].Email = ""
			}
			out[i] = seen
		}
	}
	return out
}

// feedName gives a feed's row the method by which connectors are found.
type feedName struct{ feed.Status }

func (f feedName) Name() string { return f.Status.Name }

func feedNames(list []feed.Status) []feedName {
	out := make([]feedName, len(list))
	for i, f := range list {
		out[i] = feedName{f}
	}
	return out
}

func trialLines(t trial) []string {
	head := fmt.Sprintf("%s answered in %s", t.Name, t.Took)
	if t.Kind == feed.Push {
		head = t.Name + " cannot be asked: the other side calls"
	}
	if t.Kind == feed.Pull {
		head += fmt.Sprintf(": %d read, %d accepted, %d refused", t.Read, t.Accepted, len(t.Refused))
	}
	out := append([]string{head}, t.Notes...)
	shown := 0
	for _, f := range t.Facts {
		lines := tell(f)
		for _, l := range lines[:min(len(lines), max(testShown-shown, 0))] {
			out = append(out, "  "+l)
			shown++
		}
		if len(lines) > 0 && shown >= testShown {
			out = append(out, "  …; --json shows all")
			break
		}
	}
	for i, r := range t.Refused {
		if i == testShown {
			out = append(out, fmt.Sprintf("and %d more refused; --json shows all", len(t.Refused)-testShown))
			break
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("refused %s %s", r.Place, r.Item))+": "+r.Reason)
	}
	return append(out, "nothing was stored")
}

// tell puts a fact in words, a line for each thing in it.
func tell(f fact.Fact) []string {
	switch f := f.(type) {
	case fact.Measured:
		out := make([]string, len(f.Samples))
		for i, s := range f.Samples {
			out[i] = strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Service, s.Environment, s.Version)) + ": " + strings.Join(signals(s), ", ")
		}
		return out
	case fact.CalendarSeen:
		out := make([]string, len(f.Entries))
		for i, e := range f.Entries {
			out[i] = fmt.Sprintf("%s %s of %s from %s %s: %s", e.Kind, e.Hardness, e.Scope, e.Timing.Start, e.Timing.Zone, e.Title)
			if e.Timing.Rule != "" {
				out[i] += " (" + e.Timing.Rule + ")"
			}
		}
		return out
	case fact.CatalogSeen:
		var out []string
		for _, s := range f.Services {
			out = append(out, fmt.Sprintf("service %s, tier %d, team %s", s.ID, s.Tier, orDash(s.Team)))
		}
		for _, t := range f.Teams {
			out = append(out, "team "+t.ID)
		}
		for _, p := range f.Proposals {
			out = append(out, "person "+string(p.ID))
		}
		return append(out, fmt.Sprintf("%d dependencies", len(f.Edges)))
	case fact.AlertSeen:
		return []string{fmt.Sprintf("alert %s of %s: %s", f.Name, orDash(f.Service), f.State)}
	}
	return []string{strings.TrimPrefix(fmt.Sprintf("%T", f), "fact.")}
}
