package sandbox

import (
	"fmt"
	"strings"

	"signalbox/release/access"
	"signalbox/release/catalog"
)

// offer is a service of the company. needs lists what it rests on: a name is a hard edge, ~name a soft one,
// >name an asynchronous one; vendor:ID is a vendor.
type offer struct {
	id, title, team string
	tier            catalog.Tier
	regions         string
	face, personal  bool
	version         string // as of the start, without the last number
	rate            float64
	needs           string
}

const everywhere = "sin, lon, nyc"

// offers are the forty services.
var offers = []offer{
	{"checkout-web", "Checkout", "checkout", 0, everywhere, true, true, "2026.47", 420, "order-api payments-api identity edge-gw ~search ~promo >notify-svc"},
	{"cart", "Cart", "checkout", 1, everywhere, true, false, "5.14", 610, "session-store catalogue ~promo"},
	{"order-api", "Orders", "checkout", 0, everywhere, false, true, "8.2", 240, "payments-api event-bus ledger ~fraud-score >notify-svc"},
	{"promo", "Promotions", "checkout", 2, everywhere, false, false, "3.9", 300, "feature-flags ~catalogue"},
	{"gift-cards", "Gift cards", "checkout", 2, "lon, nyc", true, true, "1.30", 18, "payments-api ledger"},
	{"search", "Search", "discovery", 1, everywhere, true, false, "7.2", 780, "search-index ~recommend"},
	{"search-index", "Search index", "discovery", 2, everywhere, false, false, "4.4", 800, "catalogue >event-bus"},
	{"recommend", "Recommendations", "discovery", 2, everywhere, true, true, "2.21", 350, "~warehouse catalogue"},
	{"catalogue", "Product catalogue", "discovery", 1, everywhere, true, false, "6.18", 900, "config-hub"},
	{"reviews", "Reviews", "discovery", 3, "lon, nyc", true, false, "1.12", 60, "catalogue ~identity"},
	{"store-bff", "Store back end", "storefront", 0, everywhere, true, false, "11.3", 1150, "catalogue cart identity ~search ~recommend ~content"},
	{"content", "Content pages", "storefront", 2, everywhere, true, false, "9.0", 260, "edge-gw"},
	{"returns", "Returns", "storefront", 2, "lon, nyc", true, true, "2.8", 22, "order-api refunds"},
	{"status-page", "Status page", "storefront", 3, "lon", true, false, "3.1", 9, "~edge-gw"},
	{"mobile-gw", "Mobile gateway", "apps", 1, everywhere, true, false, "8.0", 520, "identity store-bff edge-gw"},
	{"push-gw", "Push gateway", "apps", 2, everywhere, false, true, "4.7", 140, "event-bus vendor:sms-gateway"},
	{"loyalty", "Loyalty", "apps", 3, "lon, nyc", true, true, "1.0", 45, "identity ~order-api"},
	{"payments-api", "Payments", "payments", 0, everywhere, false, true, "4.11", 230, "card-vault ledger identity ~fraud-score vendor:card-network"},
	{"card-vault", "Card vault", "payments", 0, "lon, nyc", false, true, "2.4", 235, "vendor:cloud-sql"},
	{"payout", "Payouts", "payments", 1, "lon, nyc", false, true, "3.3", 12, "ledger vendor:card-network"},
	{"refunds", "Refunds", "payments", 1, everywhere, false, true, "2.9", 14, "payments-api ledger"},
	{"wallet", "Wallet", "payments", 1, everywhere, true, true, "5.1", 88, "payments-api identity"},
	{"ledger", "Ledger", "ledger", 0, "lon, nyc", false, true, "14.6", 310, "vendor:cloud-sql"},
	{"ledger-batch", "End of day", "ledger", 1, "lon", false, true, "14.6", 2, "ledger >warehouse"},
	{"invoicing", "Invoices", "ledger", 2, "lon, nyc", false, true, "6.2", 16, "ledger >mailer"},
	{"tax", "Tax", "ledger", 2, everywhere, false, false, "3.0", 240, "currency"},
	{"currency", "Currencies", "ledger", 2, everywhere, false, false, "1.19", 410, "config-hub"},
	{"fraud-score", "Fraud score", "risk", 1, everywhere, false, true, "7.7", 225, "event-bus"},
	{"sanctions", "Sanctions check", "risk", 1, "lon, nyc", false, true, "2.2", 30, "ledger"},
	{"identity", "Identity", "identity", 0, everywhere, true, true, "9.3", 670, "session-store consent vendor:cloud-sql"},
	{"session-store", "Sessions", "identity", 0, everywhere, false, true, "3.15", 1900, "config-hub"},
	{"consent", "Consent", "identity", 2, everywhere, true, true, "1.6", 120, "~event-bus"},
	{"edge-gw", "Edge gateway", "edge", 0, everywhere, true, false, "21.8", 2600, "rate-limit vendor:name-service"},
	{"rate-limit", "Rate limits", "edge", 1, everywhere, false, false, "2.13", 2600, "config-hub"},
	{"feature-flags", "Feature flags", "edge", 1, everywhere, false, false, "5.5", 1400, "config-hub"},
	{"event-bus", "Event bus", "messaging", 0, everywhere, false, false, "3.8", 3400, "config-hub"},
	{"notify-svc", "Notifications", "messaging", 2, everywhere, false, true, "3.8", 95, "event-bus mailer >push-gw"},
	{"mailer", "Mail", "messaging", 3, "lon", false, true, "1.44", 40, "vendor:mail-relay"},
	{"config-hub", "Configuration", "edge", 1, everywhere, false, false, "4.0", 180, ""},
	{"warehouse", "Warehouse", "analytics", 2, "lon", false, true, "2026.11", 6, ">event-bus"},
}

