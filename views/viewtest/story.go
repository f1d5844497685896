package viewtest

import (
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/feed"
)

func at(clock string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", "2026-11-"+clock)
	if err != nil {
		panic(err)
	}
	return t
}

func person(id access.PersonID, login string, role access.Role, scope access.Scope) access.Person {
	return access.Person{ID: id, Grants: []access.Grant{{Person: id, Role: role, Scope: scope}},
		Identities: []access.Identity{{System: "github", Value: login}}}
}

func github(login string) access.Identity { return access.Identity{System: "github", Value: login} }

// Empty is the company before anything was connected or asked: people and a catalog.
func Empty() *Company {
	svc := func(id string, tier catalog.Tier, team string, edit func(*catalog.Service)) catalog.Service {
		s := catalog.Service{ID: id, Tier: tier, Team: team, Regions: []string{"emea"}, Repos: map[string]string{"github.com": "acme/" + id}, From: "backstage:catalog.yaml"}
		if edit != nil {
			edit(&s)
		}
		return s
	}
	exposed := func(s *catalog.Service) { s.CustomerFacing, s.Personal = true, true }
	return &Company{
		At: Noon, Who: "s.lee",
		Persons: []access.Person{
			person("s.lee", "slee", access.Approver, access.Org), person("j.ruiz", "jruiz", access.Approver, access.Org),
			person("p.lind", "plind", access.Approver, access.Org), person("m.bo", "mbo", access.Approver, "unit:payments"),
			person("k.ito", "kito", access.Developer, access.Org), person("a.kim", "akim", access.Admin, access.Org),
			person("c.wu", "cwu", access.Coordinator, access.Org), person("v.ng", "vng", access.Viewer, access.Org),
		},
		Facts: catalog.Facts{
			Units: []catalog.Unit{{ID: "payments"}, {ID: "shop"}},
			Teams: []catalog.Team{{ID: "pay", Unit: "payments"}, {ID: "web", Unit: "shop"}, {ID: "core", Unit: "shop"}},
			Services: []catalog.Service{svc("payments-api", 1, "pay", exposed), svc("identity", 0, "core", exposed),
				svc("checkout-web", 1, "web", func(s *catalog.Service) { s.CustomerFacing = true }), svc("notify-svc", 3, "core", nil), svc("search", 3, "web", nil),
				svc("ledger-db", 1, "pay", func(s *catalog.Service) { s.Repos = map[string]string{"gitlab.com": "acme/ledger-db"} }),
				svc("fraud-score", 2, "pay", nil), svc("orders", 1, "web", nil)},
			Edges: []catalog.Edge{{From: "checkout-web", To: "payments-api", Kind: catalog.Hard}, {From: "orders", To: "payments-api", Kind: catalog.Hard},
				{From: "payments-api", To: "ledger-db", Kind: catalog.Hard}, {From: "checkout-web", To: "identity", Kind: catalog.Hard},
				{From: "orders", To: "identity", Kind: catalog.Hard}, {From: "payments-api", To: "identity", Kind: catalog.Hard}},
		},
	}
}

// Quiet is the company with its feeds fresh and nothing waiting.
func Quiet() *Company {
	c := Empty()
	c.Connected = []feed.Status{
		{Name: "github", Type: "github", Kind: feed.Push, LastGood: at("24 12:04")},
		{Name: "gitlab", Type: "gitlab", Kind: feed.Pull, ExpectEvery: 2 * time.Minute, LastGood: at("24 12:03")},
	}
	c.add("CHG-4166", "search", "2.9.0", "9b1c", "24 10:20", "Index warm-up before traffic", "kito", passing("unit", "e2e"))
	c.Decide("CHG-4166", "s.lee", change.Approve, "small and reviewed by two people", at("24 10:58"))
	return c
}

