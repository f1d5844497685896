package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/profile"
	"signalbox/release/rollout"
	"signalbox/release/topology"
	"signalbox/release/verb"
)

// noon is the moment of every test.
var noon = time.Date(2026, 11, 24, 12, 4, 31, 0, time.UTC)

// house is a world in memory with the real rules of the domain behind its verbs.
type house struct {
	mu      sync.Mutex
	now     time.Time
	me      access.Person
	items   []*change.Item
	events  []board.Event
	feeds   []feed.Status
	lines   []feed.Line // of the feeds' panel
	freezes []calendar.Freeze
	store   string // why it does not answer
	err     error  // of Alarm
	next    error  // of the next Do
	calls   []verb.Call
	profile profile.Profile
	changed chan struct{}
	over    sync.Once
}

func person(id string, roles ...access.Role) access.Person {
	p := access.Person{ID: access.PersonID(id), Name: id, Zone: "Asia/Singapore"}
	for _, r := range roles {
		p.Grants = append(p.Grants, access.Grant{Person: p.ID, Role: r, Scope: "org"})
	}
	return p
}

// newHouse has four changes: two for p.lind, one at High risk, one that p.lind wrote, one at Low risk.
func newHouse() *house {
	h := &house{now: noon, me: person("p.lind", access.Approver), changed: make(chan struct{}, 1)}
	h.feeds = []feed.Status{{Name: "github", Kind: feed.Push}, {Name: "jira", Kind: feed.Pull, ExpectEvery: time.Minute, LastGood: noon.Add(-6 * time.Minute)}}
	h.add("payments-api", "4.12.0", 62, 2, "k.ito", 7, 8)
	h.add("identity", "9.3.1", 71, 1, "k.ito", 8, 8)
	h.add("checkout-web", "2026.47.1", 58, 1, "p.lind", 6, 8)
	h.add("search", "7.2.0", 12, 1, "j.ruiz", 8, 8)
	h.add("notify-svc", "3.8.2", 18, 1, "j.ruiz", 8, 8)
	h.happen("CHG-1", release.Go, "j.ruiz approved payments-api 4.11.3 (1/2)", -2*time.Hour)
	return h
}

func (h *house) add(service, version string, risk, need int, author string, passed, of int) *change.Item {
	n := len(h.items) + 1
	c := change.Change{ID: change.ID(int64(n)), Revision: 7, State: change.Requested, Kind: change.Normal, Service: service, Environment: "production",
		Version: version, Digest: release.Digest(fmt.Sprintf("sha256:%07x%057x", 0xc81f0e2+n, n)), Requester: access.PersonID(author), Risk: change.Risk{Score: risk},
		CreatedAt: h.now.Add(-time.Hour), RequestedAt: h.now.Add(-time.Hour)}
	a := change.Ask(c, 1, 3, h.now.Add(-time.Hour))
	a.Needed = need
	i := &change.Item{Change: c, Approval: a, Service: &catalog.Service{ID: service}, Passed: passed, Of: of, Gate: "needs_approval",
		Authors: []change.Author{{Person: access.PersonID(author), As: "author"}}, Duties: change.Duties{Aspect: release.Go, Sentence: "no author may approve"}}
	for k := range of {
		r := evidence.Pass
		if k >= passed {
			r = evidence.Fail
		}
		i.Dossier.Checks = append(i.Dossier.Checks, evidence.Check{Name: []string{"unit", "sast", "load test", "sbom", "contract", "signed", "cve", "image"}[k], Result: r})
	}
	h.items = append(h.items, i)
	h.eligible()
	return i
}

func (h *house) eligible() {
	other := person("j.ruiz", access.Approver)
	for _, i := range h.items {
		i.Eligible = []access.PersonID{}
		for _, p := range []access.Person{h.me, other} {
			if i.MayApprove(&p, h.now) == nil {
				i.Eligible = append(i.Eligible, p.ID)
			}
		}
		slices.Sort(i.Eligible)
	}
}