type team struct{ id, name, unit string }

var units = []struct{ id, name, parent string }{
	{"meridian", "Meridian Retail", ""}, {"commerce", "Commerce", "meridian"}, {"money", "Money", "meridian"},
	{"platform", "Platform", "meridian"}, {"mobile", "Mobile", "commerce"}, {"data", "Data", "meridian"},
}

var teams = []team{
	{"checkout", "Checkout", "commerce"}, {"discovery", "Discovery", "commerce"}, {"storefront", "Storefront", "commerce"}, {"apps", "Apps", "mobile"},
	{"payments", "Payments", "money"}, {"ledger", "Ledger", "money"}, {"risk", "Risk", "money"},
	{"identity", "Identity", "platform"}, {"edge", "Edge", "platform"}, {"messaging", "Messaging", "platform"}, {"analytics", "Analytics", "data"},
}

var regions = []struct{ id, name, zone, place string }{
	{"sin", "Singapore", "Asia/Singapore", "SIN"}, {"lon", "London", "Europe/London", "LON"}, {"nyc", "New York", "America/New_York", "NYC"},
}

var vendors = []struct{ id, name string }{
	{"card-network", "Corvid Card Network"}, {"name-service", "Parallel DNS"}, {"mail-relay", "Postbridge"},
	{"sms-gateway", "Tern Messaging"}, {"cloud-sql", "Harbour Cloud SQL"},
}

// member is a person of the company. login is on the forge; roles are "role" or "role@scope".
type member struct{ id, name, login, zone, roles string }

var members = []member{ // the first person of a store is its first admin
	{"a.osei", "Ama Osei", "aosei", "Europe/London", "admin"},
	{"guest", "Guest", "", "", "approver coordinator commander executor auditor trainer"},
	{"n.okafor", "Ngozi Okafor", "nokafor", "Europe/London", "coordinator"},
	{"p.lind", "Petra Lind", "plind", "Europe/London", "approver"},
	{"r.costa", "Rui Costa", "rcosta", "America/New_York", "approver"},
	{"e.novak", "Eva Novak", "enovak", "Europe/London", "approver@unit:money"},
	{"s.tan", "Siew Tan", "stan", "Asia/Singapore", "approver@unit:commerce coordinator@region:sin"},
	{"g.adeyemi", "Gbenga Adeyemi", "gadeyemi", "Europe/London", "approver@unit:platform"},
	{"m.haas", "Mira Haas", "mhaas", "Europe/London", "commander"},
	{"x.silva", "Xenia Silva", "xsilva", "America/New_York", "executor"},
	{"t.berg", "Tor Berg", "tberg", "Europe/London", "auditor"},
	{"d.moreau", "Denise Moreau", "dmoreau", "Europe/London", "trainer viewer"},
	{"k.sato", "Kei Sato", "ksato", "Asia/Singapore", "viewer"},
	{"k.ito", "Kaori Ito", "kito", "Asia/Singapore", "developer"},
	{"j.ruiz", "Jorge Ruiz", "jruiz", "Europe/London", "developer approver@unit:money"},
	{"l.petrov", "Lena Petrov", "lpetrov", "Europe/London", "developer"},
	{"b.walsh", "Brid Walsh", "bwalsh", "America/New_York", "developer"},
	{"y.chen", "Yi Chen", "ychen", "Asia/Singapore", "developer"},
}

// Seat is a person of the company as whom one may sit down.
type Seat struct {
	Name   string
	Person access.PersonID
	Short  string
}

