package control_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"signalbox/control"
	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/outbox"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

// source is a feed that the test answers for.
type source struct {
	name  string
	mu    sync.Mutex
	out   port.Pulled
	err   error
	asked []string // cursors
	// during is called while the source is being read.
	during func()
}

func (s *source) Name() string { return s.name }

func (s *source) Pull(_ context.Context, cursor string, _ time.Time) (port.Pulled, error) {
	s.mu.Lock()
	s.asked = append(s.asked, cursor)
	out, err, during := s.out, s.err, s.during
	s.mu.Unlock()
	if during != nil {
		during()
	}
	return out, err
}

func (s *source) say(out port.Pulled, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out, s.err = out, err
}

// target takes messages as the test says.
type target struct {
	name         string
	deduplicates bool
	mu           sync.Mutex
	outcome      []outbox.Outcome // of the next tries; the last one stays
	got          []outbox.Message
}

func (t *target) Name() string       { return t.name }
func (t *target) Deduplicates() bool { return t.deduplicates }

func (t *target) Send(_ context.Context, m outbox.Message) outbox.Outcome {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.got = append(t.got, m)
	o := outbox.Outcome{}
	if len(t.outcome) > 0 {
		o = t.outcome[0]
		if len(t.outcome) > 1 {
			t.outcome = t.outcome[1:]
		}
	}
	return o
}

// engine is a job engine in memory that the test turns by hand.
type engine struct {
	mu   sync.Mutex
	jobs []port.Job
	keys map[string]bool
	do   func(ctx context.Context, j port.Job, last bool) error
}

func (e *engine) Enqueue(_ context.Context, jobs []port.Job) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.keys == nil {
		e.keys = map[string]bool{}
	}
	for _, j := range jobs {
		if !e.keys[j.Key] {
			e.keys[j.Key] = true
			e.jobs = append(e.jobs, j)
		}
	}
	return nil
}

func (e *engine) Work(ctx context.Context, do func(context.Context, port.Job, bool) error) error {
	e.mu.Lock()
	e.do = do
	e.mu.Unlock()
	<-ctx.Done()
	return nil
}

func (e *engine) Close() error { return nil }

// outside is a house whose outside the test plays.
func outside(t *testing.T, pullers []port.Puller, senders []port.Sender, notices ...control.Notice) (*house, *engine) {
	t.Helper()
	h := open(t)
	e := &engine{}
	o := h.Options
	o.Jobs, o.Process = e, "this:1"
	h.Control = control.New(o)
	w := control.Wiring{Environments: catalog.DefaultEnvironments(), Pullers: pullers, Senders: senders, Notices: notices,
		Feeds: []feed.Status{{Name: "github", Type: "github", Kind: feed.Push}}}
	for _, p := range pullers {
		w.Feeds = append(w.Feeds, feed.Status{Name: p.Name(), Type: "prometheus", Kind: feed.Pull, ExpectEvery: 15 * time.Second})
	}
	for _, s := range senders {
		w.Feeds = append(w.Feeds, feed.Status{Name: s.Name(), Type: "webhook", Kind: feed.Out})
	}
	if err := h.Rewire(context.Background(), w); err != nil {
		t.Fatal(err)
	}
	return h, e
}