func (h *house) happen(id string, a release.Aspect, text string, ago time.Duration) {
	h.events = slices.Insert(h.events, 0, board.Event{Seq: int64(80 + len(h.events)), At: h.now.Add(ago), Aspect: a, ID: id, Text: text})
}

// touch writes to a change as somebody else would, and tells.
func (h *house) touch(id string, fn func(*change.Item)) {
	h.mu.Lock()
	for _, i := range h.items {
		if i.Change.ID == id {
			fn(i)
			i.Change.Revision++
		}
	}
	h.eligible()
	h.mu.Unlock()
	h.tell()
}

func (h *house) tell() {
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

func (h *house) close() { h.over.Do(func() { close(h.changed) }) }

func (h *house) Changed() <-chan struct{} { return h.changed }

func (h *house) Person() *access.Person {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.me
	return &p
}

func (h *house) Actor() access.Actor {
	return access.Actor{Person: h.me.ID, Door: access.SSH, Fingerprint: "SHA256:q8zPm2Vt0uN1a7XcWk3rJd9sYb4eLk"}
}

func (h *house) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) Verbs() verb.Table {
	both := []string{"queue", "change", "board"}
	message := verb.Flag{Name: "message", Kind: verb.String}
	return verb.Table{
		{Name: "queue", Alias: "q", Hint: "queue", Short: "list the changes that wait for a decision", Permission: access.Read, Danger: verb.Look},
		{Name: "approve", Key: "A", Hint: "approve", Short: "approve a change", Views: both, Flags: []verb.Flag{message, {Name: "reason"}}, Permission: access.Approve, Danger: verb.Light},
		{Name: "reject", Key: "R", Hint: "reject", Short: "reject a change", Views: both, Flags: []verb.Flag{message}, Permission: access.Approve, Danger: verb.Full},
		{Name: "question", Key: "Q", Hint: "question", Short: "ask the author of a change", Views: both, Flags: []verb.Flag{message}, Permission: access.Approve, Danger: verb.Light},
		{Name: "undo", Key: "U", Hint: "undo", Short: "take your own decision back", Views: both, Permission: access.Approve, Danger: verb.Free},
		{Name: "feeds retry", Key: "r", Hint: "retry", Short: "read a feed now", Views: []string{"feeds", "board"}, Permission: access.RetryFeed, Danger: verb.Free},
		{Name: "feeds drop", Key: "D", Hint: "drop dead letter", Short: "give up a dead letter", Views: []string{"feeds", "board"}, Permission: access.Connectors, Danger: verb.Light,
			Flags: []verb.Flag{message, {Name: "code", Values: []string{"repeated", "irrelevant", "settled"}}}},
		{Name: "connector test", Key: "T", Hint: "test", Short: "talk with the other side once", Views: []string{"feeds"}, Permission: access.RetryFeed, Danger: verb.Look},
		{Name: "freeze lift", Key: "Z", Hint: "lift freeze", Short: "end a freeze before its time", Views: []string{"calendar"}, Permission: access.Freeze, Danger: verb.Full, Flags: []verb.Flag{message}},
		{Name: "help", Key: "?", Hint: "help", Short: "list the verbs", Permission: access.Public, Danger: verb.Look},
	}
}

func (h *house) Alarm(context.Context) (board.Alarm, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return board.Alarm{}, h.err
	}
	q := h.queue()
	a := board.Alarm{AsOf: h.now, Queue: q, Feeds: slices.Clone(h.feeds), Events: slices.Clone(h.events), Store: h.store, Since: noon.Add(-time.Hour)}
	a.Stop, a.Caution, a.Escalated = board.Count(board.ActNow(h.estate()))
	return a, nil
}

// estate is what the Board looks at.
func (h *house) estate() board.Estate {
	e := board.Estate{At: h.now, Catalog: catalog.New(catalog.Facts{Regions: []catalog.Region{{ID: "sin", Zone: "Asia/Singapore", Place: "SIN"}, {ID: "lon", Zone: "Europe/London", Place: "LON"}}}, 1, h.now),
		Queue: h.queue(), Environments: catalog.DefaultEnvironments()}
	for _, f := range h.feeds {
		l := feed.Line{Status: f, Aspect: f.Aspect(h.now, noon.Add(-time.Hour))}
		for _, o := range h.lines {
			if o.Name == f.Name {
				l.Letters, l.Messages = o.Letters, o.Messages
			}
		}
		e.Feeds = append(e.Feeds, l)
	}
	return e
}

