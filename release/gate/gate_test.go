package gate_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/feed"
	"signalbox/release/gate"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const digest = release.Digest("git:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")

// estate is what a verdict is asked about; ask joins it into an Input at an instant.
type estate struct {
	change  change.Change
	tier    catalog.Tier
	rounds  func(change.Approval) change.Approval // what was done to the approval
	authors []access.Identity
	none    bool // no change asks for the digest
	subject func(*gate.Subject)
	freezes []calendar.Freeze
	feeds   []feed.Status
	people  []access.Person
	unknown bool // the service is not in the catalog
	late    func(*change.Change)
}

func calm() estate {
	e := estate{tier: 2, authors: []access.Identity{{System: "github", Value: "ann"}}}
	e.change = change.Change{ID: "CHG-1", State: change.Requested, Kind: change.Normal, Service: "pay", Environment: "production", Version: "1", Digest: digest}
	for _, id := range []access.PersonID{"ann", "ben", "cy"} {
		e.people = append(e.people, access.Person{ID: id, Identities: []access.Identity{{System: "github", Value: string(id)}},
			Grants: []access.Grant{{Person: id, Role: access.Approver, Scope: access.Org}}})
	}
	return e
}

func (e estate) ask(at time.Time) gate.Answer {
	f := catalog.Facts{Services: []catalog.Service{{ID: "pay", Tier: e.tier, Team: "money", Regions: []string{"emea"}, From: "backstage:catalog"}}}
	if e.unknown {
		f.Services = nil
	}
	cat := catalog.New(f, 1, noon)
	in := gate.Input{At: at, Environments: catalog.DefaultEnvironments(), Freezes: e.freezes, Feeds: e.feeds, FeedsSince: noon,
		Admins: []string{"root"}, Coordinators: []string{"coordinator"},
		Subject: gate.Subject{Service: "pay", Environment: "prod", Digest: digest}}
	if e.subject != nil {
		e.subject(&in.Subject)
	}
	in.Service, _ = cat.Service("pay")
	in.Target = cat.Target("pay", "production")
	if e.none {
		in.Others = []change.Change{{ID: "CHG-9", State: change.Requested, Digest: "git:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}}
		return gate.Evaluate(in)
	}
	a := change.Ask(e.change, 1, int(e.tier), noon)
	if e.rounds != nil {
		a = e.rounds(a)
	}
	c := e.change
	if e.late != nil {
		e.late(&c)
	}
	i := change.NewItem(c, a, cat, evidence.Dossier{Commit: &evidence.Commit{Authors: e.authors}}, e.people, change.NewDirectory(e.people), nil, nil, at)
	in.Item = &i
	return gate.Evaluate(in)
}

func approvedBy(who ...access.PersonID) func(change.Approval) change.Approval {
	return func(a change.Approval) change.Approval {
		for _, p := range who {
			var err error
			if a, err = change.Decide(a, change.Decision{Person: p, Verdict: change.Approve, At: noon}); err != nil {
				panic(err)
			}
		}
		return a
	}
}

func ended(first func(change.Approval) change.Approval, s change.ApprovalState) func(change.Approval) change.Approval {
	return func(a change.Approval) change.Approval {
		a, err := change.End(first(a), s)
		if err != nil {
			panic(err)
		}
		return a
	}
}

func same(a change.Approval) change.Approval { return a }

func frost(kind calendar.Hardness, from time.Duration, scope access.Scope) calendar.Freeze {
	return calendar.Freeze{ID: "FRZ-1", Kind: kind, Scope: scope, Reason: "quarter end closing",
		Interval: calendar.Interval{From: noon.Add(from), To: noon.Add(from + time.Hour)}}
}

func named(a gate.Answer, name string) gate.Result {
	i := slices.IndexFunc(a.Gates, func(r gate.Result) bool { return r.Gate == name })
	if i < 0 {
		return gate.Result{}
	}
	return a.Gates[i]
}

func TestGates(t *testing.T) {
	authorised := func(e *estate) {
		e.rounds = approvedBy("ben")
		e.change.State = change.Authorised
	}
	promise := func(ago time.Duration) func(*estate) {
		return func(e *estate) {
			authorised(e)
			e.feeds = []feed.Status{{Name: "github", ExpectEvery: time.Minute, LastGood: noon.Add(-ago)}}
		}
	}
	for _, c := range []struct {
		name    string
		edit    func(*estate)
		at      time.Duration
		gate    string
		verdict gate.Verdict // of that gate
		whole   gate.Verdict
		says    string // in its reason
		unblock string // in its first act, "" where nothing must be done
		who     string
	}{
		{"all clear", authorised, 0, gate.ApprovalGate, gate.Pass, gate.Pass, "CHG-1 approved by 1 of 1", "", ""},
		{"catalog", authorised, 0, gate.Catalog, gate.Pass, gate.Pass, "tier 2, owned by money", "", ""},
		{"an environment that is not listed", func(e *estate) { e.subject = func(s *gate.Subject) { s.Environment = "moon" } }, 0, gate.Environment, gate.Unknown, gate.Unknown, `"moon" is not configured`, "list it under environments", "root"},
		{"an environment that is not gated", func(e *estate) { e.none = true; e.subject = func(s *gate.Subject) { s.Environment = "DEV" } }, 0, gate.Environment, gate.Pass, gate.Pass, "development is recorded, not gated", "", ""},
		{"unknown service", func(e *estate) { authorised(e); e.unknown = true }, 0, gate.Catalog, gate.Block, gate.Block, `"pay" is not in the catalog`, "declare the service", "root"},
		{"another digest", func(e *estate) { e.none = true }, 0, gate.ApprovalGate, gate.Block, gate.Block, "no change asks for aaaaaaa of pay", "submit a change for this digest", "developer"},
		{"no change, no author", func(e *estate) { e.none = true }, 0, gate.SoD, gate.Unknown, gate.Block, "there is no change", "submit a change", "developer"},
		{"a change of another digest is no answer", func(e *estate) {
			authorised(e)
			e.subject = func(s *gate.Subject) { s.Digest = "git:cccccccccccccccccccccccccccccccccccccccc" }
		}, 0, gate.ApprovalGate, gate.Block, gate.Block, "no change asks for ccccccc", "submit a change for this digest", "developer"},
		{"a change of another service is no answer", func(e *estate) { authorised(e); e.subject = func(s *gate.Subject) { s.Service = "shop" } }, 0, gate.ApprovalGate, gate.Block, gate.Block, "of shop in prod", "submit", "developer"},
		{"waiting", func(*estate) {}, 0, gate.ApprovalGate, gate.NeedsApproval, gate.NeedsApproval, "CHG-1 has 0 of 1 approvals", "approve CHG-1", "ben cy"},
		{"half a quorum", func(e *estate) { e.tier = 0; e.rounds = approvedBy("ben") }, 0, gate.ApprovalGate, gate.NeedsApproval, gate.NeedsApproval, "has 1 of 2", "approve CHG-1", "cy"},
		{"nobody can approve", func(e *estate) { e.people = e.people[:1] }, 0, gate.ApprovalGate, gate.NeedsApproval, gate.NeedsApproval, "0 of 1", "grant somebody", "root"},
		{"an instant before the request expires", func(*estate) {}, 72*time.Hour - 1, gate.ApprovalGate, gate.NeedsApproval, gate.NeedsApproval, "0 of 1", "approve", "ben cy"},
		{"at the instant it expires", func(*estate) {}, 72 * time.Hour, gate.ApprovalGate, gate.Block, gate.Block, "the request of CHG-1 expired at Fri 12:00Z", "submit CHG-1 again", "ann"},
		{"an instant before the grant lapses", authorised, 24*time.Hour - 1, gate.ApprovalGate, gate.Pass, gate.Pass, "approved", "", ""},
		{"at the instant it lapses", authorised, 24 * time.Hour, gate.ApprovalGate, gate.Block, gate.Block, "lapsed at Wed 12:00Z", "submit CHG-1 again", "ann"},
		{"void by another version", func(e *estate) { authorised(e); e.late = func(c *change.Change) { c.Version = "2" } }, 0, gate.ApprovalGate, gate.Block, gate.Block, "is void: the content is not what was approved", "submit CHG-1 again", "ann"},
		{"void by a risen risk", func(e *estate) { authorised(e); e.late = func(c *change.Change) { c.Risk.Score = 40 } }, 0, gate.ApprovalGate, gate.Block, gate.Block, "the risk rose from Low to Moderate", "submit CHG-1 again", "ann"},
		{"a policy that asks for more now", func(e *estate) {
			e.tier = 1
			e.rounds = func(a change.Approval) change.Approval { a.Needed = 1; return approvedBy("ben")(a) }
		}, 0, gate.ApprovalGate, gate.Block, gate.Block, "approved by 1 and the policy asks for 2 now", "withdraw CHG-1", "ann"},
		{"rejected", func(e *estate) {
			e.rounds = func(a change.Approval) change.Approval { a.State = change.Rejected; return a }
			e.change.State = change.Draft
		}, 0, gate.ApprovalGate, gate.Block, gate.Block, "CHG-1 is rejected", "submit CHG-1 again", "ann"},
		{"never submitted", func(e *estate) {
			e.rounds = func(change.Approval) change.Approval { return change.Approval{} }
			e.change.State = change.Draft
		}, 0, gate.ApprovalGate, gate.Block, gate.Block, "CHG-1 is draft", "submit CHG-1", "ann"},
		{"withdrawn", func(e *estate) { e.rounds, e.change.State = ended(same, change.Withdrawn), change.Cancelled }, 0, gate.ApprovalGate, gate.Block, gate.Block, "CHG-1 is cancelled", "submit a new change", "developer"},
		{"in use", func(e *estate) {
			e.rounds, e.change.State = ended(approvedBy("ben"), change.Consumed), change.Implementing
		}, 48 * time.Hour, gate.ApprovalGate, gate.Pass, gate.Pass, "approved by 1 of 1", "", ""},
		{"used up", func(e *estate) {
			e.rounds, e.change.State, e.change.Result = ended(approvedBy("ben"), change.Consumed), change.Closed, change.Done
		}, 0, gate.ApprovalGate, gate.Block, gate.Block, "CHG-1 is closed done; its approval is over", "submit a new change", "developer"},
		{"approved and cancelled", func(e *estate) { e.rounds, e.change.State = approvedBy("ben"), change.Cancelled }, 0, gate.ApprovalGate, gate.Block, gate.Block, "CHG-1 is cancelled", "submit a new change", "developer"},
		{"an unknown author", func(e *estate) { e.authors[0].Value = "eve" }, 0, gate.SoD, gate.Unknown, gate.Block, "nobody here is github:eve", "link the author's login", "root"},
		{"an unknown author locks the approval", func(e *estate) { e.authors[0].Value = "eve" }, 0, gate.ApprovalGate, gate.Block, gate.Block, "separation of duties is unknown", "person link ID github:eve", "root"},
		{"separate", authorised, 0, gate.SoD, gate.Pass, gate.Pass, "no author may approve", "", ""},
		{"the approver turns out to be an author", func(e *estate) {
			authorised(e)
			e.authors = append(e.authors, access.Identity{System: "github", Value: "ben"})
		}, 0, gate.SoD, gate.Block, gate.Block, "ben approved and is the author", "have another person approve CHG-1", ""},
		{"the approver executes", func(e *estate) { authorised(e); e.change.Executor = "ben" }, 0, gate.SoD, gate.Block, gate.Block, "ben approved and is the executor", "have another person execute CHG-1", "executor"},
		{"no freeze", authorised, 0, gate.FreezeGate, gate.Pass, gate.Pass, "no freeze covers it now", "", ""},
		{"hard freeze", func(e *estate) {
			authorised(e)
			e.freezes = []calendar.Freeze{frost(calendar.HardFreeze, 0, "region:emea")}
		}, 0, gate.FreezeGate, gate.Block, gate.Block, "FRZ-1 hard freeze until Tue 24 Nov 13:00Z: quarter end closing", "lift FRZ-1, or wait until Tue 24 Nov 13:00Z", "coordinator"},
		{"a freeze elsewhere", func(e *estate) {
			authorised(e)
			e.freezes = []calendar.Freeze{frost(calendar.HardFreeze, 0, "region:apac")}
		}, 0, gate.FreezeGate, gate.Pass, gate.Pass, "no freeze", "", ""},
		{"a freeze to come", func(e *estate) {
			authorised(e)
			e.freezes = []calendar.Freeze{frost(calendar.HardFreeze, time.Hour, access.Org)}
		}, 0, gate.FreezeGate, gate.Pass, gate.Pass, "no freeze", "", ""},
		{"asked for then", func(e *estate) {
			authorised(e)
			e.freezes = []calendar.Freeze{frost(calendar.HardFreeze, time.Hour, access.Org)}
		}, time.Hour, gate.FreezeGate, gate.Block, gate.Block, "hard freeze", "lift", "coordinator"},
		{"at its end", func(e *estate) {
			authorised(e)
			e.freezes = []calendar.Freeze{frost(calendar.HardFreeze, 0, access.Org)}
		}, time.Hour, gate.FreezeGate, gate.Pass, gate.Pass, "no freeze", "", ""},
		{"soft freeze", func(e *estate) {
			authorised(e)
			e.freezes = []calendar.Freeze{frost(calendar.SoftFreeze, 0, access.Org)}
		}, 0, gate.FreezeGate, gate.Block, gate.Block, "soft freeze", "lift", "coordinator"},
		{"soft freeze, emergency", func(e *estate) {
			authorised(e)
			e.change.Kind = change.Emergency
			e.freezes = []calendar.Freeze{frost(calendar.SoftFreeze, 0, access.Org)}
		}, 0, gate.FreezeGate, gate.Warn, gate.Warn, "soft freeze FRZ-1 lets emergency changes through", "", ""},
		{"no promise", authorised, 0, gate.Freshness, gate.Pass, gate.Pass, "no feed with a promise", "", ""},
		{"quiet", func(e *estate) { authorised(e); e.feeds = []feed.Status{{Name: "github"}} }, 0, gate.Freshness, gate.Pass, gate.Pass, "no feed with a promise", "", ""},
		{"fresh to the instant", promise(time.Minute), 0, gate.Freshness, gate.Pass, gate.Pass, "every feed it rests on is fresh", "", ""},
		{"late", promise(time.Minute + 1), 0, gate.Freshness, gate.Warn, gate.Warn, "github is late: last good 1m00s ago, promised every 1m", "", ""},
		{"late to the instant", promise(3 * time.Minute), 0, gate.Freshness, gate.Warn, gate.Warn, "late", "", ""},
		{"dark", promise(3*time.Minute + 1), 0, gate.Freshness, gate.Unknown, gate.Unknown, "github is dark: last good 3m00s ago", "bring the feed github back", "root"},
		{"not yet answered", func(e *estate) {
			authorised(e)
			e.feeds = []feed.Status{{Name: "github", ExpectEvery: time.Minute}}
		}, 2 * time.Minute, gate.Freshness, gate.Warn, gate.Warn, "github is late: it has not answered yet", "", ""},
		{"never answered", func(e *estate) {
			authorised(e)
			e.feeds = []feed.Status{{Name: "github", ExpectEvery: time.Minute}}
		}, 3*time.Minute + 1, gate.Freshness, gate.Unknown, gate.Unknown, "it has never answered", "bring the feed github back", "root"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := calm()
			c.edit(&e)
			ans := e.ask(noon.Add(c.at))
			r := named(ans, c.gate)
			if r.Verdict != c.verdict || ans.Verdict != c.whole || !strings.Contains(r.Reason, c.says) {
				t.Errorf("%s says %s (%s), in all %s; want %s (%s), in all %s", c.gate, r.Verdict, r.Reason, ans.Verdict, c.verdict, c.says, c.whole)
			}
			if c.unblock == "" {
				if len(r.Unblock) > 0 {
					t.Errorf("nothing is blocked and the way out is %v", r.Unblock)
				}
				return
			}
			if len(r.Unblock) == 0 || !strings.Contains(r.Unblock[0].Act, c.unblock) || (c.who != "" && strings.Join(r.Unblock[0].Who, " ") != c.who) {
				t.Errorf("the way out is %v, want %q by %q", r.Unblock, c.unblock, c.who)
			}
		})
	}
}

func TestAnotherDigestNamesTheOpenChanges(t *testing.T) {
	e := calm()
	e.none = true
	if ev := named(e.ask(noon), gate.ApprovalGate).Evidence; !slices.Contains(ev, "CHG-9 is requested for digest bbbbbbb") {
		t.Errorf("the evidence is %v", ev)
	}
	e = calm()
	e.subject = func(s *gate.Subject) { s.Digest = "git:cccccccccccccccccccccccccccccccccccccccc" }
	if ev := named(e.ask(noon), gate.ApprovalGate).Evidence; !slices.Contains(ev, "CHG-1 is requested for digest aaaaaaa") {
		t.Errorf("the evidence is %v", ev)
	}
}

func TestExpiry(t *testing.T) {
	e := calm()
	e.rounds = approvedBy("ben")
	e.freezes = []calendar.Freeze{frost(calendar.HardFreeze, 3*time.Hour, access.Org), frost(calendar.SoftFreeze, 2*time.Hour, access.Org), frost(calendar.HardFreeze, time.Hour, "region:apac")}
	e.feeds = []feed.Status{{Name: "a", ExpectEvery: time.Hour, LastGood: noon}, {Name: "b", ExpectEvery: time.Minute, LastGood: noon}, {Name: "quiet", LastGood: noon}}
	lifted := frost(calendar.HardFreeze, 30*time.Minute, access.Org)
	lifted.LiftedAt = noon.Add(-time.Minute)
	e.freezes = append(e.freezes, lifted)
	a := e.ask(noon)
	for name, want := range map[string]time.Duration{gate.FreezeGate: 2 * time.Hour, gate.ApprovalGate: 24 * time.Hour, gate.Freshness: 3 * time.Minute} {
		if got := named(a, name).ExpiresAt; !got.Equal(noon.Add(want)) {
			t.Errorf("%s holds until %s, want %s", name, got, noon.Add(want))
		}
	}
	used := calm()
	used.rounds, used.change.State = ended(approvedBy("ben"), change.Consumed), change.Implementing
	if got := named(used.ask(noon.Add(48*time.Hour)), gate.ApprovalGate).ExpiresAt; !got.IsZero() {
		t.Errorf("a used approval expires at %s, in the past", got)
	}
}

func TestVerdicts(t *testing.T) {
	for v, want := range map[gate.Verdict]struct {
		exit   int
		aspect release.Aspect
	}{
		gate.Pass: {0, release.Go}, gate.Warn: {0, release.Caution}, gate.NeedsApproval: {20, release.Caution},
		gate.Unknown: {30, release.Dark}, gate.Block: {10, release.Stop}, "": {0, release.Stop},
	} {
		if v.Exit() != want.exit || v.Aspect() != want.aspect {
			t.Errorf("%q: exit %d, aspect %s", v, v.Exit(), v.Aspect())
		}
	}
}

func TestFold(t *testing.T) {
	order := []gate.Verdict{gate.Pass, gate.Warn, gate.NeedsApproval, gate.Unknown, gate.Block}
	if got := gate.Fold(nil); got != gate.Unknown {
		t.Errorf("no gate at all folds to %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		worst, gates := 0, []gate.Result(nil)
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, len(order)-1), 1, 6).Draw(t, "verdicts") {
			worst = max(worst, n)
			gates = append(gates, gate.Result{Verdict: order[n]})
		}
		if got := gate.Fold(gates); got != order[worst] {
			t.Fatalf("%v folds to %s", gates, got)
		}
	})
}