func (h *house) line(name string) feed.Line {
	h.t.Helper()
	p, err := h.Feeds(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, l := range p.Lines {
		if l.Name == name {
			return l
		}
	}
	h.t.Fatalf("no feed %s", name)
	return feed.Line{}
}

func number(f float64) *float64 { return &f }

func (h *house) sample(service string) fact.Measured {
	return fact.Measured{Samples: []health.Sample{{Service: service, Environment: "prod", Version: "1.0.0", At: h.now(), Step: 15 * time.Second, Rate: number(20), Errors: number(0.01), N: 1}}}
}

func TestAFeedIsReadAndItsFailuresAreClassed(t *testing.T) {
	prom := &source{name: "prom"}
	h, _ := outside(t, []port.Puller{prom}, nil)
	ctx := context.Background()
	prom.say(port.Pulled{Facts: []fact.Fact{h.sample("checkout"), h.sample("ghost")}, Read: 2, Cursor: "c1"}, nil)
	h.PullOnce(ctx, prom)
	l := h.line("prom")
	if l.Aspect != feed.Fresh || l.Accepted != 1 || l.Refused != 1 || l.Cursor != "c1" || !l.NextAt.Equal(h.now().Add(13500*time.Millisecond)) {
		t.Errorf("after a good reading: %+v", l.Status)
	}
	if l.Resting != "1 service" || !strings.Contains(l.Log[0].Text, "ghost: no service of the catalog has this name") {
		t.Errorf("rests %q, log %+v", l.Resting, l.Log)
	}
	h.PullOnce(ctx, prom) // not due
	if len(prom.asked) != 1 {
		t.Fatalf("it was read %d times", len(prom.asked))
	}
	for _, c := range []struct {
		err   error
		class feed.Class
		least time.Duration
		most  time.Duration
	}{
		{release.Errorf(release.Unavailable, "no answer"), feed.Retry, 750 * time.Millisecond, time.Second},
		{release.Errorf(release.Unavailable, "no answer"), feed.Retry, 1500 * time.Millisecond, 2 * time.Second},
		{release.Errorf(release.Unauthenticated, "wrong token"), feed.Auth, 90 * time.Second, 2 * time.Minute},
		{release.Errorf(release.Usage, "bad query"), feed.Config, 90 * time.Second, 2 * time.Minute},
		{errors.New("nil map"), feed.Bug, 90 * time.Second, 2 * time.Minute},
		{release.Errorf(release.Unavailable, "come later").Because(port.RetryAfter{After: 42 * time.Second, Err: errors.New("429")}), feed.Retry, 42 * time.Second, 42 * time.Second},
	} {
		h.pass(3 * time.Minute)
		prom.say(port.Pulled{}, c.err)
		h.PullOnce(ctx, prom)
		l = h.line("prom")
		if wait := l.NextAt.Sub(h.now()); l.Class != c.class || wait < c.least || wait > c.most || l.Cursor != "c1" {
			t.Errorf("%v: class %s, next in %s, cursor %q", c.err, l.Class, wait, l.Cursor)
		}
	}
	if l.Tries != 6 || l.FailingSince.IsZero() {
		t.Errorf("tries %d since %s", l.Tries, l.FailingSince)
	}
	h.pass(time.Minute)
	prom.say(port.Pulled{Unchanged: true, Cursor: "c2"}, nil)
	h.PullOnce(ctx, prom)
	if l = h.line("prom"); l.Tries != 0 || l.Cursor != "c2" || l.Log[0].Sign != feed.Back {
		t.Errorf("back: %+v %+v", l.Status, l.Log[0])
	}
}

func TestADarkMonitorStopsWhatRestsOnItAndOnlyThat(t *testing.T) {
	prom := &source{name: "prom"}
	h, _ := outside(t, []port.Puller{prom}, nil)
	ctx := context.Background()
	h.ingest(h.deploy("checkout", 1, "dev"))
	h.ingest(h.deploy("search", 2, "dev"))
	prom.say(port.Pulled{Facts: []fact.Fact{h.sample("checkout")}, Read: 1}, nil)
	h.PullOnce(ctx, prom)
	gateOf := func(service string, n int) gate.Verdict {
		for _, g := range h.verdict(service, n).Gates {
			if g.Gate == gate.Freshness {
				return g.Verdict
			}
		}
		return ""
	}
	if c, s := gateOf("checkout", 1), gateOf("search", 2); c != gate.Pass || s != gate.Pass {
		t.Fatalf("while it answers: %s %s", c, s)
	}
	prom.say(port.Pulled{}, release.Errorf(release.Unavailable, "prometheus refuses the connection"))
	h.pass(46 * time.Second)
	h.PullOnce(ctx, prom)
	if err := h.WatchOnce(ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.WatchOnce(ctx); err != nil { // said once
		t.Fatal(err)
	}
	if c, s := gateOf("checkout", 1), gateOf("search", 2); c != gate.Unknown || s != gate.Pass {
		t.Errorf("while it is dark: checkout %s, search %s", c, s)
	}
	k, err := h.Case(ctx, "CHG-1")
	if err != nil || k.Health == nil || !k.Health.Sources[0].Dark || len(k.Health.Samples) != 1 || k.Item.EvidenceDark {
		t.Errorf("the picture: %+v, %v", k.Health, err)
	}
	if k, _ := h.Case(ctx, "CHG-2"); k.Health != nil {
		t.Errorf("search rests on nothing: %+v", k.Health)
	}
	fell := 0
	for _, e := range h.log() {
		if e.Verb == "feed.dark" {
			fell++
		}
	}
	if l := h.line("prom"); fell != 1 || l.Aspect != feed.Dark || l.Rests[0].Gate != "freshness" || l.Rests[0].ID != "CHG-1" {
		t.Errorf("fell %d times; %+v", fell, l.Rests)
	}
	h.pass(2 * time.Minute)
	prom.say(port.Pulled{Facts: []fact.Fact{h.sample("checkout")}, Read: 1}, nil)
	h.PullOnce(ctx, prom)
	if err := h.WatchOnce(ctx); err != nil {
		t.Fatal(err)
	}
	if log := h.log(); gateOf("checkout", 1) != gate.Pass || log[len(log)-1].Verb != "feed.back" {
		t.Errorf("it is back: %s, %s", gateOf("checkout", 1), log[len(log)-1].Verb)
	}
}

// turn works every job once.
func (e *engine) turn(t *testing.T, h *house, last bool) (errs []error) {
	t.Helper()
	if _, err := h.RelayOnce(context.Background()); err != nil {
		t.Fatal(err)
	}
	e.mu.Lock()
	jobs := e.jobs
	e.jobs = nil
	e.mu.Unlock()
	for _, j := range jobs {
		err := h.DeliverJob(context.Background(), j, last)
		errs = append(errs, err)
		if err != nil {
			e.jobs = append(e.jobs, j) // the engine tries it again
		}
	}
	return errs
}

func TestADecisionIsToldOnceToEachTarget(t *testing.T) {
	chat, mail := &target{name: "chat", deduplicates: true}, &target{name: "mail"}
	h, e := outside(t, nil, []port.Sender{chat, mail}, control.Notice{Target: "chat", Events: control.DefaultEvents, Scope: access.Org},
		control.Notice{Target: "mail", Events: []string{"approve"}, Scope: "service:search"})
	h.ingest(h.deploy("search", 1, "dev"))
	h.ingest(h.deploy("checkout", 2, "dev"))
	h.must("bob", "approve", []string{"1"}, "message", why)
	h.must("bob", "approve", []string{"2"}, "message", why)
	e.turn(t, h, false)
	e.turn(t, h, false) // nothing is left
	if len(chat.got) != 4 || len(mail.got) != 1 || mail.got[0].Subject != "CHG-1" {
		t.Fatalf("chat got %d, mail %d", len(chat.got), len(mail.got))
	}
	seen := map[string]bool{}
	for _, m := range append(chat.got, mail.got...) {
		if seen[m.Key] || !strings.HasPrefix(m.Key, "msg_") {
			t.Errorf("the key %q is not its own", m.Key)
		}
		seen[m.Key] = true
	}
	if !strings.Contains(string(mail.got[0].Body), `"summary":`) || h.line("chat").Accepted != 4 {
		t.Errorf("the body %s; accepted %d", mail.got[0].Body, h.line("chat").Accepted)
	}
}

func TestALostAnswerIsUnknownWhereTheTargetCannotTell(t *testing.T) {
	lost := outbox.Outcome{Reached: true, Err: release.Errorf(release.Unavailable, "the connection broke after the message")}
	chat, mail := &target{name: "chat", deduplicates: true, outcome: []outbox.Outcome{lost, {}}}, &target{name: "mail", outcome: []outbox.Outcome{lost, {}}}
	approve := []string{"approve"}
	h, e := outside(t, nil, []port.Sender{chat, mail}, control.Notice{Target: "chat", Events: approve, Scope: access.Org}, control.Notice{Target: "mail", Events: approve, Scope: access.Org})
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"1"}, "message", why)
	e.turn(t, h, false)
	e.turn(t, h, false)
	if len(chat.got) != 2 || chat.got[0].Key != chat.got[1].Key || len(mail.got) != 1 {
		t.Fatalf("chat got %d, mail %d", len(chat.got), len(mail.got))
	}
	l := h.line("mail")
	if len(l.Messages) != 1 || l.Messages[0].State != outbox.Unknown {
		t.Fatalf("mail: %+v", l.Messages)
	}
	if log := h.log(); !contains(log[len(log)-2:], "outbox.unknown") {
		t.Errorf("nobody was told: %+v", log[len(log)-2:])
	}
	h.refused(release.Refused, "it needs the role", "bob", "feeds retry", []string{l.Messages[0].ID})
	h.must("cora", "feeds retry", []string{l.Messages[0].ID})
	e.turn(t, h, false)
	if len(mail.got) != 2 || len(h.line("mail").Messages) != 0 {
		t.Errorf("after a person decided: mail got %d, %+v", len(mail.got), h.line("mail").Messages)
	}
}