// Story is the company at noon: eight changes wait, two were decided today.
func Story() *Company {
	c := Quiet()
	c.add("CHG-4188", "notify-svc", "3.8.1", "77aa", "24 10:55", "Template engine update", "kito", passing("unit"))
	c.Decide("CHG-4188", "p.lind", change.Reject, "no rollback evidence for it", at("24 11:20"))

	pay := c.add("CHG-4182", "payments-api", "4.12.0", "c81f0e2", "23 17:04", "Raise retry cap handling, async capture path behind flag pay.async", "kito",
		append(passing("unit", "integration", "SAST", "CVE scan", "signed commits", "SBOM", "contract"),
			check("load test", evidence.Fail, "p99 612ms of 500ms", "24 05:04"), check("docs preview", evidence.Neutral, "", "24 11:19")))
	pay.Deployed = "4.11.3"
	pay.Dossier.Pulls = []evidence.PullRequest{{Forge: "github.com", Repo: "acme/payments-api", Number: 2291, Title: "Raise retry cap handling", State: "merged",
		Author: github("kito"), Lines: 412, Files: 9, URL: "https://github.com/acme/payments-api/pull/2291", At: at("23 16:20")}}
	pay.Dossier.Reviews = []evidence.Review{{Repo: "acme/payments-api", Number: 2291, Reviewer: github("plind"), State: "approved", At: at("23 16:00")}}
	pay.Notes = []change.Note{{Change: "CHG-4182", Person: "s.lee", Kind: "question", Text: "load test? the limit is 500ms and it says 612", At: at("24 09:41")},
		{Change: "CHG-4182", Person: "p.lind", Kind: "question", Text: "ok for me if 25% soaks for 20m", At: at("24 11:50")}}
	c.Decide("CHG-4182", "j.ruiz", change.Approve, "flag default stays off until Thursday", at("24 10:02"))

	id := c.add("CHG-4193", "identity", "9.3.1", "41d0", "24 08:00", "Rotate signing keys without a restart", "kito", passing("unit", "integration", "SAST", "CVE scan", "contract", "SBOM"))
	id.Deployed = "9.3.0"
	id.Approval.ExpiresAt = at("24 15:00")

	em := c.add("CHG-4211", "checkout-web", "2026.47.2", "e4e4", "24 11:50", "Cache key fix: carts of two people were mixed", "kito",
		append(passing("unit", "e2e", "SAST", "CVE scan"), check("load test", evidence.Pending, "queued", "24 12:01")))
	em.Change.Kind, em.Deployed = change.Emergency, "2026.47.1"
	em.Approval = change.Ask(em.Change, 1, 1, at("24 11:50"))

	c.add("CHG-4190", "checkout-web", "2026.47.1", "5a5a", "24 09:30", "Hotfix for the voucher field", "ext-dev", passing("unit", "e2e"))
	c.add("CHG-4195", "notify-svc", "3.8.2", "3838", "24 11:00", "Template engine update, with rollback rehearsed", "kito", passing("unit", "e2e", "SAST"))
	c.add("CHG-4203", "search", "synonyms-12", "1212", "24 11:30", "Synonyms for winter sports", "slee", passing("unit", "e2e"))
	c.add("CHG-4177", "ledger-db", "schema-88", "8888", "23 15:00", "Expand ledger entries by currency", "kito",
		append(passing("unit", "migration dry run", "restore"), check("lock time", evidence.Pass, "40ms", "24 10:00")))
	c.add("CHG-4215", release.Clean("unknown:acme/loyalty", 0), "1.0.0", "0f0f", "24 11:45", "", "kito", nil)
	return c
}

// Dark is the story with gitlab silent for six minutes of a promise of two.
func Dark() *Company {
	c := Story()
	c.Connected[1].LastGood = Noon.Add(-6*time.Minute - 20*time.Second)
	return c
}

func check(name string, r evidence.Result, detail, clock string) evidence.Check {
	return evidence.Check{Kind: "check", Name: name, Result: r, Detail: detail, At: at(clock), URL: "https://github.com/acme/x/actions/runs/88120"}
}

func passing(names ...string) []evidence.Check {
	var out []evidence.Check
	for n, name := range names {
		out = append(out, check(name, evidence.Pass, "", "24 11:"+string('2'+rune(n/10%4))+string('0'+rune(n%10))))
	}
	return out
}

// add stores a change that waits since an instant.
func (c *Company) add(id, service, version, digest, clock, title, author string, checks []evidence.Check) *Stored {
	forge := "github.com"
	if service == "ledger-db" {
		forge = "gitlab.com"
	}
	repo := "acme/" + service
	if catalog.IsUnknown(service) {
		repo = service[len("unknown:"):]
	}
	since := at(clock)
	ch := change.Change{ID: id, Revision: 3, State: change.Requested, Kind: change.Normal, Service: service, Environment: "production", Version: version,
		Digest: Digest(digest), Forge: forge, Repo: repo, Commit: digest + "00000000", Title: title, URL: "https://" + forge + "/" + repo,
		By: []access.Identity{{System: "github", Value: "deploy-bot", Bot: true}}, CreatedAt: since, RequestedAt: since, UpdatedAt: since}
	d := evidence.Dossier{Checks: checks, Commit: &evidence.Commit{Forge: forge, Repo: repo, SHA: ch.Commit, Title: title, Authors: []access.Identity{github(author)}, At: since.Add(-time.Hour)}}
	cat := catalog.New(c.Facts, 1, c.At)
	tier := catalog.DefaultTier
	svc, ok := cat.Service(service)
	if ok {
		tier = svc.Tier
	}
	ch.Risk = change.Assess(svc, len(cat.HardDependants(service)), d)
	c.Stored = append(c.Stored, Stored{Change: ch, Approval: change.Ask(ch, 1, int(tier), since), Dossier: d})
	c.log(since, "connector:github", "change.request", id, "deployment asked for "+ch.Name(), "")
	return &c.Stored[len(c.Stored)-1]
}

// Add stores one more change that waits, of a service of the catalog.
func (c *Company) Add(id, service, version string, since time.Time) *Stored {
	s := c.add(id, service, version, "ad", since.Format("02 15:04"), "One more", "kito", passing("unit"))
	return s
}