// Whatever the estate, a "no" names a way out, an answer is the fold of its gates, lists are never null, and
// the same question gives the same bytes.
func TestEveryNoHasAWayOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := calm()
		e.tier = catalog.Tier(rapid.IntRange(0, 3).Draw(t, "tier"))
		e.change.State = rapid.SampledFrom(change.States).Draw(t, "state")
		e.change.Kind = rapid.SampledFrom([]change.Kind{change.Normal, change.Emergency, change.Standard}).Draw(t, "kind")
		e.none, e.unknown = rapid.IntRange(0, 5).Draw(t, "none") == 0, rapid.IntRange(0, 5).Draw(t, "unknown") == 0
		e.authors = []access.Identity{{System: "github", Value: rapid.SampledFrom([]string{"ann", "ben", "eve"}).Draw(t, "author")}}
		e.people = e.people[:rapid.IntRange(0, 3).Draw(t, "people")]
		state := rapid.SampledFrom([]change.ApprovalState{"", change.Waiting, change.Approved, change.Rejected, change.Withdrawn, change.Expired, change.Consumed, change.Lapsed, change.Void}).Draw(t, "approval")
		by := rapid.SliceOfNDistinct(rapid.SampledFrom([]access.PersonID{"ann", "ben", "cy"}), 0, 2, rapid.ID[access.PersonID]).Draw(t, "by")
		e.rounds = func(a change.Approval) change.Approval {
			for _, p := range by {
				a.Decisions = append(a.Decisions, change.Decision{Person: p, Verdict: change.Approve, At: noon})
			}
			a.State, a.GrantUntil = state, noon.Add(24*time.Hour)
			return a
		}
		env := rapid.SampledFrom([]string{"prod", "production", "dev", "moon", ""}).Draw(t, "environment")
		e.subject = func(s *gate.Subject) { s.Environment = env }
		e.freezes = []calendar.Freeze{frost(rapid.SampledFrom([]calendar.Hardness{calendar.HardFreeze, calendar.SoftFreeze}).Draw(t, "freeze"), time.Hour, access.Org)}
		e.feeds = []feed.Status{{Name: "f", ExpectEvery: time.Duration(rapid.IntRange(0, 1).Draw(t, "promise")) * time.Hour, LastGood: noon}}
		at := noon.Add(time.Duration(rapid.IntRange(0, 80).Draw(t, "hours")) * time.Hour)
		a := e.ask(at)
		if a.Verdict != gate.Fold(a.Gates) || !a.At.Equal(at) || len(a.Gates) == 0 {
			t.Fatalf("%+v is not the fold of its gates", a)
		}
		for _, r := range a.Gates {
			if r.Verdict != gate.Pass && r.Verdict != gate.Warn && (len(r.Unblock) == 0 || strings.TrimSpace(r.Unblock[0].Act) == "") {
				t.Fatalf("%s says %s (%s) and no way out", r.Gate, r.Verdict, r.Reason)
			}
			if r.Reason == "" || r.Evidence == nil || r.Unblock == nil || r.RuleVersion != gate.RuleVersion || !r.EvaluatedAt.Equal(at) {
				t.Fatalf("incomplete: %+v", r)
			}
			for _, u := range r.Unblock {
				if u.Who == nil {
					t.Fatalf("%s: who is null", r.Gate)
				}
			}
		}
		one, err := json.Marshal(a)
		two, _ := json.Marshal(e.ask(at))
		if err != nil || string(one) != string(two) || strings.Contains(string(one), "null") {
			t.Fatalf("%s\n%s\n%v", one, two, err)
		}
	})
}