func contains(log []audit.Entry, v string) bool {
	return slices.ContainsFunc(log, func(e audit.Entry) bool { return e.Verb == v })
}

func TestATargetThatRefusesIsNotAskedAgain(t *testing.T) {
	chat := &target{name: "chat", deduplicates: true, outcome: []outbox.Outcome{{Err: release.Errorf(release.Usage, "HTTP 400")}}}
	h, e := outside(t, nil, []port.Sender{chat}, control.Notice{Target: "chat", Events: []string{"approve"}, Scope: access.Org})
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"1"}, "message", why)
	e.turn(t, h, false)
	e.turn(t, h, false)
	l := h.line("chat")
	if len(chat.got) != 1 || len(l.Messages) != 1 || l.Messages[0].State != outbox.Failed {
		t.Fatalf("got %d, %+v", len(chat.got), l.Messages)
	}
	h.refused(release.Usage, "needs a reason", "ann", "feeds drop", []string{l.Messages[0].ID})
	h.refused(release.Refused, "it needs the role admin", "cora", "feeds drop", []string{l.Messages[0].ID}, "code", "settled")
	h.must("ann", "feeds drop", []string{l.Messages[0].ID}, "code", "settled")
	if got := h.line("chat").Messages; len(got) != 0 {
		t.Errorf("it is still there: %+v", got)
	}
}