// Seats lists them, the first of which holds every role that does not look after people.
var Seats = []Seat{
	{"everything", "guest", "approver, coordinator, commander, executor, auditor and trainer in one: to try all of it"},
	{"coordinator", "n.okafor", "moves, freezes, retries feeds"},
	{"approver", "p.lind", "approves, rejects and asks"},
	{"commander", "m.haas", "halts, and leads an incident"},
	{"developer", "k.ito", "drafts and submits changes"},
	{"auditor", "t.berg", "reads and verifies the audit log"},
	{"viewer", "k.sato", "looks"},
	{"trainer", "d.moreau", "steers the simulation, and looks"},
	{"admin", "a.osei", "looks after people, keys and feeds"},
}

// SeatOf finds a seat by its name.
func SeatOf(name string) (Seat, bool) {
	for _, s := range Seats {
		if s.Name == name {
			return s, true
		}
	}
	return Seat{}, false
}

func offered(id string) *offer {
	for i := range offers {
		if offers[i].id == id {
			return &offers[i]
		}
	}
	return nil
}

func memberOf(id string) *member {
	for i := range members {
		if members[i].id == id {
			return &members[i]
		}
	}
	return nil
}

// developers are the logins by whom changes are written.
func developers() []string {
	var out []string
	for _, m := range members {
		if strings.HasPrefix(m.roles, "developer") {
			out = append(out, m.login)
		}
	}
	return out
}

// edge is a dependency as needs writes it.
type edge struct{ to, kind string }

func (o *offer) edges() []edge {
	var out []edge
	for _, n := range strings.Fields(o.needs) {
		kind := "hard"
		if rest, ok := strings.CutPrefix(n, "~"); ok {
			n, kind = rest, "soft"
		} else if rest, ok := strings.CutPrefix(n, ">"); ok {
			n, kind = rest, "async"
		}
		out = append(out, edge{n, kind})
	}
	return out
}

// organisationFile is organisation.yaml: units, regions, teams, vendors, and the edges to vendors.
func organisationFile() []byte {
	var b strings.Builder
	b.WriteString("units:\n")
	for _, u := range units {
		fmt.Fprintf(&b, "  - {id: %s, name: %q", u.id, u.name)
		if u.parent != "" {
			fmt.Fprintf(&b, ", parent: %s", u.parent)
		}
		b.WriteString("}\n")
	}
	b.WriteString("regions:\n")
	for _, r := range regions {
		fmt.Fprintf(&b, "  - {id: %s, name: %q, zone: %s, place: %s}\n", r.id, r.name, r.zone, r.place)
	}
	b.WriteString("teams:\n")
	for _, t := range teams {
		fmt.Fprintf(&b, "  - {id: %s, name: %q, unit: %s}\n", t.id, t.name, t.unit)
	}
	b.WriteString("vendors:\n")
	for _, v := range vendors {
		fmt.Fprintf(&b, "  - {id: %s, name: %q}\n", v.id, v.name)
	}
	b.WriteString("edges:\n")
	for i := range offers {
		for _, e := range offers[i].edges() {
			if strings.HasPrefix(e.to, "vendor:") {
				fmt.Fprintf(&b, "  - {from: %s, to: %q, kind: %s}\n", offers[i].id, e.to, e.kind)
			}
		}
	}
	return []byte(b.String())
}

// catalogFile are the services as a service catalog declares them.
func catalogFile() []byte {
	var b strings.Builder
	for i := range offers {
		o := &offers[i]
		fmt.Fprintf(&b, "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: %s\n  title: %s\n  annotations:\n", o.id, o.title)
		fmt.Fprintf(&b, "    github.com/project-slug: %s\n    signalbox.dev/tier: \"%d\"\n    signalbox.dev/regions: %s\n", slug(o.id), o.tier, o.regions)
		if o.face {
			b.WriteString("    signalbox.dev/customer-facing: \"true\"\n")
		}
		if o.personal {
			b.WriteString("    signalbox.dev/personal-data: \"true\"\n")
		}
		var needs []string
		for _, e := range o.edges() {
			if strings.HasPrefix(e.to, "vendor:") {
				continue
			}
			needs = append(needs, "component:"+e.to)
			if e.kind != "hard" {
				fmt.Fprintf(&b, "    signalbox.dev/edge.%s: %s\n", e.to, e.kind)
			}
		}
		fmt.Fprintf(&b, "spec:\n  type: service\n  lifecycle: production\n  owner: %s\n", o.team)
		if len(needs) > 0 {
			fmt.Fprintf(&b, "  dependsOn: [%s]\n", strings.Join(needs, ", "))
		}
	}
	return []byte(b.String())
}

// slug is the repository of a service.
func slug(service string) string { return "meridian/" + service }
