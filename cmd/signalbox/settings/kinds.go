package settings

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release/calendar"
	"signalbox/release/feed"
)

// kind is a kind of connector and the keys that it has beside name and kind.
type kind struct {
	name      string
	direction feed.Kind
	about     string
	fields    []field
	rules     []rule
}

// connector is one of any kind.
var connector = value{form: variant, is: "a mapping with name and kind", fields: head}

// head are the keys of every connector.
var head = []field{
	{key: "name", about: "Unique; the last part of its hook's path and its row on Feeds", required: true, example: "acme-github",
		value: value{is: "a name of up to 40 small letters, digits and dashes", pattern: `^[a-z0-9][a-z0-9-]{0,39}$`}},
	{key: "kind", about: "What is on the other side", required: true, value: value{choices: kindNames, is: "one of " + strings.Join(kindNames, ", ")}},
}

var kindNames = []string{"github", "gitlab", "alertmanager", "cdevents", "prometheus", "icalendar", "backstage", "csv", "organisation", "openslo", "statuspage", "endoflife", "crontab", "schedule", "webhook", "smtp"}

// kinds are in the order of kindNames.
var kinds = []kind{
	{"github", feed.Push, "Deployments, reviews, checks and releases, by GitHub's webhook.",
		fieldsOf(expect, secrets("the secret of the webhook"), slugs("a repository, owner/name")), secretRules},
	{"gitlab", feed.Push, "Deployments, merge requests, pipelines and releases, by GitLab's webhook.",
		fieldsOf(expect, secrets("the secret token of the webhook"), slugs("a project, group/name")), secretRules},
	{"alertmanager", feed.Push, "Alerts, by Alertmanager's webhook.",
		fieldsOf(expect, secrets("the bearer token of the receiver"), []field{labels("an alert", "service", "environment")}), secretRules},
	{"cdevents", feed.Push, "CDEvents in the binary or structured mode of CloudEvents over HTTP.",
		fieldsOf(expect, secrets("the Standard Webhooks secret, or a bearer token"), slugs("a subject's source or repository")), secretRules},
	{"prometheus", feed.Pull, "Request rate, error rate and latency by service and version, by Prometheus' HTTP API.",
		fieldsOf(every("15s"), required(webURL("The address of the server", "https://prometheus.acme.example")), authentication(basic), reach("10s"),
			[]field{labels("a sample", "service", "environment", "version")}, stand, monitor), rulesOf(secretRules, userRule)},
	{"icalendar", feed.Pull, "Freezes, maintenance, holidays and windows, from a calendar in iCalendar form.",
		fieldsOf(every("15m"), []field{calendarURL, {key: "caldav", about: "Whether url is a CalDAV collection and no file", value: value{form: yesno}, fallback: "false"}}, local("The file of the calendar", "freezes.ics"),
			authentication(basic), reach("10s"), calendarFields), rulesOf(secretRules, userRule, urlRules, []rule{{kind: needs, key: "caldav", keys: []string{"url"}}})},
	{"backstage", feed.Pull, "Services, owners, dependencies and people, from a Backstage catalog file or a git repository with such files.",
		fieldsOf(every("5m"), []field{catalogURL}, local("The catalog's file or directory", "catalog-info.yaml"), authentication(basic), reach("1m"),
			[]field{{key: "branch", about: "The branch to read; with it, url is that of a git repository", example: "main",
				value: value{is: "a branch", pattern: `^[^\s:?*~^\\\[-][^\s:?*~^\\\[]*$`, most: 200}}}),
		rulesOf(secretRules, userRule, urlRules, []rule{{kind: needs, key: "branch", keys: []string{"url"}}})},
	{"csv", feed.Pull, "Services, people or entries of the calendar, from a table with a header line.",
		fieldsOf(every("5m"), []field{{key: "what", about: "What a line of the table is", required: true, value: oneOf("services", "people", "windows", "batches", "periods")}},
			[]field{webURL("The address of the table", "https://intranet.acme.example/services.csv")}, local("The table's file", "services.csv"), authentication(basic), reach("10s")),
		rulesOf(secretRules, userRule, urlRules)},
	{"organisation", feed.Pull, "Units, regions, tiers, edges and vendors, from an organisation.yaml that somebody else keeps.",
		fieldsOf(every("5m"), []field{webURL("The address of the file", "https://intranet.acme.example/organisation.yaml")}, local("The file", "organisation.yaml"), authentication(basic), reach("10s")),
		rulesOf(secretRules, userRule, urlRules)},
	{"openslo", feed.Pull, "Service level objectives, from a file or directory of OpenSLO documents (openslo/v1).",
		fieldsOf(every("5m"), required(local("The file, or the directory whose YAML files are read", "objectives")[0]),
			[]field{{key: "map", about: "Which service of the catalog a spec.service stands for, where it is not the service's id", example: "{web-shop: checkout}",
				value: value{form: mapping, is: "a spec.service", pattern: `^\S{1,400}$`, item: &value{is: "the name of a service", pattern: `^\S+$`, most: 200}}},
				{key: "environment", about: "The environment of objectives without the annotation signalbox.dev/environment", value: environmentName, fallback: "production"}}), nil},
	{"statuspage", feed.Pull, "The planned maintenance of a vendor, from its status page: the scheduled-maintenances.json of Atlassian Statuspage.",
		fieldsOf(every("5m"), []field{webURL("The address of the answer", "https://status.vendor.example/api/v2/scheduled-maintenances.json")}, local("A file with such an answer", "maintenances.json"),
			authentication(basic), reach("10s"), []field{{key: "scope", about: "Whom a maintenance concerns; without it one of components that are not mapped is left aside", value: scope, example: "org"},
				{key: "map", about: "Which service a component of the page stands for", example: "{Payments API: checkout}",
					value: value{form: mapping, is: "the name of a component", pattern: `^\S(.*\S)?$`, item: &value{is: "the name of a service", pattern: `^\S+$`, most: 200}}}}),
		rulesOf(secretRules, userRule, urlRules)},
	{"endoflife", feed.Pull, "Until when versions of a product are kept, from endoflife.date, or from a table of distro-info-data.",
		fieldsOf(every("12h"), []field{webURL("The address of the product", "https://endoflife.date/api/postgresql.json")}, local("A file with the same", "debian.csv"), authentication(basic), reach("10s"),
			[]field{{key: "product", about: "The name in titles", unless: "what the document says, or the name of the file", value: value{is: "the name of a product", pattern: `^\S(.*\S)?$`, most: 60}, example: "postgresql"},
				{key: "versions", about: "The versions that count, as the document calls them", unless: "every one", value: listOf(value{is: "a version such as 17", pattern: `^\S(.*\S)?$`, most: 60}), example: "['16', '17']"},
				{key: "scope", about: "Whom an end of life concerns", value: scope, fallback: "org"}}),
		rulesOf(secretRules, userRule, urlRules)},
	{"crontab", feed.Pull, "Batch jobs, from the text of a crontab. A comment above a job says what it touches and how long it runs: # signalbox: p95=45m scope=service:ledger title=Nightly close.",
		fieldsOf(every("15m"), []field{webURL("The address of the crontab", "https://intranet.acme.example/crontab.txt")}, local("The crontab's file", "ledger.crontab"), authentication(basic), reach("10s"),
			[]field{{key: "zone", about: "The IANA zone of the machine's clock, for jobs without a CRON_TZ", value: zone, fallback: "UTC"},
				{key: "scope", about: "What jobs touch that do not say it; without it these are refused", value: scope, example: "service:ledger"},
				{key: "p95", about: "How long nineteen of twenty runs take at most, for jobs that do not say it; without it these are refused", value: between(time.Second, 31*24*time.Hour), example: "45m"},
				{key: "system", about: "Whether a user stands before each command, as in /etc/crontab", value: value{form: yesno}, fallback: "false"}}),
		rulesOf(secretRules, userRule, urlRules)},
	{"schedule", feed.Pull, "The release schedule of a project: the patch releases of Kubernetes, the cycle or the series of OpenStack, as YAML.",
		fieldsOf(every("12h"), []field{webURL("The address of the schedule", "https://raw.githubusercontent.com/kubernetes/website/main/data/releases/schedule.yaml")},
			local("The schedule's file", "schedule.yaml"), authentication(basic), reach("10s"),
			[]field{{key: "project", about: "What stands before each title", value: value{is: "the name of a project", pattern: `^\S(.*\S)?$`, most: 60}, example: "kubernetes"},
				{key: "as", about: "What releases and milestones are; ends of life are always that", value: oneOf("deadline", "window"), fallback: "deadline"},
				{key: "scope", about: "Whom the dates concern", value: scope, fallback: "org"}}),
		rulesOf(secretRules, userRule, urlRules)},
	{"webhook", feed.Out, "Tells another system what was decided, signed as Standard Webhooks is.",
		fieldsOf(required(webURL("The address that is called", "https://hooks.acme.example/signalbox")), secrets("the key that deliveries are signed with"), reach("10s"), told,
			[]field{
				{key: "headers", about: "Headers added to each delivery; never a secret", example: "{X-Team: release}", value: value{form: mapping, most: 20,
					is: "the name of a header", pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$", item: &value{is: "a header's value in ASCII", secret: true, pattern: `^[ -~]+$`, most: 4000}, meaning: headersMeaning}},
				{key: "deduplicates", about: "Whether the other side knows a repeat by its webhook-id; if not, a delivery whose answer was lost is not sent again and waits for a person",
					value: value{form: yesno}, fallback: "true"},
			}), []rule{{kind: exactlyOne, keys: []string{"secret_file", "secret_env"}}}},
	{"smtp", feed.Out, "Tells people what was decided, by mail.",
		fieldsOf(required(field{key: "url", about: "The mail server: smtp://HOST (port 25), smtp+starttls://HOST (587) or smtps://HOST for TLS from the first byte (465); another port follows a colon",
			example: "smtp+starttls://mail.acme.example", value: value{is: "an address such as smtp+starttls://mail.acme.example", secret: true,
				pattern: `^(smtp|smtp\+starttls|smtps)://[^\s@/?#]+/?$`, meaning: urlMeaning}}),
			authentication("The user who logs in"), reach("1m"),
			[]field{
				{key: "from", about: "Who the mails are from", required: true, example: "signalbox@acme.example", value: mailbox},
				{key: "to", about: "Who gets them", required: true, example: "[releases@acme.example]", value: value{form: list, is: "a list of mail addresses", least: 1, most: 100, item: &mailbox}},
				{key: "starttls", about: "Whether an smtp:// connection must be encrypted before anything is said", unless: "required; none where the server is this machine",
					value: oneOf("required", "opportunistic", "none"), example: "required"},
			}, told), rulesOf(secretRules, userRule, []rule{{kind: needs, key: "secret_file", keys: []string{"user"}}, {kind: needs, key: "secret_env", keys: []string{"user"}}})},
}

// none stands for a kind that does not exist.
var none kind

func kindNamed(name string) *kind {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		return &none
	}
	return &kinds[i]
}

// object is the shape of a connector of the kind.
func (k *kind) object() *value {
	return &value{form: object, fields: fieldsOf(head, k.fields), rules: k.rules, strays: k.strays, meaning: k.meaning()}
}

// strays says why a key of another kind is none of this one.
func (k *kind) strays(key string) (text, try string, ok bool) {
	var with []string
	for _, other := range kinds {
		if slices.ContainsFunc(other.fields, func(f field) bool { return f.key == key }) {
			with = append(with, other.name)
		}
	}
	switch {
	case with == nil:
		return "", "", false
	case key == "interval" && k.direction == feed.Push:
		return k.name + " is told by the other side and is not asked", "it has expect_every", true
	case key == "expect_every" && k.direction == feed.Pull:
		return k.name + " asks by itself and is not told", "it has interval", true
	case k.direction == feed.Out && (key == "interval" || key == "expect_every"):
		return k.name + " only tells the other side", "leave it out", true
	}
	keys := k.object().keys()
	return fmt.Sprintf("%s has no key %s; it belongs to %s", k.name, key, strings.Join(with, ", ")), "there are " + strings.Join(keys, ", "), true
}

var expect = []field{{key: "expect_every", about: "How often the other side is expected to call; longer silence is shown as late, then dark. Without it silence is no fault",
	value: between(time.Second, 31*24*time.Hour), example: "10m"}}

// every is how often a pull kind asks.
func every(fallback string) []field {
	return []field{{key: "interval", about: "How often it is read; that is also the feed's promise", fallback: fallback,
		value: wholly(between(time.Second, 24*time.Hour))}}
}

// secrets are the two places of a kind's secret.
func secrets(what string) []field {
	return []field{
		{key: "secret_file", about: "A file with " + what + "; a second line is valid too while one replaces the other", value: value{form: path}, example: "secrets/acme"},
		{key: "secret_env", about: "The environment variable with " + what + "; a second one follows a comma", example: "ACME_SECRET",
			value: value{is: "the name of an environment variable", pattern: `^[A-Za-z_][A-Za-z0-9_]*$`, most: 200}},
	}
}

var secretRules = []rule{{kind: atMostOne, keys: []string{"secret_file", "secret_env"}}}

// authentication is how a kind proves itself to the other side.
func authentication(user string) []field {
	return fieldsOf([]field{{key: "user", about: user, example: "signalbox", value: value{is: "a user", pattern: `^[^:\s]+$`, most: 200}}}, secrets("the password or token"))
}

const basic = "The user of basic authentication; without it the secret is sent as a bearer token"

var userRule = []rule{{kind: needs, key: "user", keys: []string{"secret_file", "secret_env"}}}

// urlRules hold where either an address or a file is read.
var urlRules = []rule{
	{kind: exactlyOne, keys: []string{"url", "path"}},
	{kind: needs, key: "user", keys: []string{"url"}}, {kind: needs, key: "secret_file", keys: []string{"url"}}, {kind: needs, key: "secret_env", keys: []string{"url"}},
	{kind: needs, key: "allow_networks", keys: []string{"url"}}, {kind: needs, key: "timeout", keys: []string{"url"}},
}

// reach are the bounds of an exchange that signalbox begins.
func reach(timeout string) []field {
	return []field{
		{key: "allow_networks", about: "Networks that may be reached although they are not public; without it an address of this machine or of a private network is refused",
			value: listOf(network), example: "[10.0.0.0/8]"},
		{key: "timeout", about: "How long one exchange may take", value: between(100*time.Millisecond, time.Minute), fallback: timeout},
	}
}

// urlPattern is an address with one of the schemes and, unless user, without a user or password in it.
func urlPattern(schemes string, user bool) string {
	if user {
		return `^(` + schemes + `)://([^\s@:/?#]+@)?[^\s@/?#]+(/\S*)?$`
	}
	return `^(` + schemes + `)://[^\s@/?#]+([/?#]\S*)?$`
}

func webURL(about, example string) field {
	return field{key: "url", about: about, example: example,
		value: value{is: "an address such as " + example + ", without a password in it", secret: true, pattern: urlPattern("https?", false), meaning: urlMeaning}}
}

var calendarURL = field{key: "url", about: "The address of the calendar; webcal:// is https", example: "https://calendar.acme.example/freezes.ics",
	value: value{is: "an address such as https://calendar.acme.example/freezes.ics, without a password in it", secret: true,
		pattern: urlPattern("https?|webcals?", false), meaning: urlMeaning}}

var catalogURL = field{key: "url", about: "The address of a catalog file or, with branch, of a git repository", example: "https://git.acme.example/platform/catalog.git",
	value: value{is: "an address such as https://git.acme.example/platform/catalog.git, without a password in it", secret: true,
		pattern: urlPattern("https?", false) + `|` + urlPattern("ssh", true) + `|^file:///\S+$`, meaning: urlMeaning}}

func required(f field) []field {
	f.required = true
	return []field{f}
}

func local(about, example string) []field {
	return []field{{key: "path", about: about, value: value{form: path}, example: example}}
}

// slugs maps what a forge calls a place of code to a service.
func slugs(what string) []field {
	return []field{{key: "map", about: "Which service " + what + " stands for, where the catalog does not say it", example: "{acme/shop: checkout}",
		value: value{form: mapping, is: "a slug such as acme/shop", pattern: `^\S{1,400}$`, item: &value{is: "the name of a service", pattern: `^\S+$`, most: 200}}}}
}

// labels are the names of the labels that say the given things.
func labels(what string, say ...string) field {
	f := field{key: "labels", about: "The labels that say what " + what + " is about", example: "{service: app, environment: env}", value: value{form: object}}
	for _, s := range say {
		f.fields = append(f.fields, field{key: s, about: "The label of the " + s, fallback: s,
			value: value{is: "the name of a label", pattern: `^[A-Za-z_][A-Za-z0-9_]{0,127}$`}})
	}
	return f
}

var (
	metric   = value{is: "the name of a metric such as http_requests_total", pattern: `^[A-Za-z_:][A-Za-z0-9_:]*$`, most: 200}
	matchers = value{is: `label matchers such as code=~"5.."`, block: true, pattern: `\S`, most: 4000}
	promql   = value{is: "a query in PromQL", block: true, pattern: `\S`, most: 4000}
)

// stand is what a sample without a label of its environment is taken for.
var stand = []field{{key: "environment", about: "The environment of series that have no label for it", value: environmentName, example: "production"}}

var monitor = []field{
	{key: "metrics", about: "The series that the usual queries are built from", example: "{requests: http_requests_total, selector: 'job=\"shop\"'}", value: value{form: object, fields: []field{
		{key: "requests", about: "The counter of requests", value: metric, fallback: "http_requests_total"},
		{key: "latency", about: "The histogram of latencies in seconds, classic or native, without _bucket", value: metric, fallback: "http_request_duration_seconds"},
		{key: "errors", about: "Label matchers of the requests that failed", value: matchers, fallback: `code=~"5.."`},
		{key: "selector", about: "Label matchers of all requests that count", value: matchers, example: `'job="shop"'`},
		{key: "window", about: "The range that rates are taken over", value: between(time.Second, 24*time.Hour), fallback: "5m"},
	}}},
	{key: "queries", about: "PromQL for a signal in place of the usual query; it gives a series for each service, environment and version, with the labels that say so",
		example: "{rate: 'sum by (service, environment, version) (app:requests:rate5m)'}", value: value{form: object, fields: []field{
			{key: "rate", about: "Requests a second", value: promql},
			{key: "errors", about: "Failed requests out of all, 0 to 1", value: promql},
			{key: "p50", about: "Median latency in seconds", value: promql},
			{key: "p95", about: "The latency that 95 of 100 requests stay below, in seconds", value: promql},
			{key: "p99", about: "The latency that 99 of 100 requests stay below, in seconds", value: promql},
		}}},
}

var calendarFields = []field{
	{key: "as", about: "What its events are; without it each event says so by CATEGORIES or X-SIGNALBOX properties, and one that does not is refused", value: oneOf(calendarKinds()...), example: "freeze"},
	{key: "scope", about: "Whom its events bind, where an event does not say it", value: scope, example: "org"},
	{key: "freeze", about: "How strong its freezes are, where an event does not say it", value: oneOf(string(calendar.HardFreeze), string(calendar.SoftFreeze)), example: "hard"},
	{key: "zone", about: "The IANA zone of times without one", value: zone, example: "Europe/London"},
}

var zone = value{is: "a zone such as Europe/London", pattern: `^[A-Za-z0-9_+/-]+$`, most: 64, meaning: zoneMeaning}

func calendarKinds() []string {
	out := make([]string, len(calendar.Kinds))
	for i, k := range calendar.Kinds {
		out[i] = string(k)
	}
	return out
}

var told = []field{
	{key: "events", about: "The events that are told, as the audit log names them", unless: "all that people outside act on", example: "[approve, reject, freeze declare]",
		value: listOf(value{is: "an event such as approve", pattern: `^[a-z][a-z0-9-]*([ .][a-z0-9-]+)*$`, most: 60})},
	{key: "scope", about: "Only events whose subject lies in it", value: scope, example: "unit:payments", unless: "everything"},
}

var mailbox = value{is: "a mail address such as releases@acme.example", pattern: `^([^<>@\r\n]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$`, most: 320, meaning: mailMeaning}

func fieldsOf(lists ...[]field) []field { return slices.Concat(lists...) }

func rulesOf(lists ...[]rule) []rule { return slices.Concat(lists...) }