func (h *house) Board(context.Context) (*board.Page, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return nil, h.err
	}
	e := h.estate()
	p := &board.Page{AsOf: h.now, Act: board.ActNow(e), Regions: e.Catalog.Regions, Marks: board.Marks(e, nil), Pulse: board.Beat(e.Queue, h.now), Rollouts: board.Underway(e),
		Feeds: e.Feeds, FeedsFrom: noon.Add(-time.Hour), Events: slices.Clone(h.events), Queue: e.Queue}
	p.Next = board.Upcoming(e, p.Marks)
	return p, nil
}

func (h *house) queue() *change.Queue {
	q := &change.Queue{AsOf: h.now}
	for _, i := range h.items {
		if i.Change.State == change.Requested {
			q.Items = append(q.Items, *i)
		}
	}
	return q
}

func (h *house) Calendar(_ context.Context, from, to time.Time) (*calendar.Span, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := calendar.Plan{Interval: calendar.Interval{From: from, To: to}, AsOf: h.now, Known: to.AddDate(0, 0, 62), Freezes: slices.Clone(h.freezes)}
	for _, i := range h.items {
		p.Releases = append(p.Releases, i.Entry(h.now))
		p.Lanes = append(p.Lanes, calendar.Lane{Service: i.Change.Service, Targets: []access.Target{{Service: i.Change.Service, Environment: "production"}}})
	}
	return calendar.Lay(p), nil
}

func (h *house) Queue(context.Context) (*change.Queue, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.queue(), nil
}

func (h *house) find(id string) (*change.Item, error) {
	for _, i := range h.items {
		if i.Change.ID == id {
			return i, nil
		}
	}
	return nil, release.Errorf(release.NotFound, "there is no change %s", id)
}

func (h *house) Case(_ context.Context, id string) (*gate.Case, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i, err := h.find(id)
	if err != nil {
		return nil, err
	}
	answer := gate.Answer{Verdict: gate.NeedsApproval, Environment: "production", At: h.now, Gates: []gate.Result{
		{Gate: gate.FreezeGate, Verdict: gate.Pass, Reason: "no freeze holds"}, {Gate: gate.ApprovalGate, Verdict: gate.NeedsApproval, Reason: "it waits for approval"}}}
	return &gate.Case{Item: *i, Answer: answer}, nil
}

func (h *house) Do(_ context.Context, c verb.Call) (verb.Answer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, c)
	if err := h.next; err != nil {
		h.next = nil
		return verb.Answer{}, err
	}
	switch c.Verb {
	case "feeds retry", "feeds drop", "connector test", "feeds log":
		return h.doFeed(c)
	case "profile set":
		return h.setProfile(c)
	}
	i, err := h.find(c.Arg(0))
	if err != nil {
		return verb.Answer{}, err
	}
	if c.Seen != 0 && c.Seen != i.Change.Revision {
		return verb.Answer{}, release.Errorf(release.Changed, "%s is not what you saw", i.Change.ID).Advise("look again; nothing was decided")
	}
	h.events = slices.Insert(h.events, 0, board.Event{Seq: int64(80 + len(h.events)), At: h.now, Aspect: release.Planned, ID: i.Change.ID, Text: string(h.me.ID) + " " + c.Verb})
	seq := h.events[0].Seq
	switch c.Verb {
	case "approve", "reject":
		if err := i.MayApprove(&h.me, h.now); err != nil {
			return verb.Answer{}, err
		}
		r := change.Reason{Code: c.Flag("reason"), Text: c.Flag("message")}
		if err := change.CheckReason(r, i.NeedsWords(change.Verdict(c.Verb)), i.Presets()); err != nil {
			return verb.Answer{}, err
		}
		a, err := change.Decide(i.Approval, change.Decision{Person: h.me.ID, Verdict: change.Verdict(c.Verb), Reason: r, At: h.now})
		if err != nil {
			return verb.Answer{}, err
		}
		i.Approval = a
		if a.State == change.Approved {
			i.Change.State = change.Authorised
		}
		i.Change.Revision++
		h.eligible()
		return verb.Answer{Lines: []string{"done"}, Value: a, Seq: seq, Undo: 300}, nil
	case "undo":
		a, err := change.TakeBack(i.Approval, h.me.ID, h.now)
		if err != nil {
			return verb.Answer{}, err
		}
		i.Approval, i.Change.State = a, change.Requested
		i.Change.Revision++
		h.eligible()
		return verb.Answer{Lines: []string{"done"}, Value: a, Seq: seq}, nil
	}
	return verb.Answer{Lines: []string{"done"}, Seq: seq}, nil
}