// picky understands a body once it was taught to.
type picky struct {
	name    string
	learned bool
	facts   []fact.Fact
}

func (p *picky) Name() string { return p.name }
func (p *picky) Authenticate(func(string) string, []byte) (port.Delivery, error) {
	return port.Delivery{}, nil
}
func (p *picky) Map(port.Delivery, []byte, time.Time) ([]fact.Fact, error) {
	if !p.learned {
		return nil, release.Errorf(release.Usage, "the field when is no time")
	}
	return p.facts, nil
}

func TestADeadLetterIsKeptTriedAgainAndDropped(t *testing.T) {
	h, _ := outside(t, nil, nil)
	ctx := context.Background()
	forge := &picky{name: "github"}
	if err := h.Rewire(ctx, control.Wiring{Environments: catalog.DefaultEnvironments(), Receivers: []port.Receiver{forge}, Feeds: []feed.Status{{Name: "github", Type: "github", Kind: feed.Push}}}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the sender repeats it
		h.DeadHook(ctx, "github", port.Delivery{ID: "x-1", Event: "deployment"}, []byte(`{"when":"after lunch"}`), "the field when is no time")
	}
	h.DeadHook(ctx, "github", port.Delivery{ID: "x-2", Event: "deployment"}, make([]byte, feed.MaxLetter+1), "too odd")
	l := h.line("github")
	if len(l.Letters) != 2 || l.Letters[1].Seen != 2 || l.Letters[1].ID != "DL-1" || !l.Letters[0].Truncated {
		t.Fatalf("letters: %+v", l.Letters)
	}
	h.refused(release.Refused, "it needs the role admin", "bob", "feeds log", []string{"DL-1"})
	if a := h.must("ann", "feeds log", []string{"DL-1"}); !strings.Contains(strings.Join(a.Lines, "\n"), "after lunch") {
		t.Errorf("the letter: %v", a.Lines)
	}
	h.refused(release.Refused, "is still not understood", "ann", "feeds retry", []string{"DL-1"})
	h.refused(release.Refused, "only the beginning", "ann", "feeds retry", []string{"DL-2"})
	forge.learned, forge.facts = true, []fact.Fact{h.deploy("search", 1, "dev")}
	h.must("ann", "feeds retry", []string{"dl-1"})
	if v := h.verdict("search", 1); v.Verdict != gate.NeedsApproval {
		t.Errorf("its facts: %s", v.Verdict)
	}
	h.refused(release.Refused, "was retried already", "ann", "feeds retry", []string{"DL-1"})
	h.must("ann", "feeds drop", []string{"DL-2"}, "message", "the sender has mended it")
	if got := h.line("github").Letters; len(got) != 0 {
		t.Errorf("left: %+v", got)
	}
	if fresh, err := h.Ingest(ctx, "github", port.Delivery{ID: "x-1"}, forge.facts); err != nil || fresh {
		t.Errorf("the delivery itself, later: fresh %v, %v", fresh, err)
	}
}

