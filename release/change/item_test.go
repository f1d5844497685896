package change_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/evidence"
)

func gh(login string) access.Identity { return access.Identity{System: "github", Value: login} }

func approver(id access.PersonID, logins ...string) access.Person {
	p := access.Person{ID: id, Email: string(id) + "@example.com", Grants: []access.Grant{{Person: id, Role: access.Approver, Scope: access.Org}}}
	for _, l := range logins {
		p.Identities = append(p.Identities, gh(l))
	}
	return p
}

func commitBy(authors ...access.Identity) evidence.Dossier {
	return evidence.Dossier{Commit: &evidence.Commit{Authors: authors}}
}

// item makes a requested change of a tier-2 service that "author" wrote and that the people may judge.
func item(edit func(*change.Change, *evidence.Dossier), people ...access.Person) change.Item {
	c := change.Change{ID: "CHG-1", State: change.Requested, Kind: change.Normal, Service: "pay", Environment: "production", Version: "1"}
	d := commitBy(gh("author-gh"))
	if edit != nil {
		edit(&c, &d)
	}
	people = append([]access.Person{approver("author", "author-gh")}, people...)
	cat := catalog.New(catalog.Facts{Services: []catalog.Service{{ID: "pay", Tier: 2}, {ID: "web"}, {ID: "app"}},
		Edges: []catalog.Edge{{From: "web", To: "pay", Kind: catalog.Hard}, {From: "app", To: "web", Kind: catalog.Hard}}}, 1, noon)
	return change.NewItem(c, change.Ask(c, 1, 2, noon), cat, d, people, change.NewDirectory(people), []string{"Deploy-Bot"}, nil, noon)
}