// doFeed is what control does with the verbs of the feeds, as far as a screen can tell.
func (h *house) doFeed(c verb.Call) (verb.Answer, error) {
	seq := int64(80 + len(h.calls))
	switch c.Verb {
	case "connector test":
		return verb.Answer{Lines: []string{c.Arg(0) + " answered in 240ms: 2 read, 2 accepted, 0 refused", "nothing was stored"}}, nil
	case "feeds log":
		return verb.Answer{Lines: []string{"", "{}"}}, nil
	case "feeds drop":
		for k := range h.lines {
			l := &h.lines[k]
			l.Letters = slices.DeleteFunc(slices.Clone(l.Letters), func(d feed.Letter) bool { return d.ID == c.Arg(0) })
		}
		return verb.Answer{Lines: []string{c.Arg(0) + " was dropped"}, Seq: seq}, nil
	}
	return verb.Answer{Lines: []string{c.Arg(0) + " is read now"}, Seq: seq}, nil
}

// Feeds is the panel of the feeds.
func (h *house) Feeds(context.Context) (*feed.Panel, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return nil, h.err
	}
	return &feed.Panel{AsOf: h.now, Since: noon.Add(-time.Hour), Lines: slices.Clone(h.lines)}, nil
}

// Rollouts is what goes in: one rollout of search.
func (h *house) Rollouts(context.Context) (*rollout.List, error) {
	return &rollout.List{AsOf: h.Now(), Moving: []rollout.Row{rolling}}, nil
}

// Rollout is the rollout of search.
func (h *house) Rollout(_ context.Context, id string) (*rollout.Sheet, error) {
	if id != rolling.ID {
		return nil, release.Errorf(release.NotFound, "there is no rollout %s", id)
	}
	return &rollout.Sheet{AsOf: h.Now(), Row: rolling}, nil
}

var rolling = rollout.NewRow(rollout.Observed{ID: "RO-1", Service: "search", Environment: "production", Version: "7.2.0", Change: "CHG-4", State: rollout.InProgress,
	URL: "https://example.test/1", StartedAt: noon.Add(-time.Minute), UpdatedAt: noon}, rollout.Known{Change: &change.Change{ID: "CHG-4", State: change.Implementing}})

// Graph is the graph of the services that the changes are of, without an edge.
func (h *house) Graph(context.Context) (*topology.Map, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return nil, h.err
	}
	var f catalog.Facts
	for _, i := range h.items {
		f.Services = append(f.Services, *i.Service)
	}
	return topology.New(topology.Facts{At: h.now, Environment: "production", Catalog: catalog.New(f, 1, h.now), Since: noon.Add(-time.Hour)}), nil
}

// Health is a panel on which nothing is measured.
func (h *house) Health(context.Context) (*health.Panel, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return &health.Panel{AsOf: h.now}, h.err
}

// Burning is the burn of nothing.
func (h *house) Burning(context.Context, string, time.Duration) (*health.Series, error) {
	return nil, release.Errorf(release.NotFound, "there is no objective")
}

func (h *house) called() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, c := range h.calls {
		out = append(out, strings.TrimSpace(c.Verb+" "+c.Arg(0)+" "+c.Flag("reason")+c.Flag("code")+c.Flag("message")))
	}
	return out
}