func TestAFreezeOfAnOutsideCalendarBars(t *testing.T) {
	h, _ := outside(t, nil, nil)
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"1"}, "message", why)
	h.Importers["icalendar"] = func(string, map[string][]string) (fact.Fact, error) {
		return fact.CalendarSeen{Source: "import:retail.ics", Entries: []calendar.Entry{{ExternalID: "u1", Kind: calendar.FreezePeriod, Hardness: calendar.HardFreeze,
			Scope: "unit:shop", Title: "month end", Timing: calendar.Timing{Zone: "Europe/London", Start: "2026-10-26T18:00:00", Length: 2 * time.Hour, Rule: "FREQ=DAILY"}}}}, nil
	}
	h.local("import icalendar", []string{"retail.ics"})
	if v := h.verdict("search", 1); v.Verdict != gate.Pass {
		t.Fatalf("before it begins: %s %s", v.Verdict, v.Why())
	}
	h.pass(9*time.Hour + time.Minute) // 18:01 in London, which is on winter time
	for range 2 {
		if err := h.WatchOnce(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if log := h.log(); log[len(log)-1].Verb != "freeze.begin" || log[len(log)-2].Verb == "freeze.begin" || !strings.Contains(log[len(log)-1].Summary, "month end") {
		t.Errorf("its beginning is told as %+v", log[len(log)-2:])
	}
	v := h.verdict("search", 1)
	if v.Verdict != gate.Block || !strings.Contains(v.Why(), "month end") || !strings.Contains(fmt.Sprint(v.Gates), "change it in the calendar import:retail.ics") {
		t.Errorf("within it: %s %s", v.Verdict, v.Why())
	}
	h.ingest(h.deploy("search", 3, "dev"))
	if a := h.must("bob", "approve", []string{"2"}, "message", why); !strings.Contains(strings.Join(a.Lines, "\n"), "the gate still says block: import:retail.ics hard freeze") {
		t.Errorf("approved within it: %v", a.Lines)
	}
	h.pass(2 * time.Hour)
	if err := h.reopened().WatchOnce(context.Background()); err != nil {
		t.Fatal(err)
	}
	if log := h.log(); log[len(log)-1].Verb != "freeze.end" {
		t.Errorf("its end is told as %+v", log[len(log)-1])
	}
	if v := h.verdict("search", 1); v.Verdict != gate.Pass {
		t.Errorf("after it: %s %s", v.Verdict, v.Why())
	}
	p, err := h.Publication(context.Background(), "unit:shop")
	if err != nil || len(p.Entries) != 1 {
		t.Errorf("published: %+v, %v", p, err)
	}
	if p, _ := h.Publication(context.Background(), "unit:other"); len(p.Entries) != 0 {
		t.Errorf("published to others: %+v", p.Entries)
	}
}

func TestWhoIsInAndOut(t *testing.T) {
	h, _ := outside(t, nil, nil)
	ctx := context.Background()
	ended := make(chan error, 1)
	s := h.Open(h.actor("bob"), &access.Person{ID: "bob"}, control.Caller{From: "192.0.2.7", End: func(why error) { ended <- why }})
	if err := h.TellVisitsOnce(ctx); err != nil {
		t.Fatal(err)
	}
	if a := h.must("ann", "who", nil); !strings.Contains(strings.Join(a.Lines, "\n"), "S-1      bob") || !strings.Contains(a.Lines[1], "192.0.2.7") {
		t.Errorf("who: %v", a.Lines)
	}
	h.refused(release.Refused, "it needs the role admin", "bob", "who", nil)
	// Another process ends it: this one reads that.
	if _, err := h.reopened().Do(ctx, call(h.actor("ann"), "session end", []string{"s-1"})); err != nil {
		t.Fatal(err)
	}
	if err := h.TellVisitsOnce(ctx); err != nil {
		t.Fatal(err)
	}
	select {
	case why := <-ended:
		if !strings.Contains(why.Error(), "an admin has ended this session") {
			t.Errorf("why: %v", why)
		}
	default:
		t.Error("the session was not ended")
	}
	for range s.Changed() { // what had been told before; then it is closed, or this never ends
	}
	s.Close()
	h.pass(time.Minute)
	if a := h.must("ann", "who", nil); a.Lines[0] != "nobody is in" {
		t.Errorf("later: %v", a.Lines)
	}
}

func TestAConnectorIsTriedAndNothingStored(t *testing.T) {
	prom := &source{name: "prom"}
	h, _ := outside(t, []port.Puller{prom}, nil)
	prom.say(port.Pulled{Facts: []fact.Fact{h.sample("checkout")}, Read: 1, Refused: []fact.Refusal{{Item: "up", Reason: "no label"}}}, nil)
	a := h.must("cora", "connector test", []string{"prom"})
	text := strings.Join(a.Lines, "\n")
	if !strings.Contains(text, "checkout prod 1.0.0: 20 req/s, 1% errors") || !strings.Contains(text, "nothing was stored") {
		t.Errorf("%s", text)
	}
	if l := h.line("prom"); !l.LastGood.IsZero() || len(l.Rests) != 0 {
		t.Errorf("something was stored: %+v", l)
	}
	prom.say(port.Pulled{}, release.Errorf(release.Unauthenticated, "prometheus does not let us in"))
	h.refused(release.Unauthenticated, "does not let us in", "cora", "connector test", []string{"prom"})
}

// reading is what a monitor's good answer is.
func (h *house) reading() port.Pulled {
	return port.Pulled{Facts: []fact.Fact{h.sample("checkout")}, Read: 1}
}

func (h *house) freshness(service string, n int) (gate.Verdict, string) {
	h.t.Helper()
	for _, g := range h.verdict(service, n).Gates {
		if g.Gate == gate.Freshness {
			return g.Verdict, g.Reason
		}
	}
	return "", ""
}

func TestACalendarThatNobodyReadIsNotClear(t *testing.T) {
	cal := &source{name: "retail"}
	h, _ := outside(t, []port.Puller{cal}, nil)
	h.ingest(h.deploy("search", 1, "dev"))
	h.ingest(h.deploy("checkout", 2, "dev"))
	h.must("bob", "approve", []string{"1"}, "message", why)
	w := control.Wiring{Environments: catalog.DefaultEnvironments(), Pullers: []port.Puller{cal}, Freezing: map[string]access.Scope{"retail": "service:search"},
		Feeds: []feed.Status{{Name: "retail", Type: "icalendar", Kind: feed.Pull, ExpectEvery: 15 * time.Second}, {Name: "github", Type: "github", Kind: feed.Push}}}
	if err := h.Rewire(context.Background(), w); err != nil {
		t.Fatal(err)
	}
	if v, why := h.freshness("search", 1); v != gate.Unknown || !strings.Contains(why, "retail has not been read yet") {
		t.Errorf("never read: %s %s", v, why)
	}
	if v, _ := h.freshness("checkout", 2); v != gate.Pass {
		t.Errorf("outside its scope: %s", v)
	}
	cal.say(port.Pulled{Facts: []fact.Fact{fact.CalendarSeen{Source: "retail"}}, Read: 1}, nil)
	h.PullOnce(context.Background(), cal)
	if v, why := h.freshness("search", 1); v != gate.Pass {
		t.Errorf("read: %s %s", v, why)
	}
	cal.say(port.Pulled{}, release.Errorf(release.Unavailable, "nobody answers"))
	h.pass(time.Minute)
	h.PullOnce(context.Background(), cal)
	if v, why := h.freshness("search", 1); v != gate.Unknown || !strings.Contains(why, "retail is dark") {
		t.Errorf("dark: %s %s", v, why)
	}
	// A question about tomorrow is judged by the feeds of today.
	cal.say(port.Pulled{Facts: []fact.Fact{fact.CalendarSeen{Source: "retail"}}, Read: 1}, nil)
	h.pass(3 * time.Minute)
	h.PullOnce(context.Background(), cal)
	a, err := h.Gate(context.Background(), gate.Subject{Service: "search", Environment: "prod", Digest: digest(1)}, h.now().Add(20*time.Hour))
	if err != nil || a.Verdict != gate.Pass {
		t.Errorf("tomorrow: %s %s %v", a.Verdict, a.Why(), err)
	}
}

func TestAConfigurationThatIsGoneForgetsNothing(t *testing.T) {
	prom := &source{name: "prom"}
	h, _ := outside(t, []port.Puller{prom}, nil)
	prom.say(h.reading(), nil)
	h.PullOnce(context.Background(), prom)
	o := h.Options
	o.Process = "next:1"
	fresh := control.New(o)
	h.pass(4 * time.Minute) // and the process that had it is silent
	if err := fresh.Rewire(context.Background(), control.Wiring{Environments: catalog.DefaultEnvironments(), Unconfigured: true}); err != nil {
		t.Fatal(err)
	}
	if err := fresh.DeclareOnce(context.Background()); err != nil {
		t.Fatal(err)
	}
	if l := h.line("prom"); l.Accepted != 1 {
		t.Errorf("a start without a configuration forgot: %+v", l.Status)
	}
	// Another process, with an older configuration, takes nothing away from this one, which speaks.
	if err := h.DeclareOnce(context.Background()); err != nil {
		t.Fatal(err)
	}
	o.Process = "other:1"
	older := control.New(o)
	if err := older.Rewire(context.Background(), control.Wiring{Environments: catalog.DefaultEnvironments(), Feeds: []feed.Status{{Name: "github", Type: "github", Kind: feed.Push}}}); err != nil {
		t.Fatal(err)
	}
	if l := h.line("prom"); l.Accepted != 1 {
		t.Errorf("another process forgot: %+v", l.Status)
	}
	// A reload that leaves it out does, and what it held leaves the calendar.
	if err := h.Rewire(context.Background(), control.Wiring{Environments: catalog.DefaultEnvironments(), Feeds: []feed.Status{{Name: "github", Type: "github", Kind: feed.Push}}}); err != nil {
		t.Fatal(err)
	}
	p, err := h.Feeds(context.Background())
	if err != nil || len(p.Lines) != 1 {
		t.Errorf("after the reload: %d feeds, %v", len(p.Lines), err)
	}
}

func TestAReloadBringsNoFeedBack(t *testing.T) {
	prom := &source{name: "prom"}
	h, _ := outside(t, []port.Puller{prom}, nil)
	ctx := context.Background()
	prom.say(port.Pulled{}, release.Errorf(release.Unavailable, "nobody answers"))
	h.pass(time.Minute)
	h.PullOnce(ctx, prom)
	if err := h.WatchOnce(ctx); err != nil {
		t.Fatal(err)
	}
	w := control.Wiring{Environments: catalog.DefaultEnvironments(), Pullers: []port.Puller{prom}, Feeds: []feed.Status{{Name: "prom", Type: "prometheus", Kind: feed.Pull, ExpectEvery: 15 * time.Second}}}
	if err := h.Rewire(ctx, w); err != nil {
		t.Fatal(err)
	}
	if err := h.WatchOnce(ctx); err != nil {
		t.Fatal(err)
	}
	if l := h.line("prom"); l.Aspect != feed.Dark || !l.Fallen {
		t.Errorf("a reload made it %s", l.Aspect)
	}
	// A longer promise makes nothing fresh before it is read.
	w.Feeds[0].ExpectEvery = 40 * time.Second
	if err := h.Rewire(ctx, w); err != nil {
		t.Fatal(err)
	}
	if l := h.line("prom"); l.Aspect == feed.Fresh {
		t.Errorf("a longer promise made it %s", l.Aspect)
	}
	// A shorter promise is judged, and read, at once.
	prom.say(h.reading(), nil)
	h.PullOnce(ctx, prom)
	h.pass(10 * time.Second)
	w.Feeds[0].ExpectEvery = time.Second
	if err := h.Rewire(ctx, w); err != nil {
		t.Fatal(err)
	}
	if l := h.line("prom"); l.Aspect != feed.Dark || !l.NextAt.IsZero() {
		t.Errorf("a shorter promise: %s, next %s", l.Aspect, l.NextAt)
	}
	h.PullOnce(ctx, prom)
	if l := h.line("prom"); l.Aspect != feed.Fresh {
		t.Errorf("once it was read: %s", l.Aspect)
	}
}

func TestAnAlertToldAgainIsNoEvent(t *testing.T) {
	h, _ := outside(t, nil, nil)
	ctx := context.Background()
	alert := func() []fact.Fact {
		return []fact.Fact{fact.AlertSeen{Alert: health.Alert{ID: "f1", Name: "Burn", Service: "checkout", State: health.Firing, StartsAt: monday, UpdatedAt: h.now()}}}
	}
	for i := range 3 {
		h.pass(time.Minute)
		if _, err := h.Ingest(ctx, "github", port.Delivery{ID: "same", Renews: true}, alert()); err != nil {
			t.Fatal(err)
		}
		if l := h.line("github"); !l.LastGood.Equal(h.now()) {
			t.Errorf("word %d does not renew the feed", i+1)
		}
	}
	fired := 0
	for _, e := range h.log() {
		if e.Verb == "alert.fire" {
			fired++
		}
	}
	if fired != 1 {
		t.Errorf("it fired %d times", fired)
	}
}

func TestAWrongClockStopsNoReading(t *testing.T) {
	prom := &source{name: "prom"}
	h, _ := outside(t, []port.Puller{prom}, nil)
	ctx := context.Background()
	prom.say(h.reading(), nil)
	h.pass(365 * 24 * time.Hour)
	h.PullOnce(ctx, prom)
	h.pass(-365 * 24 * time.Hour)
	if l := h.line("prom"); l.Aspect == feed.Fresh && l.LastGood.After(h.now()) {
		h.pass(time.Minute) // three promises after it is expected
		if l = h.line("prom"); l.Aspect == feed.Fresh {
			t.Errorf("a word from next year keeps it %s", l.Aspect)
		}
	}
	h.PullOnce(ctx, prom)
	if l := h.line("prom"); len(prom.asked) != 2 || !l.LastGood.Equal(h.now()) || l.Aspect != feed.Fresh {
		t.Errorf("read %d times, last good %s, %s", len(prom.asked), l.LastGood, l.Aspect)
	}
}

func TestAMessageWaitsForAProcessThatKnowsItsTarget(t *testing.T) {
	chat := &target{name: "chat", deduplicates: true}
	h, e := outside(t, nil, []port.Sender{chat}, control.Notice{Target: "chat", Events: []string{"approve"}, Scope: access.Org})
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"1"}, "message", why)
	o := h.Options
	o.Process, o.Wiring = "other:1", control.Wiring{Environments: catalog.DefaultEnvironments()}
	other := control.New(o)
	if _, err := h.RelayOnce(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := other.DeliverJob(context.Background(), e.jobs[0], false); release.CodeOf(err) != release.Unavailable {
		t.Errorf("a process that does not know it: %v", err)
	}
	if got := h.line("chat").Messages; len(got) != 1 || got[0].State != outbox.Waiting {
		t.Fatalf("it is %+v", got)
	}
	e.turn(t, h, false)
	if len(chat.got) != 1 {
		t.Errorf("sent %d times", len(chat.got))
	}
}