func TestAuthors(t *testing.T) {
	people := []access.Person{approver("ann", "ann-gh"), approver("ben", "ben-gh", "ben-robot"), approver("cy")}
	dir := change.NewDirectory(people)
	bots := []string{"Deploy-Bot", "ben-robot"}
	c := change.Change{Requester: "cy", By: []access.Identity{gh("deploy-bot"), gh("BEN-GH"), gh("Stranger")}}
	d := commitBy(gh("Ann-GH"), access.Identity{System: "email", Value: "ANN@example.com"}, gh("ben-robot"), gh("stranger"))
	d.Pulls = []evidence.PullRequest{{Author: gh("renovate[bot]")}, {Author: access.Identity{System: "github", Value: "renovate[bot]", Bot: true}}}
	var got []string
	for _, a := range change.Authors(c, d, dir, bots) {
		bot := ""
		if a.Bot {
			bot = " (bot)"
		}
		got = append(got, a.As+" "+a.String()+bot)
	}
	want := []string{"requester cy", "author ann", "author github:ben-robot (bot)", "author github:stranger",
		"pull request author github:renovate[bot] (bot)", "deployment creator github:deploy-bot (bot)", "deployment creator ben"}
	if !slices.Equal(got, want) {
		t.Errorf("authors are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if none := change.Authors(change.Change{}, evidence.Dossier{}, dir, nil); none == nil || len(none) != 0 {
		t.Errorf("no author is %#v, not an empty list", none)
	}
}

func TestDirectory(t *testing.T) {
	ann, ben, cy := approver("ann", "Ann-GH"), approver("ben"), approver("cy")
	ben.Email, cy.Email = "Team@Example.com", "team@example.com"
	ann.Identities = append(ann.Identities, access.Identity{System: "email", Value: "ann@home.org"})
	dan := approver("dan")
	dan.Email = "ann@home.org" // linked to ann
	dir := change.NewDirectory([]access.Person{dan, ann, ben, cy})
	for value, want := range map[string]access.PersonID{
		"ann@example.com": "ann", "ANN@HOME.ORG": "ann", "team@example.com": "", "nobody@example.com": "",
	} {
		if got := dir.Find(access.Identity{System: "email", Value: value}); got != want {
			t.Errorf("%s is %q, want %q", value, got, want)
		}
	}
	if got := dir.Find(access.Identity{System: "GitHub", Value: "ann-gh", Bot: true}); got != "ann" {
		t.Errorf("a login in another letter case is %q", got)
	}
	if got := dir.Find(access.Identity{System: "gitlab", Value: "ann-gh"}); got != "" {
		t.Errorf("the same login on another forge is %q", got)
	}
}

func TestSeparate(t *testing.T) {
	person, bot := change.Author{Person: "ann", As: "author"}, change.Author{Identity: gh("r[bot]"), As: "author", Bot: true}
	stranger := change.Author{Identity: gh("eve"), As: "pull request author"}
	for _, c := range []struct {
		name    string
		authors []change.Author
		aspect  release.Aspect
		says    string
	}{
		{"a person", []change.Author{person}, release.Go, "no author may approve"},
		{"a person and a bot", []change.Author{bot, person}, release.Go, "no author may approve"},
		{"a stranger among persons", []change.Author{person, stranger}, release.Dark, "nobody here is github:eve, an author"},
		{"two strangers", []change.Author{stranger, {Identity: gh("mallory"), As: "author"}}, release.Dark, "nobody here is github:eve, github:mallory, an author"},
		{"a commit by bots only", []change.Author{bot}, release.Go, "only bots had a hand in it"},
		{"deployed by a bot, commit unknown", []change.Author{{Identity: gh("ci"), As: "deployment creator", Bot: true}}, release.Dark, "no author of this change is known"},
		{"nobody", nil, release.Dark, "no author of this change is known"},
	} {
		if got := change.Separate(c.authors); got.Aspect != c.aspect || got.Sentence != c.says {
			t.Errorf("%s: %s, %q", c.name, got.Aspect, got.Sentence)
		}
	}
}

func TestMayApproveSaysWhyAndWhatHelps(t *testing.T) {
	viewer := access.Person{ID: "viewer", Grants: []access.Grant{{Role: access.Viewer, Scope: access.Org}}}
	a, b, author := approver("a"), approver("b"), approver("author", "author-gh")
	decided := item(nil, a, b)
	decided.Approval.Needed = 2
	var err error
	if decided.Approval, err = change.Decide(decided.Approval, change.Decision{Person: "a", Verdict: change.Approve, At: noon}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		i    change.Item
		p    *access.Person
		at   time.Time
		says []string
	}{
		{"may", item(nil, a), &a, noon, nil},
		{"the author", item(nil, a, b), &author, noon, []string{"you are the author of CHG-1; the approver must be another", "who can: a, b"}},
		{"the only approver is the author", item(nil), &author, noon, []string{"nobody else may approve it yet", "an admin can grant the role approver"}},
		{"too many to name", item(nil, a, b, approver("c"), approver("d"), approver("e")), &author, noon, []string{"who can: a, b, c, d, others"}},
		{"the requester", item(func(c *change.Change, _ *evidence.Dossier) { c.Requester = "a" }, a, b), &a, noon, []string{"you are the requester of CHG-1"}},
		{"the executor", item(func(c *change.Change, _ *evidence.Dossier) { c.Executor = "a" }, a, b), &a, noon, []string{"you are the executor of CHG-1", "who can: b"}},
		{"a viewer", item(nil, a), &viewer, noon, []string{"viewer may not do this: it needs the role approver"}},
		{"nobody", item(nil, a), nil, noon, []string{"nobody is signed in"}},
		{"twice", decided, &a, noon, []string{"you decided on CHG-1 at 12:00Z", "one person counts once"}},
		{"expired", item(nil, a), &a, noon.Add(72 * time.Hour), []string{"the request expired at Fri 12:00Z", "change submit CHG-1"}},
		{"an instant before", item(nil, a), &a, noon.Add(72*time.Hour - 1), nil},
		{"not requested", item(func(c *change.Change, _ *evidence.Dossier) { c.State = change.Authorised }, a), &a, noon, []string{"CHG-1 is not waiting: authorised", "change show CHG-1"}},
		{"unknown service", item(func(c *change.Change, _ *evidence.Dossier) { c.Service, c.Forge = "unknown:acme/shop", "github.com" }, a), &a, noon,
			[]string{"no service has the repository acme/shop", "github.com/project-slug: acme/shop"}},
		{"an unknown author", item(func(_ *change.Change, d *evidence.Dossier) { *d = commitBy(gh("eve")) }, a), &a, noon,
			[]string{"separation of duties is unknown: nobody here is github:eve", "person link ID github:eve"}},
		{"no author", item(func(_ *change.Change, d *evidence.Dossier) { d.Commit = nil }, a), &a, noon, []string{"no author of this change is known", "delivered again"}},
		{"the lock comes before who asks", item(func(_ *change.Change, d *evidence.Dossier) { *d = commitBy(gh("eve")) }), nil, noon, []string{"separation of duties is unknown"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.i.MayApprove(c.p, c.at)
			if c.says == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if e := release.AsError(err); e == nil || e.Code != release.Refused || e.Try == "" {
				t.Fatalf("%v has no advice or is not refused", err)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
		})
	}
}

func TestLockedFailsClosed(t *testing.T) {
	i := item(nil, approver("a"))
	for _, aspect := range []release.Aspect{"", release.Stop, release.Dark, release.Caution} {
		if i.Duties.Aspect = aspect; i.Locked() == nil {
			t.Errorf("duties %q do not lock", aspect)
		}
	}
}

func TestAspect(t *testing.T) {
	set := func(edit func(*change.Item)) change.Item { i := item(nil, approver("a")); edit(&i); return i }
	plain := func(*change.Item) {}
	ttl := 72 * time.Hour
	for _, c := range []struct {
		name string
		edit func(*change.Item)
		at   time.Duration
		want release.Aspect
	}{
		{"new", plain, 0, release.Planned},
		{"before half", plain, ttl/2 - 1, release.Planned},
		{"at half", plain, ttl / 2, release.Caution},
		{"before three quarters", plain, ttl/4*3 - 1, release.Caution},
		{"at three quarters", plain, ttl / 4 * 3, release.Escalated},
		{"Moderate risk", func(i *change.Item) { i.Change.Risk.Score = 69 }, 0, release.Planned},
		{"High risk", func(i *change.Item) { i.Change.Risk.Score = 70 }, 0, release.Caution},
		{"emergency", func(i *change.Item) { i.Change.Kind = change.Emergency }, 0, release.Caution},
		{"evidence dark", func(i *change.Item) { i.EvidenceDark = true }, ttl / 4 * 3, release.Dark},
		{"nobody may approve", func(i *change.Item) { i.Eligible = nil; i.EvidenceDark = true }, 0, release.Stop},
		{"locked", func(i *change.Item) { i.Duties.Aspect = release.Dark }, 0, release.Stop},
		{"authorised", func(i *change.Item) { i.Change.State = change.Authorised }, ttl, release.Planned},
		{"no time at all", func(i *change.Item) { i.Approval.ExpiresAt = noon }, 0, release.Planned},
	} {
		i := set(c.edit)
		if got := i.Aspect(noon.Add(c.at)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Two approvals are needed, and everybody who may approve has: nobody can move it, so it stops.
func TestQuorumThatNobodyCanCompleteStops(t *testing.T) {
	people := []access.Person{approver("author", "author-gh"), approver("a")}
	cat := catalog.New(catalog.Facts{Services: []catalog.Service{{ID: "pay", Tier: 0}}}, 1, noon)
	c := change.Change{ID: "CHG-1", State: change.Requested, Service: "pay"}
	join := func(a change.Approval, at time.Time) change.Item {
		return change.NewItem(c, a, cat, commitBy(gh("author-gh")), people, change.NewDirectory(people), nil, nil, at)
	}
	i := join(change.Ask(c, 1, 0, noon), noon)
	if i.Aspect(noon) != release.Planned || !i.Yours("a") {
		t.Fatalf("before: %s, eligible %v", i.Aspect(noon), i.Eligible)
	}
	a, err := change.Decide(i.Approval, change.Decision{Person: "a", Verdict: change.Approve, At: noon})
	if err != nil || a.State != change.Waiting {
		t.Fatal(a.State, err)
	}
	if i = join(a, noon); i.Aspect(noon) != release.Stop || len(i.Eligible) != 0 {
		t.Errorf("after: %s, eligible %v", i.Aspect(noon), i.Eligible)
	}
	raw, err := json.Marshal(i)
	if err != nil || !strings.Contains(string(raw), `"eligible":[]`) {
		t.Errorf("nobody is not written as an empty list: %s, %v", raw, err)
	}
	if late := join(change.Ask(c, 1, 0, noon), noon.Add(72*time.Hour)); late.Aspect(noon.Add(72*time.Hour)) != release.Stop {
		t.Error("a request that has expired does not stop")
	}
}

func TestPresetsClaimOnlyWhatIsTrue(t *testing.T) {
	check := func(r evidence.Result) evidence.Check { return evidence.Check{Name: string(r), Result: r} }
	pull := evidence.PullRequest{Number: 7, State: "merged", Author: gh("author-gh")}
	review := func(who, state string, at time.Duration) evidence.Review {
		return evidence.Review{Number: 7, Reviewer: gh(who), State: state, At: noon.Add(at)}
	}
	for _, c := range []struct {
		name   string
		dark   bool
		checks []evidence.Check
		pulls  []evidence.PullRequest
		review []evidence.Review
		want   string
	}{
		{"nothing known", false, nil, nil, nil, "reviewed"},
		{"all passed", false, []evidence.Check{check(evidence.Pass), check(evidence.Neutral)}, nil, nil, "reviewed-evidence reviewed"},
		{"only neutral", false, []evidence.Check{check(evidence.Neutral)}, nil, nil, "reviewed"},
		{"one pending", false, []evidence.Check{check(evidence.Pass), check(evidence.Pending)}, nil, nil, "reviewed"},
		{"one failed", false, []evidence.Check{check(evidence.Pass), check(evidence.Fail)}, nil, nil, "reviewed"},
		{"passed and dark", true, []evidence.Check{check(evidence.Pass)}, nil, nil, "reviewed"},
		{"merged after another's approval", false, nil, []evidence.PullRequest{pull}, []evidence.Review{review("ben", "approved", 0)}, "reviewed-merged reviewed"},
		{"approved by its author", false, nil, []evidence.PullRequest{pull}, []evidence.Review{review("Author-GH", "approved", 0)}, "reviewed"},
		{"approved by a bot", false, nil, []evidence.PullRequest{pull}, []evidence.Review{{Number: 7, State: "approved", Reviewer: access.Identity{System: "github", Value: "ok[bot]", Bot: true}}}, "reviewed"},
		{"of another pull request", false, nil, []evidence.PullRequest{pull}, []evidence.Review{{Number: 8, Reviewer: gh("ben"), State: "approved"}}, "reviewed"},
		{"still open", false, nil, []evidence.PullRequest{{Number: 7, State: "open", Author: gh("author-gh")}}, []evidence.Review{review("ben", "approved", 0)}, "reviewed"},
		{"approved, then changes asked for", false, nil, []evidence.PullRequest{pull}, []evidence.Review{review("ben", "approved", 0), review("ben", "changes_requested", time.Hour)}, "reviewed"},
		{"approved, then dismissed", false, nil, []evidence.PullRequest{pull}, []evidence.Review{review("ben", "approved", 0), review("ben", "dismissed", time.Hour)}, "reviewed"},
		{"changes asked for, then approved", false, nil, []evidence.PullRequest{pull}, []evidence.Review{review("ben", "approved", time.Hour), review("ben", "changes_requested", 0)}, "reviewed-merged reviewed"},
	} {
		i := item(func(_ *change.Change, d *evidence.Dossier) {
			d.Checks, d.Pulls, d.Reviews = c.checks, c.pulls, c.review
		})
		i.EvidenceDark = c.dark
		var got []string
		for _, p := range i.Presets() {
			got = append(got, p.Code)
			if err := change.CheckReason(change.Reason{Code: p.Code}, false, i.Presets()); err != nil {
				t.Errorf("%s: %s is offered and refused: %v", c.name, p.Code, err)
			}
			if s := (change.Reason{Code: p.Code}).String(); s != p.Text {
				t.Errorf("%s reads %q", p.Code, s)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestCheckReason(t *testing.T) {
	offered := []change.Preset{{Code: "reviewed", Text: "Reviewed the change and accept its risk"}}
	own := "fifteen letters" // exactly 15
	for _, c := range []struct {
		name string
		r    change.Reason
		full bool
		says string // "": suffices
	}{
		{"own words", change.Reason{Text: own}, true, ""},
		{"one short", change.Reason{Text: own[1:]}, true, "the reason has 14 characters"},
		{"runes, not bytes", change.Reason{Text: strings.Repeat("é", 14)}, false, "the reason has 14 characters"},
		{"fifteen runes", change.Reason{Text: strings.Repeat("é", 15)}, false, ""},
		{"blanks only, full", change.Reason{Text: strings.Repeat(" ", 30)}, true, "this decision needs your own words"},
		{"blanks only, light", change.Reason{Text: strings.Repeat("\t", 30)}, false, "a decision needs a reason"},
		{"blanks in between", change.Reason{Text: "a" + strings.Repeat(" ", 30) + "b"}, false, "the reason has 3 characters"},
		{"characters that draw nothing", change.Reason{Text: "ok" + strings.Repeat("\u200B", 30)}, false, "the reason has 2 characters"},
		{"nothing, full", change.Reason{}, true, "needs your own words"},
		{"nothing, light", change.Reason{}, false, "a decision needs a reason"},
		{"a preset, light", change.Reason{Code: "reviewed"}, false, ""},
		{"a preset, full", change.Reason{Code: "reviewed"}, true, "needs your own words"},
		{"a preset and own words", change.Reason{Code: "reviewed", Text: own}, true, ""},
		{"a preset that is not offered", change.Reason{Code: "reviewed-evidence"}, false, `"reviewed-evidence" is not a reason that holds here`},
		{"own words beside one not offered", change.Reason{Code: "reviewed-evidence", Text: own}, false, "is not a reason that holds here"},
		{"a preset's text as own words", change.Reason{Text: " reviewed the change and ACCEPT its  risk"}, true, "the reason is a preset's text"},
		{"another preset's text", change.Reason{Text: "Reviewed; every check of this commit passed"}, false, "the reason is a preset's text"},
	} {
		err := change.CheckReason(c.r, c.full, offered)
		if (err == nil) != (c.says == "") || (err != nil && !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		if err != nil && (release.CodeOf(err) != release.Refused || release.AsError(err).Try == "") {
			t.Errorf("%s: %v has no advice or is not refused", c.name, err)
		}
	}
}

// TestAssess is DEFINITIONS B2 over what a catalog and a forge can tell; 14 is what absent proofs cost.
func TestAssess(t *testing.T) {
	svc := func(tier catalog.Tier, facing, personal bool) *catalog.Service {
		return &catalog.Service{Tier: tier, CustomerFacing: facing, Personal: personal}
	}
	size := func(lines, files int) evidence.Dossier {
		return evidence.Dossier{Pulls: []evidence.PullRequest{{Lines: lines, Files: files}}}
	}
	for _, c := range []struct {
		name string
		s    *catalog.Service
		deps int
		d    evidence.Dossier
		want int
	}{
		{"tier 3", svc(3, false, false), 0, evidence.Dossier{}, 4 + 14},
		{"tier 2", svc(2, false, false), 0, evidence.Dossier{}, 10 + 14},
		{"tier 1", svc(1, false, false), 0, evidence.Dossier{}, 18 + 14},
		{"tier 0", svc(0, false, false), 0, evidence.Dossier{}, 25 + 14},
		{"tiers outside are the nearest", svc(9, false, false), 0, evidence.Dossier{}, 4 + 14},
		{"unknown service", nil, 0, evidence.Dossier{}, 25 + 14},
		{"customers", svc(3, true, false), 0, evidence.Dossier{}, 4 + 8 + 14},
		{"personal data", svc(3, false, true), 0, evidence.Dossier{}, 4 + 10 + 14},
		{"one dependant", svc(3, false, false), 1, evidence.Dossier{}, 4 + 4 + 14},
		{"two dependants, 6.34", svc(3, false, false), 2, evidence.Dossier{}, 4 + 6 + 14},
		{"seven dependants", svc(3, false, false), 7, evidence.Dossier{}, 4 + 12 + 14},
		{"thirty-one dependants", svc(3, false, false), 31, evidence.Dossier{}, 4 + 20 + 14},
		{"the blast is capped", svc(3, false, false), 5000, evidence.Dossier{}, 4 + 20 + 14},
		{"1000 lines and 50 files are not many", svc(3, false, false), 0, size(1000, 50), 4 + 14},
		{"1001 lines", svc(3, false, false), 0, size(1001, 50), 4 + 4 + 14},
		{"51 files", svc(3, false, false), 0, size(1000, 51), 4 + 3 + 14},
		{"everything", svc(0, true, true), 100, size(5000, 500), 25 + 8 + 10 + 20 + 7 + 14},
	} {
		r := change.Assess(c.s, c.deps, c.d)
		if r.Score != c.want {
			t.Errorf("%s: %d, want %d: %+v", c.name, r.Score, c.want, r.Factors)
		}
		sum := 0
		for _, g := range change.Groups {
			if r.Group(g) > change.GroupMax[g] {
				t.Errorf("%s: group %s has %d, at most %d", c.name, g, r.Group(g), change.GroupMax[g])
			}
			sum += r.Group(g)
		}
		if sum != r.Score {
			t.Errorf("%s: the groups sum to %d, the score is %d", c.name, sum, r.Score)
		}
		for _, f := range r.Factors {
			if f.Points <= 0 || f.Fact == "" {
				t.Errorf("%s: factor %+v", c.name, f)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 10000).Draw(t, "dependants")
		want := min(20, int(math.Round(4*math.Log2(1+float64(n)))))
		if got := change.Assess(svc(3, false, false), n, evidence.Dossier{}); got.Group("blast") != want || got.Score > 100 {
			t.Fatalf("%d dependants: %d of %d, want %d", n, got.Group("blast"), got.Score, want)
		}
	})
}