func TestTheFirstWordAfterSilenceIsNotJudgedByIt(t *testing.T) {
	h, _ := outside(t, nil, nil)
	ctx := context.Background()
	w := control.Wiring{Environments: catalog.DefaultEnvironments(), Feeds: []feed.Status{{Name: "github", Type: "github", Kind: feed.Push, ExpectEvery: 10 * time.Minute}}}
	if err := h.Rewire(ctx, w); err != nil {
		t.Fatal(err)
	}
	h.ingest(h.deploy("search", 1, "dev"))
	h.must("bob", "approve", []string{"1"}, "message", why)
	h.pass(31 * time.Minute)
	h.ingest(fact.DeployStatus{DeployRequested: h.deploy("search", 1, "dev"), State: rollout.InProgress, StatusAt: h.now()})
	if c, a := h.change("CHG-1"); c.State != change.Implementing || a.State != change.Consumed {
		t.Errorf("%s %s", c.State, a.State)
	}
}

func TestFeedLeversAskForTheirScope(t *testing.T) {
	prom := &source{name: "prom"}
	h, _ := outside(t, []port.Puller{prom}, nil)
	h.local("person add", []string{"narrow"}, "role", []string{"coordinator"}, "scope", "service:search", "key", []string{h.key("narrow")})
	h.refused(release.Refused, "", "narrow", "feeds retry", []string{"prom"})
	h.refused(release.Refused, "", "narrow", "connector test", []string{"prom"})
}

func TestWhatWentInUnapprovedAndWhatFiresIsOnTheRow(t *testing.T) {
	h, _ := outside(t, nil, nil)
	ctx := context.Background()
	h.ingest(h.deploy("search", 1, "dev"))
	h.ingest(h.deploy("checkout", 2, "dev"))
	h.ingest(fact.AlertSeen{Alert: health.Alert{ID: "f1", Name: "Burn", Service: "checkout", Environment: "prod", State: health.Firing, StartsAt: h.now(), UpdatedAt: h.now()}})
	row := func(id string) change.Item {
		q, err := h.Queue(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range q.Items {
			if i.Change.ID == id {
				return i
			}
		}
		t.Fatalf("no %s", id)
		return change.Item{}
	}
	if i := row("CHG-2"); len(i.Firing) != 1 || i.Moving != "" {
		t.Errorf("CHG-2: %+v %q", i.Firing, i.Moving)
	}
	if i := row("CHG-1"); len(i.Firing) != 0 || i.Moving != "" || i.Aspect(h.now()) == release.Stop {
		t.Errorf("CHG-1: %+v %q", i.Firing, i.Moving)
	}
	h.ingest(fact.DeployStatus{DeployRequested: h.deploy("search", 1, "dev"), State: rollout.InProgress, StatusAt: h.now()})
	if i := row("CHG-1"); !strings.Contains(i.Moving, "rolling out to production without approval, as RO-1") || i.Aspect(h.now()) != release.Stop {
		t.Errorf("it moves: %q %s", i.Moving, i.Aspect(h.now()))
	}
	h.pass(time.Minute)
	h.ingest(fact.DeployStatus{DeployRequested: h.deploy("search", 1, "dev"), State: rollout.Success, StatusAt: h.now()})
	if i := row("CHG-1"); i.Moving != "1.1.0 is in production already, without approval" {
		t.Errorf("it is in: %q", i.Moving)
	}
}
